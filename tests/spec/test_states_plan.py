"""The plan's analyses of competing events, states and relief: rows of the format, and rows that say why not."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable, StudyError
from cgh_analysis.models.states import cumulative_incidence, fine_gray, relief, state_occupation
from cgh_analysis.results import COLUMNS
from cgh_analysis.study import Analysis
from tests.builders import study
from tests.reference.stored import CLOSED_FORM, ITERATIVE, agree, column, patients, stored

ARMS = ["MED", "MTE", "BLOCK"]
NOT_FOLLOWED = "not estimable: nobody was followed"
DAYS = [0, 28, 56, 84, 182, 364]


def line(**parts):
    return Analysis(id="line", estimator="any", **parts)


def cohort_of(cases, visits=None, events=None, **parts):
    three = [{"id": arm, "label": arm, "reference": arm == "MED"} for arm in ARMS]
    declared = study(
        arms=three,
        sources={k: {"path": f"{k}.csv"} for k in ("cases", "visits", "events")},
        visits=[{"id": f"day{d}", "day": d} for d in DAYS],
        **{"resolution": {"outcome": "headache_days_28d", "competing": ("crossover",)}, **parts},
    )
    cases = cases.assign(arm=pd.Categorical(cases["arm"].astype(str), ARMS))
    events = pd.DataFrame({"patient_id": [], "day": [], "kind": []}) if events is None else events
    return Cohort(study=declared, cases=cases, visits=pd.DataFrame() if visits is None else visits, events=events)


@pytest.fixture(scope="module")
def cases():
    """R's reference patients, their weeks taken as days."""
    data = patients("cgh_sim").rename(columns={"time": "resolution_day", "cause": "resolution_cause"})
    return data.assign(resolution_event=(data["resolution_cause"] == 1).astype(int))


def seen(courses, arms):
    """A cohort of courses of headache days, one a patient, on the study's days; resolved at the first day without."""
    rows, people = [], []
    for i, (course, arm) in enumerate(zip(courses, arms, strict=True)):
        name, days = f"P{i:02d}", DAYS[: len(course)]
        rows += [(name, d, v) for d, v in zip(days, course, strict=True)]
        gone = next((d for d, v in zip(days, course, strict=True) if v == 0), np.inf)
        left = max((d for d, v in zip(days, course, strict=True) if v > 0 and d < gone), default=0)
        people.append((name, arm, left, gone, gone if gone < np.inf else left, int(gone < np.inf)))
    names = ["patient_id", "arm", *(f"resolution_{n}" for n in ("left", "right", "day", "event"))]
    cases = pd.DataFrame(people, columns=names)
    visits = pd.DataFrame(rows, columns=["patient_id", "day", "headache_days_28d"])
    return cases.assign(resolution_cause=cases["resolution_event"]), visits


COURSES = [
    (9, 5, 0, 0, 0, 0),
    (9, 0, 0, 3, 4, 5),
    (9, 4, 4, 4, 4, 4),
    (9, 0, 2, 0, 0, 0),
    (9, 0, 0, 0),
    (9, 9, 9, 0, 1, 0),
    (9, 0, 0, 0, 0, 4),
    (9, 8, 0, 4, 0, 0),
    (9,),
]


def rows_of(result, statistic, **parts):
    assert tuple(result.frame.columns) == COLUMNS
    found = result.frame.loc[result.frame["statistic"] == statistic]
    for name, value in parts.items():
        found = found.loc[found[name] == value]
    return found.reset_index(drop=True)


def test_incidence_rows_agree_with_r(cases):
    result = cumulative_incidence.estimate(cohort_of(cases), line(multiplicity="holm"))
    r = stored("competing_risks", "aj_cgh_arm")
    curve = rows_of(result, "cumulative_incidence", group="MTE", outcome="crossover")
    assert curve.loc[0, ["time", "estimate", "n", "events"]].tolist() == [0, 0, 144, 0]
    assert (curve["events"].iloc[1:-1] > 0).all()
    last = curve.loc[curve["time"] <= 39].iloc[-1]
    agree(last["estimate"], r["cmprsk"]["est"]["values"][4][4], CLOSED_FORM)
    assert rows_of(result, "cumulative_incidence")["outcome"].unique().tolist() == ["resolution", "crossover"]
    tests = rows_of(result, "gray")
    overall = tests.loc[tests["group"] == ""]
    assert overall["outcome"].tolist() == ["resolution", "crossover"]
    agree(overall["estimate"], column(r["gray_test"], "stat"), CLOSED_FORM)
    assert overall["events"].tolist() == [241, 35]
    pairs = tests.loc[tests["group"] != ""]
    assert set(pairs["outcome"]) == {"resolution"}
    assert (pairs["p_adjusted"] >= pairs["p_value"]).all()
    agree(pairs["estimate"].iloc[0], stored("states", "gray_two_arms")[0]["stat"], CLOSED_FORM)
    followed = cases.loc[cases["arm"] == "MTE", "resolution_day"]
    assert rows_of(result, "n_risk", group="MTE")["n"].tolist() == [(followed >= day).sum() for day in DAYS]


def test_without_competing_events_it_is_said():
    cases, visits = seen(COURSES[:3], ARMS)
    resolution = {"outcome": "headache_days_28d"}
    result = cumulative_incidence.estimate(cohort_of(cases, visits, resolution=resolution), line())
    notes = rows_of(result, "cumulative_incidence", time=0)["note"]
    assert set(notes) == {"no competing event is declared: one less Kaplan-Meier's curve"}


def test_subdistribution_hazard_ratios_agree_with_r(cases):
    cohort = cohort_of(cases)
    result = fine_gray.estimate(cohort, line(covariates=("age", "hd0")))
    found = rows_of(result, "subdistribution_hazard_ratio")
    assert list(zip(found["group"], found["reference"], strict=True)) == [
        ("MTE", "MED"),
        ("BLOCK", "MED"),
        ("BLOCK", "MTE"),
    ]
    r = stored("competing_risks", "fg_cgh_cause1")
    agree(found["estimate"].iloc[:2], column(r["conf"], "exp(coef)")[:2], ITERATIVE)
    agree(found["std_error"].iloc[:2], column(r["coef"], "se(coef)")[:2], ITERATIVE)
    assert set(found["outcome"]) == {"resolution"}
    other = rows_of(fine_gray.estimate(cohort, line(of="crossover")), "subdistribution_hazard_ratio")
    assert set(other["outcome"]) == {"crossover"}
    assert found.loc[0, ["n", "events"]].tolist() == [240, 160]
    with pytest.raises(StudyError, match=r"is of 'rescue'.*Known: resolution, crossover"):
        fine_gray.estimate(cohort, line(of="rescue"))
    compared = fine_gray.estimate(cohort, line(multiplicity="dunnett")).frame
    assert compared["reference"].tolist() == ["MED", "MED"]


def test_an_arm_without_the_event_leaves_the_ratios_of_the_others(cases):
    none = cases.assign(resolution_cause=cases["resolution_cause"].where(cases["arm"] != "BLOCK", 0))
    found = fine_gray.estimate(cohort_of(none), line()).frame
    assert found["note"].tolist() == ["", *["not estimable: no resolution in BLOCK"] * 2]
    alone = fine_gray.estimate(cohort_of(none.loc[none["arm"] != "BLOCK"]), line()).frame
    agree(found.loc[0, "estimate"], alone.loc[0, "estimate"], CLOSED_FORM)
    assert alone["note"].tolist() == ["", *["not estimable: nobody in BLOCK was followed"] * 2]
    silent = fine_gray.estimate(cohort_of(cases.assign(resolution_cause=0)), line()).frame
    assert silent["note"].str.startswith("not estimable: no resolution in ").all()


def test_states_and_days_in_them():
    cases, visits = seen(COURSES, np.resize(ARMS[:2], len(COURSES)))
    result = state_occupation.estimate(cohort_of(cases, visits), line())
    shares = rows_of(result, "state_occupation", group="MED")
    day = shares.loc[shares["time"] == 84].set_index("outcome")["estimate"]
    assert day.index.tolist() == ["headache", "resolved", "recurred", "crossover"]
    # four people: resolved at 56 and 28 twice, one with headache throughout, one left after day 0, of no weight
    assert day.tolist() == [0.25, 0.75, 0, 0]
    assert shares.groupby("time")["estimate"].sum().round(12).eq(1).all()
    assert shares.loc[shares["time"].isin([0, 14, 91])].groupby("time")["n"].first().tolist() == [5, 4, 3]
    assert {28.0, 42.0, 91.0, 182.0, 364.0} <= set(shares["time"])
    days = rows_of(result, "days_in_state", group="MED").set_index("outcome")
    assert (days["time"] == 364).all()
    assert days["n"].tolist() == [5, 5, 5, 5]
    np.testing.assert_allclose(days["estimate"].sum(), 364, rtol=1e-12)
    difference = rows_of(result, "days_in_state_difference", reference="MED", group="MTE").iloc[0]
    other = rows_of(result, "days_in_state", group="MTE").set_index("outcome")["estimate"]
    np.testing.assert_allclose(difference["estimate"], other["resolved"] - days.loc["resolved", "estimate"], rtol=1e-12)
    assert difference["outcome"] == "resolved"
    absent = result.frame.loc[result.frame["group"] == "BLOCK"]
    assert set(absent["note"]) == {NOT_FOLLOWED}
    assert set(absent["statistic"]) == {"state_occupation", "days_in_state", "days_in_state_difference"}


def test_days_are_counted_as_far_as_every_arm_is_followed():
    cases, visits = seen([COURSES[0], COURSES[4], COURSES[2]], ARMS)
    days = rows_of(state_occupation.estimate(cohort_of(cases, visits), line()), "days_in_state")
    assert set(days["time"]) == {84}
    short, visits = seen([(9, 5, 0), (9, 4, 3), (9,)], ARMS)
    result = state_occupation.estimate(cohort_of(short, visits), line())
    assert rows_of(result, "days_in_state", group="BLOCK")["note"].tolist() == [NOT_FOLLOWED]


def test_nobody_resolved():
    cases, visits = seen([(9, 4, 4, 4), (9, 3, 3, 3), (9, 2, 1, 5)], ARMS)
    cohort = cohort_of(cases, visits)
    result = state_occupation.estimate(cohort, line())
    assert rows_of(result, "days_in_state", outcome="resolved")["estimate"].tolist() == [0, 0, 0]
    notes = rows_of(result, "days_in_state_difference")["note"]
    assert set(notes) == {"not estimable: no headache of these arms was seen to resolve"}
    with pytest.raises(NotEstimable, match="no headache was seen to resolve"):
        relief.estimate(cohort, line())
    tests = rows_of(cumulative_incidence.estimate(cohort, line()), "gray")
    assert tests["note"].str.startswith("not estimable: no event of this cause").all()
    with pytest.raises(NotEstimable, match="nobody was seen again"):
        state_occupation.estimate(cohort_of(*seen([(9,), (9,), (9,)], ARMS)), line())


def test_relief_of_those_who_had_it():
    cases, visits = seen(COURSES, np.resize(ARMS[:2], len(COURSES)))
    result = relief.estimate(cohort_of(cases, visits), line(multiplicity="holm"))
    assert set(result.frame["outcome"]) == {"relief"}
    curve = rows_of(result, "survival", group="MTE")
    # resolved at 28 and back at 84; at 28 and back at 56; at 84 and back at 182; at 56 and back at 84
    assert curve["time"].tolist() == [0, 28, 56, 91, 98, 182]
    np.testing.assert_allclose(curve["estimate"].iloc[:5], [1, 0.5, 0.25, 0.25, 0], rtol=1e-12)
    assert curve["n"].tolist()[:4] == [4, 4, 2, 1]
    medians = rows_of(result, "median_time").set_index("group")["estimate"]
    assert medians["MTE"] == 42
    tests = rows_of(result, "logrank")
    assert tests.loc[0, ["n", "events"]].tolist() == [7, 5]
    assert set(rows_of(result, "survival", group="BLOCK")["note"]) == {"not estimable: no headache was seen to resolve"}
    assert tests.loc[0, "note"] == "without BLOCK: no headache was seen to resolve"


MODULES = [cumulative_incidence, fine_gray, state_occupation, relief]


@pytest.mark.parametrize("module", MODULES)
def test_a_study_without_a_resolution_or_anybody_followed(module):
    cases, visits = seen(COURSES[:3], ARMS)
    with pytest.raises(NotEstimable, match="declares no resolution"):
        module.estimate(cohort_of(cases, visits, resolution=None), line())
    with pytest.raises(NotEstimable, match="nobody was followed"):
        module.estimate(cohort_of(cases.assign(resolution_day=np.nan), visits), line())


@pytest.mark.parametrize("module", [cumulative_incidence, state_occupation, relief])
def test_procedures_that_are_not_for_chi_squares(module):
    cases, visits = seen(COURSES[:3], ARMS)
    with pytest.raises(ArgumentError, match="multiplicity='tukey'"):
        module.estimate(cohort_of(cases, visits), line(multiplicity="tukey"))
