"""Mean time up to a day of times known up to intervals, with a hazard that is constant between cuts (Friedman 1982).

Where everybody has visit days of their own, the NPMLE puts the mass of a stretch without visits at its end, whatever
happened within it: a few visits early or late decide where. A constant hazard over the stretch spreads it, and its mean
time has the usual root-n errors. With d = exposure by piece within the interval, u = d'h and h the hazards, a row adds
-a'h + log(1 - exp(-u)) to the log-likelihood, which is concave in h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.chi_square import solve_scaled

MOST_PIECES: Final = 8
MAX_STEPS: Final = 100
# a hazard this small beside the mean one is none, and one that leaves nobody behind within its piece has no end
ZERO: Final = 1e-7
ENDLESS: Final = 18.0
# visits nearer to each other than this ratio of their days are one look, not two
APART: Final = 1.25
# the squared step in standard errors at which nothing changes any more
CONVERGED: Final = 1e-18
NODES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Piecewise:
    """Hazards (K,) between `cuts` (K,), the first 0 and the last piece open, and the covariance (K, K) of them.

    A hazard of 0 lies on the edge of what is possible and counts as known. `influence` (D,) of each of the distinct
    intervals is left to `mean_time`, through `scores` (D, K).
    """

    cuts: FloatArray
    hazard: FloatArray
    covariance: FloatArray
    scores: FloatArray
    log_likelihood: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanTime:
    """An estimate of E min(T, tau), its variance by the information, and the influence (D,) of each interval."""

    mean: float
    variance: float
    influence: FloatArray


def cuts_of(left: FloatArray, right: FloatArray, count: FloatArray) -> FloatArray:
    """Return the starts of the pieces: 0, and quantiles of the visits between which events lie, as many as these bear.

    There are at most as many pieces as the root of the number of events, and each ends at a visit of somebody, so that
    their hazards can be told apart; quantiles that fall among the visits of one round begin one piece.
    """
    seen = np.isfinite(right)
    events = float(count[seen].sum())
    pieces = int(np.clip(round(np.sqrt(events)), 1, MOST_PIECES))
    ends = np.concatenate([left[seen & (left > 0)], right[seen]])
    weight = np.concatenate([count[seen & (left > 0)], count[seen]])
    order = np.argsort(ends, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum() if ends.size else np.ones(0)
    at = np.searchsorted(share, np.arange(1, pieces) / pieces)
    inner = ends[order][at] if ends.size else np.zeros(0)
    kept = [0.0]
    for cut in inner:
        # nothing ends after the last visit with an event, so that no piece begins there
        if cut > APART * kept[-1] and cut < ends.max():
            kept.append(float(cut))
    return np.array(kept)


def piecewise(left: FloatArray, right: FloatArray, count: FloatArray, cuts: FloatArray) -> Piecewise:
    """Fit hazards to distinct intervals (D,) of `count` people each, over h >= 0.

    L-BFGS-B finds which hazards are 0, and Newton's method gives the others their digits. A piece in which everybody
    who enters it has the event has no finite hazard, and is joined with the one before. Raises NotEstimable where no
    event was seen, where the visits do not tell the pieces apart, or no maximum is found.
    """
    events = float(count[np.isfinite(right)].sum())
    if not events > 0:
        raise NotEstimable("no event")
    rows = _Rows.of(left, right, count, cuts)
    unit = events / float(count @ (rows.before + rows.within).sum(axis=1))
    found = optimize.minimize(
        lambda x: (-rows.log_likelihood(x * unit), -unit * (count @ rows.scores(x * unit))),
        np.ones(cuts.size),
        jac=True,
        method="L-BFGS-B",
        bounds=[(ZERO / 10, None)] * cuts.size,
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9 * events},
    )
    endless = np.flatnonzero(found.x * unit * rows.within.max(axis=0) > ENDLESS)
    if endless.size and endless[-1] > 0:
        return piecewise(left, right, count, np.delete(cuts, endless[-1]))
    if endless.size:
        raise NotEstimable("every event may have come at the very start")
    hazard = np.where(found.x > ZERO, found.x * unit, 0.0)
    for _ in range(MAX_STEPS):
        known = hazard > 0
        gradient, information = rows.derivatives(hazard)
        step = np.zeros(cuts.size)
        step[known] = _solved(information[np.ix_(known, known)], gradient[known])
        if float(gradient @ step) < CONVERGED * events:
            return _fitted(rows, cuts, hazard, information)
        # no step takes away more than half of a hazard
        hazard = np.maximum(hazard + step, hazard / 2)
    raise NotEstimable("no maximum of the likelihood of piecewise constant hazards was found")


def mean_time(fit: Piecewise, tau: float) -> MeanTime:
    """Return the area under survival up to tau, by Gauss and Legendre within the pieces."""
    breaks = np.append(fit.cuts[fit.cuts < tau], tau)
    x, w = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(breaks)[:, None] / 2
    t = (breaks[:-1, None] + half * (x + 1)).ravel()
    weight = (half * w).ravel()
    exposure = _exposure(t, fit.cuts)
    survival = np.exp(-exposure @ fit.hazard)
    gradient = -(weight * survival) @ exposure
    return MeanTime(
        mean=float(weight @ survival),
        variance=float(gradient @ fit.covariance @ gradient),
        influence=fit.scores @ fit.covariance @ gradient,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Exposure by piece (D, K) before an interval and within it; which intervals end, and which are exact, where."""

    before: FloatArray
    within: FloatArray
    ended: FloatArray
    exact: FloatArray
    count: FloatArray

    @classmethod
    def of(cls, left: FloatArray, right: FloatArray, count: FloatArray, cuts: FloatArray) -> _Rows:
        before = _exposure(left, cuts)
        finite = np.isfinite(right)
        exact = finite & (right == left)
        within = _exposure(np.where(finite, right, left), cuts) - before
        piece = np.searchsorted(cuts, left, side="left") - 1
        at = np.zeros(before.shape)
        at[exact, np.maximum(piece[exact], 0)] = 1.0
        return cls(before=before, within=within, ended=(finite & ~exact).astype(float), exact=at, count=count)

    def log_likelihood(self, hazard: FloatArray) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            interval = np.where(self.ended > 0, np.log(-np.expm1(-self.within @ hazard)), 0.0)
            point = np.where(self.exact.any(axis=1), np.log(self.exact @ hazard), 0.0)
        return float(self.count @ (interval + point - self.before @ hazard))

    def scores(self, hazard: FloatArray) -> FloatArray:
        # on the way, the optimiser may try hazards without end
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.where(self.ended > 0, 1 / np.expm1(self.within @ hazard), 0.0)
            point = np.where(self.exact > 0, 1 / hazard, 0.0)
        return self.within * ratio[:, None] + point - self.before

    def derivatives(self, hazard: FloatArray) -> tuple[FloatArray, FloatArray]:
        u = self.within @ hazard
        with np.errstate(divide="ignore", invalid="ignore"):
            # e^u / (e^u - 1)^2, without overflow
            bend = np.where(self.ended > 0, 1 / (4 * np.sinh(np.minimum(u, 700.0) / 2) ** 2), 0.0)
            point = np.where(self.exact > 0, 1 / hazard**2, 0.0)
        information = self.within.T @ ((self.count * bend)[:, None] * self.within) + np.diag(self.count @ point)
        return self.count @ self.scores(hazard), information


def _exposure(time: FloatArray, cuts: FloatArray) -> FloatArray:
    """Time spent in each piece (n, K) until `time` (n,)."""
    length = np.append(np.diff(cuts), np.inf)
    return np.clip(time[:, None] - cuts, 0.0, length)


def _fitted(rows: _Rows, cuts: FloatArray, hazard: FloatArray, information: FloatArray) -> Piecewise:
    known = hazard > 0
    covariance = np.zeros((cuts.size, cuts.size))
    covariance[np.ix_(known, known)] = _solved(information[np.ix_(known, known)], np.eye(int(known.sum())))
    return Piecewise(
        cuts=cuts,
        hazard=hazard,
        covariance=covariance,
        scores=rows.scores(hazard),
        log_likelihood=rows.log_likelihood(hazard),
    )


def _solved(matrix: FloatArray, right: FloatArray) -> FloatArray:
    try:
        return solve_scaled(matrix, right)
    except NotEstimable:
        raise NotEstimable("the visits do not tell the hazards of the pieces apart") from None
