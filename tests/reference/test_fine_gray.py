"""Fine and Gray's regression against R's cmprsk (2.2-11), every stored quantity."""

import numpy as np
import pytest

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.states.fine_gray import fine_gray
from tests.reference.stored import ITERATIVE, agree, column, patients, stored

MODEL = "arm + age + hd0"
# crr stops its Newton steps at a gradient of 1e-9, and prints its p-values in ten digits
BOTH = pytest.mark.parametrize("of", [1, 2])


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(month=np.ceil(data["time"] / 4.33))


def at_means(fit, times):
    """The incidence at the mean of the design's columns, which is no person's."""
    center = fit.subdistribution.center
    hazard = fit.baseline()["cumulative_hazard"].to_numpy() * np.exp(center @ fit.coef)
    return 1 - np.exp(
        -hazard[np.searchsorted(fit.baseline()["time"], np.asarray(times) * (1 + 1e-9), side="right") - 1]
    )


@BOTH
def test_as_cmprsk(cgh, of):
    r = stored("competing_risks", f"fg_cgh_cause{of}")
    fit = fine_gray(MODEL, cgh, time="time", cause="cause", of=of)
    table = fit.coefficients()
    agree(table["estimate"], column(r["coef"], "coef"), ITERATIVE)
    agree(table["std_error"], column(r["coef"], "se(coef)"), ITERATIVE)
    agree(table["p_value"], column(r["coef"], "p-value"), 1e-5)
    agree(table["subdistribution_hazard_ratio"], column(r["conf"], "exp(coef)"), ITERATIVE)
    agree(table["subdistribution_hazard_ratio_low"], column(r["conf"], "2.5%"), ITERATIVE)
    agree(table["subdistribution_hazard_ratio_high"], column(r["conf"], "97.5%"), ITERATIVE)
    agree(fit.vcov, r["vcov"], ITERATIVE)
    agree([fit.log_likelihood, fit.null_log_likelihood], [r["loglik"], r["loglik_null"]], 1e-10)
    agree(at_means(fit, r["pred_first"]["time"]), r["pred_first"]["cif_at_means"], ITERATIVE)


@BOTH
def test_ties_of_months(cgh, of):
    r = stored("states", f"crr_months_cause{of}")
    fit = fine_gray(MODEL, cgh, time="month", cause="cause", of=of)
    agree(fit.coef, r["coef"], ITERATIVE)
    agree(fit.vcov, r["vcov"], ITERATIVE)
    agree([fit.log_likelihood, fit.null_log_likelihood], [r["loglik"], r["loglik_null"]], 1e-10)
    agree(fit.baseline()["time"], r["time"], ITERATIVE)
    agree(at_means(fit, r["time"]), r["cif_at_means"], ITERATIVE)


@BOTH
def test_a_weighted_cox_model_of_split_rows_is_close(cgh, of):
    """survival's finegray weights by G(t), not G(t-), which on days with censored people is a little less."""
    r = stored("competing_risks", f"fg_cgh_cause{of}")["finegray_coxph_breslow"]
    fit = fine_gray(MODEL, cgh, time="time", cause="cause", of=of)
    np.testing.assert_allclose(fit.coef, list(r["coef"].values()), atol=3e-4)
    agree(np.sqrt(np.diag(fit.vcov)), r["se_robust_by_subject"], 3e-3)


def test_censoring_by_arm(cgh):
    r = stored("competing_risks", "fg_cgh_cengroup_arm_cause1")
    fit = fine_gray(MODEL, cgh, time="time", cause="cause", of=1, strata="arm")
    agree(fit.coef, column(r["coef"], "coef"), ITERATIVE)
    agree([fit.log_likelihood, fit.null_log_likelihood], [r["loglik"], r["loglik_null"]], 1e-10)
    agree(at_means(fit, r["pred_first"]["time"]), r["pred_first"]["cif_at_means"], ITERATIVE)
    # with groups crr's psi is not the influence of the groups' own censoring curves: see test_states_kernels.py,
    # where ours is held against the definition
    agree(np.sqrt(np.diag(fit.vcov)), column(r["coef"], "se(coef)"), 2e-3)


def test_contrasts_are_those_of_the_coefficients(cgh):
    fit = fine_gray(MODEL, cgh, time="time", cause="cause", of=1)
    found = contrasts(fit, "arm", adjust="holm").set_index("contrast")
    r = stored("competing_risks", "fg_cgh_cause1")
    agree(found.loc["MTE - MED", "estimate"], r["coef"][0]["coef"], ITERATIVE)
    agree(found.loc["BLOCK - MTE", "estimate"], r["coef"][1]["coef"] - r["coef"][0]["coef"], ITERATIVE)
    v = np.array(r["vcov"])
    agree(found.loc["BLOCK - MTE", "std_error"], np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]), ITERATIVE)
