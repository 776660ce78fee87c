"""p-values and critical values of a family of comparisons, one function a procedure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.multiplicity import bonferroni, hochberg, holm
from cgh_analysis.numerics.simultaneous import max_t_quantile, max_t_tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """m comparisons of `n_means` means: t statistics, their p-values and df (m,), and correlation (m, m)."""

    statistic: FloatArray
    p_value: FloatArray
    df: FloatArray
    correlation: FloatArray
    n_means: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """Adjusted p-values of a family, and the multiple of the standard error that is half its interval."""

    p_value: Callable[[Family], FloatArray]
    critical: Callable[[Family, float], FloatArray]


def _own(family: Family, level: float) -> FloatArray:
    return np.asarray(stats.t.ppf(0.5 + level / 2, family.df))


def _bonferroni(family: Family, level: float) -> FloatArray:
    return np.asarray(stats.t.isf((1 - level) / 2 / len(family.df), family.df))


def _tukey(family: Family) -> FloatArray:
    return np.asarray(stats.studentized_range.sf(np.sqrt(2) * np.abs(family.statistic), family.n_means, family.df))


def _tukey_critical(family: Family, level: float) -> FloatArray:
    return _by_df(family.df, lambda df: stats.studentized_range.ppf(level, family.n_means, df) / np.sqrt(2))


def _max_t(family: Family) -> FloatArray:
    return max_t_tail(family.statistic, family.correlation, family.df)


def _max_t_critical(family: Family, level: float) -> FloatArray:
    return _by_df(family.df, lambda df: max_t_quantile(level, family.correlation, df))


def _by_df(df: FloatArray, quantile: Callable[[float], float]) -> FloatArray:
    values, where = np.unique(df, return_inverse=True)
    return np.array([quantile(float(v)) for v in values])[where]


PROCEDURES: Final[dict[str, Procedure]] = {
    "none": Procedure(p_value=lambda family: family.p_value, critical=_own),
    "bonferroni": Procedure(p_value=lambda family: bonferroni(family.p_value), critical=_bonferroni),
    "holm": Procedure(p_value=lambda family: holm(family.p_value), critical=_own),
    "hochberg": Procedure(p_value=lambda family: hochberg(family.p_value), critical=_own),
    "tukey": Procedure(p_value=_tukey, critical=_tukey_critical),
    "dunnett": Procedure(p_value=_max_t, critical=_max_t_critical),
    "mvt": Procedure(p_value=_max_t, critical=_max_t_critical),
}
