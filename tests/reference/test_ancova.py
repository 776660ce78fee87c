"""Least squares against R 4.2.2 lm and sandwich 3.0 (scripts/02_ancova.R, cases ancova_cgh_*)."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.ancova import LinearFit, ancova
from tests.reference.stored import CLOSED_FORM, agree, column, patients, r_term, stored

ADDITIVE = "hd12 ~ arm + hd0 + age + sex + site"
INTERACTION = "hd12 ~ arm * hd0 + age + arm * sex + site"
CASE = stored("ancova", "ancova_cgh_hd12_additive")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return patients("cgh_sim")


def in_r_order(fit: LinearFit, records: list[dict]) -> pd.DataFrame:
    return fit.coefficients().rename(index=r_term).loc[[r["term"] for r in records]]


def test_coefficients(data: pd.DataFrame) -> None:
    table = in_r_order(ancova(ADDITIVE, data, covariance="classical"), CASE["coef"])
    agree(table["estimate"], column(CASE["coef"], "Estimate"), CLOSED_FORM)
    agree(table["std_error"], column(CASE["coef"], "Std. Error"), CLOSED_FORM)
    agree(table["statistic"], column(CASE["coef"], "t value"), CLOSED_FORM)
    agree(table["p_value"], column(CASE["coef"], "Pr(>|t|)"), CLOSED_FORM)
    agree(table["conf_low"], column(CASE["coef"], "2.5 %"), CLOSED_FORM)
    agree(table["conf_high"], column(CASE["coef"], "97.5 %"), CLOSED_FORM)


def test_covariance_and_fit(data: pd.DataFrame) -> None:
    fit = ancova(ADDITIVE, data, covariance="classical")
    names = CASE["vcov"]["rownames"]
    vcov = fit.vcov.rename(index=r_term, columns=r_term).loc[names, names]
    agree(vcov, CASE["vcov"]["values"], CLOSED_FORM)
    agree([fit.sigma, fit.r_squared], [CASE["sigma"], CASE["r2"]], CLOSED_FORM)
    agree([fit.log_likelihood, fit.aic, fit.bic], [CASE["logLik"], CASE["AIC"], CASE["BIC"]], CLOSED_FORM)
    assert (fit.n_observations, fit.df) == (CASE["n"], CASE["df_residual"])
    assert fit.n_left_out == len(data) - CASE["n"]


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_heteroscedasticity_consistent_errors(kind: str, data: pd.DataFrame) -> None:
    table = in_r_order(ancova(ADDITIVE, data, covariance=kind), CASE["HC"][kind])
    agree(table["std_error"], column(CASE["HC"][kind], "Std. Error"), CLOSED_FORM)
    agree(table["statistic"], column(CASE["HC"][kind], "t value"), CLOSED_FORM)
    agree(table["p_value"], column(CASE["HC"][kind], "Pr(>|t|)"), CLOSED_FORM)


def test_coefficients_with_interactions(data: pd.DataFrame) -> None:
    records = stored("ancova", "ancova_cgh_interaction")["coef"]
    table = ancova(INTERACTION, data, covariance="classical").coefficients().rename(index=r_term)
    # R puts the factors of an interaction in the order of the formula's terms, formulaic in that of their appearance
    table = table.rename(index=lambda t: ":".join(sorted(t.split(":"))))
    table = table.loc[[":".join(sorted(r["term"].split(":"))) for r in records]]
    agree(table["estimate"], column(records, "Estimate"), CLOSED_FORM)
    agree(table["std_error"], column(records, "Std. Error"), CLOSED_FORM)
    agree(table["p_value"], column(records, "Pr(>|t|)"), CLOSED_FORM)


def test_result_rows_carry_the_coefficients(data: pd.DataFrame) -> None:
    frame = ancova(ADDITIVE, data, covariance="classical").rows().frame.set_index("group")
    assert set(frame["statistic"]) == {"coefficient"}
    assert (frame["n"] == CASE["n"]).all()
    by_term = {r["term"]: r["Estimate"] for r in CASE["coef"]}
    agree(frame["estimate"], [by_term[r_term(t)] for t in frame.index], CLOSED_FORM)
    assert np.isfinite(frame["conf_low"]).all()
