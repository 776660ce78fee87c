"""What each arm consisted of: techniques, exercise, drugs and block sites that its people were given."""

from __future__ import annotations

from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.clinical import rows_of
from cgh_analysis.results import Result
from cgh_analysis.schema import TREATMENT


def describe(cohort: Cohort) -> Result:
    """Return counts and percentages of the parts of treatment by arm.

    There is no standardised difference: the arms are meant to differ in this.
    """
    found = rows_of(cohort, list(TREATMENT), "treatment").frame
    return Result(found.loc[found["statistic"] != "smd"].reset_index(drop=True))
