"""Baseline hazard and predicted survival curves of a Cox fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame
from cgh_analysis.models.checks import check_finite, sorted_levels
from cgh_analysis.models.formulas import categorical_variables, variables
from cgh_analysis.models.survival.cox_regression import CoxRegression
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.survival import cox_residuals as kernel
from cgh_analysis.numerics.survival.kaplan_meier import limits


def baseline(fit: CoxRegression) -> pd.DataFrame:
    """Return the baseline hazard of a fit; see `CoxFit.baseline`."""
    sets = fit.risk.sets
    hazard = kernel.baseline_hazard(fit.risk, fit.solution.sums, fit.coef)
    names = np.array(fit.stratum_names, dtype=object)[sets.stratum]
    return pd.DataFrame(
        {"stratum": names, "time": sets.times, "cumulative_hazard": hazard, "survival": np.exp(-hazard)}
    )


def survival(fit: CoxRegression, newdata: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    """Return predicted curves of a fit; see `CoxFit.survival`."""
    rows = _checked(fit, newdata)
    stratum = _strata(fit, newdata)
    x = np.asarray(fit.spec.get_model_matrix(rows, context={}), dtype=float)[:, 1:]
    found = kernel.predicted(fit.risk, fit.solution.sums, fit.coef, fit.covariance_of_coef, x)
    person, point = np.nonzero(stratum[:, None] == fit.risk.sets.stratum)
    hazard, error = found.cumulative_hazard[person, point], found.std_error[person, point]
    estimate = np.exp(-hazard)
    low, high = limits(estimate, error, conf_level=conf_level)
    return pd.DataFrame(
        {
            "row": newdata.index[person],
            "stratum": np.array(fit.stratum_names, dtype=object)[stratum[person]],
            "time": fit.risk.sets.times[point],
            "estimate": estimate,
            "std_error": estimate * error,
            "conf_low": low,
            "conf_high": high,
        }
    )


def _checked(fit: CoxRegression, newdata: pd.DataFrame) -> pd.DataFrame:
    """Return the model's columns of new rows, coded as the fitted ones; refuse missing values and unknown levels."""
    used = variables(fit.spec.formula)
    check_frame(newdata, [*used, *fit.strata])
    rows = newdata[used].copy()
    missing = [name for name in used if rows[name].isna().any()]
    if missing or rows.empty:
        raise ArgumentError(
            f"newdata has missing values in {', '.join(missing)}." if missing else "newdata has no row.",
            remedy="Give each row all the model's columns.",
        )
    check_finite(rows)
    for name in categorical_variables(fit.spec, fit.data):
        unknown = set(rows[name].dropna()) - set(sorted_levels(fit.data[name]))
        if unknown:
            raise ArgumentError(
                f"The model knows no {name} {', '.join(sorted(map(repr, unknown)))}.",
                remedy=f"It knows: {', '.join(map(str, sorted_levels(fit.data[name])))}.",
            )
        rows[name] = rows[name].astype(fit.data[name].dtype)
    return rows


def _strata(fit: CoxRegression, newdata: pd.DataFrame) -> IntArray:
    """Codes of the new rows' strata."""
    if not fit.strata:
        return np.zeros(len(newdata), dtype=np.intp)
    place = {name: i for i, name in enumerate(fit.stratum_names)}
    if len(fit.strata) == 1:
        given = newdata[fit.strata[0]].tolist()
    else:
        columns = [[f"{name}={value}" for value in newdata[name]] for name in fit.strata]
        given = [", ".join(cell) for cell in zip(*columns, strict=True)]
    unknown = [str(level) for level in dict.fromkeys(given) if level not in place]
    if unknown:
        raise ArgumentError(
            f"The model has no stratum {', '.join(unknown)}.", remedy=f"It has: {', '.join(map(str, place))}."
        )
    return np.array([place[level] for level in given], dtype=np.intp)
