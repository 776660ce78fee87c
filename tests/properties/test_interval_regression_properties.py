"""What must not change the interval regressions' answers, and where they must become other models."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.interval.aft import aft
from cgh_analysis.models.interval.interval_cox import interval_cox
from cgh_analysis.models.survival.cox import cox
from tests.interval_people import DAYS, people
from tests.naive_interval_regression import person_intervals, semi_log_likelihood

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=6, deadline=None)
ENDS = {"left": "from", "right": "to"}
LAWS = ["weibull", "lognormal", "loglogistic", "exponential"]
# the same sums in another order, and Newton's steps from them
ROUNDING = {"rtol": 1e-8, "atol": 1e-9}


def answers(data, **options):
    """Numbers of all models that no relabelling should change; times in units of their own are logs apart."""
    out = {}
    for law in LAWS:
        fit = aft("arm + age", data, distribution=law, **ENDS, **options)
        out[f"{law} coef"], out[f"{law} vcov"] = fit.coef[1:], fit.vcov.to_numpy()[1:, 1:]
        out[f"{law} scale"] = fit.scale.to_numpy()
    for model in ("ph", "po"):
        fit = interval_cox("arm + age", data, model=model, **ENDS, **options)
        out[f"{model} coef"], out[f"{model} vcov"] = fit.coef, fit.vcov.to_numpy()
        out[f"{model} likelihood"] = np.array([fit.log_likelihood, fit.likelihood_ratio_test.statistic])
    return out


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
    rescaled = data.assign(**{"from": data["from"] / unit, "to": data["to"] / unit})
    same(answers(data), answers(rescaled))
    one, other = (aft("arm + age", d, **ENDS).quantile(data.head(3), 0.5) for d in (data, rescaled))
    limits = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(other[limits], one[limits] / unit, rtol=1e-8)


@FEW
@given(seed=SEEDS)
def test_names_of_arms_and_the_reference_change_no_contrast(seed):
    data = people(seed)
    other = data.assign(
        arm=data["arm"].cat.rename_categories({"a": "z", "b": "y", "c": "x"}).cat.reorder_categories(["x", "z", "y"])
    )
    for fitted in (aft, interval_cox):
        one = contrasts(fitted("arm + age", data, **ENDS), "arm").set_index("contrast")["estimate"]
        two = contrasts(fitted("arm + age", other, **ENDS), "arm").set_index("contrast")["estimate"]
        np.testing.assert_allclose([-two["z - x"], two["y - z"]], [one["c - a"], one["b - a"]], **ROUNDING)


@FEW
@given(seed=SEEDS)
def test_whole_weights_are_repeated_rows_and_ones_are_none(seed):
    data = people(seed)
    repeated = data.loc[data.index.repeat(data["often"])].reset_index(drop=True)
    same(answers(repeated), answers(data, weights="often"))
    same(answers(data), answers(data.assign(one=1.0), weights="one"))
    counted, rows = (
        aft("arm + age", d, weights=w, **ENDS).standardised("arm", [28, 91])
        for d, w in ((data, "often"), (repeated, None))
    )
    np.testing.assert_allclose(counted.covariance, rows.covariance, rtol=1e-7)


@FEW
@given(seed=SEEDS, law=st.sampled_from(LAWS))
def test_one_stratum_is_none_and_its_scales_fit_separately(seed, law):
    data = people(seed, 200)
    one = aft("arm", data, distribution=law, **ENDS)
    if law != "exponential":
        same({"coef": one.coef}, {"coef": aft("arm", data.assign(s="s"), distribution=law, strata="s", **ENDS).coef})
        # with an arm's own scale nothing is shared: each arm alone gives the same law
        split = aft("arm", data, distribution=law, strata="arm", **ENDS)
        alone = aft("1", data.loc[data["arm"] == "b"], distribution=law, **ENDS)
        np.testing.assert_allclose(split.scale["b"], alone.scale.iloc[0], **ROUNDING)
        np.testing.assert_allclose(split.coef[0] + split.coef[1], alone.coef[0], **ROUNDING)


@FEW
@given(seed=SEEDS)
def test_right_censored_times_are_intervals_without_an_end(seed):
    data = people(seed).assign(gone=lambda d: d["to"] < 300, t=lambda d: d["day"])
    ends = data.assign(**{"from": data["t"], "to": np.where(data["gone"], data["t"], np.inf)})
    for law in LAWS:
        one = aft("arm + age", data, distribution=law, time="t", event="gone")
        two = aft("arm + age", ends, distribution=law, **ENDS)
        same({"coef": one.coef, "l": one.log_likelihood}, {"coef": two.coef, "l": two.log_likelihood})


@FEW
@given(seed=SEEDS, tied=st.booleans())
def test_exact_times_give_the_partial_likelihood_with_breslows_ties(seed, tied):
    data = people(seed).assign(gone=lambda d: np.isfinite(d["to"]))
    if not tied:
        data["day"] += np.random.default_rng(seed).random(len(data))
    ends = data.assign(**{"from": data["day"], "to": np.where(data["gone"], data["day"], np.inf)})
    one = cox("arm + age", data, time="day", event="gone", ties="breslow")
    two = interval_cox("arm + age", ends, **ENDS)
    np.testing.assert_allclose(two.coef, one.coef, **ROUNDING)
    np.testing.assert_allclose(two.vcov, one.vcov, **ROUNDING)
    np.testing.assert_allclose(two.likelihood_ratio_test.statistic, one.likelihood_ratio_test.statistic, rtol=1e-8)
    # what is left over lies after the last time
    steps = two.baseline().query("right < inf")["cumulative"]
    np.testing.assert_allclose(steps, one.baseline()["cumulative_hazard"], rtol=1e-7)
    robust = interval_cox("arm + age", ends, covariance="robust", **ENDS)
    row = cox("arm + age", data.assign(id=range(len(data))), time="day", event="gone", ties="breslow", cluster="id")
    np.testing.assert_allclose(robust.vcov, row.vcov, **ROUNDING)


@FEW
@given(seed=SEEDS)
def test_the_same_days_for_all_give_binary_regression_on_persons_and_intervals(seed):
    data = people(seed, 300, spread=0.0)
    fit = interval_cox("arm + age", data, **ENDS)
    x = np.column_stack([data["arm"] == "b", data["arm"] == "c", data["age"]]).astype(float)
    had, interval, covariates = person_intervals(x, data["from"], data["to"], DAYS)
    design = np.hstack([covariates, np.eye(DAYS.size)[interval]])
    model = sm.GLM(had, design, family=sm.families.Binomial(sm.families.links.CLogLog()))
    glm = model.fit(tol=1e-14, tol_criterion="params", maxiter=100)
    np.testing.assert_allclose(fit.coef, glm.params[:3], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(fit.log_likelihood, glm.llf, rtol=1e-10)
    information = -model.hessian(glm.params, observed=True)
    np.testing.assert_allclose(fit.vcov, np.linalg.inv(information)[:3, :3], rtol=1e-6, atol=1e-10)


def test_the_same_days_without_loss_give_the_cumulative_logit():
    data = people(1, 300, spread=0.0)
    looked = data.loc[np.isfinite(data["to"]) | (data["from"] == DAYS[-1])]
    fit = interval_cox("arm + age", looked, model="po", **ENDS)
    x = np.column_stack([looked["arm"] == "b", looked["arm"] == "c", looked["age"]]).astype(float)
    model = OrderedModel(np.searchsorted(DAYS, looked["to"]), x, distr="logit")
    theirs = model.fit(method="newton", disp=False, maxiter=200, tol=1e-12)
    # it models the odds of a later category
    np.testing.assert_allclose(fit.coef, -theirs.params[:3], rtol=1e-6)
    np.testing.assert_allclose(fit.log_likelihood, theirs.llf, rtol=1e-10)
    # its Hessian is numerical
    np.testing.assert_allclose(fit.coefficients()["std_error"], theirs.bse[:3], rtol=1e-4)


@pytest.mark.parametrize("model", ["ph", "po"])
@pytest.mark.parametrize("seed", range(3))
def test_no_other_baseline_or_coefficient_is_more_likely(model, seed):
    data = people(seed, 80)
    fit = interval_cox("arm + age", data, model=model, **ENDS)
    assert fit.stationarity < 1e-9
    says = fit.informed
    x = np.column_stack([data["arm"] == "b", data["arm"] == "c", data["age"]]).astype(float)[says]
    left, right = data["from"].to_numpy()[says], data["to"].to_numpy()[says]
    boxes = fit.baseline()
    found = semi_log_likelihood(
        model, x, left, right, fit.coef, boxes["right"].to_numpy(), boxes["cumulative"].to_numpy()
    )
    np.testing.assert_allclose(found, fit.log_likelihood, rtol=1e-10)
    rng = np.random.default_rng(seed)
    cells = fit.semi.right
    jumps = np.zeros(cells.size)
    jumps[np.isin(cells, boxes["right"])] = np.diff(boxes["cumulative"], prepend=0.0)
    for _ in range(30):
        b = fit.coef + rng.normal(size=3) * fit.coefficients()["std_error"].to_numpy() * 10 ** rng.uniform(-4, 0)
        # also onto cells that carry no mass
        more = jumps * np.exp(rng.normal(size=cells.size) * 10 ** rng.uniform(-4, 0))
        more += (rng.random(cells.size) < 0.2) * more[np.isfinite(more)].max() * 10 ** rng.uniform(-4, 0)
        other = semi_log_likelihood(model, x, left, right, b, cells, np.cumsum(more))
        assert not other > fit.log_likelihood


def test_the_bootstrap_does_not_depend_on_row_order_and_agrees_with_the_profile():
    data = people(3, 300)
    one, two = (
        interval_cox("arm + age", d, covariance="bootstrap", replicates=100, seed=7, **ENDS)
        for d in (data, data.sample(frac=1, random_state=1))
    )
    np.testing.assert_allclose(two.vcov, one.vcov, rtol=1e-8)
    profile = interval_cox("arm + age", data, **ENDS).coefficients()["std_error"]
    # 100 draws give a standard error to 7 %
    np.testing.assert_allclose(one.coefficients()["std_error"], profile, rtol=0.25)
    assert one.n_failed == 0
