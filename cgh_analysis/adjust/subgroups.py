"""Split a cohort by a declared column, so that every estimator can look within each level."""

from __future__ import annotations

import pandas as pd

from cgh_analysis.cohort import Cohort
from cgh_analysis.errors import StudyError


def subgroups(cohort: Cohort, column: str) -> list[Cohort]:
    """Return one cohort for each level of a category, in the order of its codes; levels that nobody has are left out.

    Patients whose level is not recorded are in none of them.
    """
    if column not in cohort.cases:
        raise StudyError(f"The subgroup column {column!r} is not in the data.", remedy="Map it in [sources].")
    values = cohort.cases[column]
    if not isinstance(values.dtype, pd.CategoricalDtype):
        raise StudyError(f"The subgroup column {column!r} is not a category.", remedy="Declare its codes.")
    present = set(values.dropna())
    return [cohort.within(column, level) for level in values.cat.categories if level in present]
