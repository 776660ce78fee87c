"""What the plan's survival analyses share: the days to resolution of a cohort, and its arms that have nobody."""

from __future__ import annotations

from itertools import combinations
from typing import Final

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


def absent_arms(study: Study, followed: pd.DataFrame) -> list[str]:
    """Return the arms, in the study's order, of which nobody was followed."""
    present = set(followed["arm"].astype(str))
    return [arm for arm in study.arm_ids if arm not in present]


def arm_pairs(study: Study) -> list[tuple[str, str]]:
    """Return all pairs of arms as (later, earlier) in the study's order, the reference being the earliest."""
    return [(later, earlier) for earlier, later in combinations(study.arm_ids, 2)]


def absent_arm(arms: tuple[str, ...], absent: list[str]) -> str:
    """Return the reason why a comparison of arms is missing, or "" where all have people."""
    empty = [arm for arm in arms if arm in absent]
    return f"nobody in {', '.join(empty)} was followed" if empty else ""
