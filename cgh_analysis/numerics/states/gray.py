"""Gray's test: do groups share one cumulative incidence of a cause, whatever the others do, within strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, quadratic_test
from cgh_analysis.numerics.survival.risk_sets import at_risk, risk_sets, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Gray:
    """Weighted events less those expected (G,) by group, their covariance (G, G), and the test."""

    score: FloatArray
    variance: FloatArray
    test: ChiSquare


def gray_test(
    time: FloatArray,
    cause: IntArray,
    group: IntArray,
    *,
    of: int,
    stratum: IntArray | None = None,
    rho: float = 0.0,
) -> Gray:
    """Test that all groups have one subdistribution F of cause `of` (Gray 1988), weighting times by (1 - F(t-))^rho.

    Arrays (n,): `cause` 0 is censored, others events; `group` and `stratum` hold codes from 0. Scores are events less
    R_k d / R, as in a log-rank test, with R_k = r_k (1 - F_k(t-)) / S_k(t-) for the people at risk: where nothing
    competes they are the log-rank test's. Their variance, Gray's estimate under the null, counts F_k and S_k as
    estimated, and takes ties to be drawn without replacement.
    """
    n_groups = int(group.max()) + 1
    codes = np.zeros(time.size, dtype=np.intp) if stratum is None else stratum
    score, variance = np.zeros(n_groups), np.zeros((n_groups, n_groups))
    for s in np.flatnonzero(np.bincount(codes)):
        rows = codes == s
        if np.any(cause[rows] == of):
            counts = _counts(time[rows], cause[rows], group[rows], of, n_groups)
            part, spread = _within(counts, rho)
            score += part
            variance += spread
    return Gray(score=score, variance=variance, test=_test(score, variance))


def _test(score: FloatArray, variance: FloatArray) -> ChiSquare:
    """Test all groups but one: the last follows from the others. A group never at risk at an event is left out."""
    spread = np.diag(variance)
    # a variance is a sum of squares of numbers of people: less than rounding is none
    kept = np.flatnonzero(spread > 1e-12 * max(float(spread.max()), 1e-12))[:-1]
    if not kept.size:
        raise NotEstimable("no event of this cause occurs while people of two groups are at risk")
    try:
        return quadratic_test(score[kept], variance[np.ix_(kept, kept)])
    except NotEstimable:
        raise NotEstimable("a group is never at risk together with the others when an event occurs") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """At risk, events of the cause and of others (P, G) at a stratum's times with an event, by group."""

    risk: FloatArray
    own: FloatArray
    other: FloatArray


def _counts(time: FloatArray, cause: IntArray, group: IntArray, of: int, n_groups: int) -> _Counts:
    sets = risk_sets(time, np.zeros(time.size, dtype=np.intp), at=cause > 0)
    size = sets.times.size
    member = [(group == g).astype(float) for g in range(n_groups)]
    own, other = (cause == of), (cause > 0) & (cause != of)
    return _Counts(
        risk=np.column_stack([at_risk(sets, m) for m in member]),
        own=np.column_stack([tally(sets.last, m * own, size + 1)[:size] for m in member]),
        other=np.column_stack([tally(sets.last, m * other, size + 1)[:size] for m in member]),
    )


def _within(c: _Counts, rho: float) -> tuple[FloatArray, FloatArray]:
    """Score (G,) and variance (G, G) of one stratum.

    h_k = r_k / S_k(t-), and dF = sum of events / sum of h is the common subdistribution's step; G = 1 - F. An event of
    group r counts D_kr = G^rho h_r (delta_kr - h_k / h) in the score of group k at its own time, and C_kr later, the
    integral of D_kr dF / G(t-) over later times, for it moves F_r and S_r.
    """
    after = np.cumprod(1 - _ratio(c.own + c.other, c.risk), axis=0)
    before = np.vstack([np.ones(after.shape[1]), after[:-1]])
    own_f = np.cumsum(before * _ratio(c.own, c.risk), axis=0)
    f_before = np.vstack([np.zeros(after.shape[1]), own_f[:-1]])
    events = c.own.sum(axis=1)
    h = _ratio(c.risk, before)
    total = h.sum(axis=1)
    step = _ratio(events, total)
    g = 1 - np.cumsum(step)
    weight = np.maximum(g + step, 0.0) ** rho
    at = h * (1 - f_before)
    score = weight @ (c.own - at * _ratio(events, at.sum(axis=1))[:, None])
    variance = np.zeros((score.size, score.size))
    share = _ratio(h, total[:, None])
    for r in range(score.size):
        now = (weight * h[:, r])[:, None] * ((np.arange(score.size) == r) - share)
        increment = now * _ratio(step, g + step)[:, None]
        later = increment.sum(axis=0) - np.cumsum(increment, axis=0)
        ratio = _ratio(g, after[:, r])[:, None]
        gone = (after[:, r] <= 0)[:, None]
        of_own = now + np.where(gone, 0.0, 1 - ratio) * later
        of_other = ratio * later
        # h S_r is how many people of this group's kind are at risk; of so many, the events are drawn
        tied_own = _ratio(step, h[:, r]) * _without_replacement(events, total * before[:, r])
        tied_other = _ratio(c.other[:, r], h[:, r] ** 2) * _without_replacement(c.other[:, r], c.risk[:, r])
        variance += (of_own.T * tied_own) @ of_own + (of_other.T * tied_other) @ of_other
    return score, variance


def _without_replacement(drawn: FloatArray, people: FloatArray) -> FloatArray:
    """What the variance of a count loses when its events are tied: 1 - (d - 1) / (n - 1)."""
    return 1 - np.where(drawn > 1, _ratio(drawn - 1, people - 1), 0.0)


def _ratio(over: ArrayLike, under: ArrayLike) -> FloatArray:
    """Divide, 0 where there is nothing to divide by."""
    a, b = np.asarray(over, dtype=float), np.asarray(under, dtype=float)
    shape = np.broadcast_shapes(a.shape, b.shape)
    return np.divide(a, b, out=np.zeros(shape), where=np.broadcast_to(b > 0, shape))
