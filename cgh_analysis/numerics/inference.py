"""Intervals and p-values, written once for every model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Wald:
    """A Wald statistic with its two-sided p-value and confidence limits; arrays of one shape."""

    statistic: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def below_upper(conf_level: float) -> float:
    """Return the probability below the upper limit of a two-sided interval.

    >>> below_upper(0.95)
    0.975
    """
    if not isinstance(conf_level, int | float) or not 0 < conf_level < 1:
        raise ArgumentError(f"conf_level={conf_level!r} is no level.", remedy="Give a share, such as 0.95.")
    return 0.5 + conf_level / 2


def wald(estimate: ArrayLike, std_error: ArrayLike, df: ArrayLike = np.inf, *, conf_level: float = 0.95) -> Wald:
    """Return t (or z, where `df` is inf) statistic, two-sided p-value and limits of estimates.

    Assumes that (estimate - truth) / std_error follows t with `df` degrees of freedom. A standard error of 0 or NaN
    gives NaN, never infinite certainty.

    >>> round(float(wald(1.959964, 1.0).p_value), 6)
    0.05
    """
    b, se, nu = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (estimate, std_error, df)))
    se = np.where(se > 0, se, np.nan)
    statistic = b / se
    # scipy's t with df = inf is exactly the normal distribution
    half = stats.t.ppf(below_upper(conf_level), nu) * se
    return Wald(
        statistic=statistic, p_value=2 * stats.t.sf(np.abs(statistic), nu), conf_low=b - half, conf_high=b + half
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JointWald:
    """A multi-degree-of-freedom Wald test; F where `den_df` is finite, else chi-square divided by its df."""

    num_df: int
    den_df: float
    statistic: float
    p_value: float


def joint_wald(contrast: FloatArray, coef: FloatArray, vcov: FloatArray, den_df: float = np.inf) -> JointWald:
    """Test L b = 0 with the Wald F statistic b'L'(L V L')^-1 L b / rank(L).

    `contrast` is rows x coefficients; rows that follow from others add no degree of freedom.

    >>> joint_wald(np.eye(2), np.array([1.0, 2.0]), np.eye(2)).statistic
    2.5
    """
    rank = int(np.linalg.matrix_rank(contrast))
    if rank < contrast.shape[0]:
        contrast = np.linalg.svd(contrast)[2][:rank]
    delta = contrast @ coef
    statistic = float(delta @ np.linalg.solve(contrast @ vcov @ contrast.T, delta)) / rank
    p = stats.f.sf(statistic, rank, den_df) if np.isfinite(den_df) else stats.chi2.sf(statistic * rank, rank)
    return JointWald(num_df=rank, den_df=float(den_df), statistic=statistic, p_value=float(p))


def heterogeneity(estimate: ArrayLike, std_error: ArrayLike) -> JointWald:
    """Test that independent estimates share one truth: Cochran's Q on k - 1 degrees of freedom (Cochran 1954).

    Q is returned divided by its degrees of freedom, as for the other joint tests.
    """
    b, se = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    weight = 1 / se**2
    q = float(np.sum(weight * (b - np.sum(weight * b) / np.sum(weight)) ** 2))
    df = b.size - 1
    return JointWald(num_df=df, den_df=np.inf, statistic=q / df, p_value=float(stats.chi2.sf(q, df)))
