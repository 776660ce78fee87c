"""What must not change a linear model: order of rows, names of arms, units, weights of 1; and frames stay whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.gee import gee
from cgh_analysis.models.glm import glm
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.standardise import standardised

FITS = {
    "ancova": lambda d, **k: ancova("y ~ arm + age + visit", d, **k),
    "clustered": lambda d, **k: ancova("y ~ arm * visit + age", d, covariance="CR2", cluster="id", **k),
    "exchangeable": lambda d: gee("y ~ arm * visit + age", d, subject="id", visit="visit"),
    "ar1": lambda d: gee("y ~ arm + age", d, subject="id", visit="visit", correlation="ar1"),
    "binary": lambda d: gee("well ~ arm + age", d, subject="id", visit="visit", family="binomial"),
    "logistic": lambda d: glm("well ~ arm + age", d),
}
FEW = settings(max_examples=8, deadline=None)


def people(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ids = np.arange(36)
    long = pd.DataFrame({"id": np.repeat(ids, 3), "visit": np.tile(["v1", "v2", "v3"], 36)})
    long["visit"] = pd.Categorical(long["visit"])
    long["arm"] = pd.Categorical(np.array(["a", "b", "c"])[long["id"] % 3])
    long["age"] = rng.normal(45, 12, 36)[long["id"]]
    long["y"] = rng.normal(0, 2, 36)[long["id"]] + rng.normal(0, 1, 108) + 0.03 * long["age"] + (long["arm"] == "b")
    long["well"] = (long["y"] + rng.normal(0, 2, 108) > long["y"].median()).astype(int)
    return long.loc[rng.random(108) > 0.1].reset_index(drop=True)


@pytest.mark.parametrize("name", sorted(FITS))
@given(seed=st.integers(0, 10**6))
@FEW
def test_the_order_of_rows_changes_nothing(name: str, seed: int) -> None:
    data = people(seed)
    fit, shuffled = FITS[name](data), FITS[name](data.sample(frac=1, random_state=seed))
    # sums in another order, through an iteration
    np.testing.assert_allclose(shuffled.coef, fit.coef, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(shuffled.covariance_of_coef, fit.covariance_of_coef, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", sorted(FITS))
@given(seed=st.integers(0, 10**6))
@FEW
def test_names_and_order_of_arms_change_nothing_but_signs(name: str, seed: int) -> None:
    data = people(seed)
    arm = data["arm"].cat.rename_categories({"a": "z", "b": "y", "c": "x"}).cat.reorder_categories(["x", "y", "z"])
    plain = contrasts(FITS[name](data), "arm").set_index("contrast")
    renamed = contrasts(FITS[name](data.assign(arm=arm)), "arm").set_index("contrast")
    for ours, theirs in [("b - a", "z - y"), ("c - a", "z - x"), ("c - b", "y - x")]:
        np.testing.assert_allclose(plain.loc[ours, "estimate"], -renamed.loc[theirs, "estimate"], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(plain.loc[ours, "std_error"], renamed.loc[theirs, "std_error"], rtol=1e-6)


@pytest.mark.parametrize("name", ["ancova", "clustered", "exchangeable", "ar1"])
@given(seed=st.integers(0, 10**6), factor=st.floats(0.01, 1000), shift=st.floats(-100, 100))
@FEW
def test_the_unit_of_the_outcome_rescales(name: str, seed: int, factor: float, shift: float) -> None:
    data = people(seed)
    plain, scaled = FITS[name](data), FITS[name](data.assign(y=shift + factor * data["y"]))
    one, other = marginal_means(plain, "arm"), marginal_means(scaled, "arm")
    np.testing.assert_allclose(other["estimate"], shift + factor * one["estimate"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(other["std_error"], factor * one["std_error"], rtol=1e-6)
    np.testing.assert_allclose(joint_test(scaled, "arm")["statistic"], joint_test(plain, "arm")["statistic"], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(FITS))
@given(seed=st.integers(0, 10**6), factor=st.floats(0.01, 1000))
@FEW
def test_the_unit_of_a_covariate_changes_no_mean(name: str, seed: int, factor: float) -> None:
    data = people(seed)
    plain, scaled = FITS[name](data), FITS[name](data.assign(age=factor * data["age"]))
    columns = ["estimate", "std_error"]
    np.testing.assert_allclose(
        marginal_means(scaled, "arm")[columns], marginal_means(plain, "arm")[columns], rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("name", ["ancova", "clustered"])
@given(seed=st.integers(0, 10**6), weight=st.floats(0.1, 10))
@FEW
def test_equal_weights_are_no_weights(name: str, seed: int, weight: float) -> None:
    data = people(seed)
    plain, weighted = FITS[name](data), FITS[name](data.assign(w=weight), weights="w")
    np.testing.assert_allclose(weighted.coef, plain.coef, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(weighted.covariance_of_coef, plain.covariance_of_coef, rtol=1e-7, atol=1e-11)
    np.testing.assert_allclose(weighted.log_likelihood, plain.log_likelihood, rtol=1e-10)


@pytest.mark.parametrize("name", sorted(FITS))
def test_no_frame_and_no_global_state_is_changed(name: str) -> None:
    data = people(4)
    before, state = data.copy(deep=True), np.random.get_state()[1].copy()
    fit = FITS[name](data)
    vcov = fit.vcov
    marginal_means(fit, "arm", by="visit" if "visit" in str(fit.spec.formula) else None)
    contrasts(fit, "arm", adjust="mvt")
    joint_test(fit, "arm")
    standardised(fit, "arm")
    vcov.iloc[:, :] = 0
    pd.testing.assert_frame_equal(data, before)
    assert (np.random.get_state()[1] == state).all()
    assert (fit.vcov.to_numpy() != 0).any()
