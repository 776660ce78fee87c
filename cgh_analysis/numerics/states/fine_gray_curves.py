"""Cumulative incidences that Fine and Gray's regression predicts, with the error of all that is estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.states.fine_gray import Censoring, Sums, had_before, on_times
from cgh_analysis.numerics.survival.cox_residuals import by_cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Cumulative subdistribution hazards (m, points) with standard errors, for m people."""

    cumulative_hazard: FloatArray
    std_error: FloatArray


def predicted(
    s: Sums,
    coef: FloatArray,
    dfbeta: FloatArray,
    new: FloatArray,
    points: IntArray,
    *,
    cluster: IntArray | None = None,
) -> Predicted:
    """Predict at covariates `new` (m, p), in their own units, at some of the points; `dfbeta` (n, p) is b's influence.

    The influence of a person on Lambda(t | x) is exp(x b) times that on Lambda0(t) with b known, plus that on b times
    the integral of x - mean(t); its squares are summed over people or clusters, a time after the other.
    """
    x = new - s.of.center
    level = np.exp(x @ coef - s.shift)[:, None]
    hazard = np.cumsum(s.hazard)
    means = np.cumsum(s.hazard[:, None] * s.mean, axis=0)
    of_coef = by_cluster(dfbeta, cluster)
    parts = _increments(s)
    squared, crossed = np.empty(points.size), np.empty((points.size, coef.size))
    for place, point in enumerate(points):
        own = by_cluster(parts.at(s.of.censoring, s.of.point_index[point])[:, None], cluster)[:, 0]
        squared[place], crossed[place] = own @ own, own @ of_coef
    q = x[:, None, :] * hazard[points][:, None] - means[points]
    covariance = of_coef.T @ of_coef
    variance = squared + 2 * np.einsum("mpj,pj->mp", q, crossed) + np.einsum("mpj,jk,mpk->mp", q, covariance, q)
    return Predicted(cumulative_hazard=level * hazard[points], std_error=level * np.sqrt(np.maximum(variance, 0.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Increments:
    """What each person's data add to the baseline's cumulative subdistribution hazard at any time t, with b known.

    Who has left adds `constant` + `slope` K(t); who is at risk -`risk` L(t) - K(t) `e0` + `e1`. L and K are the
    integrals of dLambda / S0, with and without the weight G(t-); all over the distinct times (T,), by group.
    """

    constant: FloatArray
    slope: FloatArray
    risk: FloatArray
    plain: FloatArray
    weighted: FloatArray
    e0: FloatArray
    e1: FloatArray

    def at(self, c: Censoring, time: int) -> FloatArray:
        """Return what each person adds (n,) at the distinct time of that index."""
        k = self.weighted[:, time]
        gone = self.constant + self.slope * k[c.group]
        here = (self.e1[:, time] - k * self.e0[:, time])[c.group] - self.risk * self.plain[time]
        return np.where(c.index <= time, gone, here)


def _increments(s: Sums) -> _Increments:
    """Return the parts of the baseline hazard's influence function, from sums at the coefficients."""
    sub, c, people = s.of, s.of.censoring, s.of.kept.people
    spread = s.hazard**2 / sub.n_dead
    plain = np.cumsum(on_times(sub, spread))
    own = on_times(sub, sub.kept.falls * spread)
    weighted = np.cumsum(own, axis=1)
    had = had_before(sub, s.risk[people] * sub.kept.share)
    e0 = np.cumsum(had * c.rate, axis=1)
    # a censoring at u changes the weights at u and later
    e1 = np.cumsum(had * c.rate * (weighted - own), axis=1)
    place = (c.group, c.index)
    of_lost = c.lost * (had / c.risk)[place]
    jump = np.zeros(c.index.size)
    jump[sub.dead] = (s.hazard / sub.n_dead)[sub.point]
    constant = jump - s.risk * plain[c.index] - of_lost * (weighted - own)[place] + e1[place]
    slope = of_lost - e0[place]
    fade = s.risk[people] * sub.kept.share
    constant[people] += fade * weighted[place][people]
    slope[people] -= fade
    return _Increments(constant=constant, slope=slope, risk=s.risk, plain=plain, weighted=weighted, e0=e0, e1=e1)
