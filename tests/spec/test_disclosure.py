"""What may leave, on rows small enough to check by eye."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import results
from cgh_analysis.disclosure import release
from cgh_analysis.numerics.proportions import wilson
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


def test_the_interval_of_a_share_is_one_of_rounded_counts_too() -> None:
    exact = {"events": 38, "n": 109, "conf_low": 26.6, "conf_high": 44.2}
    crude = {"estimate": 38 / 109, "std_error": 0.0456, "events": 38, "n": 109, "conf_low": 0.266, "conf_high": 0.442}
    out = released(
        {"statistic": "percent", "estimate": 100 * 38 / 109, **exact},
        {"statistic": "risk", **crude},
        {"statistic": "risk", **crude, "estimate": 0.371},
    )
    shown = wilson(40, 110)
    assert out["conf_low"].iloc[0] == pytest.approx(100 * shown.conf_low, rel=1e-12)
    assert out[["estimate", "conf_low", "conf_high"]].iloc[1].tolist() == [
        round(float(x), 3) for x in (shown.estimate, shown.conf_low, shown.conf_high)
    ]
    # a model's risk is not events / n, and stays
    assert out[["estimate", "conf_low", "conf_high"]].iloc[2].tolist() == [0.371, 0.266, 0.442]


def test_an_exact_count_does_not_follow_of_what_is_released() -> None:
    place = {"statistic": "mean", "n": 128, "std_error": 5 / np.sqrt(128), "df": 127}
    out = released(
        {**place, "estimate": 781 / 128, "conf_low": 5.227, "conf_high": 6.973},
        {"statistic": "mean_difference", "estimate": -2.63456, "std_error": 0.64789, "df": 299, "n": 210},
        {"statistic": "joint_test", "estimate": 12.2049, "df": 2, "p_value": 0.0123456},
        {"statistic": "risk_difference", "estimate": 0.123456, "p_value": 0.00012345, "n": 200, "events": 90},
    )
    # degrees of freedom are people less coefficients; those of a test's numerator count arms
    assert out["df"].isna().tolist() == [True, True, False, True]
    assert out[["estimate", "std_error", "conf_low", "conf_high"]].iloc[0].tolist() == [6.1, 0.44, 5.2, 7.0]
    assert out[["estimate", "std_error"]].iloc[1].tolist() == [-2.63456, 0.64789]
    assert out["estimate"].iloc[3] == 0.123
    assert out["p_value"].tolist()[2:] == [0.012, 0.00012]


def test_differences_in_a_level_with_a_blanked_count_are_blanked() -> None:
    flag, sex = {"outcome": "migraine", "subgroup": "migraine=yes"}, {"outcome": "sex"}
    pair = {"group": "block", "reference": "drug", "estimate": 0.2, "n": 200}
    out = released(
        {**flag, "statistic": "count", "group": "block", "estimate": 4, "n": 4},
        {**flag, "statistic": "count", "group": "drug", "estimate": 40, "n": 40},
        {"outcome": "migraine", "statistic": "ks", **pair},
        {"outcome": "migraine", "statistic": "smd", "estimate": 0.2, "n": 200},
        {**sex, "subgroup": "sex=other", "statistic": "count", "group": "drug", "estimate": 3, "n": 3},
        {**sex, "subgroup": "sex=male", "statistic": "count", "group": "drug", "estimate": 30, "n": 30},
        {**sex, "subgroup": "sex=other", "statistic": "smd", **pair},
        {**sex, "subgroup": "sex=male", "statistic": "smd", **pair},
        {**sex, "subgroup": "", "statistic": "smd", **pair},
        {**sex, "subgroup": "sex=other", "statistic": "smd", **pair, "reference": "manual"},
    )
    hidden = [True, False, True, True, True, False, True, False, False, False]
    assert out["note"].str.startswith("suppressed").tolist() == hidden


def test_few_events_are_few_people_in_any_row() -> None:
    out = released(
        {"statistic": "hazard_ratio", "estimate": 1.4, "n": 60, "events": 4},
        {"statistic": "median_time", "estimate": 84, "n": 60, "events": 30},
    )
    assert out["estimate"].isna().tolist() == [True, False]


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
    # 6 and 6 events are ten by day 30; 12 are as many by day 56, with which the 8 that are left over go; day 90 has 8
    # people
    assert out["time"].tolist() == [0, 30, 84]
    assert out["estimate"].tolist() == [1, 0.9, 0.7]
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
