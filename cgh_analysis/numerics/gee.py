"""Generalised estimating equations of repeated measurements, all clusters at once in padded arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.families import FAMILIES, LINKS
from cgh_analysis.numerics.working_correlation import Panel, correlation_matrix, panel, update_correlation

MAX_ITERATIONS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Gee:
    """The solution: `naive` trusts the working correlation, `robust` does not; `scale` is the dispersion."""

    coef: FloatArray
    naive: FloatArray
    robust: FloatArray
    correlation: float
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Residuals and information at one value of the coefficients: clusters x positions (x coefficients)."""

    residual: FloatArray
    slope: FloatArray
    scale: float
    information: FloatArray
    weighted: FloatArray


def gee_solve(
    y: FloatArray, x: FloatArray, cluster: IntArray, position: IntArray, *, family: str, correlation: str
) -> Gee:
    """Solve sum D'V^-1 (y - mu) = 0 with V = phi A^1/2 R(alpha) A^1/2 (Liang and Zeger 1986).

    `y` is (n,), `x` (n, p), `cluster` codes 0..G-1 and `position` the place of a row within its cluster, (n,) each.
    Dispersion and correlation are geepack's: phi = mean of the squared Pearson residuals, alpha from the products of
    pairs over phi, with no correction for p; the working correlations are in `working_correlation`. Raises
    NotEstimable where the iteration does not settle.
    """
    table = panel(y, x, cluster, position)
    start = FAMILIES[family].start(y)
    beta, alpha = np.zeros(x.shape[1]), 0.0
    eta = table.spread(start)
    with np.errstate(all="ignore"):
        for _ in range(MAX_ITERATIONS):
            step = _step(table, eta, alpha, family, correlation)
            new = _advance(step, eta)
            if not np.all(np.isfinite(new)):
                break
            eta = table.x @ new
            residual = _pearson(table, eta, family)
            if np.sum(residual**2) <= 1e-24 * np.sum(y**2):
                raise NotEstimable("the outcome is fitted without error, no variance is left")
            next_alpha = update_correlation(correlation, table, residual, alpha)
            # in standard errors, so that units do not matter; 1e-9 of one is far below anything that is reported
            moved = np.sqrt((new - beta) @ step.information @ (new - beta) / step.scale)
            settled = moved < 1e-9 and abs(next_alpha - alpha) < 1e-9
            beta, alpha = new, next_alpha
            if settled:
                return _solution(_step(table, eta, alpha, family, correlation), beta, alpha)
    raise NotEstimable(f"the estimating equations did not converge in {MAX_ITERATIONS} iterations")


def _pearson(table: Panel, eta: FloatArray, family: str) -> FloatArray:
    mu = LINKS[FAMILIES[family].link].inverse(eta)
    return np.where(table.seen, (table.y - mu) / np.sqrt(FAMILIES[family].variance(mu)), 0.0)


def _step(table: Panel, eta: FloatArray, alpha: float, family: str, correlation: str) -> _Step:
    link = LINKS[FAMILIES[family].link]
    residual = _pearson(table, eta, family)
    variance = FAMILIES[family].variance(link.inverse(eta))
    slope = np.where(table.seen, link.derivative(eta) / np.sqrt(variance), 0.0)
    design = slope[..., None] * table.x
    weighted = np.asarray(np.linalg.solve(correlation_matrix(correlation, table, alpha), design))
    return _Step(
        residual=residual,
        slope=slope,
        scale=float(np.sum(residual**2) / np.sum(table.seen)),
        information=np.einsum("gmp,gmq->pq", design, weighted),
        weighted=weighted,
    )


def _advance(step: _Step, eta: FloatArray) -> FloatArray:
    """Fisher scoring on the working response: needs no start for the coefficients, only one for the predictor."""
    score = np.einsum("gmp,gm->p", step.weighted, step.residual + step.slope * eta)
    try:
        return np.linalg.solve(step.information, score)
    except np.linalg.LinAlgError:
        return np.full(len(score), np.nan)


def _solution(step: _Step, beta: FloatArray, alpha: float) -> Gee:
    bread = np.asarray(np.linalg.inv(step.information), dtype=float)
    influence = np.einsum("gmp,gm->gp", step.weighted, step.residual) @ bread
    return Gee(coef=beta, naive=step.scale * bread, robust=influence.T @ influence, correlation=alpha, scale=step.scale)
