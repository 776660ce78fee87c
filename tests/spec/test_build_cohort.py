"""Building a cohort from tables small enough to check by eye."""

import numpy as np
import pandas as pd

from cgh_analysis.cohort import build_cohort
from tests.builders import study, tables

RESOLUTION = {"outcome": "headache_days_28d", "milestone_days": 91, "competing": ["crossover"]}


def visits(**patients: list[tuple[str, int, float]]) -> pd.DataFrame:
    rows = [(p, *seen) for p, made in patients.items() for seen in made]
    return pd.DataFrame(rows, columns=["patient_id", "visit", "day", "headache_days_28d"])


def cases(*patients: str) -> pd.DataFrame:
    return pd.DataFrame({"patient_id": patients, "arm": ["drug"] * len(patients), "age_years": 40})


def test_the_milestone_is_unknown_of_who_was_lost_before_it() -> None:
    start = ("baseline", 0, 9.0)
    seen = visits(
        resolved=[start, ("week12", 84, 0.0)],
        later=[start, ("week12", 95, 0.0)],
        still_there=[start, ("week12", 98, 4.0)],
        lost=[start, ("week4", 28, 4.0)],
        crossed=[start, ("week4", 28, 4.0), ("week12", 98, 0.0)],
        never_had=[("baseline", 0, 0.0), ("week4", 28, 0.0)],
    )
    events = pd.DataFrame({"patient_id": ["crossed"], "day": [40], "kind": ["crossover"], "detail": [None]})
    cohort = build_cohort(
        tables(cases(*seen["patient_id"].unique()), seen, events),
        study(resolution=RESOLUTION, population={"criteria": ["baseline_visit"]}),
    )
    found = cohort.cases.set_index("patient_id")["resolution_within_milestone"]
    assert found.dropna().to_dict() == {"resolved": "yes", "later": "no", "still_there": "no"}
    assert set(found.index[found.isna()]) == {"lost", "crossed", "never_had"}


def test_a_visit_outside_of_its_window_does_not_count_as_that_visit_but_ends_a_headache_on_its_day() -> None:
    seen = visits(p=[("baseline", 0, 9.0), ("week4", 60, 0.0)])
    cohort = build_cohort(tables(cases("p"), seen), study(resolution=RESOLUTION))
    assert np.isnan(cohort.at("week4")["headache_days_28d"].iloc[0])
    assert cohort.cases["resolution_right"].iloc[0] == 60


def test_criteria_exclude_in_their_order_and_an_open_record_in_a_step_of_its_own() -> None:
    people = cases("young", "unknown", "unseen", "in").assign(age_years=[17, np.nan, 40, 40])
    seen = visits(**{p: [("baseline", 0, 9.0)] for p in ("young", "unknown", "in")})
    cohort = build_cohort(tables(people, seen), study(population={"criteria": ["adult", "baseline_visit"]}))
    left = {step.id: step.left["drug"] for step in cohort.flow}
    assert left == {"accepted": 4, "adult:not_recorded": 3, "adult": 2, "baseline_visit": 1}
    assert cohort.cases["patient_id"].tolist() == ["in"]
