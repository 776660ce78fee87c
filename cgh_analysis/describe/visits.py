"""What was seen at the planned visits, with each patient's arm: what course, change and follow-up start from."""

from __future__ import annotations

import pandas as pd

from cgh_analysis.cohort import Cohort
from cgh_analysis.instruments import FLEXION_ROTATION, ROM_DIRECTIONS


def followed(cohort: Cohort) -> list[str]:
    """Return the outcomes to follow over visits: those that the study names, then what was measured of ROM and FRT."""
    seen = cohort.visits
    measured = [c for c in (*ROM_DIRECTIONS, *FLEXION_ROTATION) if c in seen and seen[c].notna().any()]
    return list(dict.fromkeys([*(c for c in cohort.study.describe.courses if c in seen), *measured]))


def seen(cohort: Cohort, columns: list[str]) -> pd.DataFrame:
    """Return visits in their window with `arm`, the visit's nominal day as `time`, the actual `day`, and outcomes."""
    within = cohort.visits.loc[cohort.visits["in_window"], ["patient_id", "visit", "day", *columns]]
    nominal = within["visit"].astype(object).map({v.id: v.day for v in cohort.study.visits}).astype(float)
    with_arm = within.assign(time=nominal).merge(
        cohort.cases[["patient_id", "arm"]], on="patient_id", how="inner", validate="m:1"
    )
    return with_arm.assign(arm=with_arm["arm"].astype(object))


def planned_days(cohort: Cohort) -> list[float]:
    """Return the nominal days of the planned visits, in order."""
    return sorted(float(v.day) for v in cohort.study.visits)
