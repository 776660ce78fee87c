"""Log-rank tests of several samples: observed less expected events, with weights over time, within strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, quadratic_test
from cgh_analysis.numerics.survival.risk_sets import RiskSets, at_risk, risk_sets, running

Weighting = Literal["logrank", "gehan", "tarone-ware", "peto", "fleming-harrington"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Weighted events `observed` and `expected` (G,) by group, the covariance of their difference (G, G), the test."""

    observed: FloatArray
    expected: FloatArray
    variance: FloatArray
    test: ChiSquare


def logrank(
    time: FloatArray,
    event: BoolArray,
    group: IntArray,
    *,
    stratum: IntArray | None = None,
    weighting: Weighting = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRank:
    """Test that all groups have one hazard: sum over times of w (d_g - d r_g / r), hypergeometric variance.

    Arrays (n,), `group` and `stratum` codes from 0. Weights: 1; at risk r (Gehan 1965); sqrt r (Tarone and Ware 1977);
    S(t-), Peto and Peto's (1972) and R's rho = 1; S(t-)^rho (1 - S(t-))^gamma (Fleming and Harrington 1991), S being
    the pooled curve of the stratum. A group that is never at risk at an event is left out, with its degree of freedom.
    """
    if not event.any():
        raise NotEstimable("no event")
    n_groups = int(group.max()) + 1
    sets = risk_sets(time, np.zeros(time.size, dtype=np.intp) if stratum is None else stratum, at=event)
    risk = np.column_stack([at_risk(sets, (group == g).astype(float)) for g in range(n_groups)])
    size = sets.times.size
    died = np.bincount(sets.last[event] * n_groups + group[event], minlength=size * n_groups).reshape(size, n_groups)
    r, d = risk.sum(axis=1), died.sum(axis=1)
    weight = _weights(sets, r, d, weighting, (rho, gamma))
    share = risk / r[:, None]
    spread = weight**2 * d * (r - d) / np.maximum(r - 1, 1.0)
    observed, expected = weight @ died, (weight * d) @ share
    variance = np.diag(spread @ share) - share.T @ (spread[:, None] * share)
    return LogRank(observed=observed, expected=expected, variance=variance, test=_test(observed, expected, variance))


def _test(observed: FloatArray, expected: FloatArray, variance: FloatArray) -> ChiSquare:
    """Test all groups but one: the last follows from the others."""
    kept = np.flatnonzero(expected > 0)[:-1]
    if not np.diag(variance).any():
        raise NotEstimable("events occur only while people of a single group are at risk")
    try:
        return quadratic_test((observed - expected)[kept], variance[np.ix_(kept, kept)])
    except NotEstimable:
        raise NotEstimable("a group is never at risk together with the others when an event occurs") from None


def _weights(
    sets: RiskSets, r: FloatArray, d: FloatArray, weighting: Weighting, powers: tuple[float, float]
) -> FloatArray:
    if weighting == "gehan":
        return r
    if weighting == "tarone-ware":
        return np.sqrt(r)
    rho, gamma = {"logrank": (0.0, 0.0), "peto": (1.0, 0.0)}.get(weighting, powers)
    before = _pooled_before(sets, d / r)
    return np.asarray(before**rho * (1 - before) ** gamma)


def _pooled_before(sets: RiskSets, hazard: FloatArray) -> FloatArray:
    """The pooled survival curve of each stratum just before each of its event times."""
    # the hazard is 1 only at a stratum's last time, after which no value is needed
    log = np.log1p(-np.where(hazard < 1, hazard, 0.0))
    return np.exp(running(sets, log) - log)
