"""Baseline hazard and predicted survival curves of a Cox fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgh_analysis.models.newdata import new_matrix, new_strata
from cgh_analysis.models.survival.cox_regression import CoxRegression
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
    x = new_matrix(fit, newdata, fit.strata)
    stratum = new_strata(fit.strata, fit.stratum_names, newdata)
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
