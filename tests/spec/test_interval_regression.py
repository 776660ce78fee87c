"""Interval regressions: what they compute by the definition, what they refuse, what the plan gets of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.interval import aft as aft_module
from cgh_analysis.models.interval import interval_cox as cox_module
from cgh_analysis.models.interval.aft import aft
from cgh_analysis.models.interval.interval_cox import interval_cox
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.numerics.interval.aft_likelihood import aft_data, concave, natural, row_scores
from cgh_analysis.numerics.interval.distributions import DISTRIBUTIONS
from tests.interval_people import people
from tests.naive_interval_regression import LAWS, aft_rows, gradient
from tests.spec.test_resolution_analyses import cohort_of, line, rows_of

ENDS = {"left": "from", "right": "to"}


def mixed(seed=1, n=60):
    """Rows of all four kinds, arm as text."""
    data = people(seed, n).assign(arm=lambda d: d["arm"].astype(str), w=np.random.default_rng(seed).uniform(0.5, 2, n))
    exact = (np.arange(n) % 4 == 0) & np.isfinite(data["to"])
    return data.assign(**{end: data[end].mask(exact, data["day"]) for end in ("from", "to")})


def arrays(data):
    says = (data["from"] > 0) | np.isfinite(data["to"])
    data = data.loc[says]
    x = np.column_stack([np.ones(len(data)), data["arm"] == "b", data["age"] - 45]).astype(float)
    return (
        x,
        data["from"].to_numpy(),
        data["to"].to_numpy(),
        (data["arm"] == "c").to_numpy().astype(int),
        data["w"].to_numpy(),
    )


THETA = np.array([4.8, -0.3, 0.01, 0.1, -0.2])


@pytest.mark.parametrize("law", LAWS)
def test_likelihood_score_and_information_are_those_of_the_definition(law):
    x, left, right, stratum, w = arrays(mixed())
    data = aft_data(law, x, left, right, stratum=stratum, weights=w)
    theta = THETA if law != "exponential" else THETA[:3]

    def rows(t):
        scale = np.exp(t[3:])[stratum] if law != "exponential" else np.ones(len(x))
        return aft_rows(law, x, left, right, t[:3], scale)

    found = natural(data, theta)
    jacobian = w[data.exact] @ np.log(left[data.exact])
    np.testing.assert_allclose(found.log_likelihood - jacobian, w @ rows(theta), rtol=1e-10)
    # central differences are good to 1e-9 of the function's size
    np.testing.assert_allclose(row_scores(data, theta), w[:, None] * gradient(rows, theta).T, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.score, row_scores(data, theta).sum(axis=0), rtol=1e-10, atol=1e-10)
    information = -gradient(lambda t: natural(data, t).score, theta)
    np.testing.assert_allclose(found.information, information, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("law", LAWS)
def test_sums_over_parts_of_the_rows_add(law):
    x, left, right, stratum, w = arrays(mixed())
    theta = THETA if law != "exponential" else THETA[:3]

    def of(rows, form, t):
        # every part knows both scales
        data = aft_data(
            law, x[rows], left[rows], right[rows], stratum=np.append(stratum[rows][:-1], 1), weights=w[rows]
        )
        return form(data, t)

    third = np.arange(len(x)) % 3
    common = np.append(THETA[:3], 0.8) if law != "exponential" else THETA[:3]
    for form, t in ((natural, theta), (concave, common)):
        ends = [np.flatnonzero(third == k) for k in range(3)]
        parts = [of(rows, form, t) for rows in ends]
        data_order = np.concatenate(ends)
        changed = stratum.copy()
        changed[[rows[-1] for rows in ends]] = 1
        whole = form(
            aft_data(
                law,
                x[data_order],
                left[data_order],
                right[data_order],
                stratum=changed[data_order],
                weights=w[data_order],
            ),
            t,
        )
        total = parts[0] + parts[1] + parts[2]
        np.testing.assert_allclose(total.log_likelihood, whole.log_likelihood, rtol=1e-12)
        np.testing.assert_allclose(total.score, whole.score, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(total.information, whole.information, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("law", DISTRIBUTIONS)
def test_nothing_cancels_in_narrow_intervals_or_in_the_tails(law):
    d, a = DISTRIBUTIONS[law], np.array([-30.0, -3.0, 0.5, 2.0, 3.0])
    for width in (1e-12, 1e-6):
        narrow = d.between(a, np.full(5, width))
        point = d.density(a + width / 2)
        np.testing.assert_allclose(narrow.value - np.log(width), point.value, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(narrow.da, point.d, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(narrow.daa, point.dd, rtol=1e-4, atol=1e-4)
    # without an end it is right-censored, however far; from far below, left-censored
    far = d.between(a, np.full(5, 60.0))
    np.testing.assert_allclose(far.value, d.above(a).value, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(far.daa, d.above(a).dd, rtol=1e-8, atol=1e-10)
    assert np.isfinite(d.below(np.array([-300.0])).value).all()
    assert np.isfinite(d.above(np.array([6.0])).value).all()


def test_a_lognormal_tail_that_a_double_cannot_hold_has_a_likelihood():
    one = DISTRIBUTIONS["lognormal"].between(np.array([50.0, -51.0]), np.array([1.0, 1.0]))
    np.testing.assert_allclose(
        one.value, stats.norm.logsf(50) + np.log1p(-np.exp(stats.norm.logsf(51) - stats.norm.logsf(50)))
    )
    np.testing.assert_allclose(one.da, [-50.02, 50.02], rtol=1e-4)


@pytest.mark.parametrize("law", LAWS)
def test_the_sandwich_is_that_of_numerical_scores(law):
    data = mixed().assign(site=lambda d: d.index % 12)
    fit = aft("arm + age", data, distribution=law, cluster="site", weights="w", **ENDS)
    x, left, right, _, w = arrays(data)
    x = np.column_stack(
        [x[:, 0], (data["arm"] == "b")[fit.informed], (data["arm"] == "c")[fit.informed], data["age"][fit.informed]]
    )
    theta = np.concatenate([fit.coef, np.log(fit.solution.scale)])

    def rows(t):
        scale = np.exp(t[4:]).repeat(len(x)) if law != "exponential" else np.ones(len(x))
        return aft_rows(law, x, left, right, t[:4], scale)

    scores = pd.DataFrame(w[:, None] * gradient(rows, theta).T).groupby(data["site"][fit.informed].to_numpy()).sum()
    np.testing.assert_allclose(scores.sum(), 0, atol=1e-5)
    bread = fit.solution.covariance
    np.testing.assert_allclose(
        fit.full_vcov, bread @ scores.T.to_numpy() @ scores.to_numpy() @ bread, rtol=1e-5, atol=1e-9
    )
    assert fit.method.endswith("weighted, robust errors by site")


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("strata", [None, "often"])
def test_standardised_survival_is_the_mean_over_people_with_its_gradient(law, strata):
    if law == "exponential" and strata:
        return
    data = mixed()
    fit = aft("arm + age", data, distribution=law, strata=strata, weights="w", **ENDS)
    times = np.array([0.0, 28.0, 91.0])
    found = fit.standardised("arm", times)
    theta = np.concatenate([fit.coef, np.log(fit.solution.scale)])

    def means(t):
        scale = np.exp(t[4:])[fit.stratum] if law != "exponential" else np.ones(len(data))
        out = []
        for arm in "abc":
            mu = t[0] + t[1] * (arm == "b") + t[2] * (arm == "c") + t[3] * data["age"].to_numpy()
            with np.errstate(divide="ignore"):
                z = (np.log(times)[:, None] - mu) / scale
            out.extend(np.average(LAWS[law].sf(z), weights=data["w"], axis=1))
        return np.array(out)

    np.testing.assert_allclose(found.frame["estimate"], means(theta), rtol=1e-10)
    slope = gradient(means, theta).T
    np.testing.assert_allclose(found.covariance, slope @ fit.full_covariance @ slope.T, rtol=1e-5, atol=1e-10)
    inside = found.frame["time"] > 0
    assert found.frame.loc[inside, "conf_low"].lt(found.frame.loc[inside, "estimate"]).all()


def test_survival_is_the_other_way_round_of_the_quantile():
    data = mixed()
    new = data.head(4)
    for law in LAWS:
        fit = aft("arm + age", data, distribution=law, **ENDS)
        day = fit.quantile(new, 0.3)
        back = fit.survival(new, day["estimate"].tolist())
        np.testing.assert_allclose(back["estimate"].to_numpy()[::5], 0.7, rtol=1e-10)
        # z is as far from its limits as log t is: the same people, the same error
        assert (back["conf_low"] < back["estimate"]).all()
        assert (back["conf_high"] > back["estimate"]).all()


def test_a_mean_up_to_a_day_is_an_area_under_standardised_curves():
    fit = aft("arm", mixed(), distribution="exponential", **ENDS)
    days, share = np.polynomial.legendre.leggauss(40)
    curve = fit.standardised("arm", 91 / 2 * (days + 1)).frame
    rate = np.exp(-fit.coef[0])
    exact = integrate.quad(lambda t: np.exp(-rate * t), 0, 91)[0]
    np.testing.assert_allclose(91 / 2 * share @ curve["estimate"].to_numpy()[:40], exact, rtol=1e-10)


def test_contrasts_means_and_tests_work_on_both():
    data = mixed()
    one, two = aft("arm + age", data, **ENDS), interval_cox("arm + age", data, **ENDS)
    for fit in (one, two):
        ratios = contrasts(fit, "arm", scale="response")
        np.testing.assert_allclose(ratios["estimate"][0], np.exp(fit.coef[list(fit.terms).index("arm[T.b]")]))
        assert joint_test(fit, "arm")["num_df"].tolist() == [2]
        assert "arm[T.c]" in fit._repr_html_()
        assert len(fit.rows()) == len(fit.terms)
    median = marginal_means(one, "arm", scale="response")
    assert median["arm"].tolist() == ["a", "b", "c"]
    for column in ("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high"):
        assert two.coefficients()[column].gt(0).all()
    assert interval_cox("arm", data, model="po", **ENDS).coefficients()["odds_ratio"].gt(0).all()


def test_predicted_curves_are_flat_between_boxes_and_those_of_the_baseline():
    data = mixed()
    for model in ("ph", "po"):
        fit = interval_cox("arm + age", data, model=model, **ENDS)
        boxes = fit.baseline()
        curve = fit.survival(pd.DataFrame({"arm": ["a", "b"], "age": [0, 50]}, index=["zero", "person"]))
        zero = curve.loc[curve["row"] == "zero"]
        np.testing.assert_allclose(zero["survival_right"], boxes["survival"], rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(zero["survival_left"].iloc[1:], boxes["survival"].iloc[:-1], rtol=1e-9)
        np.testing.assert_allclose(boxes["mass"].sum(), 1)
        assert (boxes["left"].iloc[1:].to_numpy() >= boxes["right"].iloc[:-1].to_numpy()).all()
        assert boxes["survival"].is_monotonic_decreasing


@pytest.mark.parametrize("event_end", [np.inf, np.nan])
def test_rows_that_say_nothing_are_kept_and_change_nothing(event_end):
    data = mixed()
    more = pd.concat([data, data.head(3).assign(**{"from": 0.0, "to": event_end})], ignore_index=True)
    for call in (aft, interval_cox):
        base, fit = call("arm + age", data, **ENDS), call("arm + age", more, **ENDS)
        assert fit.n_observations == len(more)
        assert fit.n_uninformative == base.n_uninformative + 3
        np.testing.assert_allclose(fit.coef, base.coef, rtol=1e-8)
        np.testing.assert_allclose([fit.log_likelihood, fit.bic], [base.log_likelihood, base.bic], rtol=1e-10)
    assert np.isnan(aft("arm + age", more, **ENDS).residuals("deviance").iloc[-1])


def test_incomplete_rows_are_left_out_and_counted_and_levels_kept():
    data = mixed()
    data.loc[[3, 7], "age"] = np.nan
    for call in (aft, interval_cox):
        fit = call("arm + age", data, **ENDS)
        assert (fit.n_left_out, fit.n_observations) == (2, len(data) - 2)
        np.testing.assert_allclose(fit.coef, call("arm + age", data.dropna(subset=["age"]), **ENDS).coef, rtol=1e-12)


NEVER = {"from": lambda d: d["from"].where(d["arm"] != "b", 28.0), "to": lambda d: d["to"].where(d["arm"] != "b")}
SEPARATED = [
    ("an arm without events", NEVER, r"without end in arm\[T.b\]"),
    ("all censored", {"to": np.inf}, "no event among the rows"),
    ("one column twice", {"age": lambda d: (d["arm"] == "b") * 1.0}, r"determined by the others"),
]


@pytest.mark.parametrize("call", [aft, interval_cox])
@pytest.mark.parametrize(("what", "columns", "said"), SEPARATED, ids=[s[0] for s in SEPARATED])
def test_what_has_no_maximum_is_refused_by_name(call, what, columns, said):
    with pytest.raises(NotEstimable, match=said):
        call("arm + age", mixed().assign(**columns), **ENDS)


@pytest.mark.parametrize("law", LAWS)
def test_other_maxima_that_are_none(law):
    data = mixed()
    day = data.assign(**{"from": 0.0, "to": 28.0})
    with pytest.raises(NotEstimable):
        aft("arm", day, distribution=law, **ENDS)
    if law == "exponential":
        return
    once = data.loc[(data["to"] <= 84) | (data["from"] >= 84)]
    once = once.assign(
        **{
            "from": once["from"].where(once["from"] >= 84, 0).clip(upper=84),
            "to": once["to"].where(once["to"] <= 84).clip(lower=84),
        }
    )
    with pytest.raises(NotEstimable, match="one day at which everybody was looked at"):
        aft("arm", once, distribution=law, **ENDS)
    with pytest.raises(NotEstimable, match="without any spread"):
        aft("arm", data.assign(**{"from": 28.0, "to": 28.0}), distribution=law, **ENDS)


def test_intervals_that_all_overlap_say_nothing_of_a_ratio():
    with pytest.raises(NotEstimable, match="all intervals overlap"):
        interval_cox("arm", mixed().assign(**{"from": 0.0, "to": 28.0}), **ENDS)


def test_far_units_of_a_covariate_change_nothing_but_its_coefficient():
    data = mixed()
    base = aft("arm + age", data, **ENDS)
    for far in (data["age"] + 1e6, data["age"] * 1e8):
        fit = aft("arm + age", data.assign(age=far), **ENDS)
        np.testing.assert_allclose(fit.coef[1:3], base.coef[1:3], rtol=1e-6)
        np.testing.assert_allclose(fit.log_likelihood, base.log_likelihood, rtol=1e-10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"distribution": "gompertz"}, "distribution='gompertz' is not known"),
        ({"right": None}, "The times are not named"),
        ({"time": "day"}, "The times are not named"),
        ({"left": None, "right": None, "time": "day", "event": "age"}, "neither 0 nor 1"),
        ({"left": None, "right": None, "time": "zero", "event": "one"}, r"event\(s\) at time 0, at row\(s\) 0, 1"),
        ({"left": "to", "right": "from"}, "infinite|before"),
        ({"left": "arm"}, "holds no numbers"),
        ({"weights": "zero"}, "not positive"),
        ({"distribution": "exponential", "strata": "often"}, "no scale to stratify"),
        ({"formula": "0 + arm"}, "takes the intercept out"),
        ({"formula": "arm + nobody"}, "nobody"),
        ({"cluster": "nothing"}, "no column 'nothing'"),
    ],
)
def test_aft_refuses_at_the_door(options, said):
    data = mixed().assign(zero=0.0, one=1)
    formula = options.pop("formula", "arm")
    with pytest.raises(ArgumentError, match=said):
        aft(formula, data, **{**ENDS, **options})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "aft"}, "model='aft' is not known"),
        ({"covariance": "hessian"}, "covariance='hessian' is not known"),
        ({"covariance": "bootstrap", "replicates": 5}, "replicates=5 is too few"),
        ({"covariance": "bootstrap", "weights": "w"}, "cannot be drawn from"),
        ({"formula": "1"}, "has no covariate"),
    ],
)
def test_interval_cox_refuses_at_the_door(options, said):
    formula = options.pop("formula", "arm")
    with pytest.raises(ArgumentError, match=said):
        interval_cox(formula, mixed(), **{**ENDS, **options})


def test_predictions_refuse_what_the_model_does_not_know():
    fit = aft("arm + age", mixed(), strata="often", **ENDS)
    new = mixed().head(2)
    for bad, said in (
        (lambda: fit.quantile(new, 1.5), "holds no shares"),
        (lambda: fit.survival(new, [-1]), "no days"),
        (lambda: fit.survival(new, "soon"), "holds no numbers"),
        (lambda: fit.quantile(new.assign(arm="z"), 0.5), "knows no arm 'z'"),
        (lambda: fit.quantile(new.assign(often=9), 0.5), "no stratum 9"),
        (lambda: fit.quantile(new.assign(age=np.nan), 0.5), "missing values in age"),
        (lambda: fit.standardised("age", 28), "no factor"),
        (lambda: fit.residuals("martingale"), "not known"),
    ):
        with pytest.raises(ArgumentError, match=said):
            bad()


ADAPTERS = [(aft_module, "time_ratio"), (cox_module, "hazard_ratio")]


def seen(**columns):
    data = people(5, 90)
    arm = data["arm"].map({"a": "MED", "b": "MTE", "c": "BLOCK"}).astype(str)
    last = data["to"].where(np.isfinite(data["to"]), data["from"])
    data = data.assign(
        arm=arm, resolution_left=data["from"], resolution_right=data["to"], resolution_day=last, age_years=data["age"]
    )
    return data.assign(**{"resolution_event": np.isfinite(data["to"]).astype(int), **columns})


@pytest.mark.parametrize(("module", "statistic"), ADAPTERS)
def test_the_plan_compares_all_pairs_of_arms(module, statistic):
    cohort = cohort_of(seen(), subgroup="chronicity=acute", conf_level=0.9)
    found = rows_of(module.estimate(cohort, line(covariates=("age_years",), multiplicity="holm")), statistic)
    assert found[["group", "reference"]].to_numpy().tolist() == [["MTE", "MED"], ["BLOCK", "MED"], ["BLOCK", "MTE"]]
    call = aft if module is aft_module else interval_cox
    data = cohort.cases
    fit = call("arm + age_years", data, left="resolution_left", right="resolution_right")
    table = contrasts(fit, "arm", adjust="holm", conf_level=0.9)
    np.testing.assert_allclose(found["estimate"], np.exp(table["estimate"]), rtol=1e-12)
    np.testing.assert_allclose(found["conf_high"], np.exp(table["conf_high"]), rtol=1e-12)
    np.testing.assert_allclose(found["p_adjusted"], table["p_adjusted"], rtol=1e-12)
    assert set(found["conf_level"]) == {0.9}
    assert set(found["subgroup"]) == {"chronicity=acute"}
    pairs = data.groupby("arm", observed=True).size()
    assert found["n"].tolist() == [
        pairs["MTE"] + pairs["MED"],
        pairs["BLOCK"] + pairs["MED"],
        pairs["BLOCK"] + pairs["MTE"],
    ]


def test_the_plan_takes_other_laws_and_proportional_odds():
    cohort = cohort_of(seen())
    assert "Lognormal" in aft_module.estimate(cohort, line(distribution="lognormal")).frame["method"][0]
    odds = rows_of(cox_module.estimate(cohort, line(model="po", multiplicity="dunnett")), "odds_ratio")
    assert odds["reference"].tolist() == ["MED", "MED"]


@pytest.mark.parametrize(("module", "statistic"), ADAPTERS)
def test_an_arm_without_resolutions_has_a_reason_and_the_others_a_ratio(module, statistic):
    data = seen()
    here = data["arm"] == "MTE"
    data = data.assign(resolution_right=data["resolution_right"].mask(here, np.inf))
    found = rows_of(module.estimate(cohort_of(data), line()), statistic)
    told = found.loc[found["note"] != ""]
    assert set(told["note"]) == {"not estimable: no resolution in MTE"}
    rest = found.loc[found["note"] == ""]
    assert rest[["group", "reference"]].to_numpy().tolist() == [["BLOCK", "MED"]]
    assert np.isfinite(rest["estimate"]).all()


@pytest.mark.parametrize(("module", "statistic"), ADAPTERS)
def test_what_the_fit_refuses_is_told_of_every_pair(module, statistic):
    data = seen(resolution_left=0.0, resolution_right=28.0)
    found = rows_of(module.estimate(cohort_of(data), line()), statistic)
    assert len(found) == 3
    assert found["estimate"].isna().all()
    assert found["note"].str.startswith("not estimable: ").all()
    with pytest.raises(NotEstimable, match="declares no resolution"):
        module.estimate(cohort_of(seen(), resolution=None), line())
