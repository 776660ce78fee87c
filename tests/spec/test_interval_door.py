"""What the interval-censored models take, refuse and leave out, written out by hand."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import interval_logrank, kaplan_meier, turnbull
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.interval.observed import intervals

ENDS = {"left": "last_with", "right": "first_without"}


def people(**columns):
    data = {
        "last_with": [0.0, 28, 28, 84, 0, 0, 56, 84],
        "first_without": [28.0, 84, np.inf, np.inf, 28, 56, 84, np.inf],
        "arm": ["drug"] * 4 + ["block"] * 4,
    }
    return pd.DataFrame({**data, **columns}, index=[f"P{k}" for k in range(8)])


def test_every_fault_is_named_at_once_with_its_rows():
    data = people(
        last_with=[-1, np.nan, 28, np.inf, 9, 0, 56, 84],
        first_without=[28, 84, -3, np.inf, 8, 0, 84, None],
        weight=[1, 0, np.nan, np.inf, -1, 1, 1, 1],
    )
    with pytest.raises(ArgumentError) as refused:
        intervals(data, **ENDS, weights="weight")
    said = str(refused.value)
    for part in (
        "'last_with' has 1 value(s) that are missing, at row(s) P1",
        "'last_with' has 1 value(s) that are infinite, at row(s) P3",
        "'last_with' has 1 value(s) that are negative, at row(s) P0",
        "'first_without' has 1 value(s) that are negative, at row(s) P2",
        "'first_without' has 1 value(s) before 'last_with', at row(s) P4",
        "'first_without' has 1 value(s) that are 0",
        "'weight' has 4 value(s) that are not positive and finite, at row(s) P1, P2, P3, P4",
    ):
        assert part in said, said
    assert len(refused.value.problems) == 7


@pytest.mark.parametrize("column", ["last_with", "first_without", "weight"])
def test_texts_and_truths_are_no_numbers(column):
    for strange in (["1"] * 8, [True] * 8):
        data = people(**{"weight": 1.0, column: strange})
        with pytest.raises(ArgumentError, match=f"'{column}' holds no numbers"):
            intervals(data, **ENDS, weights="weight")


def test_a_right_end_may_be_missing_in_any_way():
    for right in (
        [28, 84, None, None, 28, 56, 84, None],
        pd.array([28, 84, None, None, 28, 56, 84, None], dtype="Int64"),
        [28, 84, np.inf, np.nan, 28, 56, 84, np.inf],
    ):
        assert np.isinf(intervals(people(first_without=right), **ENDS).right).sum() == 3
    nobody = intervals(people(first_without=[None] * 8), **ENDS)
    assert np.isinf(nobody.right).all()


def test_a_curve_by_hand():
    """Four people: (0, 28], (28, 84], beyond 28, beyond 84: a quarter by 28, half of the rest by 84."""
    curve = turnbull(people(), by="arm", **ENDS)
    boxes = curve.intervals()
    drug = boxes.loc[boxes["group"] == "drug"]
    assert drug[["left", "right"]].to_numpy().tolist() == [[0, 28], [28, 84], [84, np.inf]]
    np.testing.assert_allclose(drug["mass"], [1 / 4, 3 / 8, 3 / 8], atol=1e-14)
    at = curve.at([0, 14, 28, 56, 84, 100])
    at = at.loc[at["group"] == "drug"]
    np.testing.assert_allclose(at["estimate"], [1, 7 / 8, 3 / 4, 9 / 16, 3 / 8, np.nan], atol=1e-14)
    np.testing.assert_allclose(at["bound_low"], [1, 3 / 4, 3 / 4, 3 / 8, 3 / 8, 0], atol=1e-14)
    np.testing.assert_allclose(at["bound_high"], [1, 1, 3 / 4, 3 / 4, 3 / 8, 3 / 8], atol=1e-14)
    assert at["n_risk"].tolist() == [4, 4, 4, 2, 2, 0]
    assert at["std_error"].isna().all()
    limited = at.iloc[1:]
    assert (limited["conf_low"] <= limited["bound_low"]).all()
    assert (limited["conf_high"] >= limited["bound_high"]).all()
    assert at.iloc[0][["conf_low", "conf_high"]].isna().all(), "survival is 1 at the start: nothing to limit"


def test_the_points_that_draw_a_curve_come_in_pairs():
    steps = turnbull(people(), by="arm", **ENDS).steps()
    drug = steps.loc[steps["group"] == "drug"]
    assert drug["time"].tolist() == [0, 0, 28, 28, 84, 84]
    np.testing.assert_allclose(drug["estimate"], [1, 1, 0.75, 0.75, 0.375, 0.375], atol=1e-14)
    np.testing.assert_allclose(drug["n_event"], [0, 0, 1, 0, 1.5, 0], atol=1e-13)


def test_medians_lie_in_a_box_and_are_missing_where_they_are_not_reached():
    median = turnbull(people(), by="arm", **ENDS).median().set_index("group")
    # 1/2 is two thirds of the way down from 3/4 at day 28 to 3/8 at day 84
    assert median.loc["drug", "estimate"] == pytest.approx(28 + 56 * 2 / 3)
    assert median.loc["drug", ["left", "right"]].tolist() == [28, 84]
    nobody = turnbull(people(first_without=np.inf), **ENDS).median().iloc[0]
    assert nobody[["estimate", "left", "right", "conf_high"]].isna().all()


def test_exact_times_give_kaplan_and_meiers_curve_and_median():
    rng = np.random.default_rng(1)
    time, event = rng.integers(1, 90, 60).astype(float), rng.random(60) < 0.7
    data = pd.DataFrame({"left": time, "right": np.where(event, time, np.inf), "time": time, "event": event})
    ours, theirs = turnbull(data, left="left", right="right"), kaplan_meier(data, time="time", event="event")
    days = np.arange(0, 80)
    np.testing.assert_allclose(ours.at(days)["estimate"], theirs.at(days)["estimate"], atol=1e-12)
    assert ours.at(days)["n_risk"].tolist() == theirs.at(days)["n_risk"].tolist()
    assert ours.median()["estimate"].tolist() == theirs.median()["estimate"].tolist()


def test_whole_weights_are_repeated_rows_and_others_have_no_limits():
    data = people(weight=[2, 1, 3, 1, 1, 2, 1, 2])
    repeated = data.loc[data.index.repeat(data["weight"])]
    one = turnbull(data, by="arm", weights="weight", **ENDS)
    other = turnbull(repeated.reset_index(drop=True), by="arm", **ENDS)
    pd.testing.assert_frame_equal(one.at([20, 60]), other.at([20, 60]))
    broken = turnbull(data.assign(weight=data["weight"] / 3), by="arm", weights="weight", **ENDS)
    at = broken.at([20, 60])
    np.testing.assert_allclose(at["estimate"], one.at([20, 60])["estimate"], atol=1e-12)
    assert at[["conf_low", "conf_high"]].isna().all(axis=None)
    assert broken.median()[["conf_low", "conf_high"]].isna().all(axis=None)
    assert "count no people" in broken.note
    assert "no limits" in broken._repr_html_()


def test_rows_without_a_group_are_left_out_and_counted():
    curve = turnbull(people(arm=["drug"] * 3 + [None] + ["block"] * 4), by="arm", **ENDS)
    assert curve.n == (4, 3)
    assert curve.events == (3, 2)
    assert curve.n_left_out == 1
    assert "1 rows left out" in curve._repr_html_()


def test_result_rows_say_the_same_as_the_frames():
    curve = turnbull(people(), by="arm", **ENDS)
    frame = curve.rows().frame
    points = frame.loc[frame["statistic"] == "npmle_survival"]
    np.testing.assert_allclose(points["estimate"], curve.steps()["estimate"])
    assert set(frame["statistic"]) == {"npmle_survival", "median_time"}


@pytest.mark.parametrize("level", [0, 1, 95, "0.9"])
def test_a_level_is_a_share(level):
    with pytest.raises(ArgumentError, match="no level"):
        turnbull(people(), conf_level=level, **ENDS)


def test_wider_levels_give_wider_limits():
    narrow, wide = (turnbull(people(), conf_level=level, **ENDS).at(56) for level in (0.8, 0.99))
    assert (wide["conf_low"] < narrow["conf_low"]).all()
    assert (wide["conf_high"] > narrow["conf_high"]).all()


def test_tests_refuse_options_and_say_what_cannot_be_tested():
    for options, words in (
        ({"scores": "gehan"}, "scores='gehan'"),
        ({"method": "wald"}, "method='wald'"),
        ({"adjust": "tukey"}, "adjust='tukey'"),
    ):
        with pytest.raises(ArgumentError, match=words):
            interval_logrank(people(), by="arm", **ENDS, **options)
    with pytest.raises(NotEstimable, match="one group only"):
        interval_logrank(people(arm="drug"), by="arm", **ENDS)
    with pytest.raises(NotEstimable, match="no event"):
        interval_logrank(people(first_without=np.inf), by="arm", **ENDS)


@pytest.mark.parametrize("method", ["score", "permutation", "exact"])
def test_a_test_does_not_depend_on_order_unit_or_labels(method):
    data = people()
    one = interval_logrank(data, by="arm", method=method, pairwise=True, **ENDS)
    shuffled = data.sample(frac=1, random_state=1).assign(
        last_with=lambda d: d["last_with"] / 7, first_without=lambda d: d["first_without"] / 7
    )
    other = interval_logrank(shuffled, by="arm", method=method, pairwise=True, **ENDS)
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)
    renamed = interval_logrank(data.assign(arm=data["arm"].map({"drug": "A", "block": "Z"})), by="arm", **ENDS)
    assert renamed["p_value"][0] == pytest.approx(interval_logrank(data, by="arm", **ENDS)["p_value"][0], rel=1e-9)
