"""Recurrence after resolution and hazards of competing events in the plan: rows, and reasons for missing numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.survival import cox_plan, recurrence
from cgh_analysis.models.survival.mean_count import mean_count
from cgh_analysis.models.survival.recurrent import recurrent
from cgh_analysis.study import Analysis
from cgh_analysis.study.parts import Visit
from tests.builders import study
from tests.reference.stored import agree

EXACT = 1e-10
SOURCES = {f"{name}s": {"path": f"{name}s.csv"} for name in ("case", "visit", "event")}
ARMS = [{"id": "MTE", "label": "MTE"}, {"id": "MED", "label": "MED", "reference": True}]


def line(**parts):
    return Analysis(id="again", estimator="recurrence", **parts)


def cohort_of(cases, visits, events, **parts):
    rule = {"outcome": "headache_days_28d", "competing": ["rescue_treatment", "crossover"]}
    declared = study(**{"arms": ARMS, "sources": SOURCES, "resolution": rule, **parts})
    cases = cases.assign(arm=pd.Categorical(cases["arm"], list(declared.arm_ids)))
    return Cohort(study=declared, cases=cases, visits=visits, events=events)


@pytest.fixture
def small():
    """Four people an arm; MED: two of three who resolved come back, one of them twice; MTE: one of three."""
    cases = pd.DataFrame(
        {
            "patient_id": [f"p{i}" for i in range(8)],
            "arm": ["MED"] * 4 + ["MTE"] * 4,
            "resolution_right": [28.0, 28, 56, np.inf, 28, 28, 28, np.inf],
            "age_years": [30.0, 62, 45, 51, 38, 55, 47, 33],
        }
    )
    last = [200, 150, 180, 100, 220, 120, 190, 90]
    visits = pd.DataFrame({"patient_id": cases["patient_id"].repeat(2), "day": [d for end in last for d in (0, end)]})
    events = pd.DataFrame(
        {
            "patient_id": ["p0", "p0", "p2", "p3", "p4", "p1"],
            "day": [60, 100, 90, 50, 128, 160],
            "kind": ["recurrence"] * 5 + ["withdrawal"],
        }
    )
    return cases, visits, events


def test_days_count_from_the_resolution_until_somebody_was_last_heard_of(small):
    followed = recurrence.after_resolution(cohort_of(*small))
    rows = followed.rows[["patient_id", "start", "stop", "recurrence"]]
    assert rows.to_numpy().tolist() == [
        ["p0", 0, 32, 1],
        ["p0", 32, 72, 1],
        ["p0", 72, 172, 0],
        ["p1", 0, 132, 0],  # heard of on day 160, after the last visit
        ["p2", 0, 34, 1],
        ["p2", 34, 124, 0],
        ["p4", 0, 100, 1],
        ["p4", 100, 192, 0],
        ["p5", 0, 92, 0],
        ["p6", 0, 162, 0],
    ]
    assert followed.resolved.to_dict() == {"MED": 3, "MTE": 3}
    assert followed.early == 0


def test_rates_and_mean_numbers_are_those_of_the_rows(small):
    cohort = cohort_of(*small)
    rows = recurrence.after_resolution(cohort).rows
    frame = recurrence.estimate(cohort, line()).frame
    ratio = frame.loc[frame["statistic"] == "rate_ratio"].iloc[0]
    fit = recurrent("arm", rows, **recurrence.ROWS)
    agree(ratio["estimate"], np.exp(fit.coef[0]), EXACT)
    agree(ratio["std_error"] ** 2, fit.vcov.iloc[0, 0], EXACT)
    assert ratio[["group", "reference", "n", "events"]].tolist() == ["MTE", "MED", 6, 3]
    assert ratio["method"] == "LWYY rate regression, Efron ties, robust errors by patient_id"
    counts = frame.loc[frame["statistic"] == "mean_count"]
    curve = mean_count(rows, **recurrence.ROWS, by="arm").at([28, 84])
    agree(counts["estimate"], curve["estimate"], EXACT)
    assert counts["time"].tolist() == [28, 84, 28, 84]
    assert counts["group"].tolist() == ["MED", "MED", "MTE", "MTE"]
    assert counts["n"].tolist() == [3, 3, 3, 3]
    assert counts["events"].tolist() == [0, 2, 0, 0]
    assert set(frame["outcome"]) == {"recurrence"}


def test_a_recurrence_before_the_resolution_is_said_not_to_count(small):
    cases, visits, events = small
    early = pd.concat([events, pd.DataFrame({"patient_id": ["p1", "p1"], "day": [28, 9], "kind": ["recurrence"] * 2})])
    frame = recurrence.estimate(cohort_of(cases, visits, early), line()).frame
    assert frame.loc[0, "note"] == "2 recurrence(s) dated before the resolution do not count"


def test_two_recurrences_on_a_day_are_one_and_one_on_the_last_day_stands(small):
    cases, visits, events = small
    more = pd.concat([events, pd.DataFrame({"patient_id": ["p0", "p6"], "day": [60, 190], "kind": ["recurrence"] * 2})])
    rows = recurrence.after_resolution(cohort_of(cases, visits, more)).rows
    assert rows.loc[rows["patient_id"] == "p0", "recurrence"].tolist() == [1, 1, 0]
    assert rows.loc[rows["patient_id"] == "p6", ["stop", "recurrence"]].to_numpy().tolist() == [[162, 1]]


def test_reasons_for_what_is_missing(small):
    cases, visits, events = small
    silent = recurrence.estimate(cohort_of(cases, visits, events.loc[events["patient_id"] != "p4"]), line()).frame
    assert silent.loc[0, "note"] == "not estimable: no recurrence in MTE"
    assert silent.loc[silent["statistic"] == "mean_count", "estimate"].notna().all()
    never = cases.assign(resolution_right=cases["resolution_right"].where(cases["arm"] == "MED", np.inf))
    found = recurrence.estimate(cohort_of(never, visits, events), line()).frame
    assert (
        found.loc[found["group"] == "MTE", "note"].tolist() == ["not estimable: nobody's headache resolved in MTE"] * 2
    )
    unseen = visits.loc[~visits["patient_id"].isin(["p4", "p5", "p6"])]
    gone = recurrence.estimate(cohort_of(cases, unseen, events.loc[events["patient_id"] != "p4"]), line()).frame
    assert gone.loc[0, "note"] == "not estimable: nobody who resolved in MTE was seen again"
    cohort = cohort_of(*small)
    years = cohort.study.model_copy(update={"visits": (Visit(id="start", day=0), Visit(id="year", day=364))})
    late = recurrence.estimate(replace(cohort, study=years), line())
    notes = late.frame.loc[late.frame["statistic"] == "mean_count", "note"]
    assert set(notes) == {"not estimable: nobody was under observation so long after a resolution"}


def test_what_nothing_can_be_said_of(small):
    cases, visits, events = small
    with pytest.raises(NotEstimable, match="declares no resolution"):
        recurrence.estimate(cohort_of(*small, resolution=None), line())
    with pytest.raises(NotEstimable, match="nobody's headache resolved"):
        recurrence.estimate(cohort_of(cases.assign(resolution_right=np.inf), visits, events), line())
    without = {name: SOURCES[name] for name in ("cases", "visits")}
    rule = {"outcome": "headache_days_28d"}
    with pytest.raises(NotEstimable, match="no table of events"):
        recurrence.estimate(cohort_of(cases, visits, events.iloc[:0], sources=without, resolution=rule), line())
    nothing = recurrence.estimate(cohort_of(cases, visits, events.iloc[:0]), line()).frame
    assert nothing.loc[0, "note"] == "not estimable: no recurrence in MTE"


@pytest.fixture
def causes():
    rng = np.random.default_rng(4)
    n = 90
    return pd.DataFrame(
        {
            "patient_id": range(n),
            "arm": rng.choice(["MED", "MTE"], n),
            "resolution_day": rng.integers(1, 200, n).astype(float),
            "resolution_cause": rng.choice([0, 1, 2, 3], n, p=[0.2, 0.4, 0.3, 0.1]),
            "resolution_right": np.inf,
        }
    ).assign(resolution_event=lambda d: (d["resolution_cause"] == 1).astype(int))


@pytest.mark.parametrize(("of", "code"), [("rescue_treatment", 2), ("crossover", 3), ("resolution", 1), (None, 1)])
def test_the_hazard_of_a_cause_takes_the_others_as_censored(causes, of, code):
    cohort = cohort_of(causes, pd.DataFrame(), pd.DataFrame())
    frame = cox_plan.estimate(cohort, Analysis(id="a", estimator="cox", of=of)).frame
    own = causes.assign(gone=causes["resolution_cause"] == code, arm=cohort.cases["arm"])
    fit = cox_plan.cox("arm", own, time="resolution_day", event="gone")
    ratio = frame.loc[frame["statistic"] == "hazard_ratio"].iloc[0]
    agree(np.log(ratio["estimate"]), fit.coef[0], EXACT)
    assert set(frame["outcome"]) == {of or "resolution"}
    assert ratio["events"] == own["gone"].sum()
    assert ratio["method"] == "Cox regression, Efron ties" + (", cause-specific" if of else "")
    effects = frame.loc[frame["statistic"] == "ph_effect"]
    if code == 3:
        assert effects["time"].notna().all() or effects["note"].str.startswith("not estimable: events at").all()
    else:
        assert effects[["group", "reference"]].drop_duplicates().to_numpy().tolist() == [["MTE", "MED"]]
        assert 15 <= len(effects) <= 25
        assert np.isfinite(effects[["time", "estimate", "conf_low", "conf_high"]].to_numpy()).all()
        assert (effects["events"] == own["gone"].sum()).all()


def test_a_cause_that_is_not_declared_and_one_that_nobody_had(causes):
    cohort = cohort_of(causes, pd.DataFrame(), pd.DataFrame())
    with pytest.raises(ArgumentError, match="Known: resolution, rescue_treatment, crossover"):
        cox_plan.estimate(cohort, Analysis(id="a", estimator="cox", of="relapse"))
    nobody = cohort_of(causes.loc[causes["resolution_cause"] != 3], pd.DataFrame(), pd.DataFrame())
    frame = cox_plan.estimate(nobody, Analysis(id="a", estimator="cox", of="crossover")).frame
    assert frame["note"].tolist() == ["not estimable: no crossover in MTE"]


def test_the_words_name_the_cause():
    said = cox_plan.in_words(study(), [Analysis(id="a", estimator="cox", of="rescue_treatment")]).text
    assert "time to rescue treatment, unadjusted" in said
    assert "Hazards of rescue treatment are cause-specific: other events end the observation." in said
    plain = cox_plan.in_words(study(), [Analysis(id="a", estimator="cox")]).text
    assert "Above 1 means faster resolution." in plain
