"""Accelerated failure time regression against R's survreg (survival 3.5-3, relative tolerance 1e-13)."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.interval.aft import aft
from tests.reference.stored import ITERATIVE, agree, column, patients, r_term, stored

FORMULA = "arm + age + hd0 + log(duration)"
LAWS = ["weibull", "lognormal", "loglogistic", "exponential"]
SEEN = {"": {"time": "time", "event": "resolved"}, "int_": {"left": "left", "right": "right"}}
NEW = pd.DataFrame({"arm": ["MED", "BLOCK"], "age": [40, 60], "trauma": [0, 1]})
MORE = {
    "scale_by_trauma": {"left": "left", "right": "right", "strata": "trauma"},
    "mixed": {"left": "l", "right": "r"},
    "mixed_by_trauma": {"left": "l", "right": "r", "strata": "trauma"},
    "cluster": {"time": "time", "event": "resolved", "cluster": "site"},
    "weights": {"time": "time", "event": "resolved", "weights": "w"},
    "counts": {"left": "l", "right": "r", "weights": "count"},
}


@pytest.fixture(scope="module")
def cgh():
    """As in scripts/aft_more.R."""
    data = patients("cgh_sim")
    row = np.arange(1, len(data) + 1)
    exact = (row % 3 == 0) & (data["cause"] == 1)
    return data.assign(
        resolved=data["cause"] == 1,
        count=1 + row % 3,
        w=np.array([0.5, 1, 1.5, 2])[row % 4],
        l=data["time"].where(exact, data["left"]),
        r=data["time"].where(exact, data["right"]),
    )


@pytest.fixture(scope="module", params=[(kind, law) for kind in SEEN for law in LAWS], ids="".join)
def both(request, cgh):
    """Our fit and R's results, of right- and of interval-censored times."""
    kind, law = request.param
    return aft(FORMULA, cgh, distribution=law, **SEEN[kind]), stored("interval_regression", f"aft_cgh_{kind}{law}")


def test_coefficients(both):
    fit, r = both
    table = fit.coefficients()
    rows = [row for row in r["coef"] if row["term"] != "Log(scale)"]
    assert [r_term(t) for t in table.index] == [row["term"] for row in rows]
    for ours, theirs in {"estimate": "Value", "std_error": "Std. Error", "statistic": "z", "p_value": "p"}.items():
        agree(table[ours], column(rows, theirs), ITERATIVE)
    agree(table["time_ratio"].iloc[1:], np.exp(column(rows, "Value"))[1:], ITERATIVE)


def test_scale_and_covariance(both):
    fit, r = both
    agree(fit.scale.iloc[0], r["scale"], ITERATIVE)
    agree(fit.full_vcov, r["vcov"]["values"], ITERATIVE)
    agree(fit.vcov, np.array(r["vcov"]["values"])[: len(fit.terms), : len(fit.terms)], ITERATIVE)


def test_likelihood(both):
    fit, r = both
    # rows without information, which R drops, are kept and change nothing
    assert (fit.n_observations, fit.n_units) == (360, r["n"])
    agree([fit.log_likelihood, fit.aic], [r["loglik"][1], r["AIC"]], ITERATIVE)
    if "BIC" in r:
        agree(fit.bic, r["BIC"], ITERATIVE)


def test_quantiles(both):
    fit, r = both
    told = r["quantiles"]
    found = fit.quantile(pd.DataFrame(told["newdata"]), told["p"])
    agree(found["estimate"], np.ravel(told["fit"]), ITERATIVE)
    agree(found["std_error"], np.ravel(told["se"]), ITERATIVE)


def test_residuals(both):
    fit, r = both
    for kind in ("response", "deviance"):
        if f"resid_{kind}" in r:
            agree(fit.residuals(kind).iloc[:10], r[f"resid_{kind}"], ITERATIVE)


CASES = [(name, law) for name in MORE for law in LAWS[:3]] + [("mixed", "exponential")]


@pytest.mark.parametrize(("name", "law"), CASES)
def test_strata_clusters_weights_and_rows_of_all_kinds(cgh, name, law):
    said = cgh.loc[(cgh["left"] > 0) | np.isfinite(cgh["right"])]
    fit = aft("arm + age", said, distribution=law, **MORE[name])
    r = stored("aft_more", f"{name}_{law}")
    theta = np.concatenate([fit.coef, np.log(fit.scale) if law != "exponential" else []])
    agree(theta, r["theta"], ITERATIVE)
    agree(fit.full_vcov, r["vcov"], ITERATIVE)
    agree(fit.log_likelihood, r["loglik"], ITERATIVE)
    assert fit.robust == (name in ("cluster", "weights"))
    found = fit.quantile(NEW, [0.1, 0.5, 0.9])
    agree(found["estimate"], np.ravel(r["quantile"]), ITERATIVE)
    agree(found["std_error"], np.ravel(r["quantile_se"]), ITERATIVE)
    # of Weibull intervals R leaves the scale out of the place that deviances are taken from
    known = np.ones(30, dtype=bool) if law in ("lognormal", "loglogistic") else _one_end(fit)[:30]
    for kind in ("response", "deviance"):
        agree(fit.residuals(kind).iloc[:30][known], np.array(r[f"resid_{kind}"])[known], ITERATIVE)


def _one_end(fit):
    seen = fit.intervals
    return (seen.left == seen.right) | (seen.left == 0) | np.isinf(seen.right)
