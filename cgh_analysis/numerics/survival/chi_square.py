"""Chi-square tests of a vector against its covariance, for log-rank, score, Wald and proportional-hazards tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """A chi-square statistic, its degrees of freedom and its p-value."""

    statistic: float
    df: int
    p_value: float


def chi_square(statistic: float, df: int) -> ChiSquare:
    """Return the test of a statistic that is chi-square with `df` degrees of freedom under the null."""
    return ChiSquare(statistic=float(statistic), df=df, p_value=float(stats.chi2.sf(statistic, df)))


def quadratic_test(vector: FloatArray, covariance: FloatArray) -> ChiSquare:
    """Test that a vector (k,) with covariance (k, k) has mean zero: v' C^-1 v on k degrees of freedom."""
    return chi_square(float(vector @ solve_scaled(covariance, vector)), vector.size)


def solve_scaled(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a positive definite system after giving it a unit diagonal, so that units do not matter.

    Raises NotEstimable where the matrix is singular.
    """
    scale = np.sqrt(np.diag(matrix))
    if not np.all(scale > 0):
        raise NotEstimable("the information is singular")
    try:
        factor = linalg.cho_factor(matrix / np.outer(scale, scale), lower=True)
    except linalg.LinAlgError:
        raise NotEstimable("the information is singular") from None
    if np.min(np.diag(factor[0])) < 1e-8:  # 1e-16 of a column's variance is its own: only rounding is left
        raise NotEstimable("the information is singular")
    over = scale if right.ndim == 1 else scale[:, None]
    return np.asarray(linalg.cho_solve(factor, right / over) / over)
