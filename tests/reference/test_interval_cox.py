"""Semiparametric regression of intervals against R's icenReg (ic_sp, 2.0.16)."""

import pytest

from cgh_analysis.models.interval.interval_cox import interval_cox
from tests.reference.stored import ITERATIVE, agree, patients, stored


@pytest.mark.parametrize("model", ["ph", "po"])
def test_coefficients_and_likelihood(model):
    fit = interval_cox("arm + age + hd0", patients("cgh_sim"), left="left", right="right", model=model)
    r = stored("interval_regression", f"icsp_cgh_sim_{model}")
    assert [t.replace("[T.", "").rstrip("]") for t in fit.terms] == list(r["coef"])
    # icenReg's odds are those of still having the headache
    agree(fit.coef * (1 if model == "ph" else -1), list(r["coef"].values()), ITERATIVE)
    agree(fit.log_likelihood, r["loglik"], 1e-12)
    assert fit.log_likelihood >= r["loglik"] - 1e-11
    assert fit.stationarity < 1e-12
    assert (fit.n_observations, fit.n_units) == (360, 353)
