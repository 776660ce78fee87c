"""Rows that a fit is asked to predict for: checked, and coded as the rows that it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame
from cgh_analysis.models.checks import check_finite, sorted_levels
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import categorical_variables, variables
from cgh_analysis.numerics.arrays import FloatArray


def new_matrix(fit: Fit, newdata: pd.DataFrame, *, also: Sequence[str] = ()) -> FloatArray:
    """Return the design (rows, terms) of new rows; refuse missing values, unknown levels, and rows without `also`."""
    used = variables(fit.spec.formula)
    check_frame(newdata, [*used, *also])
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
    matrix = np.asarray(fit.spec.get_model_matrix(rows, context={}), dtype=float)
    return matrix if fit.intercept else matrix[:, 1:]
