"""Rows of new people for a fit's predictions: checked and coded as the fitted ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame
from cgh_analysis.models.checks import check_finite, sorted_levels
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import categorical_variables, variables
from cgh_analysis.numerics.arrays import FloatArray, IntArray


def new_matrix(fit: Fit, newdata: pd.DataFrame, strata: Sequence[str] = ()) -> FloatArray:
    """Return the design (m, terms) of new rows, which have the model's columns and those of `strata`.

    Raises ArgumentError for missing or infinite values and levels that the model does not know.
    """
    used = variables(fit.spec.formula)
    check_frame(newdata, [*used, *strata])
    rows = newdata[used].copy()
    missing = [name for name in used if rows[name].isna().any()]
    if missing or newdata.empty:
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
    return design_matrix(fit, rows)


def design_matrix(fit: Fit, rows: pd.DataFrame) -> FloatArray:
    """Return the design (m, terms) of rows that are coded as the fitted ones."""
    matrix = np.asarray(fit.spec.get_model_matrix(rows, context={}), dtype=float)
    return matrix if fit.intercept else matrix[:, 1:]


def new_strata(strata: Sequence[str], names: Sequence[object], newdata: pd.DataFrame) -> IntArray:
    """Return the codes (m,) of new rows' strata, `names` being the fitted ones; unknown strata are refused."""
    if not strata:
        return np.zeros(len(newdata), dtype=np.intp)
    place = {name: i for i, name in enumerate(names)}
    if len(strata) == 1:
        given = newdata[strata[0]].tolist()
    else:
        columns = [[f"{name}={value}" for value in newdata[name]] for name in strata]
        given = [", ".join(cell) for cell in zip(*columns, strict=True)]
    unknown = [str(level) for level in dict.fromkeys(given) if level not in place]
    if unknown:
        raise ArgumentError(
            f"The model has no stratum {', '.join(unknown)}.", remedy=f"It has: {', '.join(map(str, place))}."
        )
    return np.array([place[level] for level in given], dtype=np.intp)
