"""Survival averaged over people, had each had a level of a factor, with the delta method's covariance between levels.

A person's S(t) = exp(-e^eta H(t)), eta = x b. Its derivative by b, through the baseline hazard too, is
-e^eta S (x H - M), M(t) being the integral of the risk sets' means; by the independent part of H it is -e^eta S
(Tsiatis 1981; for averages Gail and Byar 1986; Makuch 1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums
from cgh_analysis.numerics.survival.risk_sets import running

# numbers of people x times x levels that are held at once
CELLS: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Mean survival (K, L) at K times of L levels, and at each time the covariance (K, L, L) between levels."""

    estimate: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baseline:
    """By stratum and time (s, K): cumulative hazard H, its variance, and the integral M (s, K, p) of the means."""

    hazard: FloatArray
    variance: FloatArray
    means: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The same people with a level of the factor: covariates (n, p) in their own units, codes (n,) of their strata."""

    x: FloatArray
    stratum: IntArray


def average_survival(
    data: CoxData,
    s: Sums,
    coef: FloatArray,
    covariance: FloatArray,
    worlds: Sequence[World],
    weight: FloatArray,
    times: FloatArray,
    *,
    sampled: bool = False,
) -> Averages:
    """Average over people (n,) of `weight` at `times` (K,), in each of the worlds.

    With `sampled` the people are a sample too, and their variation adds to the covariance; without, they are given.
    """
    base = _baseline(data, s, times)
    share = weight / weight.sum()
    n_strata, n_times, p = base.means.shape
    mean = np.zeros((len(worlds), n_times))
    own = np.zeros((len(worlds), n_strata, n_times))
    by_coef = np.zeros((len(worlds), n_times, p))
    spread = np.zeros((n_times, len(worlds), len(worlds)))
    step = max(CELLS // (n_times * len(worlds)), 1)
    for begin in range(0, weight.size, step):
        part = slice(begin, begin + step)
        survived = np.empty((len(worlds), share[part].size, n_times))
        for i, world in enumerate(worlds):
            x, stratum = world.x[part] - data.rows.center, world.stratum[part]
            ratio = np.exp(x @ coef - s.shift[stratum])
            survived[i] = np.exp(-ratio[:, None] * base.hazard[stratum])
            steep = (share[part] * ratio)[:, None] * survived[i]
            mean[i] += share[part] @ survived[i]
            for k in np.unique(stratum):
                here = steep[stratum == k]
                total = here.sum(axis=0)
                own[i, k] -= total
                by_coef[i] -= base.hazard[k, :, None] * (here.T @ x[stratum == k]) - total[:, None] * base.means[k]
        if sampled:
            spread += np.einsum("im,imt,jmt->tij", (share[part] ** 2)[None].repeat(len(worlds), 0), survived, survived)
    found = np.einsum("iat,jat,at->tij", own, own, base.variance)
    found += np.einsum("itp,pq,jtq->tij", by_coef, covariance, by_coef)
    if sampled:
        found += spread - (share @ share) * mean.T[:, :, None] * mean.T[:, None, :]
    return Averages(estimate=mean.T, covariance=found)


def _baseline(data: CoxData, s: Sums, times: FloatArray) -> _Baseline:
    """The step functions of each stratum at `times`, zero before its first event."""
    sets = data.sets
    steps = np.column_stack([s.h0, s.a, s.a[:, None] * s.s1 - s.b[:, None] * s.d1])
    so_far = running(sets, steps)
    n_strata = s.shift.size
    out = np.zeros((n_strata, times.size, steps.shape[1]))
    for k in range(n_strata):
        low, high = np.searchsorted(sets.stratum, [k, k + 1])
        place = low + np.searchsorted(sets.times[low:high], times, side="right") - 1
        out[k] = np.where((place >= low)[:, None], so_far[np.maximum(place, 0)], 0.0)
    return _Baseline(hazard=out[..., 0], variance=out[..., 1], means=out[..., 2:])
