"""Random intercepts and slopes against R's lmerTest and pbkrtest (scripts/04_lmm_gee.R, cases lmer_cgh_*).

lmerTest differentiates numerically, and lme4 stops where its optimiser does: log-likelihoods agree to 1e-12, degrees of
freedom to 1e-6.
"""

import numpy as np
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.mixed import MixedFit, mixed
from cgh_analysis.models.nested import NestedFit
from tests.reference.stored import ITERATIVE, agree, column, patients, r_term, stored

CASES = {
    "lmer_cgh_int": ("hd ~ hd0 + age + sex + arm * visit", "1"),
    "lmer_cgh_slope": ("hd ~ hd0 + age + sex + arm * week", "1 + week"),
}
NESTED = "lmer_cgh_nested_site"
METHODS = {"satterthwaite": "satterthwaite", "kenward_roger": "kenward-roger"}


def nested(df: str = "satterthwaite", method: str = "reml") -> NestedFit:
    formula = "hd ~ hd0 + age + sex + arm * visit"
    fit = mixed(formula, patients("cgh_long"), subject="id", within="site", df=df, method=method)  # type: ignore[arg-type]
    assert isinstance(fit, NestedFit)
    return fit


def fitted(case: str, df: str = "satterthwaite", method: str = "reml") -> MixedFit | NestedFit:
    formula, random = CASES[case]
    return mixed(formula, patients("cgh_long"), subject="id", random=random, df=df, method=method)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES)
def test_likelihoods_and_criteria(case: str) -> None:
    expected, reml, ml = stored("lmm_gee", case), fitted(case), fitted(case, method="ml")
    agree([reml.log_likelihood, ml.log_likelihood], [expected["REML_logLik"], expected["ML_logLik"]], 1e-12)
    agree([reml.aic, ml.aic], [expected["REML_AIC"], expected["ML_AIC"]], 1e-12)


@pytest.mark.parametrize("case", CASES)
def test_covariance_parameters(case: str) -> None:
    expected, fit = stored("lmm_gee", case), fitted(case)
    parts = {(r["var1"], r["var2"]): r["vcov"] for r in expected["varcorr"]}
    own = fit.random_covariance
    agree(own.iloc[0, 0], parts["(Intercept)", None], ITERATIVE)
    agree(fit.sigma, expected["sigma"], ITERATIVE)
    if len(own) > 1:
        agree([own.iloc[1, 1], own.iloc[0, 1]], [parts["week", None], parts["(Intercept)", "week"]], ITERATIVE)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_coefficients(case: str, method: str) -> None:
    expected, fit = stored("lmm_gee", case)[method], fitted(case, METHODS[method])
    table = fit.coefficients().rename(index=r_term).loc[[r["term"] for r in expected]]
    scale = column(expected, "Std. Error")
    np.testing.assert_allclose((table["estimate"] - column(expected, "Estimate")) / scale, 0, atol=ITERATIVE)
    agree(table["std_error"], scale, ITERATIVE)
    agree(table["df"], column(expected, "df"), ITERATIVE)


@pytest.mark.parametrize("method", METHODS)
def test_differences_of_arms(method: str) -> None:
    expected = stored("lmm_gee", "lmer_cgh_int")[f"pairs_{METHODS[method]}"]
    table = contrasts(fitted("lmer_cgh_int", METHODS[method]), "arm", by="visit")
    by_key = {(r["contrast"], r["visit"]): r for r in expected}
    records = [by_key[key] for key in zip(table["contrast"], table["visit"], strict=True)]
    agree(table["std_error"], column(records, "SE"), ITERATIVE)
    agree(table["df"], column(records, "df"), ITERATIVE)


@pytest.mark.parametrize("case", CASES)
def test_predicted_effects(case: str) -> None:
    expected, own = stored("lmm_gee", case)["ranef"]["id"], fitted(case).random_effects()
    names = {"Intercept": "(Intercept)", "week": "week"}
    for name in own:
        values = [r[names[name]] for r in expected]
        known = own.loc[[r["level"] for r in expected], name]
        np.testing.assert_allclose(known, values, atol=ITERATIVE * np.abs(values).max())


def test_nested_intercepts_have_the_same_likelihoods_and_variances() -> None:
    expected, reml = stored("lmm_gee", NESTED), nested()
    agree([reml.log_likelihood, reml.aic], [expected["REML_logLik"], expected["REML_AIC"]], 1e-12)
    parts = {r["grp"]: r["vcov"] for r in expected["varcorr"]}
    # the variance between sites is a thousandth of that of people, and as much less well determined
    agree(reml.variances["site"], parts["site"], 1e-4)
    agree([reml.variances["id"], reml.variances["residual"]], [parts["id"], parts["Residual"]], ITERATIVE)
    assert reml.n_subjects == expected["ngrps"]["id"]


@pytest.mark.parametrize("method", METHODS)
def test_nested_intercepts_have_the_same_coefficients(method: str) -> None:
    expected, fit = stored("lmm_gee", NESTED)[method], nested(METHODS[method])
    table = fit.coefficients().rename(index=r_term).loc[[r["term"] for r in expected]]
    scale = column(expected, "Std. Error")
    np.testing.assert_allclose((table["estimate"] - column(expected, "Estimate")) / scale, 0, atol=ITERATIVE)
    agree(table["std_error"], scale, ITERATIVE)
    agree(table["df"], column(expected, "df"), ITERATIVE)


def test_maximum_likelihood_leaves_no_variance_between_sites() -> None:
    """lme4 stops at a variance of 0; here that is said."""
    expected = stored("lmm_gee", NESTED)
    alone = stored("lmm_gee", "lmer_cgh_int")
    assert expected["ML_logLik"] == pytest.approx(alone["ML_logLik"], abs=1e-6)
    with pytest.raises(NotEstimable, match="has no variance"):
        nested(method="ml")


def test_what_nested_intercepts_need() -> None:
    data = patients("cgh_long")
    with pytest.raises(ArgumentError, match="random='1 \\+ week'"):
        mixed("hd ~ arm", data, subject="id", within="site", random="1 + week")
    with pytest.raises(NotEstimable, match="3 levels of arm"):
        mixed("hd ~ hd0", data, subject="id", within="arm")
