"""What the models of competing events and states refuse, what they leave out, and what they say is not estimable."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.states.cumulative_incidence import cumulative_incidence
from cgh_analysis.models.states.fine_gray import fine_gray
from cgh_analysis.models.states.state_occupation import state_occupation

WHAT = {"time": "day", "cause": "why"}
STAYS = {"subject": "who", "start": "start", "stop": "stop", "from_state": "was", "to_state": "then"}


def frame(**columns):
    data = {
        "day": [3.0, 5, 5, 8, 9, 12, 14, 20, 21, 25],
        "why": [1, 2, 0, 1, 1, 0, 2, 0, 1, 1],
        "arm": list("ababababab"),
        "age": [30.0, 41, 52, 38, 44, 61, 29, 50, 33, 47],
        "site": list("xxyyxxyyxy"),
    }
    return pd.DataFrame({**data, **columns}, index=[f"P{i}" for i in range(1, 11)])


def stays(**columns):
    data = {
        "who": ["a", "a", "b", "b", "c"],
        "start": [0.0, 28, 0, 28, 0],
        "stop": [28.0, 84, 28, 84, 84],
        "was": ["pain", "free", "pain", "free", "pain"],
        "then": ["free", None, "free", "pain", None],
        "arm": ["x", "x", "x", "x", "y"],
    }
    return pd.DataFrame({**data, **columns}, index=[f"R{i}" for i in range(1, 6)])


CALLS = {
    "cumulative_incidence": lambda data, **more: cumulative_incidence(data, **WHAT, by="arm", **more),
    "fine_gray": lambda data, **more: fine_gray("arm + age", data, **WHAT, of=1, **more),
}
EACH = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@EACH
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"day": [3, -1, 5, 8, 9, 12, -2, 20, 21, 25]}, r"'day' has 2 value\(s\) that are negative, .* P2, P7"),
        ({"day": [3, np.nan, 5, 8, 9, 12, 14, 20, 21, 25]}, r"'day' has 1 value\(s\) that are missing, .* P2"),
        ({"day": [3, 5, 5, 8, 9, 12, 14, np.inf, 21, 25]}, r"'day' has 1 value\(s\) that are infinite, .* P8"),
        ({"why": [1, -2, 0, 1, 1, 0, 2, 0, 1, 1]}, r"'why' has 1 value\(s\) that are no code \(-2\), .* P2"),
        ({"why": [1, 1.5, 0, 1, 1, 0, 2, 0, 1, 1]}, r"'why' has 1 value\(s\) that are no code \(1.5\), .* P2"),
        ({"why": [1, np.nan, 0, 1, 1, 0, 2, 0, 1, 1]}, r"'why' has 1 value\(s\) that are missing, .* P2"),
        ({"why": list("1201102011")}, "'why' holds '1', '2', '0'"),
    ],
)
def test_times_and_codes_that_are_none_are_refused_by_name_and_row(call, columns, said):
    with pytest.raises(ArgumentError, match=said):
        call(frame(**columns))


def test_codes_that_are_not_declared_are_no_events():
    with pytest.raises(ArgumentError, match=r"2 value\(s\) that are not declared \(2\), at row\(s\) P2, P7.*0 and 1"):
        cumulative_incidence(frame(), **WHAT, causes={1: "resolution"})


def test_all_faults_are_told_at_once():
    data = frame(day=[-3.0, 5, 5, 8, 9, 12, 14, 20, 21, 25])
    with pytest.raises(ArgumentError) as refused:
        cumulative_incidence(data, **WHAT, causes={1: "resolution"})
    assert [p.column for p in refused.value.problems] == ["day", "why"]


@pytest.mark.parametrize("causes", [{0: "censored", 1: "a", 2: "b"}, {1: "a", 2: "a"}, {"1": "a", 2: "b"}, ["a", "b"]])
def test_declarations_that_cannot_be_meant(causes):
    with pytest.raises(ArgumentError, match="causes"):
        cumulative_incidence(frame(), **WHAT, causes=causes)


def test_entries_and_weights():
    with pytest.raises(ArgumentError, match=r"'start' has 1 value\(s\) that are not before the row's time, .* P1"):
        cumulative_incidence(frame(start=[3] + [0] * 9), **WHAT, entry="start")
    with pytest.raises(ArgumentError, match=r"'w' has 1 value\(s\) that are negative, at row\(s\) P4"):
        cumulative_incidence(frame(w=[1, 1, 1, -1, 1, 1, 1, 1, 1, 1]), **WHAT, weights="w")
    half = frame(w=0.5, start=0.0)
    with pytest.raises(ArgumentError, match="Aalen's variance is of numbers of people"):
        cumulative_incidence(half, **WHAT, weights="w", variance="aalen")
    for more in ({"weights": "w"}, {"entry": "start"}):
        with pytest.raises(ArgumentError, match="neither weights nor late entries"):
            cumulative_incidence(half, **WHAT, by="arm", **more).gray_test(1)


def test_options_and_causes_that_there_are_not():
    curve = cumulative_incidence(frame(), **WHAT, by="arm", causes={1: "resolution", 2: "rescue"})
    with pytest.raises(ArgumentError, match=r"cause=3 is none of the causes.*1 \(resolution\), 2 \(rescue\)"):
        curve.gray_test(3)
    with pytest.raises(ArgumentError, match="rho=nan"):
        curve.gray_test(1, rho=np.nan)
    with pytest.raises(ArgumentError, match="adjust='tukey'"):
        curve.gray_test(1, pairwise=True, adjust="tukey")
    with pytest.raises(ArgumentError, match="variance='delta'"):
        cumulative_incidence(frame(), **WHAT, variance="delta")
    with pytest.raises(ArgumentError, match="conf_level=95"):
        cumulative_incidence(frame(), **WHAT, conf_level=95)
    for of in (0, -1, True, 1.5, "1"):
        with pytest.raises(ArgumentError, match="no code of an event"):
            fine_gray("arm", frame(), **WHAT, of=of)
    with pytest.raises(ArgumentError, match="cumulative_incidence needs none"):
        fine_gray("1", frame(), **WHAT, of=1)


def test_what_data_do_not_determine():
    with pytest.raises(NotEstimable, match="everybody is censored, and no cause is declared"):
        cumulative_incidence(frame(why=0), **WHAT)
    none = cumulative_incidence(frame(why=0), **WHAT, by="arm", causes={1: "resolution"})
    assert none.at(10)["estimate"].tolist() == [0, 0]
    with pytest.raises(NotEstimable, match="no event of this cause"):
        none.gray_test(1)
    with pytest.raises(NotEstimable, match="two groups"):
        cumulative_incidence(frame(arm="a"), **WHAT, by="arm").gray_test(1)
    with pytest.raises(NotEstimable, match=r"no event with the code 3 .* the codes are 1, 2"):
        fine_gray("age", frame(), **WHAT, of=3)
    with pytest.raises(NotEstimable, match="everybody is censored"):
        fine_gray("age", frame(why=0), **WHAT, of=1)
    with pytest.raises(NotEstimable, match="rises without end in arm"):
        fine_gray("arm", frame(why=[1, 2, 0, 2, 1, 0, 1, 0, 1, 2]), **WHAT, of=1)
    with pytest.raises(NotEstimable, match="2 clusters do not give the covariance of 2 coefficients"):
        fine_gray("arm + age", frame(), **WHAT, of=1, cluster="site")


def test_rows_that_are_left_out_are_counted():
    data = frame(arm=[None, *"babababab"], site=[*"xyxyxyxy", None, "x"])
    curve = cumulative_incidence(data, **WHAT, by="arm", strata="site")
    assert curve.n_left_out == 2
    assert sum(curve.n) == 8
    fit = fine_gray("age", data, **WHAT, of=1, strata="site")
    assert fit.n_left_out == 1
    assert "1 rows left out" in fit._repr_html_()


def test_a_curve_by_hand():
    # ten people: F(3) = 1/10, F(8) = 1/10 + 8/10 * 1/7, the second rescue at 14 of four: 8/10 * 6/7 * 5/6 * 1/4
    curve = cumulative_incidence(frame(), **WHAT, causes={1: "resolution", 2: "rescue"})
    found = curve.at([3, 8, 14]).set_index(["cause", "time"])
    np.testing.assert_allclose(found.loc["resolution", "estimate"][[3, 8]], [0.1, 0.1 + 0.8 / 7], rtol=1e-12)
    np.testing.assert_allclose(found.loc[("rescue", 14), "estimate"], 0.1 + 0.8 * 6 / 7 * 5 / 6 / 4, rtol=1e-12)
    assert found.loc["resolution", "n_risk"].tolist() == [10, 7, 4]
    assert found.loc["rescue", "n_event"].tolist() == [0, 1, 1]
    assert found.loc[("rescue", 3)][["std_error", "conf_low"]].isna().tolist() == [False, True]
    assert curve.state_occupation(14)["state"].tolist() == ["event-free", "resolution", "rescue"]
    frame_ = curve.rows().frame
    assert set(frame_["outcome"]) == {"resolution", "rescue"}
    assert "Aalen-Johansen" in curve._repr_html_()
    with pytest.raises(dataclasses.FrozenInstanceError):
        curve.n = (1,)


def test_after_the_last_day_nothing_is_known_unless_everybody_had_an_event():
    curve = cumulative_incidence(frame(why=[1, 2, 0, 1, 1, 0, 2, 0, 0, 1]), **WHAT, by="arm")
    found = curve.at([24, 100]).set_index(["group", "cause", "time"])["estimate"]
    assert np.isnan(found["a", "1", 24.0])
    # the last one of b had an event: its shares stay as they are
    assert found["b", "1", 100.0] + found["b", "2", 100.0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"start": [0, 28, 0, 28, -1]}, r"'start' has 1 value\(s\) that are negative, at row\(s\) R5"),
        ({"stop": [28, 84, 28, 28, 84]}, r"'start' has 1 value\(s\) that are not before the row's time, .* R4"),
        ({"stop": [28, 84, np.nan, 84, 84]}, r"'stop' has 1 value\(s\) that are missing, at row\(s\) R3"),
        ({"start": [0, 20, 0, 28, 0]}, r"come before the subject's last stay ends, at row\(s\) R2"),
        ({"start": [0, 35, 0, 28, 0]}, r"leave a gap after the subject's last stay, at row\(s\) R2"),
        ({"was": ["pain", "pain", "pain", "free", "pain"]}, r"not where the last stay led to, at row\(s\) R2"),
        ({"was": ["pain", None, "pain", "free", "pain"]}, r"'was' has 1 value\(s\) that are missing, at row\(s\) R2"),
        ({"who": ["a", "a", "b", "b", None]}, r"'who' has 1 value\(s\) that are missing, at row\(s\) R5"),
    ],
)
def test_stays_that_do_not_follow_on_each_other(columns, said):
    with pytest.raises(ArgumentError, match=said):
        state_occupation(stays(**columns), **STAYS)


def test_a_subject_belongs_to_one_group():
    with pytest.raises(ArgumentError, match=r"'arm' has 1 value\(s\) .* subject's first row, at row\(s\) R2"):
        state_occupation(stays(arm=["x", "y", "x", "x", "y"]), **STAYS, by="arm")


def test_occupation_by_hand():
    curve = state_occupation(stays(), **STAYS, by="arm")
    found = curve.at([10, 28, 84]).set_index(["group", "state", "time"])
    assert found.loc[("x", "free"), "estimate"].tolist() == [0, 1, 0.5]
    assert found.loc[("x", "pain"), "n_risk"].tolist() == [2, 2, 0]
    assert found.loc[("x", "free"), "n_event"].tolist() == [0, 2, 0]
    # one of two moved: the variance of a share is 1/2 * 1/2 / 2
    assert found.loc[("x", "free", 84), "std_error"] == pytest.approx(np.sqrt(1 / 8))
    days = curve.days_in_state(80).set_index(["group", "state"])["estimate"]
    assert days["x", "pain"] == 28
    assert days["x", "free"] == 52
    assert days["y", "pain"] == 80
    assert curve.followed().tolist() == [84, 84]
    assert "jackknife" in curve._repr_html_()
    assert len(curve.rows()) == len(curve.steps())


def test_days_beyond_what_was_followed_and_states_that_there_are_not():
    curve = state_occupation(stays(), **STAYS, by="arm")
    with pytest.raises(NotEstimable, match="nobody of x was followed up to day 100, but to 84"):
        curve.days_in_state(100)
    with pytest.raises(ArgumentError, match="tau=0"):
        curve.days_in_state(0)
    with pytest.raises(ArgumentError, match=r"no state 'bliss'.*free, pain"):
        curve.differences(84, state="bliss")
    difference = curve.differences(84, state="free", reference="y")
    assert difference["estimate"].tolist() == [56]
    assert np.isnan(curve.at(100)["estimate"]).all()


def test_where_all_end_in_a_state_that_nobody_leaves_it_is_known_for_ever():
    data = stays().iloc[[0, 2]].assign(then="gone")
    curve = state_occupation(data, **STAYS)
    assert curve.at(1000).query("state == 'gone'")["estimate"].tolist() == [1]
    assert curve.days_in_state(128).set_index("state")["estimate"]["gone"] == 100


def test_rows_without_a_group_are_left_out_and_counted():
    curve = state_occupation(stays(arm=["x", "x", None, None, "y"]), **STAYS, by="arm")
    assert curve.n == (1, 1)
    assert curve.n_left_out == 2
