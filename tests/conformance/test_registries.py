"""What every entry of every registry must do, so that a new entry is held to it without a new test."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import figures, results
from cgh_analysis.analysis import run_analysis, run_plan
from cgh_analysis.cohort import Cohort, build_cohort
from cgh_analysis.describe import SUMMARIES, summary
from cgh_analysis.disclosure import release
from cgh_analysis.figures import FIGURES
from cgh_analysis.ingest import read_tables
from cgh_analysis.models import ESTIMATORS, in_words
from cgh_analysis.report.references import REFERENCES
from cgh_analysis.results import COLUMNS, STATISTICS, Result
from cgh_analysis.study import Analysis, Response, Study, read_study
from cgh_analysis.tables import TABLES

DEMO = Path(__file__).resolve().parents[2] / "reports" / "demo" / "study.toml"
LINES = {
    "ancova": {"outcome": "ndi", "at": "week12", "covariates": ("age_years",)},
    "responder": {"outcome": "ndi", "at": "week12", "response": Response(by="mcid")},
    "gee": {"outcome": "ndi", "covariates": ("age_years",)},
    "mmrm": {"outcome": "ndi", "covariates": ("age_years",)},
    "age_response": {"outcome": "ndi", "at": "week12"},
    "kaplan_meier": {},
    "logrank": {},
    "turnbull": {},
    "interval_logrank": {},
    "cox": {"covariates": ("age_years",)},
    "cumulative_incidence": {},
    "fine_gray": {"covariates": ("age_years",)},
    "state_occupation": {},
    "relief": {},
    "parallel_resolution": {},
    "recurrence": {"covariates": ("age_years",)},
}
LINE_IDS = sorted(LINES)


def line(name: str) -> Analysis:
    return Analysis(id=f"line-{name}", estimator=name, **LINES[name])


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(DEMO)


@pytest.fixture(scope="module")
def cohort(study: Study) -> Cohort:
    return build_cohort(read_tables(study), study)


@pytest.fixture(scope="module")
def plan_rows(study: Study, cohort: Cohort) -> Result:
    return run_plan(study, cohort)


def frames(cohort: Cohort) -> tuple[pd.DataFrame, ...]:
    return cohort.cases.copy(), cohort.visits.copy(), cohort.events.copy()


def same(one: tuple[pd.DataFrame, ...], other: tuple[pd.DataFrame, ...]) -> None:
    for a, b in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(a, b)


def test_every_estimator_has_a_line_here() -> None:
    assert set(ESTIMATORS) == set(LINES)


@pytest.mark.parametrize("name", LINE_IDS)
def test_an_estimator_says_in_words_what_it_did(name: str, study: Study) -> None:
    said = in_words(name)(study, [line(name)])
    assert said.title
    assert said.text.endswith(".")
    assert set(said.cites) <= set(REFERENCES)


@pytest.mark.parametrize("name", LINE_IDS)
def test_an_estimator_gives_rows_of_the_format(name: str, cohort: Cohort) -> None:
    before, state = frames(cohort), np.random.get_state()[1].copy()
    frame = run_analysis(line(name), cohort).frame
    assert tuple(frame.columns) == COLUMNS
    assert set(frame["statistic"]) <= set(STATISTICS)
    assert set(frame["analysis"]) == {f"line-{name}"}
    groups = frame.loc[frame["statistic"] != "ph_test", "group"]
    assert set(groups) <= {"", *cohort.study.arm_ids}
    assert (frame["method"] != "").all()
    same(frames(cohort), before)
    assert (np.random.get_state()[1] == state).all()


@pytest.mark.parametrize("name", LINE_IDS)
def test_the_order_of_patients_does_not_matter(name: str, cohort: Cohort) -> None:
    shuffled = replace(
        cohort,
        cases=cohort.cases.sample(frac=1, random_state=1).reset_index(drop=True),
        visits=cohort.visits.sample(frac=1, random_state=2).reset_index(drop=True),
    )
    one, other = run_analysis(line(name), cohort).frame, run_analysis(line(name), shuffled).frame
    # sums in another order differ in their last bits
    pd.testing.assert_frame_equal(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", LINE_IDS)
def test_an_arm_that_nobody_is_in_is_a_row_with_a_reason(name: str, cohort: Cohort) -> None:
    here = cohort.cases["arm"] != "nerve_block"
    without = replace(cohort, cases=cohort.cases.loc[here].reset_index(drop=True))
    frame = run_analysis(line(name), without).frame
    assert len(frame)
    assert not frame.loc[frame["group"] == "nerve_block", "estimate"].notna().any()


@pytest.mark.parametrize("name", LINE_IDS)
def test_one_patient_an_arm_never_crashes(name: str, cohort: Cohort) -> None:
    few = cohort.cases.groupby("arm", observed=True).head(1).reset_index(drop=True)
    visits = cohort.visits.loc[cohort.visits["patient_id"].isin(few["patient_id"])].reset_index(drop=True)
    frame = run_analysis(line(name), replace(cohort, cases=few, visits=visits)).frame
    assert len(frame)
    assert frame["conf_low"].isna().all() or np.isfinite(frame["conf_low"].dropna()).all()


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_a_summary_gives_rows_and_changes_nothing(name: str, cohort: Cohort) -> None:
    before = frames(cohort)
    frame = summary(name)(cohort).frame
    assert tuple(frame.columns) == COLUMNS
    assert len(frame)
    same(frames(cohort), before)


def test_the_plan_gives_the_same_rows_on_an_executor(study: Study, cohort: Cohort, plan_rows: Result) -> None:
    with ProcessPoolExecutor(2) as executor:
        there = run_plan(study, cohort, executor=executor)
    pd.testing.assert_frame_equal(there.frame, plan_rows.frame)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_figure_takes_the_plan_and_nothing_at_all(name: str, plan_rows: Result, study: Study) -> None:
    released = release(plan_rows, study.disclosure)
    before = released.frame.copy()
    assert FIGURES[name](released, study).get_size_inches().min() > 0
    assert FIGURES[name](results.rows([]), study).get_size_inches().min() > 0
    assert figures.caption(name, released, study)
    pd.testing.assert_frame_equal(released.frame, before)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_takes_the_plan_and_nothing_at_all(name: str, plan_rows: Result, study: Study) -> None:
    released = release(plan_rows, study.disclosure)
    before = released.frame.copy()
    assert "<table" in TABLES[name](released, study).to_html()
    assert "<table" in TABLES[name](results.rows([]), study).to_html()
    pd.testing.assert_frame_equal(released.frame, before)


def test_no_released_number_rests_on_few_people(plan_rows: Result, study: Study) -> None:
    frame = release(plan_rows, study.disclosure).frame
    assert not ((frame["n"] > 0) & (frame["n"] < study.disclosure.threshold)).any()
    assert (frame["n"].dropna() % study.disclosure.round_to == 0).all()
