"""The log hazard ratio of a Cox fit as it changes over time: the picture beside the test of proportional hazards."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.formulas import categorical_variables
from cgh_analysis.models.grid import reference_grid
from cgh_analysis.models.survival.cox_checks import transformed_times
from cgh_analysis.models.survival.cox_regression import CoxRegression
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import wald
from cgh_analysis.numerics.survival.cox_residuals import schoenfeld
from cgh_analysis.numerics.survival.local_effect import local_effect
from cgh_analysis.numerics.survival.proportional_hazards import Transform

TIMES: Final = 25


def ph_effect(
    fit: CoxRegression, factor: str | None, *, reference: Any, transform: Transform, knots: int, conf_level: float
) -> pd.DataFrame:
    """Return smoothed effects over time of a fit; see `CoxFit.ph_effect`."""
    if knots < 2:
        raise ArgumentError(f"knots={knots!r} are too few.", remedy="A line has 2; 4 follow a bend.")
    g = transformed_times(fit, transform)
    names, linear = _functions(fit, factor, reference)
    point = fit.risk.rows.point
    days = fit.risk.sets.times[point]
    at = np.unique(np.quantile(days, np.linspace(0, 1, TIMES), method="inverted_cdf"))
    new = g[[int(np.flatnonzero(fit.risk.sets.times == day)[0]) for day in at]]
    residuals = schoenfeld(fit.risk, fit.solution.sums)[1]
    found = local_effect(residuals, fit.coef, fit.solution.covariance, linear, g[point], new, knots=knots)
    estimate, error = found.estimate.T.ravel(), found.std_error.T.ravel()
    w = wald(estimate, error, conf_level=conf_level)
    table = names.loc[names.index.repeat(at.size)].reset_index(drop=True)
    return table.assign(
        time=np.tile(at, len(names)), estimate=estimate, std_error=error, conf_low=w.conf_low, conf_high=w.conf_high
    )


def _functions(fit: CoxRegression, factor: str | None, reference: Any) -> tuple[pd.DataFrame, FloatArray]:
    """The names and the linear functions (k, p): the coefficients, or the contrasts of a factor's levels."""
    if factor is None:
        return pd.DataFrame({"term": list(fit.terms)}), np.eye(len(fit.terms))
    if factor not in categorical_variables(fit.spec, fit.data):
        raise ArgumentError(f"{factor!r} is no factor of the model.", remedy="Name a category in its formula.")
    grid = reference_grid(fit, [factor])
    levels = grid.cells[factor].tolist()
    pairs = level_pairs(levels, reference)
    place = [(levels.index(a), levels.index(b)) for a, b in pairs]
    linear = np.array([grid.linear[i] - grid.linear[j] for i, j in place])
    return pd.DataFrame({"group": [a for a, _ in pairs], "reference": [b for _, b in pairs]}), linear
