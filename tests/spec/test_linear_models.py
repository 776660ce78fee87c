"""What the linear models promise on small data, against naive doubles of their kernels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.linalg import fractional_matrix_power

from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.gee import gee
from cgh_analysis.models.glm import glm
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.standardise import standardised

FORMULA = "y ~ arm + age + C(clinic)"


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 90
    arm = rng.choice(["a", "b", "c"], n)
    clinic = rng.integers(1, 4, n)
    age = rng.normal(45, 12, n)
    practice = rng.integers(0, 15, n)
    y = 3 + 2 * (arm == "b") + 0.1 * age + clinic + rng.normal(0, 1, 15)[practice] + rng.normal(0, 1 + 0.03 * age, n)
    frame = pd.DataFrame({"arm": arm, "clinic": clinic, "age": age, "practice": practice, "y": y})
    return frame.assign(well=(y > 9).astype(int), weight=rng.uniform(0.5, 2, n))


def arrays(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    x = np.column_stack(
        [
            np.ones(len(frame)),
            frame["arm"] == "b",
            frame["arm"] == "c",
            frame["clinic"] == 2,
            frame["clinic"] == 3,
            frame["age"],
        ]
    ).astype(float)
    return x, frame["y"].to_numpy()


def cluster_robust(frame: pd.DataFrame, kind: str) -> np.ndarray:
    """CR0, CR1, CR2 of Bell and McCaffrey by their definition, one cluster after the other."""
    x, y = arrays(frame)
    bread = np.linalg.inv(x.T @ x)
    residual = y - x @ bread @ x.T @ y
    meat = np.zeros_like(bread)
    groups = frame["practice"].unique()
    for g in groups:
        own = (frame["practice"] == g).to_numpy()
        hat = x[own] @ bread @ x[own].T
        adjust = fractional_matrix_power(np.eye(own.sum()) - hat, -0.5) if kind == "CR2" else np.eye(own.sum())
        score = x[own].T @ adjust @ residual[own]
        meat += np.outer(score, score)
    factor = len(groups) / (len(groups) - 1) if kind == "CR1" else 1
    return factor * bread @ meat @ bread


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_cluster_robust_covariance(kind: str, data: pd.DataFrame) -> None:
    fit = ancova("y ~ arm + C(clinic) + age", data, covariance=kind, cluster="practice")
    order = ["Intercept", "arm[T.b]", "arm[T.c]", "C(clinic)[T.2]", "C(clinic)[T.3]", "age"]
    # fractional_matrix_power goes by Schur's method, which is good to about 1e-11
    np.testing.assert_allclose(fit.vcov.loc[order, order], cluster_robust(data, kind), rtol=1e-9)
    assert fit.df == data["practice"].nunique() - 1


def test_clusters_of_one_row_are_heteroscedasticity_consistent(data: pd.DataFrame) -> None:
    alone = data.assign(practice=np.arange(len(data)))
    for clustered, plain in [("CR0", "HC0"), ("CR2", "HC2")]:
        a = ancova(FORMULA, alone, covariance=clustered, cluster="practice").covariance_of_coef
        np.testing.assert_allclose(a, ancova(FORMULA, data, covariance=plain).covariance_of_coef, rtol=1e-10)


def test_weights_are_inverse_variances(data: pd.DataFrame) -> None:
    fit = ancova("y ~ arm + C(clinic) + age", data, weights="weight", covariance="classical")
    x, y = arrays(data)
    w = data["weight"].to_numpy()
    bread = np.linalg.inv((x.T * w) @ x)
    coef = bread @ (x.T * w) @ y
    sigma2 = np.sum(w * (y - x @ coef) ** 2) / (len(y) - x.shape[1])
    order = ["Intercept", "arm[T.b]", "arm[T.c]", "C(clinic)[T.2]", "C(clinic)[T.3]", "age"]
    np.testing.assert_allclose(fit.coefficients().loc[order, "estimate"], coef, rtol=1e-10)
    np.testing.assert_allclose(fit.vcov.loc[order, order], sigma2 * bread, rtol=1e-10)
    variance = sigma2 * (len(y) - x.shape[1]) / len(y)
    normal = stats.norm.logpdf(y, x @ coef, np.sqrt(variance / w)).sum()
    np.testing.assert_allclose(fit.log_likelihood, normal, rtol=1e-12)


def naive_gee(frame: pd.DataFrame, alpha: float, power: bool) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Gaussian estimating equations at a given alpha, patient by patient; and the two moments at the solution."""
    a, b = np.zeros((3, 3)), np.zeros(3)
    parts = []
    for _, own in frame.groupby("id"):
        x = np.column_stack([np.ones(len(own)), own["arm"] == "b", own["age"]]).astype(float)
        t = own["wave"].to_numpy()
        distance = np.abs(np.subtract.outer(t, t))
        r = alpha**distance if power else np.where(distance == 0, 1, alpha)
        parts.append((x, own["y"].to_numpy(), np.linalg.inv(r), distance))
        a += x.T @ parts[-1][2] @ x
        b += x.T @ parts[-1][2] @ parts[-1][1]
    coef = np.linalg.solve(a, b)
    meat = sum(np.outer(x.T @ w @ (y - x @ coef), x.T @ w @ (y - x @ coef)) for x, y, w, _ in parts)
    residuals = [y - x @ coef for x, y, _, _ in parts]
    scale = float(np.mean(np.concatenate(residuals) ** 2))
    top = bottom = 0.0
    for r, (_, _, _, d) in zip(residuals, parts, strict=True):
        for j in range(len(r)):
            for k in range(j):
                slope = d[j, k] * alpha ** (d[j, k] - 1) if power else 1
                top += slope * (r[j] * r[k] / scale - (alpha ** d[j, k] if power else alpha))
                bottom += slope
    return coef, np.linalg.inv(a) @ meat @ np.linalg.inv(a), scale, top / bottom


@pytest.mark.parametrize("correlation", ["exchangeable", "ar1"])
def test_gee_solves_its_equations_patient_by_patient(correlation: str) -> None:
    rng = np.random.default_rng(8)
    long = pd.DataFrame([{"id": i, "wave": w} for i in range(40) for w in range(1, 6)])
    long["arm"] = np.where(long["id"] % 2, "a", "b")
    long["age"] = rng.normal(45, 10, 40)[long["id"]]
    long["y"] = rng.normal(0, 1, 40)[long["id"]] + rng.normal(size=len(long)) + 0.02 * long["age"]
    # a third of the visits is missed, so that clusters differ in size and have gaps
    long = long.loc[rng.random(len(long)) > 0.33]
    fit = gee("y ~ arm + age", long, subject="id", visit="wave", correlation=correlation)
    coef, robust, scale, moved = naive_gee(long, fit.correlation, correlation == "ar1")
    np.testing.assert_allclose(fit.coef, coef, rtol=1e-8)
    np.testing.assert_allclose(fit.covariance_of_coef, robust, rtol=1e-8)
    np.testing.assert_allclose(fit.scale, scale, rtol=1e-10)
    # the equation of alpha is solved when nothing is left of it
    assert abs(moved) < 1e-8


def test_a_missed_visit_keeps_its_place() -> None:
    rng = np.random.default_rng(3)
    long = pd.DataFrame([{"id": i, "wave": w} for i in range(60) for w in (1, 2, 4)])
    long["y"] = rng.normal(size=60)[long["id"]] + rng.normal(size=len(long))
    named = long.assign(visit=pd.Categorical(long["wave"].map({1: "w1", 2: "w2", 4: "w4"}), ["w1", "w2", "w3", "w4"]))
    by_number = gee("y ~ 1", long, subject="id", visit="wave", correlation="ar1")
    by_name = gee("y ~ 1", named, subject="id", visit="visit", correlation="ar1")
    closed_up = gee("y ~ 1", long.replace({"wave": {4: 3}}), subject="id", visit="wave", correlation="ar1")
    np.testing.assert_allclose(by_name.correlation, by_number.correlation, rtol=1e-12)
    assert abs(closed_up.correlation - by_number.correlation) > 1e-3


def test_marginal_means_of_an_additive_model_by_hand(data: pd.DataFrame) -> None:
    fit = ancova(FORMULA, data)
    c = fit.coefficients()["estimate"]
    equal = c["Intercept"] + c["age"] * data["age"].mean() + (c["C(clinic)[T.2]"] + c["C(clinic)[T.3]"]) / 3
    share = data["clinic"].value_counts(normalize=True)
    observed = c["Intercept"] + c["age"] * data["age"].mean() + sum(c[f"C(clinic)[T.{k}]"] * share[k] for k in (2, 3))
    np.testing.assert_allclose(marginal_means(fit, "arm")["estimate"][0], equal, rtol=1e-12)
    proportional = marginal_means(fit, "arm", weights="proportional")["estimate"]
    np.testing.assert_allclose(proportional[0], observed, rtol=1e-12)
    # a linear model without interactions, standardised over its people, gives the proportional means
    np.testing.assert_allclose(standardised(fit, "arm").means["estimate"], proportional, rtol=1e-12)


def test_means_of_cells_of_two_factors(data: pd.DataFrame) -> None:
    fit = ancova("y ~ arm * C(clinic)", data)
    cells = marginal_means(fit, ["arm", "clinic"])
    raw = data.groupby(["clinic", "arm"])["y"].mean()
    np.testing.assert_allclose(cells["estimate"], raw, rtol=1e-10)
    assert contrasts(fit, ["arm", "clinic"])["contrast"][0] == "b 1 - a 1"
    by = contrasts(fit, "arm", by="clinic", reference="b")
    assert by["contrast"].tolist() == ["a - b", "c - b"] * 3
    assert by["clinic"].tolist() == [1, 1, 2, 2, 3, 3]


def test_a_joint_test_does_not_depend_on_the_coding(data: pd.DataFrame) -> None:
    plain = joint_test(ancova("y ~ arm * C(clinic) + age", data), ["arm", "arm:C(clinic)", "age"])
    summed = joint_test(
        ancova("y ~ C(arm, contr.sum) * C(clinic, contr.helmert) + age", data), ["arm", "arm:clinic", "age"]
    )
    np.testing.assert_allclose(summed["statistic"], plain["statistic"], rtol=1e-9)
    assert plain["num_df"].tolist() == [2, 4, 1]


def test_a_joint_test_of_a_spline_counts_every_bend(data: pd.DataFrame) -> None:
    fit = ancova("y ~ arm * cr(age, df=3, constraints='center')", data)
    tests = joint_test(fit, ["age", "arm:age"])
    assert tests["num_df"].tolist() == [3, 6]
    block = [i for i, t in enumerate(fit.terms) if t.startswith("arm") and "cr(" in t]
    by_hand = fit.test(np.eye(len(fit.terms))[block])
    np.testing.assert_allclose(tests["statistic"][1], by_hand.statistic, rtol=1e-8)


def test_one_visit_makes_gee_a_sandwich_of_least_squares(data: pd.DataFrame) -> None:
    once = data.assign(id=np.arange(len(data)))
    a = gee(FORMULA, once, subject="id", correlation="independence")
    b = ancova(FORMULA, data, covariance="HC0")
    np.testing.assert_allclose(a.coef, b.coef, rtol=1e-9)
    np.testing.assert_allclose(a.covariance_of_coef, b.covariance_of_coef, rtol=1e-8)


def test_gee_of_independent_binary_rows_is_logistic_regression(data: pd.DataFrame) -> None:
    once = data.assign(id=np.arange(len(data)))
    a = gee("well ~ arm + age", once, subject="id", correlation="independence", family="binomial")
    b = glm("well ~ arm + age", data, covariance="HC0")
    np.testing.assert_allclose(a.coef, b.coef, rtol=1e-6)
    np.testing.assert_allclose(a.covariance_of_coef, b.covariance_of_coef, rtol=1e-6)


def test_rows_with_a_missing_value_are_left_out_and_counted(data: pd.DataFrame) -> None:
    holes = data.assign(age=data["age"].where(data.index > 6), unused=np.nan)
    fit = ancova(FORMULA, holes)
    assert (fit.n_left_out, fit.n_observations) == (7, 83)
    np.testing.assert_allclose(fit.coef, ancova(FORMULA, data.loc[7:]).coef, rtol=1e-12)


def test_a_fit_shows_itself(data: pd.DataFrame) -> None:
    html = ancova(FORMULA, data)._repr_html_()
    assert "HC3" in html
    assert "arm[T.b]" in html


def test_column_names_that_are_no_python_names(data: pd.DataFrame) -> None:
    odd = data.rename(columns={"age": "age at start", "arm": "treatment arm"})
    fit = ancova("y ~ `treatment arm` + `age at start` + C(clinic)", odd)
    np.testing.assert_allclose(fit.coef, ancova(FORMULA, data).coef, rtol=1e-12)
    assert marginal_means(fit, "treatment arm")["treatment arm"].tolist() == ["a", "b", "c"]
