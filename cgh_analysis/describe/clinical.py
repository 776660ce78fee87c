"""Symptoms, findings and diagnostic items by arm: every such column of the schema that the data have."""

from __future__ import annotations

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.baseline import baseline_rows
from cgh_analysis.describe.columns import arms, declared
from cgh_analysis.results import Result
from cgh_analysis.schema import COMPLAINT, DIAGNOSIS, OTHER_CONDITIONS, SYMPTOMS, Column

CLINICAL = (*COMPLAINT, *SYMPTOMS, *DIAGNOSIS, *OTHER_CONDITIONS)


def describe(cohort: Cohort) -> Result:
    """Return counts, percentages and standardised differences of the clinical picture, as in a baseline table.

    Numbers, and what the baseline table shows already, are left to it.
    """
    shown = set(cohort.study.describe.baseline)
    return rows_of(cohort, [c for c in CLINICAL if c.name not in shown and c.kind != "number"], "clinical")


def rows_of(cohort: Cohort, columns: list[Column], analysis: str) -> Result:
    """Return the baseline rows of those columns that somebody in the cohort has a value of; none, no rows."""
    study, cases = cohort.study, cohort.cases
    names = [c.name for c in columns if c.name in cases and cases[c.name].notna().any()]
    if not names:
        return results.rows([])
    found = [declared(cases, name, study) for name in names]
    return baseline_rows(found, arms(cases, "arm", study.arm_ids), analysis=analysis)
