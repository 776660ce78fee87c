"""The second clock of a study: how often headaches come back after they had resolved, by arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.resolution import records
from cgh_analysis.models.survival.arm_ratios import Counts, arm_ratios
from cgh_analysis.models.survival.mean_count import mean_count
from cgh_analysis.models.survival.recurrent import recurrent
from cgh_analysis.models.words import Paragraph, line_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

OUTCOME: Final = "recurrence"
ROWS: Final[dict[str, Any]] = {"subject": "patient_id", "entry": "start", "time": "stop", "event": "recurrence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """People whose headache had resolved, in rows (start, stop] of days since then, a recurrence at the end or none.

    `resolved` counts by arm whose headache resolved, also who was never seen again; `early` are recurrences dated on
    the day of the resolution or before.
    """

    rows: pd.DataFrame
    resolved: pd.Series
    early: int


def after_resolution(cohort: Cohort) -> Followed:
    """Follow people from the visit at which the headache was first seen gone until they were last heard of.

    That is their last visit or dated event. Two recurrences on one day are one. Raises NotEstimable where the study has
    no resolution or no table of events, or nobody's headache resolved.
    """
    study, cases = cohort.study, cohort.cases
    if study.resolution is None:
        raise NotEstimable("the study declares no resolution")
    if study.sources.events is None and not len(cohort.events):
        raise NotEstimable("the study has no table of events, where recurrences would be")
    gone = cases.loc[np.isfinite(cases["resolution_right"].astype(float))]
    if gone.empty:
        raise NotEstimable("nobody's headache resolved")
    start = gone.set_index("patient_id")["resolution_right"].astype(float)
    events = cohort.events if len(cohort.events) else pd.DataFrame({"patient_id": [], "day": [], "kind": []})
    heard = pd.concat([frame[["patient_id", "day"]] for frame in (cohort.visits, events) if len(frame)])
    last = heard.groupby("patient_id")["day"].max().reindex(start.index).astype(float) - start
    back = events.loc[(events["kind"] == "recurrence") & events["patient_id"].isin(start.index)]
    days = back["day"].astype(float) - back["patient_id"].map(start).astype(float)
    again = pd.DataFrame({"patient_id": back["patient_id"], "stop": days, "recurrence": 1}).loc[days > 0]
    ends = pd.DataFrame({"patient_id": last.index, "stop": last.to_numpy(), "recurrence": 0})
    # a recurrence on the day on which somebody was last heard of stands, and ends the follow-up too
    rows = pd.concat([again, ends.loc[ends["stop"] > 0]]).drop_duplicates(["patient_id", "stop"])
    rows = rows.sort_values(["patient_id", "stop"], kind="stable", ignore_index=True)
    rows["start"] = rows.groupby("patient_id")["stop"].shift(fill_value=0.0)
    people = gone.drop(columns=[c for c in gone if c in ("start", "stop", "recurrence")])
    return Followed(
        rows=rows.merge(people, on="patient_id", how="left", validate="m:1"),
        resolved=gone["arm"].astype(str).value_counts(),
        early=int((days <= 0).sum()),
    )


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return rate ratios of recurrence of all pairs of arms, and each arm's mean number by the planned visits' days.

    Days count from the visit at which the headache was first seen gone.
    """
    study, followed = cohort.study, after_resolution(cohort)
    complete = followed.rows.dropna(subset=list(analysis.covariates))
    reasons = _reasons(study, followed, complete)
    silent = reasons | _without_event(study, complete, reasons)
    formula = " + ".join(["arm", *map(quoted, analysis.covariates)])
    kept = complete.loc[~complete["arm"].astype(str).isin(silent)]
    method = "LWYY rate regression, Efron ties, robust errors by patient_id"
    try:
        if kept.empty:
            raise NotEstimable("no recurrence after a resolution")
        fit = recurrent(formula, kept, **ROWS)
        found = arm_ratios(fit, analysis, study, "rate_ratio", _counts(kept))
        method = fit.method
    except NotEstimable as failure:
        found, silent = [], {arm: str(failure) for arm in study.arm_ids} | silent
    compared = study.reference if analysis.multiplicity == "dunnett" else None
    missing = [
        {"group": a, "reference": b, "statistic": "rate_ratio", "note": results.why_not(why)}
        for a, b in level_pairs(study.arm_ids, compared)
        if (why := silent.get(a) or silent.get(b))
    ]
    early = f"{followed.early} recurrence(s) dated before the resolution do not count" if followed.early else ""
    found = [{**row, "method": method, "note": early} for row in found]
    return results.rows(
        [*found, *({**row, "method": method} for row in missing), *_mean_counts(study, followed.rows, reasons)],
        analysis=analysis.id,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        conf_level=study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Recurrence after resolution",
        text="People whose headache had resolved are followed from the visit at which it was first seen gone until "
        "their last visit or dated event; a recurrence is what the table of events dates as one, and may come again. "
        "Rates are compared by the model of Lin, Wei, Yang and Ying: "
        f"{'; '.join(line_in_words(study, a) for a in lines)}; errors allow a person's recurrences to depend on each "
        "other. Mean numbers are Nelson's, with errors of the same kind. Those who resolved are compared, who may "
        f"differ between arms also where all people did not.{multiplicity_in_words(study, lines, '')}",
        cites=("andersen_gill", "lwyy", *multiplicity_cites(study, lines)),
    )


def _reasons(study: Study, followed: Followed, complete: pd.DataFrame) -> dict[str, str]:
    """Why arms have nobody at risk of a recurrence, by arm."""
    present = set(complete["arm"].astype(str))
    return {
        arm: f"nobody who resolved in {arm} was seen again"
        if arm in followed.resolved.index
        else f"nobody's headache resolved in {arm}"
        for arm in study.arm_ids
        if arm not in present
    }


def _without_event(study: Study, complete: pd.DataFrame, reasons: dict[str, str]) -> dict[str, str]:
    events = complete.groupby(complete["arm"].astype(str))["recurrence"].sum()
    return {arm: f"no recurrence in {arm}" for arm in study.arm_ids if arm not in reasons and not events[arm]}


def _counts(rows: pd.DataFrame) -> Counts:
    """People and people with a recurrence, by arm."""
    arm = rows["arm"].astype(str)
    with_event = rows["recurrence"] == 1
    return Counts(
        n=rows.groupby(arm)["patient_id"].nunique(),
        events=rows.loc[with_event].groupby(arm.loc[with_event])["patient_id"].nunique(),
    )


def _mean_counts(study: Study, rows: pd.DataFrame, reasons: dict[str, str]) -> list[dict[str, Any]]:
    """Mean numbers by arm and planned day; `n` are under observation then, `events` had a recurrence by then."""
    days = [visit.day for visit in study.visits if visit.day > 0]
    nobody = [
        {"group": arm, "statistic": "mean_count", "note": results.why_not(why), "method": "Nelson"}
        for arm, why in reasons.items()
    ]
    if rows.empty or not days:
        return nobody
    curve = mean_count(rows, **ROWS, by="arm", conf_level=study.conf_level)
    table = curve.at(days).rename(columns={"n_risk": "n"}).drop(columns=["n_event"])
    table["events"] = [_by_day(rows, g, t) for g, t in zip(table["group"], table["time"], strict=True)]
    table["group"] = table["group"].astype(str)
    late = table["estimate"].isna()
    table["note"] = np.where(late, results.why_not("nobody was under observation so long after a resolution"), "")
    return [*(r for r in records(table.assign(statistic="mean_count", method=curve.method))), *nobody]


def _by_day(rows: pd.DataFrame, arm: object, day: float) -> int:
    had = rows.loc[(rows["arm"] == arm) & (rows["recurrence"] == 1) & (rows["stop"] <= day)]
    return int(had["patient_id"].nunique())
