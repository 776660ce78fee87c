"""Residuals of a Cox fit and the test of proportional hazards, as frames with the fit's own labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.cox_regression import CoxRegression
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival import cox_residuals as kernel
from cgh_analysis.numerics.survival import proportional_hazards
from cgh_analysis.numerics.survival.firth import firth_profile

Residual = Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld"]


def ph_test(fit: CoxRegression, transform: proportional_hazards.Transform, *, terms: bool) -> pd.DataFrame:
    """Test proportional hazards of a fit; see `CoxFit.ph_test`."""
    g = transformed_times(fit, transform)
    columns = _columns_by_term(fit) if terms else {name: np.array([i]) for i, name in enumerate(fit.terms)}
    tests, overall = proportional_hazards.ph_test(fit.risk, fit.solution.sums, g, list(columns.values()))
    found = [(t.statistic, t.df, t.p_value) for t in (*tests, overall)]
    index = pd.Index([*columns, "GLOBAL"], name="term")
    return pd.DataFrame(found, columns=["statistic", "df", "p_value"], index=index)


def transformed_times(fit: CoxRegression, transform: proportional_hazards.Transform) -> FloatArray:
    """Return the transformed time of each of the fit's points."""
    check_option("transform", transform, get_args(proportional_hazards.Transform))
    at, seen = fit.risk.sets.times, fit.observed
    if transform == "log" and at.min() <= 0:
        raise ArgumentError("An event at time 0 has no logarithm.", remedy="Take another transform.")
    return proportional_hazards.transformed(transform, at, seen.time, seen.event, seen.entry)


def profile(fit: CoxRegression, conf_level: float) -> pd.DataFrame:
    """Return the penalised profile likelihood's limits of a fit; see `CoxFit.profile`."""
    if fit.penalty is None:
        raise ArgumentError("The profile is that of a penalised fit.", remedy='Fit with penalty="firth".')
    found = firth_profile(fit.risk, fit.coef, fit.covariance_of_coef, conf_level)
    table = pd.DataFrame(
        {
            "estimate": fit.coef,
            "conf_low": found.low,
            "conf_high": found.high,
            "statistic": [t.statistic for t in found.tests],
            "p_value": [t.p_value for t in found.tests],
        },
        index=pd.Index(fit.terms, name="term"),
    )
    with np.errstate(over="ignore"):
        ratios = np.exp(table[["estimate", "conf_low", "conf_high"]])
    return table.assign(
        hazard_ratio=ratios["estimate"],
        hazard_ratio_low=ratios["conf_low"],
        hazard_ratio_high=ratios["conf_high"],
    )


def _columns_by_term(fit: CoxRegression) -> dict[str, IntArray]:
    """Columns of the design by term, the intercept's being taken out."""
    found = {str(term): np.asarray(columns) - 1 for term, columns in fit.spec.term_indices.items()}
    return {term: columns for term, columns in found.items() if columns.size and columns[0] >= 0}


def _series(values: FloatArray, fit: CoxRegression, kind: str) -> pd.Series:
    return pd.Series(values, index=fit.data.index, name=kind)


def _frame(values: FloatArray, fit: CoxRegression) -> pd.DataFrame:
    return pd.DataFrame(values, index=fit.data.index, columns=list(fit.terms))


def _martingale(fit: CoxRegression) -> pd.Series:
    return _series(kernel.martingale(fit.risk, fit.solution.sums), fit, "martingale")


def _deviance(fit: CoxRegression) -> pd.Series:
    return _series(kernel.deviance(fit.risk, fit.solution.sums), fit, "deviance")


def _score(fit: CoxRegression) -> pd.DataFrame:
    return _frame(kernel.score_residuals(fit.risk, fit.solution.sums), fit)


def _dfbeta(fit: CoxRegression) -> pd.DataFrame:
    return _frame(kernel.dfbeta(fit.risk, fit.solution.sums, fit.solution.covariance), fit)


def _schoenfeld(fit: CoxRegression) -> pd.DataFrame:
    rows, values = kernel.schoenfeld(fit.risk, fit.solution.sums)
    return pd.DataFrame(values, index=fit.data.index[rows], columns=list(fit.terms))


def _scaled_schoenfeld(fit: CoxRegression) -> pd.DataFrame:
    """Schoenfeld's residuals times events x covariance, plus the coefficients: local estimates of b(t)."""
    return _schoenfeld(fit) @ (fit.n_events * fit.naive_vcov) + fit.coef


RESIDUALS: Final[dict[str, Callable[[CoxRegression], pd.Series | pd.DataFrame]]] = {
    "martingale": _martingale,
    "deviance": _deviance,
    "score": _score,
    "dfbeta": _dfbeta,
    "schoenfeld": _schoenfeld,
    "scaled_schoenfeld": _scaled_schoenfeld,
}
