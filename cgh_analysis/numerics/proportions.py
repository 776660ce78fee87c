"""Proportions and their differences, with score intervals that keep their coverage in small samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import below_upper


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A proportion, 0..1, or a difference of two, -1..1, with limits and p-value; arrays of one shape."""

    estimate: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    p_value: FloatArray


def wilson(events: ArrayLike, n: ArrayLike, *, conf_level: float = 0.95) -> Proportion:
    """Return proportions with Wilson's score limits (Wilson 1927); n of 0 gives NaN, and so is the p-value.

    The standard error is sqrt(p q / n).

    >>> p = wilson(81, 263)
    >>> round(float(p.conf_low), 4), round(float(p.conf_high), 4)
    (0.2553, 0.3662)
    """
    r, m = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    m = np.where(m > 0, m, np.nan)
    p, z = r / m, stats.norm.ppf(below_upper(conf_level))
    centre = (p + z**2 / (2 * m)) / (1 + z**2 / m)
    half = z / (1 + z**2 / m) * np.sqrt(p * (1 - p) / m + z**2 / (4 * m**2))
    return Proportion(
        estimate=p,
        std_error=np.sqrt(p * (1 - p) / m),
        conf_low=np.maximum(centre - half, 0.0),
        conf_high=np.minimum(centre + half, 1.0),
        p_value=np.full_like(p, np.nan),
    )


def newcombe(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, conf_level: float = 0.95
) -> Proportion:
    """Return differences of two independent proportions with the hybrid score interval (Newcombe 1998).

    The p-value is the score test's (Pearson's chi-square without continuity correction), which, like the interval,
    does not estimate the variance at the observed difference; the standard error is the unpooled one.

    >>> d = newcombe(56, 70, 48, 80)
    >>> round(float(d.conf_low), 4), round(float(d.conf_high), 4)
    (0.0524, 0.3339)
    """
    a, b = wilson(events, n, conf_level=conf_level), wilson(events_reference, n_reference, conf_level=conf_level)
    difference = a.estimate - b.estimate
    low = np.sqrt((a.estimate - a.conf_low) ** 2 + (b.conf_high - b.estimate) ** 2)
    high = np.sqrt((a.conf_high - a.estimate) ** 2 + (b.estimate - b.conf_low) ** 2)
    m, k = np.asarray(n, dtype=float), np.asarray(n_reference, dtype=float)
    pooled = (np.asarray(events) + np.asarray(events_reference)) / (m + k)
    spread = pooled * (1 - pooled) * (1 / np.where(m > 0, m, np.nan) + 1 / np.where(k > 0, k, np.nan))
    return Proportion(
        estimate=difference,
        std_error=np.hypot(a.std_error, b.std_error),
        conf_low=difference - low,
        conf_high=difference + high,
        p_value=2 * stats.norm.sf(np.abs(difference) / np.sqrt(np.where(spread > 0, spread, np.nan))),
    )
