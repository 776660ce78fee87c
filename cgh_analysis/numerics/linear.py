"""Ordinary and weighted least squares, and the classical and heteroscedasticity-consistent covariances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg import solve_triangular

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastSquares:
    """A least-squares fit of n rows on p columns.

    `x` and `residuals` are multiplied by the roots of the weights; `bread` is (X'WX)^-1; `leverage` the diagonal of
    the hat matrix; `df_residual` n - p.
    """

    coef: FloatArray
    x: FloatArray
    residuals: FloatArray
    bread: FloatArray
    leverage: FloatArray
    df_residual: int
    sigma: float
    r_squared: float
    log_likelihood: float


def least_squares(y: FloatArray, x: FloatArray, weights: FloatArray | None = None) -> LeastSquares:
    """Minimise sum w (y - x b)^2 by QR; `y` is (n,), `x` (n, p) of full rank with a constant among its span.

    `weights` are inverse variances up to a factor; the log-likelihood is the normal one at its maximum, as R's lm has
    it. Raises NotEstimable without residual degrees of freedom or residual variance.
    """
    w = np.ones(len(y)) if weights is None else weights
    root = np.sqrt(w)
    z, design = root * y, root[:, None] * x
    n, p = design.shape
    if n <= p:
        raise NotEstimable(f"{n} rows do not leave residual degrees of freedom for {p} coefficients")
    # columns of length 1 keep the QR accurate when units differ by orders of magnitude
    scale = np.linalg.norm(design, axis=0)
    q, r = np.linalg.qr(design / scale)
    coef = solve_triangular(r, q.T @ z) / scale
    residuals = z - design @ coef
    rss = float(residuals @ residuals)
    if rss <= 1e-24 * float(z @ z):
        raise NotEstimable("the outcome is fitted without error, no variance is left")
    inverse = solve_triangular(r, np.eye(p)) / scale[:, None]
    centred = root * (y - np.sum(w * y) / np.sum(w))
    return LeastSquares(
        coef=coef,
        x=design,
        residuals=residuals,
        bread=inverse @ inverse.T,
        leverage=np.sum(q**2, axis=1),
        df_residual=n - p,
        sigma=float(np.sqrt(rss / (n - p))),
        r_squared=1 - rss / float(centred @ centred),
        log_likelihood=float(0.5 * (np.sum(np.log(w)) - n * (np.log(2 * np.pi * rss / n) + 1))),
    )


def classical(fit: LeastSquares) -> FloatArray:
    """Return sigma^2 (X'WX)^-1: assumes one residual variance."""
    return fit.sigma**2 * fit.bread


def hc0(fit: LeastSquares) -> FloatArray:
    """Return White's sandwich (White 1980), consistent whatever the residual variances."""
    return _sandwich(fit, np.ones_like(fit.leverage))


def hc1(fit: LeastSquares) -> FloatArray:
    """Return HC0 times n / (n - p)."""
    n = len(fit.residuals)
    return hc0(fit) * (n / fit.df_residual)


def hc2(fit: LeastSquares) -> FloatArray:
    """Return the sandwich of residuals squared over 1 - h: unbiased under one residual variance."""
    return _sandwich(fit, 1 / _free(fit))


def hc3(fit: LeastSquares) -> FloatArray:
    """Return the sandwich of residuals squared over (1 - h)^2 (MacKinnon and White 1985), close to the jackknife."""
    return _sandwich(fit, 1 / _free(fit) ** 2)


def _sandwich(fit: LeastSquares, factor: FloatArray) -> FloatArray:
    influence = fit.x @ fit.bread
    return influence.T @ (influence * (factor * fit.residuals**2)[:, None])


def _free(fit: LeastSquares) -> FloatArray:
    free = 1 - fit.leverage
    # below 1e-10 the residual is 0 by construction: the row alone determines a coefficient
    alone = np.flatnonzero(free < 1e-10)
    if alone.size:
        raise NotEstimable(
            f"{alone.size} row(s) determine a coefficient alone, HC2 and HC3 are not defined",
            remedy="Merge the level that has one row, or use HC1.",
        )
    return free


COVARIANCES: Final[dict[str, Callable[[LeastSquares], FloatArray]]] = {
    "classical": classical,
    "HC0": hc0,
    "HC1": hc1,
    "HC2": hc2,
    "HC3": hc3,
}
