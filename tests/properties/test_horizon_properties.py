"""What must not change quantities up to a day, where they must become one another, and naive doubles of them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from cgh_analysis.models.horizon.milestone import milestone
from cgh_analysis.models.horizon.pseudo_values import pseudo_values
from cgh_analysis.models.horizon.rmst import rmst
from cgh_analysis.models.interval.aft import aft
from cgh_analysis.numerics.horizon import intervals
from cgh_analysis.numerics.interval.npmle import survival
from tests import naive_horizon as naive

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=12, deadline=None)
TIMES = {"time": "day", "event": "gone"}
ENDS = {"left": "left", "right": "right"}
NPMLE = {**ENDS, "method": "npmle"}
DRAWS = {"errors": "bootstrap", "replicates": 20}


def people(seed, n=60, *, visits=(7.0, 14.0, 28.0, 56.0)):
    """Three arms with times in days, the intervals between visits that they fall in, and covariates."""
    rng = np.random.default_rng(seed)
    arm = np.array(list("abc"))[np.arange(n) % 3]
    day = np.ceil(rng.exponential(20, n) * np.where(arm == "a", 1.5, 1))
    edges = np.array([0.0, *visits, np.inf])
    place = np.searchsorted(edges, day)
    return pd.DataFrame(
        {
            "day": np.minimum(day, 56),
            "gone": day <= 56,
            "left": edges[place - 1],
            "right": edges[place],
            "arm": arm,
            "age": rng.normal(45, 12, n).round(1),
            "k": rng.integers(1, 4, n),
        }
    )


def same(one, other, rtol=1e-9, atol=1e-12):
    pd.testing.assert_frame_equal(one, other, rtol=rtol, atol=atol)


@FEW
@given(seed=SEEDS)
def test_curves_and_their_areas_are_the_definitions(seed):
    rng = np.random.default_rng(seed)
    data = people(seed, 24).assign(gone=lambda d: d["gone"] & (rng.random(24) < 0.8))
    tau = float(rng.integers(1, 50))
    found = rmst(data, tau=tau, **TIMES, by="arm").iloc[:3]
    for row in found.itertuples():
        own = data.loc[data["arm"] == row.group]
        time, event = own["day"].to_numpy(), own["gone"].to_numpy()
        if row.note:
            assert time.max() < tau
            continue
        _, area, variance = naive.kaplan_meier(time, event, tau)
        np.testing.assert_allclose([row.estimate, row.std_error], [area, np.sqrt(variance)], rtol=1e-11)


@FEW
@given(seed=SEEDS, quantity=st.sampled_from(["rmst", "survival"]))
def test_pseudo_values_are_those_of_refits(seed, quantity):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 14))
    data = pd.DataFrame({"day": rng.integers(0, 8, n), "gone": rng.random(n) < 0.6})
    at = float(rng.integers(1, 9))
    found = pseudo_values(data, at=at, quantity=quantity, **TIMES)
    expected = naive.pseudo_values(data["day"].to_numpy(float), data["gone"].to_numpy(), at, quantity)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


def test_without_censoring_a_mean_is_a_mean_and_a_pseudo_value_the_time():
    data = people(3).assign(gone=True)
    cut = np.minimum(data["day"], 20.0)
    found = rmst(data, tau=20, **TIMES).iloc[0]
    assert found["estimate"] == pytest.approx(cut.mean(), rel=1e-13)
    # the divisor of the squares is n, not n - 1
    assert found["std_error"] ** 2 == pytest.approx(cut.var(ddof=0) / len(cut), rel=1e-11)
    np.testing.assert_allclose(pseudo_values(data, at=20, **TIMES), cut, rtol=1e-11)
    np.testing.assert_allclose(pseudo_values(data, at=20, **TIMES, method="infinitesimal"), cut, rtol=1e-11)


def test_infinitesimal_pseudo_values_by_arm_give_the_unadjusted_numbers_back():
    data = people(4)
    values = pseudo_values(data, at=30, **TIMES, by="arm", method="infinitesimal").groupby(data["arm"])
    found = rmst(data, tau=30, **TIMES, by="arm").iloc[:3]
    np.testing.assert_allclose(found["estimate"], values.mean(), rtol=1e-12)
    np.testing.assert_allclose(found["std_error"] ** 2, values.var(ddof=0) / values.size(), rtol=1e-10)


@pytest.mark.parametrize("seed", [1, 2])
def test_exact_times_as_intervals_are_the_right_censored_analysis(seed):
    data = people(seed, 30)
    exact = data.assign(left=data["day"], right=data["day"].where(data["gone"], np.inf))
    one, other = rmst(exact, tau=30, **NPMLE, by="arm"), rmst(data, tau=30, **TIMES, by="arm")
    # the NPMLE is found to 1e-11 of its conditions
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-8)
    # the sum of squared influences is Klein and Moeschberger's variance
    np.testing.assert_allclose(one["std_error"], other["std_error"], rtol=1e-8)
    np.testing.assert_allclose(one.loc[:2, "bound_low"], one.loc[:2, "bound_high"], rtol=1e-12)
    for quantity, method in product(("rmst", "survival"), ("jackknife", "infinitesimal")):
        how = {"at": 30, "quantity": quantity, "method": method}
        pair = [pseudo_values(d, **how, **c) for d, c in ((exact, ENDS), (data, TIMES))]
        np.testing.assert_allclose(*pair, rtol=0, atol=1e-6)
    shares = [milestone(d, day=30, **c, by="arm")["estimate"] for d, c in ((exact, ENDS), (data, TIMES))]
    np.testing.assert_allclose(*shares, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("tau", [5.0, 14.0, 30.0])
def test_the_area_under_an_npmle_is_the_integral_of_its_curve_within_its_bounds(tau):
    data = people(5, 90)
    found = rmst(data, tau=tau, **NPMLE).iloc[0]
    fit = intervals.fitted(intervals.sample(data["left"].to_numpy(), data["right"].to_numpy()))
    area = integrate.quad(lambda t: float(survival(fit, np.array([t]))[0][0]), 0, tau, points=[7, 14, 28], limit=200)
    assert found["estimate"] == pytest.approx(area[0], rel=1e-9)
    low, high = naive.npmle_area(*naive.npmle(data["left"].to_numpy(), data["right"].to_numpy()), tau)
    assert found["bound_low"] == pytest.approx(low, rel=1e-6)  # EM is slow
    assert found["bound_high"] == pytest.approx(high, rel=1e-6)
    assert found["bound_low"] <= found["estimate"] <= found["bound_high"]


@pytest.mark.parametrize("quantity", ["rmst", "survival"])
def test_influences_are_derivatives_by_weight(quantity):
    data = people(13, 50)
    s = intervals.sample(data["left"].to_numpy(), data["right"].to_numpy())
    fit, step = intervals.fitted(s), 1e-4
    found = intervals.influence(s, fit, 20.0, quantity)

    def moved(k, by):
        more = replace(s, count=s.count + by * np.eye(s.count.size)[k])
        return intervals.horizon(intervals.fitted(more), 20.0, quantity).estimate

    slope = [(moved(k, step) - moved(k, -step)) / (2 * step) for k in range(s.count.size)]
    # central differences of numbers that are known to 1e-11
    np.testing.assert_allclose(found, slope, rtol=0, atol=1e-5 * np.abs(found).max())
    assert s.count @ found == pytest.approx(0, abs=1e-12)


def test_jackknife_pseudo_values_of_intervals_are_those_of_refits():
    data = people(14, 25)
    found = pseudo_values(data, at=20, **ENDS, method="jackknife")
    whole = rmst(data, tau=20, **NPMLE)["estimate"][0]
    without = [rmst(data.drop(index=i), tau=20, **NPMLE)["estimate"][0] for i in data.index]
    np.testing.assert_allclose(found, 25 * whole - 24 * np.array(without), rtol=0, atol=1e-7)
    # few visit days: both kinds nearly agree, and the infinitesimal ones have the estimate as their mean
    small = pseudo_values(data, at=20, **ENDS)
    assert small.mean() == pytest.approx(whole, rel=1e-10)
    np.testing.assert_allclose(found, small, rtol=0, atol=1)


def test_bootstrap_errors_are_those_of_drawing_people():
    data = people(6, 40)
    found = rmst(data, tau=30, **NPMLE, errors="bootstrap", replicates=400, seed=3).iloc[0]
    rng = np.random.default_rng(1)
    drawn = [rmst(data.iloc[rng.integers(0, 40, 40)], tau=30, **NPMLE)["estimate"][0] for _ in range(150)]
    # standard deviations of 400 and of 150 draws: their quotient has an error of 7 %
    assert found["std_error"] == pytest.approx(np.std(drawn), rel=0.2)
    again = rmst(data, tau=30, **NPMLE, errors="bootstrap", replicates=400, seed=4).iloc[0]
    assert found["std_error"] != again["std_error"]
    assert found["std_error"] == pytest.approx(again["std_error"], rel=0.2)
    assert found["std_error"] == pytest.approx(rmst(data, tau=30, **NPMLE)["std_error"][0], rel=0.2)


CALLS = {
    "curves": lambda d, c=1.0: rmst(d, tau=30 * c, **TIMES, by="arm"),
    "weighted": lambda d, c=1.0: rmst(d.assign(w=1 + d["age"] / 100), tau=30 * c, **TIMES, by="arm", weights="w"),
    "intervals": lambda d, c=1.0: rmst(d, tau=30 * c, **NPMLE, by="arm"),
    "pieces": lambda d, c=1.0: rmst(d, tau=30 * c, **ENDS, by="arm"),
    "drawn intervals": lambda d, c=1.0: rmst(d, tau=30 * c, **NPMLE, by="arm", **DRAWS),
    "adjusted": lambda d, c=1.0: rmst(d, tau=30 * c, **TIMES, by="arm", adjust="age"),
    "adjusted intervals": lambda d, c=1.0: rmst(d, tau=30 * c, **ENDS, by="arm", adjust="age"),
    "aft": lambda d, c=1.0: rmst(d, tau=30 * c, **ENDS, by="arm", method="aft", adjust="age"),
    "milestone": lambda d, c=1.0: milestone(d, day=14 * c, **ENDS, by="arm"),
    "milestone curves": lambda d, c=1.0: milestone(d, day=14 * c, **TIMES, by="arm"),
    "milestone aft": lambda d, c=1.0: milestone(d, day=14 * c, **ENDS, by="arm", method="aft"),
}
# iterations stop at 1e-11 of the likelihood's conditions, from starts that differ in their last bits
LOOSE = {"rtol": 1e-6, "atol": 1e-8}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_neither_order_nor_labels_matter(name):
    data = people(7, 75)
    found = CALLS[name](data)
    shuffled = data.sample(frac=1, random_state=2)
    same(CALLS[name](shuffled), found, **LOOSE)
    renamed = CALLS[name](data.assign(arm=data["arm"].map({"a": "x", "b": "y", "c": "z"})))
    back = renamed.replace({c: {"x": "a", "y": "b", "z": "c"} for c in ("group", "reference")})
    same(back, found, **LOOSE)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_weeks_are_days_over_seven(name):
    data = people(8, 75)
    weeks = data.assign(**{c: data[c] / 7 for c in ("day", "left", "right")})
    found, scaled = CALLS[name](data), CALLS[name](weeks, 1 / 7)
    lengths = ~found["statistic"].isin(["ratio"]) & ~np.array(["milestone" in name] * len(found))
    for column in set(found) & {"estimate", "std_error", "conf_low", "conf_high", "bound_low", "bound_high"}:
        scaled.loc[lengths, column] *= 7
    same(scaled, found, **LOOSE)


@pytest.mark.parametrize("name", ["curves", "intervals", "milestone", "milestone curves"])
def test_whole_weights_are_repeated_rows(name):
    data = people(9, 48)
    repeated = data.loc[data.index.repeat(data["k"])].reset_index(drop=True)
    options = {**(ENDS if name in ("intervals", "milestone") else TIMES), "by": "arm"}
    call = milestone if "milestone" in name else rmst
    options |= {"day": 14} if call is milestone else {"tau": 30}
    same(call(data, **options, weights="k"), call(repeated, **options), **LOOSE)
    same(call(data.assign(k=1), **options, weights="k"), call(data, **options), **LOOSE)


def test_an_area_under_a_parametric_curve_is_its_closed_form():
    data = people(10, 80)
    found = rmst(data, tau=30, **ENDS, method="aft").iloc[0]
    fit = aft("1", data, **ENDS)
    shape, scale = 1 / float(fit.scale.iloc[0]), float(np.exp(fit.coef[0]))
    # the integral of exp(-(t / scale)^shape) is an incomplete gamma function
    area = scale / shape * special.gamma(1 / shape) * special.gammainc(1 / shape, (30 / scale) ** shape)
    assert found["estimate"] == pytest.approx(area, rel=1e-10)


def test_standardised_regressions_without_covariates_are_each_arms_prediction():
    data = people(11, 80)
    found = milestone(data, day=14, **ENDS, by="arm", method="aft")
    fit = aft("arm", data, **ENDS)
    predicted = fit.survival(pd.DataFrame({"arm": list("abc")}), 14)
    np.testing.assert_allclose(found["estimate"][:3], 1 - predicted["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found["std_error"][:3], predicted["std_error"], rtol=1e-9)


def test_the_callers_frame_is_left_alone():
    data = people(12)
    before = data.copy(deep=True)
    for call in CALLS.values():
        call(data)
    pd.testing.assert_frame_equal(data, before)
