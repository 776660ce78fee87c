"""Good data that are hard on arithmetic: the maximum is found, and no other optimiser finds a better one."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.mmrm import MmrmFit, mmrm
from cgh_analysis.numerics.mmrm.fields import OverVisits
from cgh_analysis.numerics.mmrm.likelihood import Model, evaluate, slopes
from cgh_analysis.numerics.mmrm.moments import least_squares
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError, maximise, starting_values
from cgh_analysis.numerics.mmrm.patterns import moments
from cgh_analysis.numerics.mmrm.structures import COVARIANCES

FORMULA = "y ~ arm * visit + x"


def trial(
    n: int,
    m: int,
    *,
    rho: float = 0.6,
    sds: np.ndarray | float = 1.0,
    mean: float = 0.0,
    gaps: float = 0.1,
    seed: int = 1,
) -> pd.DataFrame:
    """Equal correlations, half of it decaying, and some rows missing."""
    rng = np.random.default_rng(seed)
    lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    correlation = rho * (0.5 + 0.5 * 0.9**lag)
    np.fill_diagonal(correlation, 1.0)
    root = np.linalg.cholesky(correlation)
    rows = pd.DataFrame({"id": np.repeat(np.arange(n), m), "visit": np.tile(np.arange(m), n)})
    rows["arm"] = np.array(["a", "b"])[rows["id"] % 2]
    rows["x"] = rng.normal(size=n)[rows["id"]]
    rows["y"] = mean + (rng.normal(size=(n, m)) @ root.T * sds).ravel() + 0.2 * rows["x"]
    rows["visit"] = pd.Categorical(rows["visit"])
    return rows.loc[rng.random(n * m) >= gaps].reset_index(drop=True)


CASES = {
    "outcome of 1e6 with noise of 1": trial(60, 4, mean=1e6),
    "outcome of 1e6 with noise of 1e-3": trial(60, 4, mean=1e6, sds=1e-3),
    "outcome of 1e-8": trial(60, 4, sds=1e-8),
    "standard deviations from 1e-3 to 1e3": trial(80, 4, sds=np.array([1e-3, 1.0, 30.0, 1e3])),
    "correlations of 0.99": trial(80, 4, rho=0.9999, gaps=0.05),
    "no correlation": trial(60, 4, rho=0.0),
    "two visits": trial(40, 2),
    "twelve visits": trial(150, 12, gaps=0.05),
    "twelve visits, few people": trial(90, 12, gaps=0.02),
    "as few people as there may be": trial(12, 4, gaps=0.0, seed=5),
    "many gaps": trial(120, 5, gaps=0.5),
}


def fitted(name: str, kind: str) -> MmrmFit:
    return mmrm(FORMULA, CASES[name], subject="id", visit="visit", covariance=kind)


def gradient_in_errors(fit: MmrmFit) -> float:
    """The rise in log-likelihood that a Newton step would still bring."""
    known = fit.maximum.slopes
    return 0.5 * float(known.gradient @ np.linalg.solve(-known.hessian, known.gradient))


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", CASES)
def test_converges_to_a_maximum(name: str, kind: str) -> None:
    try:
        fit = fitted(name, kind)
    except ConvergenceError as error:
        # one variance for visits that differ a million times
        assert (name, kind) == ("standard deviations from 1e-3 to 1e3", "ad") and "singular" in error.message
        return
    assert gradient_in_errors(fit) < 1e-9
    assert np.linalg.eigvalsh(fit.maximum.slopes.hessian).max() < 0


@pytest.mark.parametrize("kind", ["us", "toeph", "ar1h", "csh", "adh", "toep"])
@pytest.mark.parametrize("name", CASES)
def test_no_other_optimiser_finds_a_better_one(name: str, kind: str) -> None:
    fit = fitted(name, kind)
    d = fit.prepared.design
    sums = moments(d.response, d.matrix, fit.prepared.layout, basis=least_squares(d.response, d.matrix))
    model = Model(moments=sums, covariance=OverVisits(COVARIANCES[kind]), reml=True)
    rng = np.random.default_rng(1)

    def minus(theta: np.ndarray) -> tuple[float, np.ndarray]:
        point = evaluate(model, theta)
        if point is None or not np.isfinite(point.log_likelihood):
            return 1e10, np.zeros_like(theta)
        return -point.log_likelihood, -slopes(model, point, exact=False).gradient

    start = starting_values(model)
    near = start + 0.3 * rng.normal(size=(3, len(start)))
    found = [minimize(minus, s, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).fun for s in (start, *near)]
    best = -min(found)
    assert fit.log_likelihood >= best - 1e-7 * (1 + abs(best)), (fit.log_likelihood, best)


def test_from_any_start_to_the_same_maximum() -> None:
    fit = fitted("many gaps", "us")
    d = fit.prepared.design
    sums = moments(d.response, d.matrix, fit.prepared.layout)
    model = Model(moments=sums, covariance=OverVisits(COVARIANCES["us"]), reml=True)
    rng = np.random.default_rng(2)
    for _ in range(10):
        start = starting_values(model) + rng.normal(size=model.n_parameters)
        np.testing.assert_allclose(maximise(model, start).point.theta, fit.maximum.point.theta, rtol=1e-7, atol=1e-8)


def test_a_mean_far_away_changes_the_digits_that_it_must() -> None:
    """1e6 leaves ten digits to a noise of 1: of them estimates keep eight."""
    near, far = trial(60, 4), trial(60, 4, mean=1e6)
    a, b = (mmrm(FORMULA, d, subject="id", visit="visit").coefficients().iloc[1:] for d in (near, far))
    np.testing.assert_allclose(b[["std_error", "df"]], a[["std_error", "df"]], rtol=1e-7)
    np.testing.assert_allclose(b["estimate"], a["estimate"], rtol=1e-7, atol=1e-8)


def test_nearly_aliased_columns_are_solved_from_the_rows() -> None:
    data = trial(60, 4)
    # of unit columns 1e-6 is x's own: squares would lose it
    far = data.assign(x=1e6 + data["x"])
    a, b = (mmrm(FORMULA, d, subject="id", visit="visit").coefficients() for d in (data, far))
    rest = [t for t in a.index if t != "Intercept"]
    np.testing.assert_allclose(b.loc[rest, ["std_error", "df"]], a.loc[rest, ["std_error", "df"]], rtol=1e-6)
    np.testing.assert_allclose(b.loc[rest, "estimate"], a.loc[rest, "estimate"], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("seed", range(12))
def test_hopeless_data_converge_or_say_that_they_do_not(seed: int) -> None:
    """As many parameters as people, drawn anew: a maximum with all its marks, or an error in words."""
    try:
        fit = mmrm("y ~ visit", trial(11, 4, rho=0.97, gaps=0.25, seed=seed), subject="id", visit="visit")
    except ConvergenceError as error:
        assert error.remedy
    except NotEstimable as error:
        assert "subjects" in error.message or "nobody" in error.message
    else:
        assert gradient_in_errors(fit) < 1e-9
