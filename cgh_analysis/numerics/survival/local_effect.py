"""How a coefficient changes over time: scaled Schoenfeld residuals, smoothed by a natural cubic spline.

At an event b + d V r is the coefficient there, up to noise of variance d V (Grambsch and Therneau 1994; d events, V the
covariance of b, r Schoenfeld's residual). The smoother is linear in them, so that its limits are exact given those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEffect:
    """Linear functions of the coefficients at several times (T, k), with standard errors."""

    estimate: FloatArray
    std_error: FloatArray


def local_effect(
    residuals: FloatArray,
    coef: FloatArray,
    covariance: FloatArray,
    linear: FloatArray,
    at: FloatArray,
    new: FloatArray,
    *,
    knots: int = 4,
) -> LocalEffect:
    """Smooth linear functions (k, p) of the coefficients (p,) over transformed time, for the times `new` (T,).

    `residuals` (E, p) are Schoenfeld's and `at` (E,) their transformed times; the spline has as many coefficients as
    `knots`, which lie at quantiles of the events. Raises NotEstimable with fewer distinct times than twice the knots.
    """
    if np.unique(at).size < 2 * knots:
        raise NotEstimable(f"events at {np.unique(at).size} times do not show how an effect changes over them")
    places = np.unique(np.quantile(at, np.linspace(0, 1, knots)))
    local = residuals @ (at.size * covariance @ linear.T) + linear @ coef
    q, r = np.linalg.qr(natural_spline(at, places))
    loads = np.linalg.solve(r.T, natural_spline(new, places).T).T
    variance = at.size * np.einsum("kp,pq,kq->k", linear, covariance, linear)
    return LocalEffect(
        estimate=loads @ (q.T @ local),
        std_error=np.sqrt(np.outer((loads**2).sum(axis=1), variance)),
    )


def natural_spline(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Return a basis (n, K) of the cubic splines with K knots (K,) that are straight beyond the outer ones.

    >>> natural_spline(np.array([0.0, 0.5, 2.0]), np.array([0.0, 1.0])).tolist()
    [[1.0, 0.0], [1.0, 0.5], [1.0, 2.0]]
    """
    low, span = knots[0], knots[-1] - knots[0]
    z, at = (x - low) / span, (knots - low) / span
    cubes = np.maximum(z[:, None] - at, 0.0) ** 3
    slopes = (cubes[:, :-1] - cubes[:, -1:]) / (1.0 - at[:-1])
    return np.column_stack([np.ones_like(z), z, slopes[:, :-1] - slopes[:, -1:]])
