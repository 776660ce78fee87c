"""What must not change the survival models' answers, and where they must become one another."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=8, deadline=None)
TIMES = {"time": "day", "event": "gone"}
# the same sums in another order, and Newton's steps from them
ROUNDING = {"rtol": 1e-9, "atol": 1e-10}


def people(seed, n=80, *, tied=True):
    rng = np.random.default_rng(seed)
    day = rng.integers(1, 40, n).astype(float) if tied else rng.permutation(n) + 1.0
    return pd.DataFrame(
        {
            "day": day,
            "gone": rng.random(n) < 0.8,
            "arm": pd.Categorical(rng.choice(["a", "b", "c"], n), ["a", "b", "c"]),
            "age": rng.normal(45, 12, n).round(),
            "site": rng.choice(["s1", "s2"], n),
            "often": rng.integers(1, 4, n),
            "w": rng.uniform(0.5, 2, n),
        }
    )


def answers(data, **options):
    """Numbers of all three models that no relabelling should change."""
    fit = cox("arm + age", data, **TIMES, **options)
    curve = kaplan_meier(data, **TIMES, by="arm")
    test = logrank(data, **TIMES, by="arm", pairwise=True)
    return {
        "coef": fit.coef,
        "vcov": fit.vcov.to_numpy(),
        "concordance": np.array([fit.concordance, fit.concordance_details.std_error]),
        "ph": fit.ph_test()["statistic"].to_numpy(),
        "martingale": fit.residuals("martingale").sort_index().to_numpy(),
        "survival": curve.steps()["estimate"].to_numpy(),
        "logrank": test["statistic"].to_numpy(),
    }


def same(one, other):
    for name, values in one.items():
        np.testing.assert_allclose(other[name], values, err_msg=name, **ROUNDING)


@FEW
@given(seed=SEEDS)
def test_row_order_changes_nothing(seed):
    data = people(seed)
    same(answers(data), answers(data.sample(frac=1, random_state=seed % 1000)))


@FEW
@given(seed=SEEDS, unit=st.sampled_from([7.0, 30.4375, 1 / 24]))
def test_the_unit_of_time_changes_nothing(seed, unit):
    data = people(seed)
    same(answers(data), answers(data.assign(day=data["day"] / unit)))
    medians = kaplan_meier(data, **TIMES, by="arm").median()[["estimate", "conf_low", "conf_high"]]
    rescaled = kaplan_meier(data.assign(day=data["day"] / unit), **TIMES, by="arm").median()[medians.columns]
    np.testing.assert_allclose(rescaled, medians / unit, rtol=1e-12)


@FEW
@given(seed=SEEDS)
def test_names_of_arms_change_nothing(seed):
    data = people(seed)
    renamed = data.assign(arm=data["arm"].cat.rename_categories({"a": "zz", "b": "yy", "c": "xx"}))
    same(answers(data), answers(renamed))


@FEW
@given(seed=SEEDS)
def test_another_reference_arm_turns_the_ratio_round(seed):
    data = people(seed).query("arm != 'c'")
    ratio = cox("arm", data, **TIMES).coefficients()["hazard_ratio"].iloc[0]
    turned = data.assign(arm=data["arm"].cat.set_categories(["b", "a"]))
    np.testing.assert_allclose(cox("arm", turned, **TIMES).coefficients()["hazard_ratio"].iloc[0], 1 / ratio, rtol=1e-9)


@FEW
@given(seed=SEEDS)
def test_units_of_covariates_scale_their_coefficients_only(seed):
    data = people(seed)
    fit = cox("arm + age", data, **TIMES)
    scaled = cox("arm + age", data.assign(age=1e5 * data["age"] + 1e7), **TIMES)
    # adding 1e7 to ages of 45e5 loses a digit of their differences
    np.testing.assert_allclose(scaled.coef * [1, 1, 1e5], fit.coef, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(scaled.log_likelihood, fit.log_likelihood, rtol=1e-12)


@FEW
@given(seed=SEEDS)
def test_one_stratum_unit_weights_and_entry_at_zero_change_nothing(seed):
    data = people(seed).assign(one="all", unit=1.0, zero=0)
    same(answers(data), answers(data, strata="one", weights="unit", entry="zero"))
    plain = logrank(data, **TIMES, by="arm")
    pd.testing.assert_frame_equal(logrank(data, **TIMES, by="arm", strata="one"), plain, rtol=1e-12)
    curve = kaplan_meier(data, **TIMES, by="arm").steps()
    other = kaplan_meier(data, **TIMES, by="arm", weights="unit", entry="zero").steps()
    pd.testing.assert_frame_equal(other, curve, rtol=1e-10)


@FEW
@given(seed=SEEDS)
def test_whole_weights_are_repeated_rows(seed):
    data = people(seed)
    repeated = data.loc[data.index.repeat(data["often"])].reset_index(drop=True)
    curve = kaplan_meier(data, **TIMES, by="arm", weights="often")
    pd.testing.assert_frame_equal(curve.steps(), kaplan_meier(repeated, **TIMES, by="arm").steps(), rtol=1e-10)
    # Breslow's denominators do not tell a repeated death from a weighted one; Efron's do
    weighted = cox("arm + age", data, **TIMES, weights="often", ties="breslow")
    plain = cox("arm + age", repeated, **TIMES, ties="breslow")
    np.testing.assert_allclose(weighted.coef, plain.coef, **ROUNDING)
    np.testing.assert_allclose(weighted.vcov, plain.vcov, **ROUNDING)
    np.testing.assert_allclose(weighted.log_likelihood, plain.log_likelihood, rtol=1e-12)
    np.testing.assert_allclose(
        weighted.baseline()["cumulative_hazard"], plain.baseline()["cumulative_hazard"], rtol=1e-8
    )


@FEW
@given(seed=SEEDS)
def test_weights_of_one_half_have_the_errors_of_weights_of_one(seed):
    data = people(seed).assign(half=0.5)
    curve = kaplan_meier(data, **TIMES, by="arm").steps()
    halved = kaplan_meier(data, **TIMES, by="arm", weights="half").steps()
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(halved[name], curve[name], rtol=1e-9, atol=1e-12)


@FEW
@given(seed=SEEDS)
def test_without_ties_the_logrank_test_is_the_score_test(seed):
    data = people(seed, tied=False)
    test = logrank(data, **TIMES, by="arm").iloc[0]
    for ties in ("efron", "breslow"):
        score = cox("arm", data, **TIMES, ties=ties).score_test
        np.testing.assert_allclose([score.statistic, score.df], [test["statistic"], test["df"]], rtol=1e-9)


@FEW
@given(seed=SEEDS)
def test_clusters_of_one_row_are_robust_rows(seed):
    data = people(seed)
    data["id"] = np.arange(len(data))
    by_row = cox("arm + age", data, **TIMES, cluster="id")
    weighted = cox("arm + age", data.assign(half=0.5), **TIMES, weights="half", ties="breslow")
    plain = cox("arm + age", data, **TIMES, cluster="id", ties="breslow")
    np.testing.assert_allclose(weighted.vcov, plain.vcov, **ROUNDING)
    assert by_row.robust
    assert not np.allclose(by_row.vcov, by_row.naive_vcov)


@FEW
@given(seed=SEEDS)
def test_an_arm_without_events_leaves_the_other_estimates_as_they_are(seed):
    """What the plan's adapter relies on: the likelihood's limit is that of the other arms alone."""
    data = people(seed)
    silent = data.assign(gone=data["gone"] & (data["arm"] != "c"))
    without = cox("arm + age", silent.query("arm != 'c'"), **TIMES)
    # far out on the ridge: a log hazard ratio of -40 for the silent arm
    pushed = silent.assign(b=(silent["arm"] == "b").astype(float), w=np.where(silent["arm"] == "c", np.exp(-40.0), 1.0))
    fit = cox("b + age", pushed, **TIMES, weights="w")
    np.testing.assert_allclose(fit.coef, without.coef, rtol=1e-8, atol=1e-10)


def test_the_callers_frame_is_left_alone():
    data = people(1)
    before = data.copy(deep=True)
    curve = kaplan_meier(data, **TIMES, by="arm", weights="w")
    curve.at([7, 14])
    logrank(data, **TIMES, by="arm", strata="site", pairwise=True)
    fit = cox("arm + age", data, **TIMES, strata="site", weights="w")
    fit.ph_test()
    fit.residuals("dfbeta")
    fit.survival(data)
    pd.testing.assert_frame_equal(data, before)


def test_what_a_curve_hands_out_is_a_copy():
    curve = kaplan_meier(people(1), **TIMES)
    steps = curve.steps()
    steps["estimate"] = 0.0
    assert (curve.steps()["estimate"] > 0).any()
