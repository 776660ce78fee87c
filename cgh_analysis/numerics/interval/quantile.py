"""Quantiles of an NPMLE: the box in which one lies, and its limits by the likelihood of survival at each time."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.interval.npmle import Npmle, survival
from cgh_analysis.numerics.interval.profile import at, chi_square_level, profile

TOLERANCE = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile drawn within its box (left, right], and its confidence limits; NaN where it is not reached."""

    estimate: float
    left: float
    right: float
    conf_low: float
    conf_high: float


def quantile(
    fit: Npmle,
    left: FloatArray,
    right: FloatArray,
    probability: float,
    *,
    weights: FloatArray | None = None,
    conf_level: float | None = 0.95,
) -> Quantile:
    """Return the time by which a share has had the event, of intervals (n,) with their NPMLE.

    Where survival is exactly 1 - probability between two boxes, it is the middle between them, and open over both. The
    confidence limits hold the times t at which the likelihood ratio does not reject S(t) = 1 - probability: between two
    end points of intervals the ratio is the same for every t, and it rises away from the estimate, so that a bisection
    over the end points finds them. Without `conf_level` there are none.
    """
    estimate, low, high = _drawn(fit, 1 - probability)
    limits = (np.nan, np.nan) if conf_level is None else _limits(fit, left, right, 1 - probability, weights, conf_level)
    return Quantile(estimate=estimate, left=low, right=high, conf_low=limits[0], conf_high=limits[1])


def _drawn(fit: Npmle, level: float) -> tuple[float, float, float]:
    """The quantile drawn within a box, and the ends of the box."""
    here = fit.mass > 0
    left, right, mass = fit.left[here], fit.right[here], fit.mass[here]
    after = np.append(np.cumsum(mass[::-1])[::-1][1:], 0.0)
    box = int(np.argmax(after <= level + TOLERANCE))
    if np.isinf(right[box]):
        return np.nan, np.nan, np.nan
    if after[box] >= level - TOLERANCE and box + 1 < mass.size:
        return (right[box] + left[box + 1]) / 2, float(left[box]), float(right[box + 1])
    share = (after[box] + mass[box] - level) / mass[box]
    return float(left[box] + share * (right[box] - left[box])), float(left[box]), float(right[box])


def _limits(
    fit: Npmle, left: FloatArray, right: FloatArray, level: float, weights: FloatArray | None, conf_level: float
) -> tuple[float, float]:
    """The first and the last of the stretches between end points in which the level is not rejected."""
    ends = np.concatenate([left, right])
    ends = np.concatenate([[0.0], np.unique(ends[np.isfinite(ends) & (ends > 0)])])
    inside = np.append((ends[1:] + ends[:-1]) / 2, 2 * ends[-1] + 1)
    _, least, most = survival(fit, inside)
    above, not_below = int(np.sum(least > level + TOLERANCE)), int(np.sum(most >= level - TOLERANCE))
    allowed = chi_square_level(conf_level)

    def held(k: int) -> bool:
        sample = at(left, right, float(inside[k]), weights=weights, fit=fit)
        return 2 * (fit.log_likelihood - profile(sample, level).log_likelihood) <= allowed

    first = bisect.bisect_left(range(above), True, key=held)
    last = not_below + bisect.bisect_left(range(not_below, inside.size), True, key=lambda k: not held(k))
    return float(ends[first]), float(ends[last]) if last < ends.size else np.nan
