"""The hazard ratios of a study's arms by Cox regression, for a line of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import contrasts, level_pairs
from cgh_analysis.models.effects import compared_with
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution, records
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.models.words import Paragraph, line_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the hazard ratios of resolution of all pairs of arms, adjusted for the covariates, and tests of the model.

    An arm without a resolution has no finite hazard ratio; the others are fitted without it, which is what the
    likelihood tends to.
    """
    followed = days_to_resolution(cohort)
    complete = followed.dropna(subset=list(analysis.covariates))
    reasons = _reasons(cohort, complete)
    kept = complete.loc[~complete["arm"].astype(str).isin(reasons)]
    formula = " + ".join(["arm", *map(quoted, analysis.covariates)])
    try:
        fit = cox(formula, kept, time="resolution_day", event="resolution_event")
        found = [*_hazard_ratios(fit, analysis, cohort.study), *_tests(fit)]
        method = fit.method
    except NotEstimable as failure:
        reasons = {arm: str(failure) for arm in cohort.study.arm_ids} | reasons
        found, method = [], "Cox regression, Efron ties"
    compared = cohort.study.reference if analysis.multiplicity == "dunnett" else None
    missing = [
        {"group": a, "reference": b, "statistic": "hazard_ratio", "note": results.why_not(why)}
        for a, b in level_pairs(cohort.study.arm_ids, compared)
        if (why := reasons.get(a) or reasons.get(b))
    ]
    return results.rows(
        found + missing,
        analysis=analysis.id,
        method=method,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        conf_level=cohort.study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Hazard ratios",
        text=f"Cox regression with Efron's handling of ties: {'; '.join(line_in_words(study, a) for a in lines)}. "
        "Above 1 means faster resolution. Proportional hazards are tested against coefficients that change with time, "
        f"as Kaplan-Meier transforms it.{multiplicity_in_words(study, lines, '')}",
        cites=("cox", "ph_test", *multiplicity_cites(study, lines)),
    )


def _reasons(cohort: Cohort, complete: pd.DataFrame) -> dict[str, str]:
    """Why arms have no hazard ratio, by arm."""
    events = complete.groupby(complete["arm"].astype(str))["resolution_event"].sum()
    nobody = {arm: f"nobody in {arm} was followed" for arm in cohort.study.arm_ids if arm not in events.index}
    return nobody | {str(arm): f"no resolution in {arm}" for arm in events.index[events == 0]}


def _hazard_ratios(fit: CoxFit, analysis: Analysis, study: Study) -> list[dict[str, Any]]:
    arms = sorted_levels(fit.data["arm"])
    reference = compared_with(study, analysis, arms)
    how: dict[str, Any] = {"adjust": analysis.multiplicity, "reference": reference, "conf_level": study.conf_level}
    table = contrasts(fit, "arm", **how)
    arm, event = fit.data["arm"], fit.observed.event
    n, events = arm.value_counts(), arm.loc[event].value_counts()
    limits = ["estimate", "conf_low", "conf_high"]
    table[limits] = np.exp(table[limits])
    numbers = records(table[[*limits, "std_error", "p_value", "p_adjusted"]].assign(statistic="hazard_ratio"))
    return [
        {"group": str(a), "reference": str(b), "n": n[a] + n[b], "events": events[a] + events[b], **row}
        for (a, b), row in zip(level_pairs(arms, reference), numbers, strict=True)
    ]


def _tests(fit: CoxFit) -> list[dict[str, Any]]:
    """Tests of proportional hazards, by term and overall."""
    counts = {"statistic": "ph_test", "n": fit.n_observations, "events": fit.n_events}
    try:
        table = fit.ph_test()
    except NotEstimable as failure:
        return [{**counts, "group": "GLOBAL", "note": results.why_not(failure)}]
    found = table.rename(columns={"statistic": "estimate"}).rename_axis("group").reset_index()
    return [{**counts, **row} for row in records(found)]
