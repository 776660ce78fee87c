"""Random intercepts and slopes against R's lmerTest and pbkrtest (scripts/04_lmm_gee.R, cases lmer_cgh_*).

lmerTest differentiates numerically, and lme4 stops where its optimiser does: log-likelihoods agree to 1e-12, degrees of
freedom to 1e-6.
"""

import numpy as np
import pytest

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.mixed import MixedFit, mixed
from tests.reference.stored import ITERATIVE, agree, column, patients, r_term, stored

CASES = {
    "lmer_cgh_int": ("hd ~ hd0 + age + sex + arm * visit", "1"),
    "lmer_cgh_slope": ("hd ~ hd0 + age + sex + arm * week", "1 + week"),
}
METHODS = {"satterthwaite": "satterthwaite", "kenward_roger": "kenward-roger"}


def fitted(case: str, df: str = "satterthwaite", method: str = "reml") -> MixedFit:
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
