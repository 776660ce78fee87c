"""Fine and Gray's regression of a subdistribution hazard: a Cox model whose risk sets keep who had a competing event.

Who had one stays at risk with the weight G(t-) / G(T-), the chance of not having been censored since, G being Kaplan
and Meier's curve of censoring. G is estimated, which the variance counts (Fine and Gray 1999). Symbols are theirs:
eta is a person's part of the score with G known, psi what is added by G's estimation. Ties are Breslow's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.states.lingering import Lingering, at_risk, met
from cgh_analysis.numerics.survival.newton import Maximum, maximise
from cgh_analysis.numerics.survival.risk_sets import distinct, risk_sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Censoring:
    """Censoring by group on the distinct `times` (T,): arrays (groups, T), and each person's `group`, `index` (n,).

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
    """What does not change with the coefficients. Points are the distinct times with an event of the cause.

    `x` (n, p) is less its mean `center`; `dead` are the rows with the event, `point` their points, `n_dead` (P,) how
    many; `point_index` (P,) are the points among the distinct times.
    """

    x: FloatArray
    center: FloatArray
    kept: Lingering
    dead: IntArray
    point: IntArray
    n_dead: IntArray
    point_index: IntArray
    censoring: Censoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums at one value of the coefficients: `risk` (n,) is exp(x b - shift), `mean` (P, p) is S1 / S0.

    `hazard` (P,) are the baseline's steps d / S0, for covariates at their means, times exp(shift).
    """

    of: Subdistribution
    log_likelihood: float
    shift: float
    risk: FloatArray
    mean: FloatArray
    hazard: FloatArray

    @property
    def score(self) -> FloatArray:
        """The gradient (p,) of the log pseudo-likelihood."""
        return self.of.x[self.of.dead].sum(axis=0) - self.of.n_dead @ self.mean

    def information(self) -> FloatArray:
        """Return the sum over events of the covariance (p, p) of x within the risk set."""
        x = self.of.x
        second = x.T @ ((self.risk * met(self.of.kept, self.hazard))[:, None] * x)
        return np.asarray(second - self.mean.T @ (self.of.n_dead[:, None] * self.mean))


def subdistribution(
    x: FloatArray, time: FloatArray, cause: IntArray, *, of: int, group: IntArray | None = None
) -> Subdistribution:
    """Lay out the risk sets of cause `of`; arrays (n,), covariates (n, p), `cause` 0 is censored.

    `group` holds codes from 0 of groups that are censored each in its own way. There must be an event of the cause.
    """
    codes = np.zeros(time.size, dtype=np.intp) if group is None else group
    times, index = distinct(time)
    censoring = _censoring(times, index, cause == 0, codes)
    sets = risk_sets(time, np.zeros(time.size, dtype=np.intp), at=cause == of)
    points = np.searchsorted(times, sets.times)
    people = np.flatnonzero((cause > 0) & (cause != of))
    dead = np.flatnonzero(cause == of)
    center = x.mean(axis=0)
    return Subdistribution(
        x=np.asfortranarray(x - center),
        center=center,
        kept=Lingering(
            sets=sets,
            people=people,
            since=np.searchsorted(points, index[people], side="right"),
            group=codes[people],
            share=1 / censoring.before[codes[people], index[people]],
            falls=censoring.before[:, points],
        ),
        dead=dead,
        point=sets.last[dead],
        n_dead=np.bincount(sets.last[dead]),
        point_index=points,
        censoring=censoring,
    )


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


def solve_fine_gray(sub: Subdistribution, names: Sequence[str]) -> Maximum[Sums]:
    """Maximise the pseudo-likelihood; `names` (p,) are the columns' names, for refusals (see `maximise`)."""
    return maximise(lambda coef: sums(sub, coef), names, spread=np.ptp(sub.x, axis=0))


def sums(sub: Subdistribution, coef: FloatArray) -> Sums:
    """Sum over the risk sets at `coef` (p,)."""
    eta = sub.x @ coef
    shift = float(eta.max())
    risk = np.exp(eta - shift)
    s0 = at_risk(sub.kept, risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.column_stack([at_risk(sub.kept, risk * column) for column in sub.x.T]) / s0[:, None]
        own = (eta[sub.dead] - shift).sum() - sub.n_dead @ np.log(s0)
        hazard = sub.n_dead / s0
    return Sums(of=sub, log_likelihood=float(own), shift=shift, risk=risk, mean=mean, hazard=hazard)


def influence(s: Sums) -> FloatArray:
    """Each person's part (n, p) of the score, eta + psi, which sums to zero at the maximum."""
    sub = s.of
    eta = s.risk[:, None] * np.column_stack([met(sub.kept, s.hazard * m) for m in s.mean.T])
    eta -= sub.x * (s.risk * met(sub.kept, s.hazard))[:, None]
    eta[sub.dead] += sub.x[sub.dead] - s.mean[sub.point]
    return np.asarray(eta + _psi(s))


def _psi(s: Sums) -> FloatArray:
    sub, c = s.of, s.of.censoring
    risk = s.risk[sub.kept.people] * sub.kept.share
    had, ahead = had_before(sub, risk), _ahead(sub, s.hazard)
    psi = np.empty_like(sub.x)
    for j in range(sub.x.shape[1]):
        # of everybody who lingers at u: the integral over the times from u on of (x - mean) w exp(x b) dLambda
        q = had_before(sub, risk * sub.x[sub.kept.people, j]) * ahead - had * _ahead(sub, s.hazard * s.mean[:, j])
        place = (c.group, c.index)
        psi[:, j] = c.lost * (q / c.risk)[place] - np.cumsum(q * c.rate, axis=1)[place]
    return psi


def had_before(sub: Subdistribution, values: FloatArray) -> FloatArray:
    """Sum `values` (m,) of those who linger over the ones who left before each time: (groups, T)."""
    n_groups, size = sub.censoring.before.shape
    cell = sub.kept.group * size + sub.censoring.index[sub.kept.people]
    own = np.bincount(cell, values, n_groups * size).reshape(n_groups, size)
    return np.asarray(np.cumsum(own, axis=1) - own)


def on_times(sub: Subdistribution, values: FloatArray) -> FloatArray:
    """Put `values` (..., P) of the points among all times: (..., T), 0 elsewhere."""
    out = np.zeros((*values.shape[:-1], sub.censoring.times.size))
    out[..., sub.point_index] = values
    return out


def _ahead(sub: Subdistribution, values: FloatArray) -> FloatArray:
    """Sum G(t-) `values` (P,) over the points from each time on: (groups, T)."""
    return np.asarray(np.cumsum(on_times(sub, sub.kept.falls * values)[:, ::-1], axis=1)[:, ::-1])
