"""What may leave, on rows small enough to check by eye."""

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.disclosure import release
from cgh_analysis.study import Disclosure

RULE = Disclosure(threshold=10, round_to=5)


def released(*rows: dict, rule: Disclosure = RULE) -> pd.DataFrame:
    return release(results.rows(rows), rule).frame


def test_a_small_count_is_blanked_and_a_larger_one_rounded() -> None:
    out = released(
        {"statistic": "count", "estimate": 9, "n": 9},
        {"statistic": "count", "estimate": 10, "n": 10},
        {"statistic": "count", "estimate": 13, "n": 13},
        {"statistic": "count", "estimate": 0, "n": 0},
    )
    assert np.isnan(out["estimate"].iloc[0])
    assert np.isnan(out["n"].iloc[0])
    assert out["note"].iloc[0] == "suppressed: fewer than 10"
    assert out["estimate"].tolist()[1:] == [10, 15, 0]


def test_a_mean_of_few_people_is_blanked_with_its_interval() -> None:
    out = released({"statistic": "mean", "estimate": 3.2, "conf_low": 1, "conf_high": 5, "n": 4, "p_value": 0.1})
    assert out[["estimate", "conf_low", "conf_high", "n", "p_value"]].isna().all(axis=None)


def test_a_percentage_is_one_of_rounded_counts() -> None:
    out = released({"statistic": "percent", "estimate": 100 * 33 / 121, "events": 33, "n": 121})
    assert out["estimate"].iloc[0] == 100 * 35 / 120


def test_a_share_is_blanked_where_few_are_on_either_side() -> None:
    out = released(
        {"statistic": "risk", "estimate": 0.05, "events": 6, "n": 120},
        {"statistic": "risk", "estimate": 0.95, "events": 114, "n": 120},
        {"statistic": "risk", "estimate": 0.5, "events": 60, "n": 120},
    )
    assert out["estimate"].isna().tolist() == [True, True, False]


def test_a_curve_moves_in_steps_of_the_threshold_and_ends_where_few_are_left() -> None:
    days = [0, 28, 30, 56, 84, 90]
    survival = pd.DataFrame(
        {
            "analysis": "km",
            "group": "drug",
            "statistic": "survival",
            "time": days,
            "estimate": [1, 0.95, 0.9, 0.8, 0.7, 0.6],
            "events": [0, 6, 6, 12, 8, 4],
            "n": [100, 100, 90, 80, 60, 8],
        }
    )
    out = release(results.rows(survival), RULE).frame
    # running totals 0, 6, 12, 24, 32: a further ten is reached on days 30, 56 and 84; day 90 has 8 people
    assert out["time"].tolist() == [0, 30, 56, 84]
    assert out["estimate"].tolist() == [1, 0.9, 0.8, 0.7]
    assert out["events"].isna().all()


def test_a_coarse_curve_passes_through_the_milestone_that_is_released() -> None:
    days, events = [0, 28, 56, 84, 88, 182, 190], [0, 12, 6, 5, 3, 7, 4]
    place = {"analysis": "km", "group": "drug"}
    survival = [
        {**place, "statistic": "survival", "time": d, "estimate": 1 - d / 1000, "events": e, "n": 100}
        for d, e in zip(days, events, strict=True)
    ]
    resolved = {**place, "statistic": "resolved", "time": 91, "estimate": 0.088, "events": 26, "n": 100}
    out = released(*survival, resolved)
    curve = out[out["statistic"] == "survival"]
    # by day 91 there is room for two steps: 12 events on day 28, and the other 14 together on day 88; 11 after it
    assert curve["time"].tolist() == [0, 28, 88, 190]
    assert curve["estimate"].iloc[2] == 1 - 88 / 1000


def test_a_comparison_with_a_blanked_arm_is_blanked_too() -> None:
    place = {"analysis": "a", "outcome": "ndi", "time": 84.0}
    out = released(
        {**place, "statistic": "marginal_mean", "group": "drug", "estimate": 12, "n": 60},
        {**place, "statistic": "marginal_mean", "group": "block", "estimate": 9, "n": 4},
        {**place, "statistic": "marginal_mean", "group": "manual", "estimate": 9, "n": 50},
        {**place, "statistic": "mean_difference", "group": "block", "reference": "drug", "estimate": -3, "n": 64},
        {**place, "statistic": "mean_difference", "group": "manual", "reference": "drug", "estimate": -3, "n": 110},
        {**place, "time": 28.0, "statistic": "mean_difference", "group": "block", "reference": "drug", "n": 64},
    )
    assert out["note"].str.startswith("suppressed").tolist() == [False, True, False, True, False, False]


def test_an_estimate_without_people_behind_it_is_left_alone() -> None:
    out = released({"statistic": "joint_test", "estimate": 4.2, "p_value": 0.01, "note": "x"})
    assert out["estimate"].iloc[0] == 4.2
    assert out["note"].iloc[0] == "x"


def test_no_threshold_and_no_rounding_change_nothing() -> None:
    given = results.rows([{"statistic": "count", "estimate": 3, "n": 3}])
    assert release(given, Disclosure(threshold=0, round_to=1)) is given


def test_the_given_rows_are_not_changed() -> None:
    given = results.rows([{"statistic": "count", "estimate": 3, "n": 3}])
    before = given.frame.copy()
    release(given, RULE)
    pd.testing.assert_frame_equal(given.frame, before)
