"""What must not change an MMRM, and what it becomes where older methods are exact.

Tolerances: an optimum is found to about 1e-10 of a standard error, inference follows from it; moments add in another
order.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.clda import clda
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.mixed import mixed
from cgh_analysis.models.mmrm import MmrmFit, mmrm
from cgh_analysis.numerics.inference import JointWald

FEW = settings(max_examples=6, deadline=None)
SEEDS = st.integers(0, 10**6)
KEYS = {"subject": "id", "visit": "visit"}
FORMULA = "y ~ arm * visit + x"
KINDS = ["us", "toeph", "ar1", "csh", "ad"]
SMALL = ["satterthwaite", "kenward-roger-linear"]


def trial(seed: int, n: int = 45, m: int = 4, gaps: float = 0.12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    long = pd.DataFrame({"id": np.repeat(np.arange(n), m), "time": np.tile(np.arange(m), n)})
    long["visit"] = pd.Categorical(long["time"].map("v{}".format))
    long["arm"] = pd.Categorical(np.array(["a", "b", "c"])[long["id"] % 3])
    long["x"] = rng.normal(45, 12, n)[long["id"]]
    long["w"] = rng.uniform(0.5, 2, n * m)
    between = rng.normal(0, 1.2, n)[long["id"]]
    walk = rng.normal(size=(n, m)).cumsum(axis=1).ravel() / 2
    long["y"] = (
        0.03 * long["x"] + between + walk + rng.normal(0, 0.6, n * m) + 0.4 * long["time"] * (long["arm"] == "b")
    )
    return long.loc[rng.random(n * m) >= gaps].reset_index(drop=True)


def fitted(data: pd.DataFrame, formula: str = FORMULA, **options: object) -> MmrmFit:
    return mmrm(formula, data, **{**KEYS, **options})  # type: ignore[arg-type]


def same(one: MmrmFit, other: MmrmFit) -> None:
    a, b = one.coefficients(), other.coefficients().loc[list(one.terms)]
    np.testing.assert_allclose(one.log_likelihood, other.log_likelihood, rtol=1e-10)
    np.testing.assert_allclose((a["estimate"] - b["estimate"]) / a["std_error"], 0, atol=1e-6)
    np.testing.assert_allclose(a["std_error"], b["std_error"], rtol=1e-6)
    np.testing.assert_allclose(a["df"], b["df"], rtol=1e-5)


# ---- what changes nothing


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
@FEW
def test_order_of_rows_names_of_people_and_any_index(kind: str, seed: int) -> None:
    data = trial(seed)
    fit = fitted(data, covariance=kind)
    rng = np.random.default_rng(seed)
    shuffled = data.sample(frac=1, random_state=seed)
    same(fit, fitted(shuffled, covariance=kind))
    names = rng.permutation(1000)[:45].astype(str)
    same(fit, fitted(shuffled.assign(id=[names[i] for i in shuffled["id"]]), covariance=kind))
    twice = shuffled.set_index(pd.Index(["row"] * len(shuffled)))
    again = fitted(twice, covariance=kind)
    same(fit, again)
    assert list(again.fitted.index) == ["row"] * len(shuffled)
    residuals = fitted(shuffled, covariance=kind).residuals("normalized")
    np.testing.assert_allclose(residuals.sort_index(), fit.residuals("normalized"), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
@FEW
def test_other_words_for_the_visits(kind: str, seed: int) -> None:
    """Names that keep the order as a category, as texts and as numbers."""
    data = trial(seed)
    fit = fitted(data, covariance=kind)
    number = data["time"] * 4 + 2
    as_category = data.assign(visit=data["visit"].cat.rename_categories(["zero", "one", "two", "three"]))
    as_text = data.assign(visit=number.map("week {:02d}".format))
    for other in (as_category, as_text):
        renamed = fitted(other, covariance=kind)
        np.testing.assert_allclose(renamed.log_likelihood, fit.log_likelihood, rtol=1e-10)
        np.testing.assert_allclose(renamed.covariance, fit.covariance, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(renamed.coefficients()["df"], fit.coefficients()["df"], rtol=1e-5)


@pytest.mark.parametrize("df", [*SMALL, "kenward-roger"])
@pytest.mark.parametrize("kind", ["us", "ar1h", "cs"])
@given(seed=SEEDS, scale=st.sampled_from([1e-3, 7.0, 1e4]), shift=st.sampled_from([-50.0, 0.0, 1e5]))
@FEW
def test_other_units(kind: str, df: str, seed: int, scale: float, shift: float) -> None:
    data = trial(seed)
    fit = fitted(data, covariance=kind, df=df)
    moved = fitted(data.assign(y=scale * data["y"] + shift), covariance=kind, df=df)
    a, b = fit.coefficients(), moved.coefficients()
    added = np.where(a.index == "Intercept", shift, 0.0)
    np.testing.assert_allclose((b["estimate"] - added) / scale, a["estimate"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(b["std_error"] / scale, a["std_error"], rtol=1e-6)
    np.testing.assert_allclose(b["df"], a["df"], rtol=1e-5)
    expected = fit.log_likelihood - (len(data) - len(a)) * np.log(scale)
    np.testing.assert_allclose(moved.log_likelihood, expected, rtol=1e-8)
    other_x = fitted(data.assign(x=scale * data["x"] + shift), covariance=kind, df=df).coefficients()
    rest = [t for t in a.index if t not in ("Intercept", "x")]
    np.testing.assert_allclose(other_x.loc["x", "estimate"] * scale, a.loc["x", "estimate"], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(other_x.loc[rest, ["std_error", "df"]], a.loc[rest, ["std_error", "df"]], rtol=1e-5)


@given(seed=SEEDS)
@FEW
def test_weights_of_one_and_weights_of_two(seed: int) -> None:
    data = trial(seed)
    fit = fitted(data)
    same(fit, fitted(data.assign(w=1.0), weights="w"))
    doubled = fitted(data.assign(w=2.0), weights="w")
    np.testing.assert_allclose(doubled.covariance, 2 * fit.covariance, rtol=1e-6)
    np.testing.assert_allclose(doubled.coefficients()["std_error"], fit.coefficients()["std_error"], rtol=1e-6)


@given(seed=SEEDS)
@FEW
def test_groups_alike_in_law_have_the_likelihood_of_their_own_fits(seed: int) -> None:
    """With every coefficient by arm, a covariance by arm is a fit of each arm."""
    data = trial(seed, n=60)
    whole = fitted(data, "y ~ arm * visit + arm:x", group="arm", covariance="csh", method="ml")
    parts = [
        fitted(data.loc[data["arm"] == a], "y ~ visit + x", covariance="csh", method="ml") for a in ("a", "b", "c")
    ]
    np.testing.assert_allclose(whole.log_likelihood, sum(p.log_likelihood for p in parts), rtol=1e-9)
    assert isinstance(whole.covariance, dict)
    for part, own in zip(parts, whole.covariance.values(), strict=True):
        np.testing.assert_allclose(own, part.covariance, rtol=1e-5)


# ---- what it becomes


@given(seed=SEEDS)
@FEW
def test_one_visit_is_an_ancova(seed: int) -> None:
    data = trial(seed, gaps=0.0)
    last = data.loc[data["visit"] == "v3"]
    plain = ancova("y ~ arm + x", last, covariance="classical").coefficients()
    for df in [*SMALL, "between-within", "residual"]:
        fit = fitted(last, "y ~ arm + x", df=df)
        columns = ["estimate", "std_error", "df", "p_value", "conf_low"]
        np.testing.assert_allclose(fit.coefficients()[columns], plain[columns], rtol=1e-7, atol=1e-12)
    x = fit.prepared.design.matrix
    n, p = x.shape
    variance = float(np.sum((last["y"] - x @ plain["estimate"].to_numpy()) ** 2) / (n - p))
    reml = -0.5 * ((n - p) * (np.log(2 * np.pi * variance) + 1) + np.linalg.slogdet(x.T @ x)[1])
    np.testing.assert_allclose(fit.log_likelihood, reml, rtol=1e-10)


@pytest.mark.parametrize("df", SMALL)
@given(seed=SEEDS)
@FEW
def test_balanced_compound_symmetry_is_repeated_measures_anova(df: str, seed: int) -> None:
    """Split-plot: arms against people within arms, visits and arm by visit against the rest."""
    n, m, arms = 12, 4, 3
    data = trial(seed, n=n, gaps=0.0)
    y = data["y"].to_numpy().reshape(n, m)
    arm = data["arm"].cat.codes.to_numpy()[::m]
    by_arm = np.array([y[arm == a].mean(axis=0) for a in range(arms)])
    grand = y.mean()
    people = m * np.sum((y.mean(axis=1) - by_arm.mean(axis=1)[arm]) ** 2) / (n - arms)
    rest = y - y.mean(axis=1, keepdims=True) - by_arm[arm] + by_arm.mean(axis=1)[arm][:, None]
    error = np.sum(rest**2) / ((n - arms) * (m - 1))
    own = by_arm - by_arm.mean(axis=1, keepdims=True) - by_arm.mean(axis=0) + grand
    expected = {
        "arm": (m * n / arms * np.sum((by_arm.mean(axis=1) - grand) ** 2) / (arms - 1) / people, arms - 1, n - arms),
        "visit": (n * np.sum((y.mean(axis=0) - grand) ** 2) / (m - 1) / error, m - 1, (n - arms) * (m - 1)),
        "arm:visit": (
            n / arms * np.sum(own**2) / (arms - 1) / (m - 1) / error,
            (arms - 1) * (m - 1),
            (n - arms) * (m - 1),
        ),
    }
    fit = fitted(data, "y ~ C(arm, contr.sum) * C(visit, contr.sum)", covariance="cs", df=df)
    for term, (statistic, num_df, den_df) in expected.items():
        places = [
            i
            for i, t in enumerate(fit.terms)
            if {p.split("(")[1].split(",")[0] for p in t.split(":") if "(" in p} == set(term.split(":"))
        ]
        test: JointWald = fit.test(np.eye(len(fit.terms))[places])
        np.testing.assert_allclose([test.statistic, test.num_df, test.den_df], [statistic, num_df, den_df], rtol=1e-6)


@pytest.mark.parametrize("df", SMALL)
@given(seed=SEEDS)
@FEW
def test_complete_data_are_the_paired_t_test_and_hotelling(df: str, seed: int) -> None:
    n, m = 15, 3
    data = trial(seed, n=n, m=m, gaps=0.0)
    y = data["y"].to_numpy().reshape(n, m)
    fit = fitted(data, "y ~ visit", df=df)
    for visit in (1, 2):
        t = stats.ttest_rel(y[:, visit], y[:, 0])
        row = fit.coefficients().iloc[visit]
        np.testing.assert_allclose(
            [row["statistic"], row["p_value"], row["df"]], [t.statistic, t.pvalue, n - 1], rtol=1e-6
        )
    steps = y[:, 1:] - y[:, :1]
    t2 = n * steps.mean(axis=0) @ np.linalg.solve(np.cov(steps.T), steps.mean(axis=0))
    test = fit.test(np.eye(m)[1:])
    if df == "kenward-roger-linear":
        hotelling = (n - m + 1) / ((n - 1) * (m - 1)) * t2
        np.testing.assert_allclose([test.statistic, test.den_df], [hotelling, n - m + 1], rtol=1e-6)
    else:
        np.testing.assert_allclose([test.statistic, test.den_df], [t2 / (m - 1), n - 1], rtol=1e-6)


@pytest.mark.parametrize("df", SMALL)
@given(seed=SEEDS)
@FEW
def test_complete_data_compare_arms_at_a_visit_by_the_t_test(df: str, seed: int) -> None:
    data = trial(seed, n=30, gaps=0.0)
    fit = fitted(data, "y ~ arm * visit", df=df)
    found = contrasts(fit, "arm", by="visit").set_index(["visit", "contrast"])
    for visit in ("v0", "v3"):
        here = data.loc[data["visit"] == visit]
        plain = contrasts(ancova("y ~ arm", here, covariance="classical"), "arm").set_index("contrast")
        columns = ["estimate", "std_error", "df"]
        np.testing.assert_allclose(found.loc[visit, columns], plain[columns], rtol=1e-6)


def test_students_sleep_data() -> None:
    """The second-order adjustment depends on the parametrisation (mmrm issue 510); the first-order one does not."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    sleep = pd.DataFrame({"id": [*range(10)] * 2, "drug": ["1"] * 10 + ["2"] * 10, "extra": first + second})
    for df, error in [("satterthwaite", 0.3890), ("kenward-roger-linear", 0.3890), ("kenward-roger", 0.3386)]:
        row = mmrm("extra ~ drug", sleep, subject="id", visit="drug", df=df).coefficients().iloc[1]  # type: ignore[arg-type]
        assert round(row["std_error"], 4) == error
        np.testing.assert_allclose(row["df"], 9, rtol=1e-7)
    paired = stats.ttest_rel(second, first)
    linear = mmrm("extra ~ drug", sleep, subject="id", visit="drug", df="kenward-roger-linear").coefficients().iloc[1]
    np.testing.assert_allclose([linear["statistic"], linear["p_value"]], [paired.statistic, paired.pvalue], rtol=1e-7)


@given(seed=SEEDS)
@FEW
def test_a_random_intercept_is_compound_symmetry(seed: int) -> None:
    data = trial(seed)
    a = mixed(FORMULA, data, subject="id")
    b = fitted(data, covariance="cs")
    same(b, a)
    between = a.random_covariance.iloc[0, 0]
    np.testing.assert_allclose(b.covariance.iloc[0, 1], between, rtol=1e-6)
    np.testing.assert_allclose(b.covariance.iloc[0, 0], between + a.sigma**2, rtol=1e-6)


@pytest.mark.parametrize("df", SMALL)
@given(seed=SEEDS)
@FEW
def test_days_at_equal_steps_are_autoregressive(df: str, seed: int) -> None:
    data = trial(seed)
    a, b = (
        fitted(data, covariance="ar1", df=df),
        fitted(data.assign(d=7.0 * data["time"]), covariance="sp_exp", day="d", df=df),
    )
    same(a, b)
    later = fitted(data.assign(d=7.0 * data["time"] + 1000), covariance="sp_exp", day="d", df=df)
    same(b, later)


# ---- constrained baseline


@given(seed=SEEDS)
@FEW
def test_clda_is_an_mmrm_with_the_columns_of_arm_zeroed_at_baseline(seed: int) -> None:
    data = trial(seed)
    columns = {}
    for visit in ("v1", "v2", "v3"):
        for arm in ("b", "c"):
            columns[f"{arm}{visit}"] = ((data["visit"] == visit) & (data["arm"] == arm)).astype(float)
    by_hand = fitted(
        data.assign(**columns), f"y ~ visit + x + {' + '.join(columns)}", df="kenward-roger-linear"
    ).coefficients()
    fit = clda("y", data, arm="arm", baseline="v0", covariates=["x"], **KEYS)
    differences = contrasts(fit, "arm", by="visit", reference="a").set_index(["visit", "contrast"])
    for name, row in by_hand.loc[list(columns)].iterrows():
        own = differences.loc[(name[1:], f"{name[0]} - a")]
        np.testing.assert_allclose(
            own[["estimate", "std_error", "df"]].astype(float),
            row[["estimate", "std_error", "df"]],
            rtol=1e-6,
            atol=1e-9,
        )
    at_baseline = differences.loc["v0"]
    assert (at_baseline["estimate"].abs() < 1e-12).all() and (at_baseline["std_error"].abs() < 1e-12).all()


@pytest.mark.parametrize(("adjust", "reference"), [("mvt", None), ("tukey", None), ("dunnett", "a"), ("holm", "a")])
def test_a_baseline_that_is_held_equal_is_in_no_family_of_tests(adjust: str, reference: str | None) -> None:
    fit = clda("y", trial(1), arm="arm", baseline="v0", **KEYS)
    table = contrasts(fit, "arm", by="visit", reference=reference, adjust=adjust)  # type: ignore[arg-type]
    fixed = table["visit"] == "v0"
    assert table.loc[fixed, ["p_value", "p_adjusted", "conf_low"]].isna().all(axis=None)
    assert (table.loc[~fixed, "p_adjusted"] >= table.loc[~fixed, "p_value"]).all()


@given(seed=SEEDS, shift=st.sampled_from([-30.0, 1e4]))
@FEW
def test_clda_in_other_units_order_and_names(seed: int, shift: float) -> None:
    data = trial(seed)
    changed = data.assign(y=3 * data["y"] + shift, arm=data["arm"].cat.rename_categories({"a": "z"}))
    changed["arm"] = changed["arm"].cat.reorder_categories(["b", "c", "z"])
    columns = ["estimate", "std_error", "df"]
    one = contrasts(clda("y", data, arm="arm", baseline="v0", **KEYS), "arm", by="visit", reference="a")
    fit = clda("y", changed.sample(frac=1, random_state=seed), arm="arm", baseline="v0", **KEYS)
    other = contrasts(fit, "arm", by="visit", reference="z")
    keep = one["visit"] != "v0"
    a = one.loc[keep, columns].to_numpy() * [3, 3, 1]
    np.testing.assert_allclose(other.loc[other["visit"] != "v0", columns], a, rtol=1e-5, atol=1e-6)


@given(seed=SEEDS)
@FEW
def test_a_test_of_one_term_is_its_t_squared(seed: int) -> None:
    for df in SMALL:
        fit = fitted(trial(seed), df=df)
        joint = joint_test(fit, "x")
        row = fit.coefficients().loc["x"]
        np.testing.assert_allclose(joint["statistic"].iloc[0], row["statistic"] ** 2, rtol=1e-8)
