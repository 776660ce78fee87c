"""Arms in which little or nothing happened, input that counts nothing undeclared as an event, and trends over arms."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank

TIMES = {"time": "day", "event": "gone"}
CALLS = {
    "kaplan_meier": lambda data, **more: kaplan_meier(data, **TIMES, by="arm", **more),
    "logrank": lambda data, **more: logrank(data, **TIMES, by="arm", **more),
}
EACH = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def frame(**columns):
    data = {"day": [3, 5, 5, 8, 9, 12, 14, 20], "gone": [1, 1, 0, 1, 1, 0, 1, 0], "arm": list("abababab")}
    return pd.DataFrame({**data, **columns}, index=[f"P{i}" for i in range(1, 9)])


@EACH
@pytest.mark.parametrize("kind", ["int64", "float64", "Int64", "Float64", "object"])
def test_a_code_of_2_is_no_event_in_whatever_type_it_comes(call, kind):
    data = frame().assign(gone=pd.array([1, 2, 0, 1, 1, 0, 1, 0], dtype=kind))
    with pytest.raises(
        ArgumentError, match=r"'gone' (has 1 value\(s\) that are neither 0 nor 1 \(2\), at row\(s\) P2|holds)"
    ):
        call(data)


@EACH
@pytest.mark.parametrize(
    ("day", "said"),
    [
        (pd.array([3, None, 5, 8, 9, 12, 14, 20], dtype="Int64"), "missing, at row.s. P2"),
        (pd.array([3, -5, 5, 8, 9, 12, 14, 20], dtype="Int64"), "negative, at row.s. P2"),
        ([-3, 5, 5, 8, 9, 12, 14, 20], "negative, at row.s. P1"),
        ([3.5, 5, 5, 8, 9, 12, np.nan, 20], "missing, at row.s. P7"),
        ([True, False] * 4, "no numbers"),
        (pd.to_timedelta([3, 5, 5, 8, 9, 12, 14, 20], unit="D"), "no numbers"),
    ],
)
def test_times_of_any_type(call, day, said):
    with pytest.raises(ArgumentError, match=said):
        call(frame(day=day))


@EACH
def test_one_bad_row_among_many_is_found(call):
    many = pd.concat([frame()] * 20_000, ignore_index=True)
    many.loc[123_456, "gone"] = 2
    with pytest.raises(ArgumentError, match=r"\(2\), at row\(s\) 123456"):
        call(many)
    many.loc[123_456, ["gone", "day"]] = [1, -1]
    with pytest.raises(ArgumentError, match=r"negative, at row\(s\) 123456"):
        call(many)


@EACH
def test_late_entry_is_checked(call):
    with pytest.raises(ArgumentError, match=r"'start' has 1 value\(s\) that are not before the row's time, .* P1"):
        call(frame(start=[3, 0, 0, 0, 0, 0, 0, 0]), entry="start")
    with pytest.raises(ArgumentError, match=r"'start' has 1 value\(s\) that are negative"):
        call(frame(start=[-1, 0, 0, 0, 0, 0, 0, 0]), entry="start")
    with pytest.raises(ArgumentError, match="no column 'start'"):
        call(frame(), entry="start")


@EACH
def test_nobody_has_an_arm(call):
    with pytest.raises(NotEstimable, match="no row"):
        call(frame(arm=None))


def test_an_arm_without_events_keeps_a_curve_of_one_and_is_compared():
    data = frame(gone=[1, 0, 0, 0, 1, 0, 1, 0])
    steps = kaplan_meier(data, **TIMES, by="arm").steps().set_index("group")
    assert (steps.loc["b", "estimate"] == 1).all()
    assert steps.loc["b", ["conf_low", "conf_high"]].isna().all(axis=None)
    hazard = kaplan_meier(data, **TIMES, by="arm").cumulative_hazard().set_index("group")
    assert (hazard.loc["b", "estimate"] == 0).all()
    assert hazard.loc["b", ["conf_low", "conf_high"]].isna().all(axis=None)
    assert np.isfinite(logrank(data, **TIMES, by="arm")["p_value"].iloc[0])


def test_an_arm_of_one_person():
    data = frame(arm=["b", *"aaaaaaa"])
    curve = kaplan_meier(data, **TIMES, by="arm")
    assert curve.n == (7, 1)
    only = curve.steps().set_index("group").loc["b"]
    assert only[["time", "n_risk", "n_event", "estimate"]].tolist() == [3, 1, 1, 0]
    assert curve.median().set_index("group").loc["b", "estimate"] == 3
    assert np.isfinite(logrank(data, **TIMES, by="arm")["p_value"].iloc[0])


@pytest.mark.parametrize("day", [[7] * 8, [7.5] * 8])
def test_ties_everywhere(day):
    """One day on which 3 of 4 and 2 of 4 are gone; E = 2.5, V = 4 x 4 x 5 x 3 / (8^2 x 7), Mantel and Haenszel's."""
    data = frame(day=day, gone=[1, 1, 1, 0, 0, 1, 1, 0])
    steps = kaplan_meier(data, **TIMES, by="arm").steps()
    assert steps["estimate"].tolist() == [1 / 4, 1 / 2]
    np.testing.assert_allclose(steps["std_error"], np.sqrt([3 / 64, 1 / 16]), rtol=1e-14)
    np.testing.assert_allclose(
        logrank(data, **TIMES, by="arm")["statistic"].iloc[0], 0.25 / (4 * 4 * 5 * 3 / 64 / 7), rtol=1e-14
    )


@pytest.mark.parametrize("day", [[3, 5, 5, 8, 9, 12, 14, 20], [3.5, 5, 5, 8, 9, 12, 14, 20]])
def test_everything_is_censored(day):
    data = frame(day=day, gone=0)
    curve = kaplan_meier(data, **TIMES, by="arm")
    assert (curve.steps()["estimate"] == 1).all()
    assert curve.events == (0, 0)
    with pytest.raises(NotEstimable, match="hardly an event"):
        curve.band("hall-wellner", times=(5, 14))
    with pytest.raises(NotEstimable, match="no event"):
        logrank(data, **TIMES, by="arm")


@pytest.mark.parametrize("day", [[0, 0, 0, 0], [0.0, 0.0, 0.0, 0.0]])
def test_everybody_leaves_on_day_0(day):
    data = pd.DataFrame({"day": day, "gone": [1, 0, 1, 1], "arm": list("aabb")})
    assert kaplan_meier(data, **TIMES, by="arm").steps()["estimate"].tolist() == [0.5, 0]
    assert np.isfinite(logrank(data, **TIMES, by="arm")["p_value"].iloc[0])


def test_a_trend_of_two_groups_is_their_overall_test():
    table = logrank(frame(), **TIMES, by="arm", trend={"a": -3, "b": 40})
    assert table["contrast"].tolist() == ["overall", "trend"]
    np.testing.assert_allclose(table["statistic"].iloc[1], table["statistic"].iloc[0], rtol=1e-12)
    assert table["p_adjusted"].isna().all()


def test_scores_count_by_their_distances_only():
    data = frame(arm=list("abcabcab"))
    one = logrank(data, **TIMES, by="arm", trend={"a": 1, "b": 2, "c": 4})
    other = logrank(data, **TIMES, by="arm", trend={"c": -11, "b": -1, "a": 4})
    pd.testing.assert_frame_equal(one, other)
    numbered = logrank(data.assign(arm=data["arm"].map({"a": 10, "b": 20, "c": 30})), **TIMES, by="arm", trend=True)
    lettered = logrank(data, **TIMES, by="arm", trend={"a": 1, "b": 2, "c": 3})
    pd.testing.assert_frame_equal(numbered, lettered)


def test_what_a_trend_needs():
    data = frame(arm=list("abcabcab"))
    with pytest.raises(ArgumentError, match="the levels of 'arm' have no order"):
        logrank(data, **TIMES, by="arm", trend=True)
    with pytest.raises(ArgumentError, match="the levels of 'arm' have no order"):
        logrank(data.astype({"arm": "category"}), **TIMES, by="arm", trend=True)
    for scores in [{"a": 1, "b": 2}, {"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": np.nan}]:
        with pytest.raises(ArgumentError, match="does not score the groups"):
            logrank(data, **TIMES, by="arm", trend=scores)
    # the only events of a and b come when nobody of c is there, and they share a score
    apart = frame(arm=list("ccaabbcc"), day=[1, 1, 9, 10, 11, 12, 2, 2], gone=[0, 0, 1, 1, 1, 0, 0, 0])
    with pytest.raises(NotEstimable, match="single score"):
        logrank(apart, **TIMES, by="arm", trend={"a": 1, "b": 1, "c": 2})


def test_a_risk_set_that_dies_out_before_others_enter():
    """All who start are gone by day 2; who enters later is at risk under a pooled curve of zero, and weighs nothing."""
    data = pd.DataFrame({"day": [1, 2, 2, 7, 8, 9], "gone": 1, "start": [0, 0, 0, 3, 3, 3], "arm": list("abaaba")})
    assert kaplan_meier(data, **TIMES, entry="start").steps()["estimate"].tolist() == [1 - 1 / 3, 0, 0, 0, 0]
    late = logrank(data, **TIMES, by="arm", entry="start", weights="peto")
    pd.testing.assert_frame_equal(late, logrank(data.iloc[:3], **TIMES, by="arm", weights="peto"))


def test_hazards_by_hand():
    """Days 1, 1, 2 of four people: H = 2/4 + 1/2 or 1/4 + 1/3 + 1/2."""
    data = pd.DataFrame({"day": [1, 1, 2, 3], "gone": [1, 1, 1, 0]})
    curve = kaplan_meier(data, **TIMES)
    hazard = curve.cumulative_hazard()
    np.testing.assert_allclose(hazard["estimate"], [1 / 2, 1, 1], rtol=1e-15)
    np.testing.assert_allclose(hazard["std_error"], np.sqrt([1 / 8, 3 / 8, 3 / 8]), rtol=1e-15)
    ties = curve.cumulative_hazard("fleming-harrington", conf_type="plain")
    np.testing.assert_allclose(ties["estimate"], [7 / 12, 13 / 12, 13 / 12], rtol=1e-15)
    error = np.sqrt([1 / 16 + 1 / 9, 1 / 16 + 1 / 9 + 1 / 4])
    np.testing.assert_allclose(ties["std_error"].iloc[:2], error, rtol=1e-15)
    np.testing.assert_allclose(ties["conf_high"].iloc[0], 7 / 12 + 1.959963984540054 * error[0], rtol=1e-14)
    np.testing.assert_allclose(curve.survival_from_hazard()["estimate"], np.exp(-hazard["estimate"]), rtol=1e-15)
    for wrong in ({"ties": "efron"}, {"conf_type": "log-log"}):
        with pytest.raises(ArgumentError, match="is not known"):
            curve.cumulative_hazard(**wrong)
    with pytest.raises(ArgumentError, match="one by one"):
        kaplan_meier(data.assign(w=0.5), **TIMES, weights="w").cumulative_hazard("fleming-harrington")
