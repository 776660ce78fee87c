"""Single-step adjusted p-values and limits of several correlated t statistics."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from cgh_analysis.numerics.arrays import FloatArray

SEED = 20240611


def max_t_tail(statistic: FloatArray, correlation: FloatArray, df: FloatArray) -> FloatArray:
    """Return P(max |T| >= |t_i|) of a multivariate t with `correlation` (k, k), for each of the (k,) statistics.

    The single-step p-values of Hothorn, Bretz and Westfall (2008). With T = A x / s, x normal in the r dimensions of
    the correlation's rank, x is a radius times a direction u, and radius^2 / (r s^2) follows F(r, df); so the tail is
    the mean over directions of P(F >= t^2 / (r max_i (a_i'u)^2)). In one and two dimensions (two or three arms) that
    mean is exact to rounding; in more it is a quasi-Monte-Carlo mean over 2^16 directions of a fixed seed, good to
    about 2e-5. Where `df` is inf, T is normal.
    """
    reach, weight, rank = _directions(correlation)
    return np.array([_tail(abs(t), reach, weight, rank, nu) for t, nu in zip(statistic, df, strict=True)])


def max_t_quantile(level: float, correlation: FloatArray, df: float) -> float:
    """Return c with P(max |T| < c) = level."""
    reach, weight, rank = _directions(correlation)
    low = float(stats.t.ppf(0.5 + level / 2, df))
    high = float(stats.t.isf((1 - level) / 2 / len(correlation), df))
    if len(correlation) == 1:
        return low
    # between no and Bonferroni's correction, a little wider for statistics that are one and the same
    return float(brentq(lambda c: _tail(c, reach, weight, rank, df) - (1 - level), low * 0.999, high * 1.001))


def _tail(t: float, reach: FloatArray, weight: FloatArray, rank: int, df: float) -> float:
    with np.errstate(divide="ignore"):
        bound = t**2 / reach
    upper = stats.chi2.sf(bound, rank) if np.isinf(df) else stats.f.sf(bound / rank, rank, df)
    return float(weight @ upper)


def _directions(correlation: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return max_i (a_i'u)^2 at directions u, their weights, and the rank r."""
    a = _factor(correlation)
    rank = a.shape[1]
    u, weight = {1: _line, 2: _circle}.get(rank, _sphere)(a)
    return np.max((a @ u) ** 2, axis=0), weight, rank


def _factor(correlation: FloatArray) -> FloatArray:
    """Return A (k, r) with A A' the correlation, by Cholesky's method, in which dependent contrasts open no dimension.

    The eigenvectors would do as well, but of equal eigenvalues, which pairs of arms alike have, every machine takes
    others, and the directions sampled would differ with them.
    """
    a = np.zeros((len(correlation), 0))
    for i, row in enumerate(correlation):
        rest = row - a @ a[i]
        # what is left of a dependent contrast is of rounding size
        if rest[i] > 1e-10:
            a = np.column_stack([a, rest / np.sqrt(rest[i])])
    return a


def _line(_: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.ones((1, 1)), np.ones(1)


def _circle(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre between the angles at which another statistic becomes the largest; in between it is smooth."""
    crossing = [a[i] + sign * a[j] for i, j in combinations(range(len(a)), 2) for sign in (1, -1)]
    angle = np.array([np.arctan2(-v[0], v[1]) for v in crossing if np.hypot(*v) > 1e-8])
    breaks = np.unique(np.concatenate([[0.0, np.pi], np.mod(angle, np.pi)]))
    node, weight = np.polynomial.legendre.leggauss(40)
    half, middle = np.diff(breaks)[:, None] / 2, (breaks[1:] + breaks[:-1])[:, None] / 2
    theta = (middle + half * node).ravel()
    return np.stack([np.cos(theta), np.sin(theta)]), (half * weight).ravel() / np.pi


def _sphere(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = stats.qmc.Sobol(a.shape[1], seed=SEED).random_base2(16)
    normal = stats.norm.ppf(points)
    u = (normal / np.linalg.norm(normal, axis=1, keepdims=True)).T
    return u, np.full(u.shape[1], 1 / u.shape[1])
