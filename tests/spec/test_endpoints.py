"""Endpoints from visits, each case small enough to check by eye."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.endpoints import chronicity, first_interval, lesion, resolution
from cgh_analysis.study import Lesion, Resolution

RULE = Resolution(outcome="headache_days_28d", at_most=0, competing=("rescue_treatment", "crossover"))


def visits(**patients: list[tuple[int, float]]) -> pd.DataFrame:
    rows = [(p, day, value) for p, seen in patients.items() for day, value in seen]
    return pd.DataFrame(rows, columns=["patient_id", "day", "headache_days_28d"])


def events(*rows: tuple[str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["patient_id", "day", "kind"])


def one(seen: list[tuple[int, float]], *happened: tuple[str, int, str], rule: Resolution = RULE) -> tuple[float, ...]:
    row = resolution(visits(p=seen), events(*happened), rule).iloc[0]
    return tuple(row[f"resolution_{c}"] for c in ("left", "right", "day", "event", "cause"))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([(0, 9), (28, 4), (84, 0)], (28, 84, 84, 1, 1)),  # between weeks 4 and 12
        ([(0, 9), (28, 0), (84, 5)], (0, 28, 28, 1, 1)),  # recurred later: the first time counts
        ([(0, 9), (28, 4), (84, 2)], (84, np.inf, 84, 0, 0)),  # still there when last seen
        ([(0, 9)], (0, np.inf, 0, 0, 0)),  # never seen again
        ([(0, 9), (84, 0), (28, 4)], (28, 84, 84, 1, 1)),  # rows in any order
        ([(0, 9), (28, np.nan), (84, 0)], (0, 84, 84, 1, 1)),  # a visit that did not ask says nothing
    ],
)
def test_the_interval_is_last_with_to_first_without(seen: list, expected: tuple) -> None:
    assert one(seen) == expected


def test_without_headache_at_baseline_there_is_nothing_to_resolve() -> None:
    assert resolution(visits(p=[(0, 0), (28, 0)]), events(), RULE).empty


def test_a_competing_event_ends_the_follow_up() -> None:
    seen = [(0, 9), (28, 4), (84, 0)]
    assert one(seen, ("p", 40, "crossover")) == (28, np.inf, 40, 0, 3)
    assert one(seen, ("p", 40, "rescue_treatment"), ("p", 60, "crossover")) == (28, np.inf, 40, 0, 2)
    assert one(seen, ("p", 90, "crossover")) == (28, 84, 84, 1, 1)
    assert one(seen, ("p", 84, "crossover")) == (28, 84, 84, 1, 1)
    assert one(seen, ("p", 10, "adverse_event")) == (28, 84, 84, 1, 1)


def test_sustained_resolution_needs_the_visits_in_a_row() -> None:
    rule = RULE.model_copy(update={"sustained_visits": 2})
    assert one([(0, 9), (28, 0), (56, 3), (84, 0), (182, 0)], rule=rule) == (56, 84, 84, 1, 1)
    # gone when last seen, but not confirmed: censored then, and last known to be there on day 28
    assert one([(0, 9), (28, 4), (84, 0)], rule=rule) == (28, np.inf, 84, 0, 0)


def test_what_was_gone_at_the_start_has_no_interval() -> None:
    seen = pd.DataFrame({"patient_id": ["a", "a", "b", "b"], "day": [0, 28, 0, 28]})
    found = first_interval(seen, pd.Series([True, True, False, True]))
    assert found.values.tolist() == [["b", 0, 28]]


def test_intervals_do_not_mix_patients() -> None:
    seen = pd.DataFrame({"patient_id": ["a", "b", "a", "b"], "day": [0, 0, 28, 30]})
    found = first_interval(seen, pd.Series([False, False, True, False])).set_index("patient_id")
    assert found.loc["a"].tolist() == [0, 28]
    assert found.loc["b"].tolist() == [30, np.inf]


def test_the_callers_frames_are_not_changed() -> None:
    seen, happened = visits(p=[(0, 9), (84, 0)]), events(("p", 40, "crossover"))
    before = seen.copy(), happened.copy()
    resolution(seen, happened, RULE)
    pd.testing.assert_frame_equal(seen, before[0])
    pd.testing.assert_frame_equal(happened, before[1])


def test_chronicity_has_its_limits_at_one_and_three_months() -> None:
    months = pd.DataFrame({"symptom_duration_months": [0.9, 1.0, 3.0, 3.1, np.nan]})
    assert chronicity(months).astype(object).tolist()[:4] == ["acute", "subacute", "subacute", "chronic"]
    assert chronicity(months).isna().tolist() == [False] * 4 + [True]
    recorded = months.assign(chronicity=pd.Categorical(["chronic", None, None, None, "acute"]))
    assert chronicity(recorded).astype(object).tolist() == ["chronic", "subacute", "subacute", "chronic", "acute"]


def turned(**patients: list[tuple[int, float, float]]) -> pd.DataFrame:
    rows = [(p, *seen) for p, looks in patients.items() for seen in looks]
    return pd.DataFrame(rows, columns=["patient_id", "day", "frt_left_deg", "frt_right_deg"])


def test_a_lesion_has_resolved_when_both_sides_turn_far_enough() -> None:
    rule = Lesion(outcome=("frt_left_deg", "frt_right_deg"), at_least=33)
    # a visit at which one side was not measured says nothing; someone free at baseline has no lesion to lose
    looks = turned(p=[(0, 20, 40), (28, 35, np.nan), (56, 34, 41)], q=[(0, 20, 30), (28, 35, 30)], r=[(0, 40, 40)])
    found = lesion(looks, rule).set_index("patient_id")
    assert found.to_dict("index") == {
        "p": {"lesion_left": 0.0, "lesion_right": 56.0},
        "q": {"lesion_left": 28.0, "lesion_right": np.inf},
    }
    assert lesion(looks, None) is None


def test_a_lesion_has_one_threshold() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Lesion(outcome="frt_left_deg")
