"""Formulas that describe one sample or compare two: moments, quantiles, standardised differences, distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import wald


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanInterval:
    """A mean, its standard error and t limits, and the people behind it."""

    mean: float
    sd: float
    std_error: float
    df: float
    conf_low: float
    conf_high: float
    n: int


def mean(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return sum(w x) / sum(w); NaN of nothing. `x` has no missing values, weights are not negative.

    >>> mean([1.0, 4.0], [2.0, 1.0])
    2.0
    """
    values, w = _weighted(x, weights)
    return float(w @ values / w.sum()) if w.sum() > 0 else np.nan


def variance(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return W / (W^2 - sum(w^2)) sum(w (x - mean)^2), W = sum(w); with equal weights the usual n - 1 variance.

    Any multiple of the weights gives the same (Austin and Stuart 2015). One observation has none: NaN.
    """
    values, w = _weighted(x, weights)
    total = w.sum()
    spare = total**2 - w @ w
    if np.count_nonzero(w) < 2 or spare <= 0:
        return np.nan
    return float(total / spare * (w @ (values - mean(values, w)) ** 2))


def sd(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the square root of the variance."""
    return float(np.sqrt(variance(x, weights)))


def quantiles(x: ArrayLike, p: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """Return sample quantiles of type 7 (R's default; Hyndman and Fan 1996), weighted after Akinshin (2023).

    Weighted, an order statistic counts by how much of the window of width 1 / n* around p its weight covers, n* being
    Kish's effective sample size; equal weights give type 7. `p` is in 0..1; of nothing, NaN.

    >>> quantiles([1, 2, 3, 4, 10], [0.25, 0.5]).tolist()
    [2.0, 3.0]
    """
    values, w = _weighted(x, weights)
    probabilities = np.atleast_1d(np.asarray(p, dtype=float))
    values, w = values[w > 0], w[w > 0]
    if not values.size:
        return np.full(probabilities.shape, np.nan)
    if weights is None:
        return np.quantile(values, probabilities, method="linear")
    order = np.argsort(values, kind="stable")
    share = np.concatenate([[0.0], np.cumsum(w[order])]) / w.sum()
    n_effective = w.sum() ** 2 / (w @ w)
    start = probabilities * (n_effective - 1)
    covered = np.clip(share[None, :] * n_effective - start[:, None], 0.0, 1.0)
    return np.diff(covered, axis=1) @ values[order]


def mean_interval(x: ArrayLike, *, conf_level: float = 0.95) -> MeanInterval:
    """Return the mean of independent values with its t interval; below two values it has no standard error."""
    values = np.asarray(x, dtype=float)
    n = values.size
    spread = sd(values)
    std_error = spread / np.sqrt(n) if n else np.nan
    centre, df = mean(values), float(max(n - 1, 1))
    limits = wald(centre, std_error, df, conf_level=conf_level)
    return MeanInterval(
        mean=centre,
        sd=spread,
        std_error=float(std_error),
        df=df if n > 1 else np.nan,
        conf_low=float(limits.conf_low),
        conf_high=float(limits.conf_high),
        n=n,
    )


def smd_of_means(mean_a: float, mean_b: float, variance_a: float, variance_b: float) -> float:
    """Return (a - b) / sqrt((var a + var b) / 2), the standardised difference of two means (Austin 2009).

    For a proportion the variance is p (1 - p). No spread in either arm: 0 where they agree, else NaN, never infinite.
    """
    difference, pooled = mean_a - mean_b, np.sqrt((variance_a + variance_b) / 2)
    if pooled > 0:
        return float(difference / pooled)
    return 0.0 if difference == 0 and pooled == 0 else np.nan


def smd_of_shares(share_a: ArrayLike, share_b: ArrayLike) -> float:
    """Return the Mahalanobis distance between two distributions over categories (Yang and Dalton 2012).

    `share_a` and `share_b` are proportions of the same categories and sum to 1. With S the mean of the two multinomial
    covariances and one category left out (which one makes no difference), the distance is sqrt(d' S^-1 d) >= 0. Where
    the arms have no category in common, S is singular: NaN.
    """
    a, b = np.asarray(share_a, dtype=float), np.asarray(share_b, dtype=float)
    if np.isnan(a).any() or np.isnan(b).any():
        return np.nan
    used = (a > 0) | (b > 0)
    t, c = a[used][1:], b[used][1:]
    if not t.size or np.array_equal(t, c):
        return 0.0
    s = (np.diag(t) - np.outer(t, t) + np.diag(c) - np.outer(c, c)) / 2
    if np.linalg.matrix_rank(s) < t.size:
        return np.nan
    return float(np.sqrt((t - c) @ np.linalg.solve(s, t - c)))


def variance_ratio(variance_a: float, variance_b: float) -> float:
    """Return var a / var b; NaN where b has no variance."""
    return variance_a / variance_b if variance_b > 0 else np.nan


def ks_distance(
    a: ArrayLike, b: ArrayLike, weights_a: ArrayLike | None = None, weights_b: ArrayLike | None = None
) -> float:
    """Return the largest gap between two (weighted) empirical distribution functions; NaN where one arm is empty.

    >>> ks_distance([1, 2, 3], [2, 3, 4]).__round__(4)
    0.3333
    """
    (x, w), (y, v) = _weighted(a, weights_a), _weighted(b, weights_b)
    if not (w.sum() > 0 and v.sum() > 0):
        return np.nan
    points = np.unique(np.concatenate([x, y]))
    return float(np.max(np.abs(_distribution(x, w, points) - _distribution(y, v, points))))


def _distribution(x: FloatArray, w: FloatArray, points: FloatArray) -> FloatArray:
    order = np.argsort(x, kind="stable")
    share = np.concatenate([[0.0], np.cumsum(w[order])]) / w.sum()
    return share[np.searchsorted(x[order], points, side="right")]


def _weighted(x: ArrayLike, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    values = np.asarray(x, dtype=float)
    return values, np.ones(values.size) if weights is None else np.asarray(weights, dtype=float)
