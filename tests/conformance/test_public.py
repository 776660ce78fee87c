"""Every public function: it exists, it is documented, and it leaves the caller's frames as they were."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cgh_analysis as cgh
from cgh_analysis.errors import CghError

DEMO = Path(__file__).resolve().parents[2] / "reports" / "demo" / "study.toml"
TIME = {"time": "resolution_day", "event": "resolution_event"}
INTERVAL = {"left": "resolution_left", "right": "resolution_right"}
BETWEEN = {"left": "resolution_left", "right": "resolution_right"}


@pytest.fixture(scope="module")
def study() -> Any:
    return cgh.read_study(DEMO)


@pytest.fixture(scope="module")
def cohort(study: Any) -> Any:
    return cgh.build_cohort(cgh.read_tables(study), study)


@pytest.fixture(scope="module")
def people(cohort: Any) -> pd.DataFrame:
    return cohort.at("week12").dropna(subset=["resolution_day"])


def _at_two_visits(d: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([d.assign(visit="baseline", ndi=d["ndi_baseline"]), d.assign(visit="week12")], ignore_index=True)


CAUSES = {"time": "resolution_day", "cause": "resolution_cause"}
STAYS = {"subject": "patient_id", "start": "start", "stop": "resolution_day", "from_state": "was", "to_state": "then"}


def _stays(d: pd.DataFrame) -> pd.DataFrame:
    then = d["resolution_cause"].map({1: "resolved", 2: "rescue", 3: "crossover"})
    return d.assign(start=0, was="headache", then=then).loc[d["resolution_day"] > 0]


CALLS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "ancova": lambda d: cgh.ancova("ndi ~ arm + age_years", d),
    "gee": lambda d: cgh.gee("ndi ~ arm + age_years", d, subject="patient_id", correlation="independence"),
    "mixed": lambda d: cgh.mixed("ndi ~ arm * visit + age_years", _at_two_visits(d), subject="patient_id"),
    "clda": lambda d: cgh.clda(
        "ndi",
        _at_two_visits(d),
        arm="arm",
        visit="visit",
        baseline="baseline",
        subject="patient_id",
        covariates=["age_years"],
    ),
    "mmrm": lambda d: cgh.mmrm("ndi ~ arm + age_years", d, subject="patient_id", visit="visit"),
    "marginal_means": lambda d: cgh.marginal_means(cgh.ancova("ndi ~ arm + age_years", d), "arm"),
    "marginal_slopes": lambda d: cgh.marginal_slopes(cgh.ancova("ndi ~ arm * age_years", d), "age_years", by="arm"),
    "contrasts": lambda d: cgh.contrasts(cgh.ancova("ndi ~ arm * migraine", d), "arm", by="migraine", adjust="holm"),
    "joint_test": lambda d: cgh.joint_test(cgh.ancova("ndi ~ arm + age_years", d), ["arm"]),
    "kaplan_meier": lambda d: cgh.kaplan_meier(d, by="arm", **TIME).at([28, 91]),
    "logrank": lambda d: cgh.logrank(d, by="arm", pairwise=True, **TIME),
    "turnbull": lambda d: cgh.turnbull(d, by="arm", **BETWEEN).at([28, 91]),
    "interval_logrank": lambda d: cgh.interval_logrank(d, by="arm", pairwise=True, **BETWEEN),
    "cox": lambda d: cgh.cox("arm + age_years", d, **TIME).ph_test(),
    "rmst": lambda d: cgh.rmst(d, tau=182, by="arm", adjust="age_years", **TIME),
    "milestone": lambda d: cgh.milestone(d, day=91, by="arm", adjust="age_years", **TIME),
    "pseudo_values": lambda d: cgh.pseudo_values(d, at=91, by="arm", **TIME).to_frame(),
    "aft": lambda d: cgh.aft("arm + age_years", d, **INTERVAL).standardised("arm", [28, 91]).frame,
    "interval_cox": lambda d: cgh.interval_cox("arm + age_years", d, **INTERVAL),
    "cumulative_incidence": lambda d: cgh.cumulative_incidence(d, by="arm", **CAUSES).at([28, 91]),
    "fine_gray": lambda d: cgh.fine_gray("arm + age_years", d, of=1, **CAUSES),
    "state_occupation": lambda d: cgh.state_occupation(_stays(d), by="arm", **STAYS).at([28, 91]),
    "parallel_resolution": lambda d: cgh.parallel_resolution(
        d, headache=("resolution_left", "resolution_right"), lesion=("resolution_left", "resolution_right"), lag=28
    ).to_frame(),
    "recurrent": lambda d: cgh.recurrent("arm + age_years", d, subject="patient_id", **TIME),
    "mean_count": lambda d: cgh.mean_count(d, by="arm", subject="patient_id", **TIME).at([28, 91]),
    "baseline_table": lambda d: cgh.baseline_table(d, by="arm", columns=["age_years", "sex"]).to_html(),
    "k_anonymity": lambda d: cgh.k_anonymity(d, ["age_band", "sex"], ["arm"]).frame,
    "balance": lambda d: cgh.balance(d, ["age_years", "sex"], arm="arm"),
}
STEPS = {"read_study", "read_tables", "build_cohort", "run_plan", "build_report", "figures"}


def test_every_public_name_is_here() -> None:
    assert set(CALLS) | STEPS == set(cgh.__all__)


@pytest.mark.parametrize("name", sorted(cgh.__all__))
def test_a_public_name_is_documented(name: str) -> None:
    documented = getattr(cgh, name).__doc__
    assert documented
    assert len(documented.splitlines()[0]) > 20


@pytest.mark.parametrize("name", sorted(set(CALLS)))
def test_a_public_function_shows_an_example_that_runs(name: str) -> None:
    assert ">>>" in getattr(cgh, name).__doc__


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_callers_frame_is_not_changed(name: str, people: pd.DataFrame) -> None:
    given = people.copy()
    given.index = given.index + 1000
    before = given.copy(deep=True)
    CALLS[name](given)
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize("name", sorted(set(CALLS)))
def test_the_answer_is_the_same_twice(name: str, people: pd.DataFrame) -> None:
    one, two = CALLS[name](people), CALLS[name](people)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, two)
    elif isinstance(one, str):
        assert one == two
    else:
        pd.testing.assert_frame_equal(one.coefficients(), two.coefficients())


@pytest.mark.parametrize("name", ["ancova", "gee", "cox"])
def test_a_fit_is_frozen(name: str, people: pd.DataFrame) -> None:
    fit = {
        "ancova": lambda: cgh.ancova("ndi ~ arm", people),
        "gee": lambda: cgh.gee("ndi ~ arm", people, subject="patient_id", correlation="independence"),
        "cox": lambda: cgh.cox("arm", people, **TIME),
    }[name]()
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.coef = np.zeros(3)
    assert "<" in fit._repr_html_()


@pytest.mark.parametrize("name", sorted(CALLS))
def test_infinite_values_are_refused_in_words(name: str, people: pd.DataFrame) -> None:
    spoiled = people.assign(age_years=people["age_years"].where(people.index != people.index[3], np.inf))
    if name in {"kaplan_meier", "logrank", "pseudo_values", "mean_count", "cumulative_incidence", "state_occupation"}:
        spoiled = spoiled.assign(resolution_day=spoiled["age_years"])
    if name in {"turnbull", "interval_logrank", "parallel_resolution"}:
        spoiled = spoiled.assign(resolution_left=spoiled["age_years"], resolution_right=np.inf)
    if name == "contrasts":
        spoiled = spoiled.assign(ndi=spoiled["ndi"].where(spoiled.index != spoiled.index[3], -np.inf))
    with pytest.raises(CghError):
        CALLS[name](spoiled)


def test_the_five_steps_change_nothing_that_they_are_given(study: Any, tmp_path: Path) -> None:
    tables = cgh.read_tables(study)
    before = {n: getattr(tables, n).copy(deep=True) for n in ("cases", "visits", "events", "ledger")}
    cohort = cgh.build_cohort(tables, study)
    held = {n: getattr(cohort, n).copy(deep=True) for n in ("cases", "visits", "events")}
    rows = cgh.run_plan(study, cohort)
    kept = rows.frame.copy(deep=True)
    page = cgh.build_report(study, rows, tables=tables, folder=tmp_path)
    assert page.name == "report.html"
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(tables, name), frame)
    for name, frame in held.items():
        pd.testing.assert_frame_equal(getattr(cohort, name), frame)
    pd.testing.assert_frame_equal(rows.frame, kept)
