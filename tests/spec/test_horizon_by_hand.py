"""rmst, milestone and pseudo_values: small tables by hand, what they refuse, and what is not known."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.horizon.milestone import milestone
from cgh_analysis.models.horizon.pseudo_values import pseudo_values
from cgh_analysis.models.horizon.rmst import rmst

TIMES = {"time": "day", "event": "gone"}
ENDS = {"left": "left", "right": "right"}
NPMLE = {**ENDS, "method": "npmle"}
COLUMNS = ["group", "statistic", "estimate", "std_error", "conf_low", "conf_high", "p_value"]


@pytest.fixture
def data():
    return pd.DataFrame(
        {
            "day": [2.0, 4, 6, 10, 3, 5, 10, 10],
            "gone": [1, 1, 0, 0, 1, 1, 1, 0],
            "left": [0.0, 2, 6, 10, 2, 4, 8, 10],
            "right": [2.0, 4, np.inf, np.inf, 4, 6, 10, np.inf],
            "arm": ["a"] * 4 + ["b"] * 4,
            "age": [30.0, 40, 50, 60, 35, 42, 57, 44],
        }
    )


def test_an_area_by_hand(data):
    # S is 1 until day 2, 3/4 until 4, 1/2 from then on, nobody leaving at 6 being an event
    found = rmst(data.query("arm == 'a'"), tau=8, **TIMES).iloc[0]
    assert found["estimate"] == pytest.approx(2 + 1.5 + 2)
    # areas from the events: 1.5 + 2 and 2
    assert found["std_error"] ** 2 == pytest.approx(3.5**2 * 1 / (4 * 3) + 2**2 * 1 / (3 * 2))
    assert found["conf_high"] == pytest.approx(5.5 + 1.959963984540054 * found["std_error"])
    assert found[["group", "reference", "n", "events", "note"]].tolist() == ["", "", 4, 2, ""]


def test_the_last_time_may_be_an_event_and_a_later_day_asked_for():
    data = pd.DataFrame({"day": [2.0, 4, 6], "gone": [1, 1, 1]})
    found = rmst(data, tau=100, **TIMES).iloc[0]
    assert found["estimate"] == pytest.approx(4)
    assert found["std_error"] ** 2 == pytest.approx(np.var([2, 4, 6]) / 3)


def test_frames_have_the_agreed_columns_and_rows(data):
    found = rmst(data, tau=8, **TIMES, by="arm")
    assert [c for c in COLUMNS if c not in found] == []
    assert found["statistic"].tolist() == ["rmst", "rmst", "difference", "ratio"]
    assert found[["group", "reference"]].to_numpy().tolist() == [["a", ""], ["b", ""], ["b", "a"], ["b", "a"]]
    assert not set(found) & {"bound_low", "bound_high"}
    shares = milestone(data, day=8, **ENDS, by="arm")
    assert [c for c in [*COLUMNS, "bound_low", "bound_high"] if c not in shares] == []
    assert shares["statistic"].tolist() == ["probability", "probability", "difference", "ratio"]
    assert shares["std_error"].isna().all()


def test_a_box_is_told_as_bounds():
    data = pd.DataFrame({"left": [0, 0, 14, 14], "right": [14, 14, np.inf, np.inf]})
    found = rmst(data, tau=14, **NPMLE).iloc[0]
    # half of the mass lies anywhere in the first fortnight
    assert found[["estimate", "bound_low", "bound_high"]].tolist() == pytest.approx([10.5, 7, 14])
    share = milestone(data, day=7, **ENDS).iloc[0]
    assert share[["estimate", "bound_low", "bound_high"]].tolist() == pytest.approx([0.25, 0, 0.5])
    assert share["conf_low"] == 0
    assert share["conf_high"] > 0.5


def test_a_reference_that_is_not_the_first_group(data):
    found = rmst(data, tau=8, **TIMES, by="arm", reference="b")
    assert found.loc[2:, ["group", "reference"]].to_numpy().tolist() == [["a", "b"]] * 2
    pairs = rmst(data, tau=8, **TIMES, by="arm")
    assert found.loc[2, "estimate"] == -pairs.loc[2, "estimate"]
    assert found.loc[3, "estimate"] == pytest.approx(1 / pairs.loc[3, "estimate"])


def test_p_values_of_pairs_are_adjusted_by_statistic():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"day": rng.integers(1, 40, 90), "gone": True, "arm": np.repeat(list("abc"), 30)})
    found = rmst(data, tau=30, **TIMES, by="arm", adjust_p="bonferroni")
    pairs = found.loc[found["statistic"] != "rmst"]
    np.testing.assert_allclose(pairs["p_adjusted"], np.minimum(1, 3 * pairs["p_value"]))
    assert found.loc[found["statistic"] == "rmst", ["p_value", "p_adjusted"]].isna().all(axis=None)


@pytest.mark.parametrize("tau", [0, -1, np.inf, np.nan, "8", True, None])
def test_a_day_that_is_none(data, tau):
    with pytest.raises(ArgumentError, match="no day after the start"):
        rmst(data, tau=tau, **TIMES)
    with pytest.raises(ArgumentError, match="no day after the start"):
        milestone(data, day=tau, **ENDS)
    with pytest.raises(ArgumentError, match="no day after the start"):
        pseudo_values(data, at=tau, **TIMES)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "not named"),
        ({"time": "day"}, "not named"),
        ({**TIMES, **ENDS}, "not named"),
        ({"time": "day", "right": "right"}, "not named"),
        ({**TIMES, "by": "arm", "reference": "c"}, "is no level"),
        ({**ENDS, "by": "arm", "reference": "c"}, "is no level"),
        ({**TIMES, "reference": "a"}, "is no level"),
        ({**TIMES, "by": "sex"}, "no column 'sex'"),
        ({**TIMES, "by": "arm", "adjust": "sex"}, "no column 'sex'"),
        ({**TIMES, "adjust": "age"}, "without groups"),
        ({**TIMES, "by": "arm", "adjust": "age", "weights": "age"}, "Weights do not go"),
        ({**TIMES, "method": "npmle"}, "does not go with"),
        ({**ENDS, "method": "kaplan-meier"}, "does not go with"),
        ({**TIMES, "method": "cox"}, "is not known"),
        ({**TIMES, "adjust_p": "tukey"}, "is not known"),
        ({**TIMES, "conf_level": 95}, "no level"),
        ({**ENDS, "method": "aft", "distribution": "gamma"}, "is not known"),
    ],
)
def test_what_cannot_be_is_refused(data, options, what):
    for call in (lambda: rmst(data, tau=8, **options), lambda: milestone(data, day=8, **options)):
        with pytest.raises(ArgumentError, match=what):
            call()


def test_weights_that_count_nobody(data):
    data["half"], data["two"] = 0.5, 2
    for call in (
        lambda w: rmst(data, tau=8, **NPMLE, weights=w, errors="bootstrap", replicates=5),
        lambda w: milestone(data, day=8, **ENDS, weights=w),
    ):
        with pytest.raises(ArgumentError, match="whole numbers"):
            call("half")
        assert call("two")["n"].tolist() == [16]
    # as shares of a sample they change nothing
    pd.testing.assert_frame_equal(rmst(data, tau=8, **NPMLE, weights="half"), rmst(data, tau=8, **NPMLE))
    pd.testing.assert_frame_equal(rmst(data, tau=8, **TIMES, weights="half"), rmst(data, tau=8, **TIMES))


@pytest.mark.parametrize("replicates", [0, 1, 2.5, True])
def test_draws_that_give_no_error(data, replicates):
    with pytest.raises(ArgumentError, match="gives no error"):
        rmst(data, tau=8, **ENDS, replicates=replicates)


def test_faulty_times_are_refused_with_their_rows(data):
    with pytest.raises(ArgumentError, match=r"negative, at row\(s\) 2"):
        rmst(data.assign(day=data["day"].mask(data.index == 2, -1)), tau=8, **TIMES)
    with pytest.raises(ArgumentError, match=r"neither 0 nor 1 \(2\), at row\(s\) 1"):
        milestone(data.assign(gone=data["gone"].mask(data.index == 1, 2)), day=8, **TIMES)
    with pytest.raises(ArgumentError, match=r"before 'left', at row\(s\) 0"):
        pseudo_values(data.assign(left=data["left"].mask(data.index == 0, 3)), at=8, **ENDS)
    with pytest.raises(ArgumentError, match="is not known"):
        pseudo_values(data, at=8, **ENDS, method="loop")


@pytest.mark.parametrize("columns", [TIMES, ENDS], ids=["times", "intervals"])
def test_a_day_after_follow_up_is_not_estimable(data, columns):
    short = data.loc[~((data["arm"] == "a") & (data["day"] == 10))]
    for found in (rmst(short, tau=8, **columns, by="arm"), milestone(short, day=8, **columns, by="arm")):
        assert found["note"].tolist() == [
            "nobody was under observation until day 8" if a == "a" or b == "a" else ""
            for a, b in found[["group", "reference"]].to_numpy()
        ]
        assert found["estimate"].notna().tolist() == [False, True, False, False]
    with pytest.raises(NotEstimable, match="until day 11"):
        rmst(data, tau=11, **columns, by="arm")
    with pytest.raises(NotEstimable, match="until day 11"):
        milestone(data, day=11, **columns, by="arm")


def test_an_adjusted_group_that_was_not_followed_leaves_the_others(data):
    rng = np.random.default_rng(2)
    people = pd.DataFrame(
        {"day": rng.integers(1, 60, 90), "gone": rng.random(90) < 0.7, "arm": np.repeat(list("abc"), 30)}
    ).assign(age=rng.normal(50, 9, 90))
    people["day"] = people["day"].where(people["arm"] != "c", people["day"].clip(upper=20)).where(people.index != 0, 60)
    people.loc[[0, 30], ["day", "gone"]] = [60, False]
    found = rmst(people, tau=40, **TIMES, by="arm", adjust="age")
    both = rmst(people.query("arm != 'c'"), tau=40, **TIMES, by="arm", adjust="age")
    kept = found.loc[~found[["group", "reference"]].isin(["c"]).any(axis=1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, both)
    assert found.loc[found["group"] == "c", "note"].str.startswith("nobody was under").all()


def test_people_without_a_group_or_a_covariate_are_left_out(data):
    without = data.assign(arm=data["arm"].mask(data.index == 3))
    pd.testing.assert_frame_equal(
        rmst(without, tau=4, **TIMES, by="arm"), rmst(data.drop(index=3), tau=4, **TIMES, by="arm")
    )
    values = pseudo_values(without, at=4, **TIMES, by="arm")
    assert values.index.tolist() == [0, 1, 2, 4, 5, 6, 7]
    assert pseudo_values(data, at=4, **TIMES).index.tolist() == data.index.tolist()


def test_nothing_and_everything_by_the_day():
    data = pd.DataFrame(
        {"day": [5.0, 6, 8, 8, 1, 2, 3, 4], "gone": [0, 1, 0, 0, 1, 1, 1, 1], "arm": ["a"] * 4 + ["b"] * 4}
    )
    found = milestone(data, day=5, **TIMES, by="arm")
    assert found["estimate"].tolist()[:3] == [0, 1, 1]
    assert found["p_value"].isna().all()
    assert found.loc[3, "note"] == "a ratio needs two estimates above 0"
    exact = data.assign(left=data["day"], right=data["day"].where(data["gone"] == 1))
    likely = milestone(exact, day=5, **ENDS, by="arm")
    assert likely["estimate"].round(9).tolist() == [0, 1, 1, np.inf]
    assert likely["p_value"].iloc[2] < 0.05
    assert likely.loc[0, ["conf_low", "bound_low", "bound_high"]].round(9).tolist() == [0, 0, 0]


def test_one_person_a_group():
    data = pd.DataFrame({"day": [5.0, 8], "gone": [1, 0], "left": [0.0, 8], "right": [5, np.inf], "arm": ["a", "b"]})
    found = rmst(data, tau=8, **NPMLE, by="arm")
    assert found["estimate"].notna().all()
    assert found["conf_low"].isna().all()
    assert rmst(data, tau=8, **TIMES, by="arm")["estimate"].tolist()[:2] == [5, 8]
    assert milestone(data, day=6, **ENDS, by="arm")["estimate"].notna().all()
    with pytest.raises(NotEstimable):
        rmst(data.assign(age=[1.0, 2]), tau=8, **TIMES, by="arm", adjust="age")
    with pytest.raises(NotEstimable):
        rmst(data.assign(age=[1.0, 2]), tau=8, **ENDS, by="arm", adjust="age")


def test_a_regression_leaves_out_a_group_without_an_event(data):
    silent = data.assign(right=data["right"].mask(data["arm"] == "a", np.inf))
    found = milestone(silent, day=8, **ENDS, by="arm", method="aft")
    assert found["note"].tolist() == ["no event in a", "", "no event in a", "no event in a"]
    assert np.isfinite(found.loc[1, "estimate"])
    with pytest.raises(NotEstimable, match="no event"):
        rmst(silent.assign(right=np.inf), tau=8, **ENDS, by="arm", method="aft")
