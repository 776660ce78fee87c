"""Logistic and Poisson regression against R's glm, sandwich and emmeans (scripts/02_ancova.R)."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.glm import glm
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.standardise import standardised
from tests.reference.stored import ITERATIVE, agree, column, patients, r_term, stored

CASE = stored("ancova", "logistic_cgh_respond12")
FORMULA = "respond12 ~ arm + hd0 + age + sex"
LIMITS = [("conf_low", "asymp.LCL"), ("conf_high", "asymp.UCL")]


@pytest.fixture(scope="module")
def fit() -> Fit:
    return glm(FORMULA, patients("cgh_sim"))


def same_coefficients(fit: Fit, records: list[dict]) -> None:
    table = fit.coefficients().rename(index=r_term).loc[[r["term"] for r in records]]
    for ours, theirs in [("estimate", "Estimate"), ("std_error", "Std. Error"), ("statistic", "z value")]:
        agree(table[ours], column(records, theirs), ITERATIVE)
    agree(table["p_value"], column(records, "Pr(>|z|)"), ITERATIVE)


def test_coefficients_and_likelihood(fit: Fit) -> None:
    same_coefficients(fit, CASE["coef"])
    names = CASE["confint_wald"]["rownames"]
    limits = fit.coefficients().rename(index=r_term).loc[names, ["conf_low", "conf_high"]]
    agree(limits, CASE["confint_wald"]["values"], ITERATIVE)
    agree([fit.log_likelihood, fit.aic, fit.bic], [CASE["logLik"], CASE["AIC"], CASE["BIC"]], ITERATIVE)
    # of a binary outcome the saturated log-likelihood is 0
    agree(-2 * fit.log_likelihood, CASE["deviance"], ITERATIVE)
    assert fit.n_observations == CASE["n"]


@pytest.mark.parametrize(
    ("scale", "records", "value"), [("link", "emm_link", "emmean"), ("response", "emm_response", "prob")]
)
def test_means(scale: str, records: str, value: str, fit: Fit) -> None:
    table = marginal_means(fit, "arm", scale=scale)
    for ours, theirs in [("estimate", value), ("std_error", "SE"), *LIMITS]:
        agree(table[ours], column(CASE[records], theirs), ITERATIVE)
    assert np.isinf(table["df"]).all()


@pytest.mark.parametrize(("adjust", "records"), [("tukey", "or_tukey"), ("holm", "or_holm")])
def test_odds_ratios(adjust: str, records: str, fit: Fit) -> None:
    table = contrasts(fit, "arm", adjust=adjust, scale="response")
    assert table["contrast"].tolist() == [r["contrast"] for r in CASE[records]]
    for ours, theirs in [("estimate", "odds.ratio"), ("std_error", "SE"), ("statistic", "z.ratio")]:
        agree(table[ours], column(CASE[records], theirs), ITERATIVE)
    agree(table["p_adjusted"], column(CASE[records], "p.value"), ITERATIVE)
    if adjust == "tukey":
        for ours, theirs in LIMITS:
            agree(table[ours], column(CASE[records], theirs), ITERATIVE)


def test_differences_of_means_on_the_response_scale(fit: Fit) -> None:
    table = contrasts(fit, "arm", scale="difference")
    assert table["contrast"].tolist() == [r["contrast"] for r in CASE["regrid_rd"]]
    for ours, theirs in [("estimate", "estimate"), ("std_error", "SE"), ("p_value", "p.value"), *LIMITS]:
        agree(table[ours], column(CASE["regrid_rd"], theirs), ITERATIVE)


@pytest.mark.parametrize(("covariance", "suffix"), [("classical", ""), ("HC0", "_HC0")])
def test_standardisation(covariance: str, suffix: str) -> None:
    expected = CASE["gcomputation"]
    got = standardised(glm(FORMULA, patients("cgh_sim"), covariance=covariance), "arm")
    assert got.means["arm"].tolist() == expected["levels"]
    assert got.differences["contrast"].tolist() == expected["rd_names"]
    agree(got.means["estimate"], expected["risk"], ITERATIVE)
    agree(got.means["std_error"], expected[f"se_delta{suffix}"], ITERATIVE)
    agree(got.differences["estimate"], expected["rd"], ITERATIVE)
    agree(got.differences["std_error"], expected[f"rd_se{suffix}"], ITERATIVE)


@pytest.mark.parametrize(("covariance", "records"), [("classical", "coef"), ("HC0", "HC0")])
def test_poisson_with_an_offset(covariance: str, records: str) -> None:
    case = stored("ancova", "poisson_cgh_hd12")
    data = patients("cgh_sim")
    data = data.assign(days=np.round(data["hd12"]), log_window=np.log(28.0))
    fit = glm("days ~ arm + hd0", data, family="poisson", offset="log_window", covariance=covariance)
    same_coefficients(fit, case[records])
    agree(fit.log_likelihood, case["logLik"], ITERATIVE)


def test_the_deviance_of_counts_follows_from_the_likelihood() -> None:
    case = stored("ancova", "poisson_cgh_hd12")
    days = np.round(patients("cgh_sim")["hd12"].dropna())
    saturated = pd.Series(days).map(lambda k: k * np.log(k) - k if k else 0.0).sum()
    data = patients("cgh_sim").assign(log_window=np.log(28.0))
    fit = glm("days ~ arm + hd0", data.assign(days=np.round(data["hd12"])), family="poisson", offset="log_window")
    eta = np.asarray(fit.spec.get_model_matrix(fit.data), dtype=float) @ fit.coef + np.log(28.0)
    own = float(np.sum(fit.data["days"] * eta - np.exp(eta)))
    agree(2 * (saturated - own), case["deviance"], ITERATIVE)


def test_limits_of_a_standardised_risk_are_made_on_the_logit_scale(fit: Fit) -> None:
    means = standardised(fit, "arm").means
    p, se = means["estimate"], means["std_error"]
    for column_name, side in [("conf_low", -1), ("conf_high", 1)]:
        odds = p / (1 - p) * np.exp(side * stats.norm.ppf(0.975) * se / (p * (1 - p)))
        agree(means[column_name], odds / (1 + odds), 1e-10)
