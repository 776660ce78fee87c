"""Fine and Gray's regression of a subdistribution hazard: a Cox model whose risk sets keep who had a competing event.

Who had one stays at risk with the weight G(t-) / G(T-), the chance of not having been censored since, G being Kaplan
and Meier's curve of censoring. G is estimated, which the variance counts (Fine and Gray 1999). Symbols are theirs:
eta is a person's part of the score with G known, psi what is added by G's estimation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.cox_residuals import score_residuals
from cgh_analysis.numerics.survival.lingering import Lingering
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, cox_data, mean_covariate
from cgh_analysis.numerics.survival.risk_sets import distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Censoring:
    """Censoring by group on the distinct times (T,): arrays (groups, T), and each person's `group` and `index` (n,).

    `before` is G(t-): 0 after the last time of a group, since nobody of it is known there. `rate` is lost / risk^2.
    """

    times: FloatArray
    group: IntArray
    index: IntArray
    lost: BoolArray
    before: FloatArray
    risk: FloatArray
    rate: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Subdistribution:
    """The risk sets of one cause, ties by Breslow; `point_index` (P,) are its points among the distinct times."""

    data: CoxData
    censoring: Censoring
    kept: Lingering
    point_index: IntArray


def subdistribution(
    x: FloatArray, time: FloatArray, cause: IntArray, *, of: int, group: IntArray | None = None
) -> Subdistribution:
    """Lay out the risk sets of cause `of`; arrays (n,), covariates (n, p), `cause` 0 is censored.

    `group` holds codes from 0 of groups that are censored each in its own way. There must be an event of the cause.
    """
    codes = np.zeros(time.size, dtype=np.intp) if group is None else group
    data = cox_data(x, time, cause == of, ties="breslow")
    times, index = distinct(time)
    censoring = _censoring(times, index, cause == 0, codes)
    points = np.searchsorted(times, data.sets.times)
    people = np.flatnonzero((cause > 0) & (cause != of))
    kept = Lingering(
        people=people,
        since=np.searchsorted(points, index[people], side="right"),
        group=codes[people],
        share=1 / censoring.before[codes[people], index[people]],
        falls=censoring.before[:, points],
    )
    sets = replace(data.sets, lingering=kept)
    return Subdistribution(data=replace(data, sets=sets), censoring=censoring, kept=kept, point_index=points)


def _censoring(times: FloatArray, index: IntArray, lost: BoolArray, group: IntArray) -> Censoring:
    n_groups, size = int(group.max()) + 1, times.size
    cell = group * size + index
    leaving, losses = (np.bincount(c, minlength=n_groups * size).reshape(n_groups, -1) for c in (cell, cell[lost]))
    risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1].astype(float)
    some = np.maximum(risk, 1.0)
    after = np.cumprod(1 - losses / some, axis=1)
    before = np.concatenate([np.ones((n_groups, 1)), after[:, :-1]], axis=1)
    return Censoring(
        times=times,
        group=group,
        index=index,
        lost=lost,
        before=np.where(risk > 0, before, 0.0),
        risk=some,
        rate=losses / some**2,
    )


def influence(sub: Subdistribution, s: Sums) -> FloatArray:
    """Each person's part (n, p) of the score, eta + psi, which sums to zero at the maximum."""
    c = sub.censoring
    p = sub.data.x.shape[1]
    risk = s.risk[sub.kept.people] * sub.kept.share
    had0 = had_before(sub, risk)
    mean = mean_covariate(s, sub.data)
    q = np.empty((*had0.shape, p))
    ahead0 = _ahead(sub, s.h0)
    for j in range(p):
        # of everybody who lingers at u: the integral over the times from u on of (x - mean) w exp(x b) dLambda
        had1 = had_before(sub, risk * sub.data.x[sub.kept.people, j])
        q[:, :, j] = had1 * ahead0 - had0 * _ahead(sub, s.h0 * mean[:, j])
    place = (c.group, c.index)
    psi = c.lost[:, None] * (q / c.risk[:, :, None])[place] - np.cumsum(q * c.rate[:, :, None], axis=1)[place]
    return np.asarray(score_residuals(sub.data, s) + psi)


def had_before(sub: Subdistribution, values: FloatArray) -> FloatArray:
    """Sum `values` (m,) of those who linger over the ones who left before each time: (groups, T)."""
    n_groups, size = sub.censoring.before.shape
    cell = sub.kept.group * size + sub.censoring.index[sub.kept.people]
    own = np.bincount(cell, values, n_groups * size).reshape(n_groups, size)
    return np.asarray(np.cumsum(own, axis=1) - own)


def on_times(sub: Subdistribution, values: FloatArray) -> FloatArray:
    """Put `values` (..., P) of the points among all times: (..., T), 0 elsewhere."""
    out = np.zeros((*values.shape[:-1], sub.censoring.before.shape[1]))
    out[..., sub.point_index] = values
    return out


def _ahead(sub: Subdistribution, values: FloatArray) -> FloatArray:
    """Sum G(t-) `values` (P,) over the points from each time on: (groups, T)."""
    return np.asarray(np.cumsum(on_times(sub, sub.kept.falls * values)[:, ::-1], axis=1)[:, ::-1])
