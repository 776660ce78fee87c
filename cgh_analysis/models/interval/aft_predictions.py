"""Predictions of an accelerated failure time fit: quantiles and survival of people, survival averaged over people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.formulas import categorical_variables
from cgh_analysis.models.interval.aft_regression import AftRegression
from cgh_analysis.models.newdata import design_matrix, new_matrix, new_strata
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import wald
from cgh_analysis.numerics.interval import aft_predict as kernel
from cgh_analysis.numerics.survival.kaplan_meier import limits


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisedSurvival:
    """Survival averaged over people, by level and time, and the covariance of all rows of the frame."""

    frame: pd.DataFrame
    covariance: FloatArray

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False, float_format=lambda x: f"{x:.4g}"))


def quantile(fit: AftRegression, newdata: pd.DataFrame, p: float | Sequence[float], conf_level: float) -> pd.DataFrame:
    """Return quantiles of a fit; see `AftFit.quantile`."""
    share = _numbers("p", p)
    if not np.all((share > 0) & (share < 1)):
        raise ArgumentError(f"p={p!r} holds no shares.", remedy="Give shares between 0 and 1, such as 0.5.")
    x, stratum = new_matrix(fit, newdata, fit.strata), new_strata(fit.strata, fit.stratum_names, newdata)
    log_time, error = kernel.log_quantiles(fit.known, x, stratum, share)
    w = wald(log_time, error, conf_level=conf_level)
    found = (np.exp(log_time), np.exp(log_time) * error, np.exp(w.conf_low), np.exp(w.conf_high))
    return _long(newdata, "p", share, found)


def survival(
    fit: AftRegression, newdata: pd.DataFrame, times: float | Sequence[float], conf_level: float
) -> pd.DataFrame:
    """Return survival of a fit; see `AftFit.survival`."""
    t = _times(times)
    x, stratum = new_matrix(fit, newdata, fit.strata), new_strata(fit.strata, fit.stratum_names, newdata)
    z, error = kernel.standardised_times(fit.known, x, stratum, t)
    w = wald(z, error, conf_level=conf_level)
    law = fit.known.law
    with np.errstate(over="ignore"):
        ends = [np.where(error > 0, law.survival(end), law.survival(z)) for end in (w.conf_high, w.conf_low)]
        found = (law.survival(z), law.slope(z) * error, *ends)
    return _long(newdata, "time", t, found)


def standardised(
    fit: AftRegression, factor: str, times: float | Sequence[float], conf_level: float
) -> StandardisedSurvival:
    """Return survival averaged over people; see `AftFit.standardised`."""
    if factor not in categorical_variables(fit.spec, fit.data):
        raise ArgumentError(f"{factor!r} is no factor of the model.", remedy="Name a category in its formula.")
    t, levels = _times(times), sorted_levels(fit.data[factor])
    weight = np.ones(len(fit.data)) if fit.intervals.weights is None else fit.intervals.weights
    mean, slope = [], []
    for level in levels:
        column = pd.Series([level] * len(fit.data), index=fit.data.index).astype(fit.data[factor].dtype)
        x = design_matrix(fit, fit.data.assign(**{factor: column}))
        found = kernel.mean_survival(fit.known, x, fit.stratum, weight, t)
        mean.append(found[0])
        slope.append(found[1])
    estimate, gradient = np.concatenate(mean), np.concatenate(slope)
    covariance = gradient @ fit.full_covariance @ gradient.T
    std_error = np.sqrt(np.diag(covariance))
    se_log = np.where((estimate > 0) & (estimate < 1), std_error / np.where(estimate > 0, estimate, 1.0), 0.0)
    low, high = limits(estimate, se_log, conf_level=conf_level)
    frame = pd.DataFrame(
        {
            factor: pd.Series(np.repeat(np.array(levels, dtype=object), t.size)).astype(fit.data[factor].dtype),
            "time": np.tile(t, len(levels)),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": low,
            "conf_high": high,
        }
    )
    return StandardisedSurvival(frame=frame, covariance=covariance)


def _long(newdata: pd.DataFrame, name: str, at: FloatArray, found: Sequence[FloatArray]) -> pd.DataFrame:
    """One row for each row of newdata and each of `at`."""
    numbers = zip(("estimate", "std_error", "conf_low", "conf_high"), found, strict=True)
    return pd.DataFrame(
        {
            "row": newdata.index.repeat(at.size),
            name: np.tile(at, len(newdata)),
            **{column: values.ravel() for column, values in numbers},
        }
    )


def _times(times: float | Sequence[float]) -> FloatArray:
    t = _numbers("times", times)
    if not np.all((t >= 0) & np.isfinite(t)):
        raise ArgumentError(f"times={times!r} are no days.", remedy="Give finite times of 0 or later.")
    return t


def _numbers(name: str, given: float | Sequence[float]) -> FloatArray:
    try:
        values = np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError):
        values = np.zeros(0)
    if values.ndim != 1 or not values.size:
        raise ArgumentError(f"{name}={given!r} holds no numbers.", remedy="Give a number or a list of them.")
    return values
