"""Cox regression against R's coxph (survival 3.5-3), every quantity of the stored cases."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.survival.cox import cox
from tests.reference.stored import ITERATIVE, agree, column, patients, r_term, stored

FULL = "arm + age + hd0 + rom0 + log(duration)"
MODELS = {
    "cox_cgh": (FULL, {}),
    "cox_cgh_strata_site": (FULL, {"strata": "site"}),
    "cox_cgh_robust": ("arm + age + hd0", {"cluster": "id"}),
}
CASES = [(model, ties) for model in MODELS for ties in ("efron", "breslow")]


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(resolved=data["cause"] == 1)


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def both(request, cgh):
    """Our fit and R's results."""
    model, ties = request.param
    formula, options = MODELS[model]
    fit = cox(formula, cgh, time="time", event="resolved", ties=ties, **options)
    return fit, stored("survival", f"{model}_{ties}")


def test_coefficients_and_hazard_ratios(both):
    fit, r = both
    table = fit.coefficients()
    assert [r_term(t) for t in table.index] == [row["term"] for row in r["coef"]]
    agree(table["estimate"], column(r["coef"], "coef"), ITERATIVE)
    agree(table["std_error"], column(r["coef"], "robust se" if fit.robust else "se(coef)"), ITERATIVE)
    agree(table["statistic"], column(r["coef"], "z"), ITERATIVE)
    agree(table["p_value"], column(r["coef"], "Pr(>|z|)"), ITERATIVE)
    agree(table["hazard_ratio"], column(r["conf_int"], "exp(coef)"), ITERATIVE)
    agree(1 / table["hazard_ratio"], column(r["conf_int"], "exp(-coef)"), ITERATIVE)
    agree(table["hazard_ratio_low"], column(r["conf_int"], "lower .95"), ITERATIVE)
    agree(table["hazard_ratio_high"], column(r["conf_int"], "upper .95"), ITERATIVE)


def test_covariances(both):
    fit, r = both
    assert [r_term(t) for t in fit.vcov.columns] == r["vcov"]["colnames"]
    agree(fit.vcov, r["vcov"]["values"], ITERATIVE)
    if fit.robust:
        agree(fit.naive_vcov, r["naive_vcov"], ITERATIVE)
        agree(np.sqrt(np.diag(fit.naive_vcov)), column(r["coef"], "se(coef)"), ITERATIVE)


def test_likelihoods_and_tests(both):
    fit, r = both
    assert (fit.n_observations, fit.n_events) == (r["n"], r["n_event"])
    agree([fit.null_log_likelihood, fit.log_likelihood], r["loglik"], ITERATIVE)
    agree([fit.aic, fit.bic], [r["AIC"], r["BIC"]], ITERATIVE)
    for ours, theirs in ((fit.likelihood_ratio_test, r["logtest"]), (fit.score_test, r["sctest"])):
        agree([ours.statistic, ours.df, ours.p_value], [theirs["test"], theirs["df"], theirs["pvalue"]], ITERATIVE)
    # R's summary rounds the Wald statistic to two decimals, but not its p-value
    assert round(fit.wald_test.statistic, 2) == r["waldtest"]["test"]
    agree([fit.wald_test.df, fit.wald_test.p_value], [r["waldtest"]["df"], r["waldtest"]["pvalue"]], ITERATIVE)
    if fit.robust:
        ours, theirs = fit.robust_score_test, r["robscore"]
        agree([ours.statistic, ours.df, ours.p_value], [theirs["test"], theirs["df"], theirs["pvalue"]], ITERATIVE)


def test_concordance(both):
    fit, r = both
    agree(
        [fit.concordance, fit.concordance_details.std_error],
        [r["concordance"]["C"], r["concordance"]["se(C)"]],
        ITERATIVE,
    )


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_proportional_hazards_by_term(both, transform):
    fit, r = both
    table = fit.ph_test(transform)
    rows = r["cox_zph"][transform]
    assert table.index.tolist() == [row["term"] for row in rows]
    for ours, theirs in {"statistic": "chisq", "df": "df", "p_value": "p"}.items():
        agree(table[ours], column(rows, theirs), ITERATIVE)


def test_proportional_hazards_by_coefficient(both):
    fit, r = both
    table = fit.ph_test(terms=False)
    rows = r["cox_zph_terms_false"]
    assert [r_term(t) for t in table.index] == [row["term"] for row in rows]
    for ours, theirs in {"statistic": "chisq", "df": "df", "p_value": "p"}.items():
        agree(table[ours], column(rows, theirs), ITERATIVE)


def test_baseline_hazard(both):
    fit, r = both
    baseline = fit.baseline()
    expected = pd.DataFrame(r["basehaz_centered_false"])
    strata = expected["strata"] if "strata" in expected else [""] * len(expected)
    found = [
        baseline.loc[(baseline["stratum"] == s) & (baseline["time"] <= t), "cumulative_hazard"].max()
        for s, t in zip(strata, expected["time"], strict=True)
    ]
    # R gives a row also for times before the first event, where there is no step here
    agree(np.nan_to_num(found), expected["hazard"], ITERATIVE)


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("martingale", "martingale"),
        ("deviance", "deviance_res"),
        ("dfbeta", "dfbeta"),
        ("score", "score_res"),
        ("schoenfeld", "schoenfeld"),
        ("scaled_schoenfeld", "scaledsch"),
    ],
)
def test_residuals(both, kind, theirs):
    fit, r = both
    expected = np.array(r[theirs])
    agree(fit.residuals(kind).iloc[: len(expected)], expected, ITERATIVE)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_pairs_of_arms_with_holm(cgh, ties):
    r = stored("survival", f"cox_cgh_{ties}")["emm_pairs_holm"]
    table = contrasts(cox(FULL, cgh, time="time", event="resolved", ties=ties), "arm", adjust="holm").set_index(
        "contrast"
    )
    rows = pd.DataFrame(r).set_index("contrast").loc[table.index]
    for ours, theirs in {
        "estimate": "estimate",
        "std_error": "SE",
        "statistic": "z.ratio",
        "p_adjusted": "p.value",
    }.items():
        agree(table[ours], rows[theirs], ITERATIVE)


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATO", "ATM"])
def test_weights_with_robust_errors(cgh, estimand):
    r = stored("survival_weighted", f"multiarm_cgh_{estimand}")
    fit = cox("arm", cgh.assign(w=r["weights"]), time="time", event="resolved", weights="w")
    rows = r["weighted_cox_robust"]
    agree(fit.coef, column(rows, "coef"), ITERATIVE)
    agree(np.sqrt(np.diag(fit.naive_vcov)), column(rows, "se(coef)"), ITERATIVE)
    agree(fit.coefficients()["std_error"], column(rows, "robust se"), ITERATIVE)
    agree(fit.coefficients()["p_value"], column(rows, "Pr(>|z|)"), ITERATIVE)
