"""Adjusted survival curves of a Cox fit: what the average curve of these very people would be in each arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.formulas import categorical_variables
from cgh_analysis.models.newdata import design_matrix, new_strata
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.cox_regression import CoxRegression
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import wald
from cgh_analysis.numerics.survival.kaplan_meier import limits
from cgh_analysis.numerics.survival.standardised import Averages, World, average_survival

# of event times more than this, as many quantiles are shown
MOST_TIMES: Final = 200
PEOPLE: Final = ("given", "sampled")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisedCurves:
    """Adjusted curves by level and time, and by contrast their differences and the ratios of what is gone, 1 - S."""

    curves: pd.DataFrame
    differences: pd.DataFrame
    ratios: pd.DataFrame

    def _repr_html_(self) -> str:
        return str(self.curves.to_html(index=False, float_format=lambda x: f"{x:.4g}"))


def standardised(
    fit: CoxRegression,
    factor: str,
    times: float | Sequence[float] | None,
    *,
    reference: object,
    people: str,
    conf_level: float,
) -> StandardisedCurves:
    """Return adjusted curves of a fit; see `CoxFit.standardised`."""
    check_option("people", people, PEOPLE)
    if factor not in categorical_variables(fit.spec, fit.data) and factor not in fit.strata:
        raise ArgumentError(
            f"{factor!r} is no factor of the model.", remedy="Name a category of its formula, or one of its strata."
        )
    at, levels = _times(fit, times), _levels(fit, factor)
    given = fit.observed.weights
    found = average_survival(
        fit.risk,
        fit.solution.sums,
        fit.coef,
        fit.covariance_of_coef,
        [_world(fit, factor, level) for level in levels],
        np.ones(len(fit.data)) if given is None else given,
        at,
        sampled=people == "sampled",
    )
    pairs = level_pairs(levels, reference)
    return StandardisedCurves(
        curves=_curves(found, factor, levels, at, conf_level),
        differences=_differences(found, levels, pairs, at, conf_level),
        ratios=_ratios(found, levels, pairs, at, conf_level),
    )


def _times(fit: CoxRegression, times: float | Sequence[float] | None) -> FloatArray:
    if times is None:
        events = np.unique(fit.risk.sets.times)
        shares = np.linspace(0, 1, MOST_TIMES)
        return events if events.size <= MOST_TIMES else np.unique(np.quantile(events, shares, method="lower"))
    try:
        at = np.atleast_1d(np.asarray(times, dtype=float))
    except (TypeError, ValueError):
        at = np.array([np.nan])
    if at.ndim != 1 or not at.size or not np.all((at >= 0) & np.isfinite(at)):
        raise ArgumentError(f"times={times!r} are no days.", remedy="Give finite times of 0 or later.")
    last = fit.observed.time.max()
    if at.max() > last:
        raise ArgumentError(f"Nobody was followed until {at.max():g}.", remedy=f"Follow-up ends at {last:g}.")
    return at


def _levels(fit: CoxRegression, factor: str) -> list[object]:
    return [level for level in sorted_levels(fit.data[factor]) if (fit.data[factor] == level).any()]


def _world(fit: CoxRegression, factor: str, level: object) -> World:
    """Everybody with a level, which may be one of a stratum."""
    column = pd.Series([level] * len(fit.data), index=fit.data.index).astype(fit.data[factor].dtype)
    rows = fit.data.assign(**{factor: column})
    return World(x=design_matrix(fit, rows), stratum=new_strata(fit.strata, fit.stratum_names, rows))


def _curves(found: Averages, factor: str, levels: Sequence[object], at: FloatArray, conf_level: float) -> pd.DataFrame:
    estimate = found.estimate.T.ravel()
    std_error = np.sqrt(np.einsum("tii->it", found.covariance)).ravel()
    low, high = limits(
        estimate, np.divide(std_error, estimate, where=estimate > 0, out=np.zeros_like(estimate)), conf_level=conf_level
    )
    return pd.DataFrame(
        {
            factor: np.repeat(np.array(levels, dtype=object), at.size),
            "time": np.tile(at, len(levels)),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": low,
            "conf_high": high,
        }
    )


Pairs = Sequence[tuple[object, object]]


def _differences(
    found: Averages, levels: Sequence[object], pairs: Pairs, at: FloatArray, conf_level: float
) -> pd.DataFrame:
    tables = []
    for a, b in pairs:
        i, j = levels.index(a), levels.index(b)
        variance = found.covariance[:, i, i] + found.covariance[:, j, j] - 2 * found.covariance[:, i, j]
        tables.append(_table(f"{a} - {b}", at, found.estimate[:, i] - found.estimate[:, j], variance, conf_level))
    return pd.concat(tables, ignore_index=True)


def _ratios(found: Averages, levels: Sequence[object], pairs: Pairs, at: FloatArray, conf_level: float) -> pd.DataFrame:
    """Ratios of 1 - S, with limits made on the log scale; NaN where nobody of a level is expected to be gone."""
    tables = []
    gone = np.where(found.estimate < 1, 1 - found.estimate, np.nan)
    for a, b in pairs:
        i, j = levels.index(a), levels.index(b)
        scaled = found.covariance / (gone[:, :, None] * gone[:, None, :])
        variance = scaled[:, i, i] + scaled[:, j, j] - 2 * scaled[:, i, j]
        table = _table(f"{a} / {b}", at, np.log(gone[:, i] / gone[:, j]), variance, conf_level)
        ratio = np.exp(table["estimate"])
        limits_of = {name: np.exp(table[name]) for name in ("conf_low", "conf_high")}
        tables.append(table.assign(estimate=ratio, std_error=ratio * table["std_error"], **limits_of))
    return pd.concat(tables, ignore_index=True)


def _table(
    contrast: str, at: FloatArray, estimate: FloatArray, variance: FloatArray, conf_level: float
) -> pd.DataFrame:
    std_error = np.sqrt(np.maximum(variance, 0.0))
    known = std_error > 0
    w = wald(estimate, np.where(known, std_error, np.nan), conf_level=conf_level)
    return pd.DataFrame(
        {
            "contrast": contrast,
            "time": at,
            "estimate": estimate,
            "std_error": std_error,
            "statistic": w.statistic,
            "p_value": w.p_value,
            "conf_low": w.conf_low,
            "conf_high": w.conf_high,
        }
    )
