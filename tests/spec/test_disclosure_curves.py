"""Curves that may leave: boxes merged, events and states coarsened, and nothing beside them that gives them back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import results
from cgh_analysis.disclosure import release
from cgh_analysis.results import Result
from cgh_analysis.study import Disclosure
from tests import figure_rows

RULE = Disclosure(threshold=10, round_to=5)
NPMLE = {"analysis": "np", "group": "drug", "statistic": "npmle_survival"}


def released(rows: list[dict[str, Any]], rule: Disclosure = RULE) -> pd.DataFrame:
    return release(results.rows(rows), rule).frame


def boxes(*found: tuple[float, float, float, float], n: float = 100) -> list[dict[str, Any]]:
    """Rows of an NPMLE of 100 people: its start, then a pair for each box (left, right, expected events, n)."""
    rows, s = [{**NPMLE, "time": 0, "estimate": 1.0, "n": n, "events": 0}], 1.0
    for left, right, events, here in found:
        rows.append({**NPMLE, "time": left, "estimate": s, "n": here, "events": 0})
        s -= events / n
        rows.append({**NPMLE, "time": right, "estimate": s, "n": here, "events": events})
    return rows


def test_boxes_are_merged_from_the_first_left_end_to_the_last_right_end() -> None:
    out = released(boxes((0, 14, 6, 90), (21, 28, 5.5, 80), (40, 56, 12, 70), (70, 77, 3, 60)))
    # 6 and 5.5 make a step; 12 and the 3 that are left over make the other
    assert out["time"].tolist() == [0, 0, 28, 40, 77]
    assert out["estimate"].tolist() == [1.0, 1.0, 0.885, 0.885, 0.735]
    assert out["events"].isna().all()


def test_a_merged_box_starts_where_the_curve_was_flat_before() -> None:
    out = released(boxes((7, 14, 12, 90), (21, 28, 12, 80)))
    assert out[["time", "estimate"]].to_numpy().tolist() == [[0, 1], [7, 1], [14, 0.88], [21, 0.88], [28, 0.76]]


def test_boxes_end_where_few_people_are_under_observation() -> None:
    out = released(boxes((7, 14, 12, 90), (21, 28, 12, 9), (40, 56, 12, 70)))
    assert out["time"].tolist() == [0, 7, 14]


def test_boxes_do_not_run_over_the_milestone_that_is_released() -> None:
    share = {"analysis": "np", "group": "drug", "statistic": "resolved", "time": 91, "estimate": 0.18, "n": 100}
    out = released([*boxes((7, 14, 12, 90), (70, 84, 6, 80), (95, 99, 13, 70)), {**share, "events": 18}])
    curve = out.loc[out["statistic"] == "npmle_survival"]
    assert curve["time"].tolist() == [0, 7, 84, 95, 99]
    resolved = out.loc[out["statistic"] == "resolved", "estimate"].iloc[0]
    assert curve["estimate"].iloc[2] == pytest.approx(1 - resolved, abs=1e-12)


def test_too_few_before_the_milestone_do_not_part_the_curve() -> None:
    share = {"analysis": "np", "group": "drug", "statistic": "resolved", "time": 91, "estimate": 0.06, "n": 100}
    out = released([*boxes((7, 14, 6, 90), (95, 99, 7, 70)), {**share, "events": 6}])
    assert out.loc[out["statistic"] == "npmle_survival", "time"].tolist() == [0, 7, 99]
    assert out.loc[out["statistic"] == "resolved", "estimate"].isna().all()


def test_a_box_of_one_day_keeps_both_of_its_rows() -> None:
    out = released(boxes((28, 28, 20, 90)))
    assert out[["time", "estimate"]].to_numpy().tolist() == [[0, 1], [28, 1], [28, 0.8]]


@pytest.mark.parametrize("seed", range(4))
def test_every_box_that_is_released_holds_enough_events(seed: int) -> None:
    random = np.random.default_rng(seed)
    days = np.sort(random.choice(np.arange(1, 400), 60, replace=False)).reshape(30, 2)
    mass = random.dirichlet(np.ones(31))[:30] * 150
    found = [(float(a), float(b), float(m), 150.0) for (a, b), m in zip(days, mass, strict=True)]
    out = released(boxes(*found, n=150))
    drops = -out["estimate"].diff().dropna()
    # estimates have three decimals: half of one on each side of 150 people
    assert drops.loc[drops > 0].min() * 150 >= 10 - 0.15
    assert out["estimate"].iloc[-1] == pytest.approx(1 - mass.sum() / 150, abs=0.001)


def incidence(outcome: str, *steps: tuple[float, float]) -> list[dict[str, Any]]:
    """Rows of a cumulative incidence of 100 people: its start, then (day, events)."""
    place = {"analysis": "ci", "group": "drug", "statistic": "cumulative_incidence", "outcome": outcome, "n": 100}
    total, rows = 0.0, [{**place, "time": 0, "estimate": 0.0, "events": 0}]
    for day, events in steps:
        total += events
        rows.append({**place, "time": day, "estimate": total / 100, "events": events})
    return rows


def test_each_event_moves_in_steps_of_its_own() -> None:
    out = released([*incidence("resolution", (10, 6), (20, 6), (30, 12)), *incidence("crossover", (15, 11))])
    assert out.loc[out["outcome"] == "resolution", "time"].tolist() == [0, 20, 30]
    assert out.loc[out["outcome"] == "crossover", "estimate"].tolist() == [0, 0.11]


def test_an_event_that_too_few_had_is_said_to_be_held_back() -> None:
    out = released(incidence("crossover", (15, 4), (30, 3)))
    assert out["time"].tolist() == [0, 30]
    assert out["estimate"].isna().tolist() == [False, True]
    assert out["note"].iloc[1] == "suppressed: fewer than 10"


def occupation(*days: tuple[float, float, float]) -> list[dict[str, Any]]:
    """Rows of three states of 97 people by day: shares resolved and recurred, the others with headache."""
    place = {"analysis": "st", "group": "drug", "statistic": "state_occupation"}
    return [
        {**place, "outcome": state, "time": day, "estimate": p, "n": 97}
        for day, resolved, recurred in days
        for state, p in (("headache", 1 - resolved - recurred), ("resolved", resolved), ("recurred", recurred))
    ]


def test_states_change_when_enough_have_moved_and_are_shares_of_rounded_counts() -> None:
    out = released(occupation((0, 0, 0), (10, 0.05, 0), (20, 0.14, 0), (30, 0.15, 0.01), (60, 0.3, 0.15)))
    # 4.85, 8.7, 1.9 and 28.1 people moved: ten of them by day 20, as many again by day 60
    assert sorted(set(out["time"])) == [0, 20, 60]
    last = out.loc[out["time"] == 60].set_index("outcome")["estimate"]
    # 53.4, 29.1 and 14.6 of 97 people, as 55, 30 and 15 of 95
    assert last.round(3).to_dict() == {"headache": 0.579, "resolved": 0.316, "recurred": 0.158}


def test_a_state_of_few_is_blanked_and_one_of_nobody_is_not() -> None:
    out = released(occupation((0, 0.3, 0), (60, 0.6, 0.04))).set_index(["time", "outcome"])
    assert out.loc[(0, "recurred"), "estimate"] == 0
    assert out.loc[(60, "recurred"), "note"] == "suppressed: fewer than 10"


def test_the_middle_of_a_states_limits_does_not_give_its_count_back() -> None:
    row = {**occupation((0, 0.31, 0.2))[1], "conf_low": 0.21, "conf_high": 0.41}
    out = released([row])
    assert out["estimate"].iloc[0] == round(30 / 95, 3)
    assert (out["conf_low"].iloc[0] + out["conf_high"].iloc[0]) / 2 == pytest.approx(30 / 95, abs=0.001)


def test_comparisons_follow_their_arms_and_only_what_they_are_about() -> None:
    place = {"analysis": "m", "outcome": "resolution", "time": 91.0}
    pair = {**place, "group": "block", "reference": "drug", "estimate": 0.1, "n": 160}
    out = released(
        [
            {**place, "statistic": "resolved", "group": "block", "estimate": 0.05, "events": 4, "n": 80},
            {**place, "statistic": "resolved", "group": "drug", "estimate": 0.3, "events": 24, "n": 80},
            {**place, "statistic": "rmst", "group": "block", "estimate": 88.123, "n": 80},
            {**pair, "statistic": "resolved_difference"},
            {**pair, "statistic": "resolved_ratio"},
            {**pair, "statistic": "rmst_difference", "estimate": 3.456},
        ]
    )
    assert out["note"].str.startswith("suppressed").tolist() == [True, False, False, True, True, False]
    assert out["estimate"].tolist()[2::3] == [88.1, 3.5]


def test_days_in_a_state_of_few_are_blanked_and_so_are_comparisons_with_them() -> None:
    place = {"analysis": "st", "outcome": "recurred"}
    few, many = ({**place, "group": arm, "statistic": "state_occupation"} for arm in ("drug", "block"))
    pair = {**place, "group": "block", "reference": "drug"}
    out = released(
        [
            *({**few, "time": t, "estimate": p, "n": 100} for t, p in ((0, 0.0), (60, 0.06), (90, 0.08))),
            *({**many, "time": t, "estimate": p, "n": 100} for t, p in ((0, 0.0), (60, 0.2), (90, 0.1))),
            {**place, "group": "drug", "statistic": "days_in_state", "estimate": 4.2, "n": 100},
            {**place, "group": "block", "statistic": "days_in_state", "estimate": 9.3, "n": 100},
            {**pair, "statistic": "days_in_state_difference", "estimate": 5.1, "n": 200},
        ]
    )
    days = out.loc[out["statistic"].str.startswith("days")]
    assert days["estimate"].isna().tolist() == [True, False, True]


def test_a_share_in_parallel_is_one_of_rounded_counts() -> None:
    share = {"statistic": "parallel_share", "group": "drug", "method": "certain"}
    out = released(
        [
            {**share, "estimate": 33 / 121, "events": 33, "n": 121, "conf_low": 0.2, "conf_high": 0.36},
            {**share, "estimate": 115 / 121, "events": 115, "n": 121},
        ]
    )
    assert out["estimate"].iloc[0] == round(35 / 120, 3)
    assert np.isnan(out["estimate"].iloc[1])


def test_notes_do_not_tell_the_days_of_visits() -> None:
    common = {"group": "drug", "n": 100, "events": 40}
    out = released(
        [
            {**common, "statistic": "median_time", "estimate": 90, "note": "between day 88 and day 93"},
            {
                **common,
                "statistic": "resolved",
                "estimate": 0.4,
                "note": "between visits on day 91: anything from 38.0 %",
            },
            {**common, "statistic": "median_time", "note": "not reached during follow-up"},
        ]
    )
    assert out["note"].tolist() == ["between visits", "between visits", "not reached during follow-up"]


def test_a_warning_about_schedules_rests_on_its_smallest_arm() -> None:
    flag = {"statistic": "schedule_flag", "estimate": 1, "note": "7 days in one, 84 in the other"}
    out = released([{**flag, "n": 40}, {**flag, "n": 6}])
    assert out["estimate"].tolist()[0] == 1
    assert out["note"].tolist() == ["7 days in one, 84 in the other", "suppressed: fewer than 10"]


def test_without_a_threshold_curves_stay_as_they_are() -> None:
    given = results.rows(boxes((7, 14, 2, 90), (21, 28, 2, 80)))
    rule = Disclosure(threshold=0, round_to=5)
    assert release(given, rule).frame["time"].tolist() == given.frame["time"].tolist()


def test_the_order_of_rows_does_not_matter_and_they_stay_as_they_are() -> None:
    given = figure_rows.all_rows().frame
    curves = given.loc[given["statistic"].isin(["npmle_survival", "cumulative_incidence", "state_occupation"])]
    before = curves.copy()
    shuffled = curves.sample(frac=1, random_state=1)
    keys = ["statistic", "outcome", "group", "time", "estimate", "n"]
    one, other = (
        release(Result(frame.reset_index(drop=True)), RULE).frame.sort_values(keys, ignore_index=True)
        for frame in (curves, shuffled)
    )
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(curves, before)
