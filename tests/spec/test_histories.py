"""From visits and events to stays, by hand: what was seen, what is made of it, and the second clock."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort import build_cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.ingest import Tables
from cgh_analysis.models.states.histories import histories
from cgh_analysis.models.states.relief import relief
from tests.builders import study

RESCUE = ["rescue_treatment", "crossover"]


def cohort_of(seen, events=(), **rule):
    """A cohort of patients with headache days on days: {"a": {0: 9, 28: 0}}; events are (patient, day, kind)."""
    resolution = {"outcome": "headache_days_28d", "competing": RESCUE, **rule}
    sources = {k: {"path": f"{k}.csv"} for k in ("cases", "visits", "events")}
    visits = [(0, "baseline"), (28, "week4"), (84, "week12"), (182, "week26"), (364, "week52")]
    declared = study(
        resolution=resolution,
        sources=sources,
        visits=[{"id": name, "day": day} for day, name in visits],
    )
    rows = [(p, day, value) for p, course in seen.items() for day, value in course.items()]
    frame = pd.DataFrame(rows, columns=["patient_id", "day", "headache_days_28d"])
    nearest = [min(visits, key=lambda v, d=d: abs(v[0] - d))[1] for d in frame["day"]]
    cases = pd.DataFrame({"patient_id": list(seen), "arm": np.resize(["drug", "block"], len(seen))})
    happened = pd.DataFrame(list(events), columns=["patient_id", "day", "kind"])
    visit = pd.Categorical(nearest, [name for _, name in visits])
    arm = pd.Categorical(cases["arm"], ["drug", "block"])
    given = Tables(
        cases=cases.assign(arm=arm),
        visits=frame.assign(visit=visit),
        events=happened.assign(detail=""),
        files=(),
        problems=(),
        ledger=pd.DataFrame(),
        inputs={},
    )
    return build_cohort(given, declared)


def told(cohort, **more):
    """Stays as texts: 'headache 0-28 resolved'."""
    found = histories(cohort, **more)
    out = {}
    for row in found.itertuples():
        to = "" if pd.isna(row.to_state) else f" {row.to_state}"
        out.setdefault(row.patient_id, []).append(f"{row.from_state} {row.start:g}-{row.stop:g}{to}")
    return out


def test_headache_resolved_recurred_resolved_again():
    cohort = cohort_of({"a": {0: 9, 28: 4, 84: 0, 182: 3, 364: 0}, "b": {0: 9, 28: 8, 84: 7}})
    assert told(cohort) == {
        "a": ["headache 0-84 resolved", "resolved 84-182 recurred", "recurred 182-364 resolved"],
        "b": ["headache 0-84"],
    }


def test_midpoints_lie_between_looks_and_recorded_days_stay():
    cohort = cohort_of({"a": {0: 9, 28: 4, 84: 0, 182: 3, 364: 0}}, [("a", 120, "recurrence")])
    assert told(cohort, when="midpoint") == {
        "a": ["headache 0-56 resolved", "resolved 56-120 recurred", "recurred 120-273 resolved", "resolved 273-364"]
    }
    with pytest.raises(ArgumentError, match="when='early'"):
        histories(cohort, when="early")


def test_a_recorded_recurrence_comes_before_the_visit_that_shows_it():
    cohort = cohort_of({"a": {0: 9, 28: 0, 182: 3}}, [("a", 100, "recurrence")])
    assert told(cohort) == {"a": ["headache 0-28 resolved", "resolved 28-100 recurred", "recurred 100-182"]}


def test_a_recurrence_before_any_resolution_says_nothing():
    cohort = cohort_of({"a": {0: 9, 28: 5, 84: 0}}, [("a", 20, "recurrence")])
    assert told(cohort) == {"a": ["headache 0-84 resolved"]}


def test_competing_events_end_a_history_from_any_state():
    seen = {p: {0: 9, 28: 0, 84: 3, 182: 0} for p in "abc"} | {"d": {0: 9, 28: 5, 84: 5}}
    events = [("a", 10, "crossover"), ("b", 60, "rescue_treatment"), ("c", 100, "crossover"), ("d", 60, "crossover")]
    assert told(cohort_of(seen, [*events, ("d", 60, "rescue_treatment")])) == {
        "a": ["headache 0-10 crossover"],
        "b": ["headache 0-28 resolved", "resolved 28-60 rescue_treatment"],
        "c": ["headache 0-28 resolved", "resolved 28-84 recurred", "recurred 84-100 crossover"],
        # of two on one day, the one that the study lists first
        "d": ["headache 0-60 rescue_treatment"],
    }


def test_an_event_on_the_day_of_a_change_comes_after_it():
    cohort = cohort_of({"a": {0: 9, 28: 0}, "b": {0: 9, 28: 9}}, [("a", 28, "crossover"), ("b", 0, "crossover")])
    assert told(cohort) == {
        "a": ["headache 0-28 resolved", "resolved 28-28.5 crossover"],
        "b": ["headache 0-0.5 crossover"],
    }


def test_sustained_resolutions():
    seen = {"a": {0: 9, 28: 0, 84: 3, 182: 0, 364: 0}, "b": {0: 9, 28: 0, 84: 0, 182: 4, 364: 0}}
    assert told(cohort_of(seen, sustained_visits=2)) == {
        "a": ["headache 0-182 resolved", "resolved 182-364"],
        # one look without headache at the end is no sustained resolution
        "b": ["headache 0-28 resolved", "resolved 28-182 recurred", "recurred 182-364"],
    }


def test_who_is_not_there():
    seen = {"a": {0: 0, 28: 3}, "b": {0: 9}, "c": {0: 9, 28: 0}}
    found = histories(cohort_of(seen))
    # a had no headache at the start, b was never seen again
    assert found["patient_id"].tolist() == ["c"]
    assert found["from_state"].cat.categories.tolist() == ["headache", "resolved", "recurred", *RESCUE]
    with pytest.raises(NotEstimable, match="declares no resolution"):
        cohort = cohort_of(seen)
        histories(type(cohort)(**{f: getattr(cohort, f) for f in ("cases", "visits", "events")}, study=study()))


def test_two_looks_on_one_day():
    cohort = cohort_of({"a": {0: 9, 28: 0, 84: 0}})
    again = cohort.visits.iloc[[-1]].assign(headache_days_28d=2.0)
    cohort = type(cohort)(
        study=cohort.study, cases=cohort.cases, visits=pd.concat([cohort.visits, again]), events=cohort.events
    )
    assert told(cohort) == {"a": ["headache 0-28 resolved", "resolved 28-84 recurred"]}


def test_how_long_relief_lasted():
    seen = {
        "a": {0: 9, 28: 0, 84: 0, 182: 3},
        "b": {0: 9, 28: 0, 84: 0},
        "c": {0: 9, 28: 0},
        "d": {0: 9, 28: 5},
        "e": {0: 9, 28: 0, 182: 0},
    }
    found = relief(cohort_of(seen, [("e", 90, "rescue_treatment")])).set_index("patient_id")
    assert found["days"].to_dict() == {"a": 154, "b": 56, "c": 0, "e": 62}
    assert found["back"].to_dict() == {"a": 1, "b": 0, "c": 0, "e": 0}


def test_the_callers_tables_are_not_changed():
    cohort = cohort_of({"a": {0: 9, 28: 0, 84: 2}}, [("a", 60, "recurrence")])
    before = [getattr(cohort, n).copy(deep=True) for n in ("cases", "visits", "events")]
    histories(cohort)
    for name, frame in zip(("cases", "visits", "events"), before, strict=True):
        pd.testing.assert_frame_equal(getattr(cohort, name), frame)
    assert np.isfinite(histories(cohort)["stop"]).all()
