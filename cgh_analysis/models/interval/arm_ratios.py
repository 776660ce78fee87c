"""What the plan's interval regressions share: ratios of all pairs of arms, and why some have none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import contrasts, level_pairs
from cgh_analysis.models.effects import compared_with
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution, records
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis

LEFT: Final = "resolution_left"
RIGHT: Final = "resolution_right"


def arm_ratios(
    cohort: Cohort, analysis: Analysis, fit: Callable[[str, pd.DataFrame], Fit], *, statistic: str, method: str
) -> Result:
    """Return the ratios of all pairs of arms by `fit(formula, data)`, adjusted for the covariates.

    An arm of which nobody was followed, or in which nobody resolved, has a reason; others are fitted without it.
    """
    followed = days_to_resolution(cohort)
    complete = followed.dropna(subset=list(analysis.covariates))
    reasons = _reasons(cohort, complete)
    kept = complete.loc[~complete["arm"].astype(str).isin(reasons)]
    try:
        found = fit(" + ".join(["arm", *map(quoted, analysis.covariates)]), kept)
        rows, method = _ratios(found, cohort, analysis, kept), found.method
    except NotEstimable as failure:
        reasons, rows = {arm: str(failure) for arm in cohort.study.arm_ids} | reasons, []
    compared = cohort.study.reference if analysis.multiplicity == "dunnett" else None
    missing = [
        {"group": a, "reference": b, "note": results.why_not(why)}
        for a, b in level_pairs(cohort.study.arm_ids, compared)
        if (why := reasons.get(a) or reasons.get(b))
    ]
    return results.rows(
        rows + missing,
        analysis=analysis.id,
        method=method,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        statistic=statistic,
        conf_level=cohort.study.conf_level,
    )


def _reasons(cohort: Cohort, complete: pd.DataFrame) -> dict[str, str]:
    """Why arms have no ratio, by arm."""
    resolved = np.isfinite(complete[RIGHT])
    events = resolved.groupby(complete["arm"].astype(str)).sum()
    nobody = {arm: f"nobody in {arm} was followed" for arm in cohort.study.arm_ids if arm not in events.index}
    return nobody | {str(arm): f"no resolution in {arm}" for arm in events.index[events == 0]}


def _ratios(fit: Fit, cohort: Cohort, analysis: Analysis, kept: pd.DataFrame) -> list[dict[str, Any]]:
    arms = sorted_levels(fit.data["arm"])
    reference = compared_with(cohort.study, analysis, arms)
    how: dict[str, Any] = {"adjust": analysis.multiplicity, "reference": reference}
    table = contrasts(fit, "arm", conf_level=cohort.study.conf_level, **how)
    limits = ["estimate", "conf_low", "conf_high"]
    table[limits] = np.exp(table[limits])
    n = kept["arm"].value_counts()
    events = kept.loc[np.isfinite(kept[RIGHT]), "arm"].value_counts()
    numbers = records(table[[*limits, "std_error", "p_value", "p_adjusted"]])
    return [
        {"group": str(a), "reference": str(b), "n": n[a] + n[b], "events": events[a] + events[b], **row}
        for (a, b), row in zip(level_pairs(arms, reference), numbers, strict=True)
    ]
