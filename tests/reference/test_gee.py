"""Estimating equations against R's geepack (scripts/04_lmm_gee.R, cases gee_cgh_*).

The cases' note proposes 1e-2 for a program with another moment estimator; this one solves geepack's own equations for
scale and correlation, so the iterative tolerance holds.
"""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.gee import GeeFit, gee
from cgh_analysis.models.marginal import marginal_means
from tests.reference.stored import ITERATIVE, agree, column, patients, r_term, stored

CASES = [(o, c) for o in ("hd", "respond") for c in ("independence", "exchangeable", "ar1")]
FAMILY = {"hd": "gaussian", "respond": "binomial"}


def fitted(outcome: str, correlation: str, covariance: str = "robust") -> GeeFit:
    return gee(
        f"{outcome} ~ hd0 + age + sex + arm * visit",
        patients("cgh_long"),
        subject="id",
        visit="visit",
        family=FAMILY[outcome],
        correlation=correlation,
        covariance=covariance,
    )


def in_r_order(fit: GeeFit, records: list[dict]) -> pd.DataFrame:
    names = [r["term"] for r in records]
    return fit.vcov.rename(index=r_term, columns=r_term).loc[names, names]


@pytest.mark.parametrize(("outcome", "correlation"), CASES)
def test_coefficients_and_covariances(outcome: str, correlation: str) -> None:
    case = stored("lmm_gee", f"gee_cgh_{outcome}_{correlation}")
    fit, naive = fitted(outcome, correlation), fitted(outcome, correlation, "naive")
    table = fit.coefficients().rename(index=r_term).loc[[r["term"] for r in case["coef"]]]
    agree(table["estimate"], column(case["coef"], "Estimate"), ITERATIVE)
    agree(table["std_error"], column(case["coef"], "Std.err"), ITERATIVE)
    agree(table["statistic"] ** 2, column(case["coef"], "Wald"), ITERATIVE)
    agree(in_r_order(fit, case["coef"]), case["robust_vcov"]["values"], ITERATIVE)
    agree(in_r_order(naive, case["coef"]), case["naive_vcov"]["values"], ITERATIVE)
    assert (fit.n_observations, fit.n_subjects) == (case["n"], case["n_clusters"])


@pytest.mark.parametrize(("outcome", "correlation"), CASES)
def test_p_values(outcome: str, correlation: str) -> None:
    case = stored("lmm_gee", f"gee_cgh_{outcome}_{correlation}")
    table = fitted(outcome, correlation).coefficients().rename(index=r_term).loc[[r["term"] for r in case["coef"]]]
    expected = column(case["coef"], "Pr(>|W|)")
    # geepack makes p as 1 - pchisq(), which leaves rounding of 1e-16 and nothing of a smaller p
    np.testing.assert_allclose(table["p_value"], expected, rtol=ITERATIVE, atol=1e-15)


@pytest.mark.parametrize(("outcome", "correlation"), CASES)
def test_scale_and_correlation(outcome: str, correlation: str) -> None:
    case = stored("lmm_gee", f"gee_cgh_{outcome}_{correlation}")
    fit = fitted(outcome, correlation)
    agree(fit.scale, case["scale"][0]["Estimate"], ITERATIVE)
    agree(fit.correlation, case["alpha"][0]["Estimate"] if case["alpha"] else 0, ITERATIVE)


@pytest.mark.parametrize(("outcome", "correlation"), CASES)
def test_means_and_contrasts_by_visit(outcome: str, correlation: str) -> None:
    case = stored("lmm_gee", f"gee_cgh_{outcome}_{correlation}")
    fit = fitted(outcome, correlation)
    means = marginal_means(fit, "arm", by="visit")
    assert means[["arm", "visit"]].to_numpy().tolist() == [[r["arm"], r["visit"]] for r in case["emmeans"]]
    for ours, theirs in [("estimate", "emmean"), ("std_error", "SE")]:
        agree(means[ours], column(case["emmeans"], theirs), ITERATIVE)
    agree(means["conf_low"], column(case["emmeans"], "asymp.LCL"), ITERATIVE)
    agree(means["conf_high"], column(case["emmeans"], "asymp.UCL"), ITERATIVE)
    pairs = contrasts(fit, "arm", by="visit", adjust="tukey")
    assert pairs["contrast"].tolist() == [r["contrast"] for r in case["pairs_tukey"]]
    for ours, theirs in [("estimate", "estimate"), ("std_error", "SE"), ("p_adjusted", "p.value")]:
        agree(pairs[ours], column(case["pairs_tukey"], theirs), ITERATIVE)
    limits = np.column_stack([column(case["pairs_tukey"], c) for c in ("asymp.LCL", "asymp.UCL")])
    # R's qtukey stops when two iterates are within 1e-4 of each other
    np.testing.assert_allclose(pairs[["conf_low", "conf_high"]], limits, rtol=0, atol=1e-4)
