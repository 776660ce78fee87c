"""Tests of all groups and of each two of them: their numbers, and the rows that a plan makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.resolution import OUTCOME, unfollowed_arms
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis

Pair = tuple[int, int]
# the numbers of the test of all groups (None), or of two of them on their own rows
Test = Callable[[Pair | None], dict[str, Any]]


def pairs(groups: Sequence[object], test: Test, adjust: str) -> list[dict[str, Any]]:
    """Test each later group against each earlier one; what is not estimable has a note and no number."""
    found = []
    for later, earlier in level_pairs(range(len(groups))):
        a, b = str(groups[later]), str(groups[earlier])
        numbers = _or_reason(partial(test, (later, earlier)))
        found.append({"contrast": f"{a} - {b}", "group": a, "reference": b, **numbers})
    adjusted = STEPWISE[adjust]([r.get("p_value", np.nan) for r in found])
    return [{**r, "p_adjusted": p} for r, p in zip(found, adjusted, strict=True)]


def rows_of_arms(
    cohort: Cohort, analysis: Analysis, followed: pd.DataFrame, groups: Sequence[object], test: Test, method: str
) -> Result:
    """Return the overall test of the arms as a row, and those of all pairs with adjusted p-values, or why not."""
    absent = unfollowed_arms(cohort.study, followed)
    without = f"without {', '.join(absent)}: nobody was followed" if absent else ""
    overall = {"note": without, **_or_reason(partial(test, None))}
    missing = [
        {"group": a, "reference": b, "note": results.why_not("nobody was followed")}
        for a, b in level_pairs(cohort.study.arm_ids)
        if a in absent or b in absent
    ]
    records = pd.DataFrame([overall, *pairs(groups, test, analysis.multiplicity), *missing])
    return results.rows(
        records.rename(columns={"statistic": "estimate"}).drop(columns="contrast", errors="ignore"),
        analysis=analysis.id,
        method=method,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        statistic="logrank",
    )


def _or_reason(test: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return test()
    except NotEstimable as reason:
        return {"note": results.why_not(reason)}
