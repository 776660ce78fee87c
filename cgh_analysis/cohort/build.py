"""From checked tables to the people who can be compared, each step counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from cgh_analysis.cohort.cohort import Cohort, FlowStep, arm_sizes
from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.cohort.endpoints import baseline_values, chronicity, lesion, resolution
from cgh_analysis.cohort.named import refuse_absent
from cgh_analysis.errors import DataError
from cgh_analysis.frames import check_kind
from cgh_analysis.results import ANALYSED
from cgh_analysis.study import Study

if TYPE_CHECKING:
    from cgh_analysis.ingest import Tables


# models whose people need one visit after baseline, not the one that is compared
OF_ALL_VISITS: Final = ("mmrm", "gee")


def build_cohort(tables: Tables, study: Study) -> Cohort:
    """Apply the study's criteria in their order, derive the endpoints, and count who was lost at each step.

    `tables` come from `read_tables` and are not changed. A criterion that the record leaves open excludes the patient,
    in a step of its own. Raises StudyError for criteria that are unknown and for columns that the study file names and
    the data do not have, all at once; DataError where nobody is left.

    >>> from cgh_analysis import read_study, read_tables
    >>> study = read_study("reports/demo/study.toml")
    >>> cohort = build_cohort(read_tables(study), study)
    >>> sum(cohort.flow[0].left.values()) > len(cohort.cases)
    True
    """
    check_kind("study", study, Study)
    check_kind("tables.cases", getattr(tables, "cases", None), pd.DataFrame)
    refuse_absent(tables, study)
    visits = _in_windows(tables.visits, study)
    cases = _with_endpoints(tables.cases, visits, tables.events, study)
    cases, steps = _eligible(cases, study)
    cases = cases.reset_index(drop=True)
    kept = cases["patient_id"]
    return Cohort(
        study=study,
        cases=cases.drop(columns=["has_baseline"]),
        visits=visits.loc[visits["patient_id"].isin(kept)].reset_index(drop=True),
        events=tables.events.loc[tables.events["patient_id"].isin(kept)].reset_index(drop=True),
        flow=(*_recorded(tables, study), *steps, *_primary_steps(cases, visits, study)),
    )


def _eligible(cases: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, list[FlowStep]]:
    """The people whom every criterion keeps, and the steps on the way there."""
    label = "Recorded" if study.sources.cases.repeated else "Record not usable (see data quality)"
    steps = [FlowStep(id="accepted", label=label, left=arm_sizes(cases, study))]
    for name in study.population.criteria:
        criterion = CRITERIA[name]
        holds = criterion.holds(cases)
        if holds.isna().any():
            cases, holds = cases.loc[holds.notna()], holds.loc[holds.notna()]
            steps.append(_step(f"{name}:not_recorded", f"Not recorded: {criterion.reason.lower()}", cases, study))
        cases = cases.loc[holds.astype(bool)]
        steps.append(_step(name, criterion.reason, cases, study, criterion.depends_on))
        if cases.empty:
            raise DataError(
                f"The criterion {name!r} leaves nobody: {criterion.reason}, or not recorded.",
                remedy="Look at the columns that it needs, or take it out of [population].",
            )
    return cases, steps


def _in_windows(visits: pd.DataFrame, study: Study) -> pd.DataFrame:
    windows = {v.id: v.window or (0, np.inf) for v in study.visits}
    name = visits["visit"].astype(object)
    low = name.map({k: w[0] for k, w in windows.items()}).astype(float)
    high = name.map({k: w[1] for k, w in windows.items()}).astype(float)
    return visits.assign(in_window=visits["day"].between(low, high))


def _with_endpoints(cases: pd.DataFrame, visits: pd.DataFrame, events: pd.DataFrame, study: Study) -> pd.DataFrame:
    cases = cases.merge(baseline_values(visits, study), on="patient_id", how="left", validate="1:1")
    seen = visits.loc[(visits["visit"] == study.baseline.id) & visits["in_window"], "patient_id"]
    cases["has_baseline"] = cases["patient_id"].isin(seen).map({True: "yes", False: "no"})
    if "symptom_duration_months" in cases:
        cases["chronicity"] = chronicity(cases)
    if study.resolution is not None:
        cases = cases.merge(resolution(visits, events, study.resolution), on="patient_id", how="left", validate="1:1")
        milestone = study.resolution.milestone_days
        within = cases["resolution_right"] <= milestone
        # whoever was lost before the milestone, still with headache, may have resolved by then
        known = within | (cases["resolution_day"] >= milestone)
        cases["resolution_within_milestone"] = within.map({True: "yes", False: "no"}).where(known)
    found = lesion(visits, study.resolution.lesion if study.resolution else None)
    return cases if found is None else cases.merge(found, on="patient_id", how="left", validate="1:1")


def _step(name: str, label: str, cases: pd.DataFrame, study: Study, depends_on: str = "") -> FlowStep:
    return FlowStep(id=name, label=label, left=arm_sizes(cases, study), depends_on=depends_on)


def _recorded(tables: Tables, study: Study) -> list[FlowStep]:
    """What the file of cases held; a row a visit does not say how many people."""
    source = study.sources.cases
    read = [f.read for f in tables.files if f.path == source.path and not source.repeated]
    return [FlowStep(id="recorded", label="Recorded", left={"": read[0]})] if read else []


def _primary_steps(cases: pd.DataFrame, visits: pd.DataFrame, study: Study) -> list[FlowStep]:
    """Who enters each primary analysis: the outcome was seen at its visit, and the covariates are known.

    A model of repeated outcomes learns from every visit after baseline, so that one of them is enough.
    """
    steps = []
    for analysis in study.analyses:
        if analysis.primary and analysis.at is not None:
            of_all = analysis.estimator in OF_ALL_VISITS
            wanted = visits["visit"] != study.baseline.id if of_all else visits["visit"] == analysis.at
            there = wanted & visits["in_window"]
            known = visits.loc[there, list(analysis.outcomes)].notna().all(axis=1)
            seen = cases.loc[cases["patient_id"].isin(visits.loc[there, "patient_id"][known])]
            needed = [*analysis.covariates, *(f"{o}_baseline" for o in analysis.outcomes if analysis.baseline)]
            complete = seen.loc[seen[[c for c in needed if c in seen]].notna().all(axis=1)]
            steps.append(_step(f"{ANALYSED}{analysis.id}", "Outcome or covariate not known", complete, study))
    return steps
