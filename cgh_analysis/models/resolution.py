"""What the plan's survival analyses share: the days to resolution of a cohort, and its arms that have nobody."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.study import Study

OUTCOME: Final = "resolution"
COLUMNS: Final = ("resolution_day", "resolution_event")


def days_to_resolution(cohort: Cohort) -> pd.DataFrame:
    """Return the cases whose resolution was followed; who had no headache at the start or was never seen is not there.

    Competing events are censored, which makes rates cause-specific. Raises NotEstimable where the study declares no
    resolution, or nobody was followed.
    """
    if cohort.study.resolution is None:
        raise NotEstimable("the study declares no resolution")
    cases = cohort.cases
    followed = cases.loc[cases[list(COLUMNS)].notna().all(axis=1)]
    if followed.empty:
        raise NotEstimable("nobody was followed for resolution")
    return followed


def cause_names(study: Study) -> dict[int, str]:
    """Return the names of the cohort's causes by code: resolution, and what competes with it."""
    competing = study.resolution.competing if study.resolution is not None else ()
    return {1: OUTCOME, **dict(enumerate(competing, start=2))}


def unfollowed_arms(study: Study, followed: pd.DataFrame) -> list[str]:
    """Return the arms, in the study's order, of which nobody was followed."""
    present = set(followed["arm"].astype(str))
    return [arm for arm in study.arm_ids if arm not in present]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as records of result columns."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
