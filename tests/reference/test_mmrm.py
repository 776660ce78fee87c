"""MMRM against R's mmrm 0.3.16 (scripts/03_mmrm.R, 11_cgh_more.R), whose fits were refined to the optimum.

The stored numbers were rounded to 14 digits. R's optimum is known by its gradient (1e-12 and below), so that
log-likelihoods are compared to 1e-12 and what follows from the optimum to the iterative tolerance.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.mmrm import MmrmFit, mmrm
from tests.reference.stored import HERE, ITERATIVE, agree, column, patients, r_term, stored

FORMULA = "hd ~ hd0 * visit + age + sex + site + arm * visit"
STRUCTURES = ("us", "ar1", "ar1h", "cs", "csh", "toep", "toeph", "ad", "adh")
CASES = {
    **{f"cghmore_{s}": {"covariance": s} for s in STRUCTURES},
    "cghmore_us_ML": {"covariance": "us", "method": "ml"},
    "cghmore_us_weighted": {"covariance": "us", "weights": "w"},
    **{f"cghmore_grouped_{s}": {"covariance": s, "group": "arm"} for s in ("us", "cs", "ar1h")},
    "cghmore_sp_exp": {"covariance": "sp_exp", "day": "week"},
    "cghmore_rom_us": {"covariance": "us"},
}
METHODS = {
    "satterthwaite": {"df": "satterthwaite"},
    "kenward_roger": {"df": "kenward-roger"},
    "kenward_roger_linear": {"df": "kenward-roger-linear"},
    "between_within": {"df": "between-within"},
    # R's mmrm goes from residual df to the empirical covariance by itself
    "residual": {"df": "residual", "vcov": "empirical"},
    "empirical": {"vcov": "empirical"},
    "empirical_jackknife": {"vcov": "empirical-jackknife"},
    "empirical_bias_reduced": {"vcov": "empirical-bias-reduced"},
}


def pairs() -> list[tuple[str, str]]:
    return [(case, m) for case in CASES for m in METHODS if m in stored("mmrm", case)]


@cache
def data() -> pd.DataFrame:
    weights = pd.read_csv(HERE / "data" / "cgh_weights.csv").set_index("id")["w"]
    long = patients("cgh_long")
    return long.assign(w=long["id"].map(weights))


@cache
def fitted(case: str, method: str = "satterthwaite") -> MmrmFit:
    formula = "rom ~ rom0 * visit + age + arm * visit" if "rom" in case else FORMULA
    return mmrm(formula, data(), subject="id", visit="visit", **CASES[case], **METHODS[method])  # type: ignore[arg-type]


def in_r_order(fit: MmrmFit, terms: list[str]) -> list[int]:
    """Places of R's terms; it writes an interaction's factors in the other order."""
    own = {frozenset(r_term(t).split(":")): i for i, t in enumerate(fit.terms)}
    return [own[frozenset(t.split(":"))] for t in terms]


def like(table: pd.DataFrame, records: list[dict], name: str) -> list[dict]:
    """R's records in the order of our rows."""
    by_key = {(r[name], r["visit"]): r for r in records}
    return [by_key[key] for key in zip(table[name], table["visit"], strict=True)]


@pytest.mark.parametrize("case", CASES)
def test_likelihood_and_criteria(case: str) -> None:
    expected, fit = stored("mmrm", case), fitted(case)
    agree(fit.log_likelihood, expected["logLik"], 1e-12)
    agree([fit.deviance, fit.aic, fit.aicc, fit.bic], [expected[k] for k in ("deviance", "AIC", "AICc", "BIC")], 1e-12)
    assert fit.n_parameters == expected["n_theta"]
    assert (fit.n_observations, fit.n_subjects) == (expected["n_obs"], expected["n_subjects"])


@pytest.mark.parametrize("case", CASES)
def test_covariance_over_visits(case: str) -> None:
    stored_one, own = stored("mmrm", case).get("cov"), fitted(case).covariance
    if case == "cghmore_sp_exp":
        # R shows that of two neighbouring weeks
        fit = fitted(case)
        variance, rho = np.exp(2 * fit.maximum.point.theta[0]), 1 / (1 + np.exp(-fit.maximum.point.theta[1]))
        agree([variance, variance * rho], stored_one["values"][0], ITERATIVE)
        return
    for name, frame in own.items() if isinstance(own, dict) else [("", own)]:
        agree(frame, (stored_one[name] if name else stored_one)["values"], ITERATIVE)


@pytest.mark.parametrize("case", [c for c in CASES if c != "cghmore_sp_exp"])
def test_parametrisation_is_that_of_r(case: str) -> None:
    """Kenward and Roger's second-order adjustment depends on it."""
    theta = np.ravel(stored("mmrm", case)["theta"])
    own = fitted(case).maximum.point.theta
    agree(own[np.argsort(own)], theta[np.argsort(theta)], ITERATIVE)


@pytest.mark.parametrize(("case", "method"), pairs())
def test_coefficients(case: str, method: str) -> None:
    expected, fit = stored("mmrm", case)[method]["coef"], fitted(case, method)
    table = fit.coefficients().iloc[in_r_order(fit, [r["term"] for r in expected])]
    # coefficients near 0 are sums of large parts: relative to their standard error
    scale = column(expected, "Std. Error")
    np.testing.assert_allclose((table["estimate"] - column(expected, "Estimate")) / scale, 0, atol=ITERATIVE)
    agree(table["std_error"], scale, ITERATIVE)
    agree(table["df"], column(expected, "df"), ITERATIVE)


@pytest.mark.parametrize(("case", "method"), [p for p in pairs() if "df_md" in stored("mmrm", p[0])[p[1]]])
def test_several_coefficients_at_once(case: str, method: str) -> None:
    expected, fit = stored("mmrm", case)[method]["df_md"], fitted(case, method)
    rows = np.eye(len(fit.terms))[in_r_order(fit, expected["tested"])]
    test = fit.test(rows)
    agree(
        [test.num_df, test.den_df, test.statistic, test.p_value],
        [expected[k] for k in ("num_df", "denom_df", "f_stat", "p_val")],
        ITERATIVE,
    )


@pytest.mark.parametrize(("case", "method"), pairs())
def test_marginal_means_and_differences(case: str, method: str) -> None:
    """emmeans 1.8.4 takes a mean's error and df from mmrm; for Kenward-Roger it rests on the adjusted covariance."""
    expected, fit = stored("mmrm", case)[method], fitted(case, method)
    means = marginal_means(fit, "arm", by="visit")
    records = like(means, expected["emmeans"], "arm")
    agree(means["estimate"], column(records, "emmean"), ITERATIVE)
    agree(means["std_error"], column(records, "SE"), ITERATIVE)
    agree(means["df"], column(records, "df"), ITERATIVE)
    table = contrasts(fit, "arm", by="visit")
    records = like(table, expected["contrasts"], "contrast")
    agree(table["std_error"], column(records, "SE"), ITERATIVE)
    agree(table["df"], column(records, "df"), ITERATIVE)
    np.testing.assert_allclose(
        (table["estimate"] - column(records, "estimate")) / column(records, "SE"), 0, atol=ITERATIVE
    )


def test_adjusted_differences() -> None:
    case = stored("mmrm", "cgh_us")
    fit = fitted("cghmore_us")
    for adjust, records in (("tukey", case["satterthwaite"]["contrasts"]), ("holm", case["holm"])):
        table = contrasts(fit, "arm", by="visit", adjust=adjust)  # type: ignore[arg-type]
        expected = column(like(table, records, "contrast"), "p.value")
        # ptukey's nine digits are of 1 - p
        np.testing.assert_allclose(table["p_adjusted"], expected, rtol=ITERATIVE, atol=1e-9)
    means = marginal_means(fit, "arm", by="visit", weights="proportional")
    records = like(means, case["proportional"], "arm")
    agree(means["estimate"], column(records, "emmean"), ITERATIVE)
    agree(means["std_error"], column(records, "SE"), ITERATIVE)
    agree(means["df"], column(records, "df"), ITERATIVE)


def test_over_visits_and_elsewhere() -> None:
    case, fit = stored("mmrm", "cghmore_rom_us"), fitted("cghmore_rom_us")
    overall = marginal_means(fit, "arm")
    agree(overall["estimate"], column(case["emmeans_overall"], "emmean"), ITERATIVE)
    agree(overall["df"], column(case["emmeans_overall"], "df"), ITERATIVE)
    low = marginal_means(fit, "arm", by="visit", at={"rom0": 50})
    agree(low["estimate"], column(like(low, case["emmeans_at_rom0"], "arm"), "emmean"), ITERATIVE)
    table = contrasts(fit, "arm", adjust="tukey")
    agree(table["df"], column(case["pairs_overall"], "df"), ITERATIVE)
    # ptukey's nine digits are of 1 - p
    np.testing.assert_allclose(table["p_adjusted"], column(case["pairs_overall"], "p.value"), rtol=ITERATIVE, atol=1e-9)


def test_residuals_and_fitted_values() -> None:
    case, fit = stored("mmrm", "cghmore_rom_us"), fitted("cghmore_rom_us")
    agree(fit.fitted[:20], case["fitted"], ITERATIVE)
    for kind in ("pearson", "normalized"):
        expected = np.array(case[f"residuals_{kind}"])
        np.testing.assert_allclose(fit.residuals(kind)[:20], expected, atol=1e-6)  # type: ignore[arg-type]
