"""The hazard ratios of a study's arms by Cox regression, for a line of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution, records
from cgh_analysis.models.survival.arm_ratios import arm_counts, arm_ratios
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.models.words import Paragraph, line_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

# so many events let an effect over time bend once, and twice
BENDS: Final = (40, 80)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the hazard ratios of all pairs of arms, adjusted for the covariates, and tests and curves of the model.

    The hazard is that of resolution, or of the competing event that the line is `of`; other events end the observation
    (cause-specific hazards). An arm without an event has no finite hazard ratio; the others are fitted without it,
    which is what the likelihood tends to.
    """
    cause = analysis.of or OUTCOME
    followed = _with_event(cohort, cause)
    complete = followed.dropna(subset=list(analysis.covariates))
    reasons = _reasons(cohort, complete, cause)
    kept = complete.loc[~complete["arm"].astype(str).isin(reasons)]
    formula = " + ".join(["arm", *map(quoted, analysis.covariates)])
    method = "Cox regression, Efron ties"
    try:
        fit = cox(formula, kept, time="resolution_day", event="resolution_event")
        found = [
            *arm_ratios(fit, analysis, cohort.study, "hazard_ratio", arm_counts(fit)),
            *_tests(fit),
            *_over_time(fit, cohort.study),
        ]
        method = fit.method
    except NotEstimable as failure:
        reasons = {arm: str(failure) for arm in cohort.study.arm_ids} | reasons
        found = []
    compared = cohort.study.reference if analysis.multiplicity == "dunnett" else None
    missing = [
        {"group": a, "reference": b, "statistic": "hazard_ratio", "note": results.why_not(why)}
        for a, b in level_pairs(cohort.study.arm_ids, compared)
        if (why := reasons.get(a) or reasons.get(b))
    ]
    return results.rows(
        found + missing,
        analysis=analysis.id,
        method=f"{method}, cause-specific" if analysis.of else method,
        outcome=cause,
        subgroup=cohort.subgroup,
        conf_level=cohort.study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    causes = list(dict.fromkeys(a.of for a in lines if a.of))
    specific = (
        f" Hazards of {' and of '.join(map(_spoken, causes))} are cause-specific: other events end the observation."
    )
    return Paragraph(
        title="Hazard ratios",
        text=f"Cox regression with Efron's handling of ties: {'; '.join(line_in_words(study, a) for a in lines)}. "
        f"Above 1 means {f'that it comes faster.{specific}' if causes else 'faster resolution.'} "
        "Proportional hazards are tested against coefficients that change with time, "
        "as Kaplan-Meier transforms it, and log hazard ratios over time are scaled Schoenfeld residuals smoothed by a "
        f"natural cubic spline.{multiplicity_in_words(study, lines, '')}",
        cites=("cox", "ph_test", *multiplicity_cites(study, lines)),
    )


def _spoken(cause: str) -> str:
    return cause.replace("_", " ")


def _with_event(cohort: Cohort, cause: str) -> pd.DataFrame:
    """Who was followed, with `resolution_event` saying whether the cause came."""
    followed = days_to_resolution(cohort)
    if cause == OUTCOME:
        return followed
    competing = cohort.study.resolution.competing if cohort.study.resolution else ()
    if cause not in competing:
        raise ArgumentError(f"of={cause!r} is no cause here.", remedy=f"Known: {', '.join((OUTCOME, *competing))}.")
    # causes are coded 2, 3, ... in the order of the study file
    return followed.assign(resolution_event=(followed["resolution_cause"] == 2 + competing.index(cause)).astype(int))


def _reasons(cohort: Cohort, complete: pd.DataFrame, cause: str) -> dict[str, str]:
    """Why arms have no hazard ratio, by arm."""
    events = complete.groupby(complete["arm"].astype(str))["resolution_event"].sum()
    nobody = {arm: f"nobody in {arm} was followed" for arm in cohort.study.arm_ids if arm not in events.index}
    return nobody | {str(arm): f"no {_spoken(cause)} in {arm}" for arm in events.index[events == 0]}


def _tests(fit: CoxFit) -> list[dict[str, Any]]:
    """Tests of proportional hazards, by term and overall."""
    counts = {"statistic": "ph_test", "n": fit.n_observations, "events": fit.n_events}
    try:
        table = fit.ph_test()
    except NotEstimable as failure:
        return [{**counts, "group": "GLOBAL", "note": results.why_not(failure)}]
    found = table.rename(columns={"statistic": "estimate"}).rename_axis("group").reset_index()
    return [{**counts, **row} for row in records(found)]


def _over_time(fit: CoxFit, study: Study) -> list[dict[str, Any]]:
    """Log hazard ratios over time, of each arm against the reference, or the first arm that is left.

    Few events draw a line, more a curve.
    """
    arms = sorted_levels(fit.data["arm"])
    reference = study.reference if study.reference in arms else arms[0]
    counts = arm_counts(fit)
    try:
        knots = 2 + sum(fit.n_events >= enough for enough in BENDS)
        table = fit.ph_effect("arm", reference=reference, knots=knots, conf_level=study.conf_level)
    except NotEstimable as failure:
        table = pd.DataFrame([{"group": a, "reference": reference} for a in arms if a != reference])
        table["note"] = results.why_not(failure)
    return [{**row, "statistic": "ph_effect", **counts.of(row["group"], reference)} for row in records(table)]
