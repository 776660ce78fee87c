"""The vectorised survival kernels against loops over times and people, on data with many ties, strata and entries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.numerics.survival import cox_residuals as residuals
from cgh_analysis.numerics.survival import kaplan_meier as km
from cgh_analysis.numerics.survival import logrank as lr
from cgh_analysis.numerics.survival.concordance import concordance
from cgh_analysis.numerics.survival.partial_likelihood import cox_data, information, score, sums
from cgh_analysis.numerics.survival.proportional_hazards import ph_test
from cgh_analysis.numerics.survival.risk_sets import at_risk, distinct, met, risk_sets, running
from tests import naive_survival as naive

TIES = pytest.mark.parametrize("ties", ["efron", "breslow"])
SEEDS = st.integers(0, 2**32 - 1)
# sums of at most 60 terms of size 1 to 100, some of which cancel, in another order
EXACT = {"rtol": 1e-9, "atol": 1e-9}


def sample(seed, n=30, *, strata=2, late=True):
    """Days from 1 to 8 only, so that most are tied; half of the rows enter late."""
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 9, n).astype(float)
    return {
        "x": rng.normal(size=(n, 2)).round(1),
        "time": time,
        "event": np.concatenate([[True], rng.random(n - 1) < 0.7]),
        "entry": np.where(rng.random(n) < 0.5, -1.0, time - rng.integers(1, 4, n)) if late else np.full(n, -1.0),
        "stratum": rng.integers(0, strata, n),
        "weight": rng.choice([0.5, 1.0, 1.7], n),
    }


def laid_out(d, ties="efron"):
    return cox_data(
        d["x"], d["time"], d["event"], stratum=d["stratum"], entry=d["entry"], weights=d["weight"], ties=ties
    )


@TIES
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_partial_likelihood_and_residuals(ties, seed):
    d = sample(seed)
    beta = np.array([0.4, -0.7])
    data = laid_out(d, ties)
    at = sums(data, beta)
    expected = naive.cox(d, beta, ties)
    np.testing.assert_allclose(at.log_likelihood, expected["log_likelihood"], **EXACT)
    np.testing.assert_allclose(score(data, at), expected["score"], **EXACT)
    np.testing.assert_allclose(information(data, at), expected["information"], **EXACT)
    np.testing.assert_allclose(residuals.martingale(data, at), expected["martingale"], **EXACT)
    np.testing.assert_allclose(residuals.score_residuals(data, at), expected["score_residuals"], **EXACT)


@TIES
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_schoenfeld_residuals_and_predicted_hazard(ties, seed):
    d = sample(seed)
    beta = np.array([0.4, -0.7])
    data = laid_out(d, ties)
    at = sums(data, beta)
    found = list(naive.slots(d, beta, ties))
    means = {}
    for slot in found:
        means.setdefault((slot["stratum"], slot["time"]), []).append(slot["mean"])
    rows, values = residuals.schoenfeld(data, at)
    expected = [d["x"][i] - np.mean(means[d["stratum"][i], d["time"][i]], axis=0) for i in rows]
    np.testing.assert_allclose(values, expected, **EXACT)

    covariance = np.array([[0.3, 0.1], [0.1, 0.2]])
    new = np.array([[1.0, -0.5], [0.0, 2.0]])
    predicted = residuals.predicted(data, at, beta, covariance, new)
    baseline = residuals.baseline_hazard(data, at, beta)
    for j, (s, t) in enumerate(zip(data.sets.stratum, data.sets.times, strict=True)):
        for i, x in enumerate(new):
            hazard, error = naive.predicted(d, beta, covariance, x, s, t, ties)
            np.testing.assert_allclose(predicted.cumulative_hazard[i, j], hazard, **EXACT)
            np.testing.assert_allclose(predicted.std_error[i, j], error, **EXACT)
        np.testing.assert_allclose(baseline[j], naive.predicted(d, beta, covariance, 0 * x, s, t, ties)[0], **EXACT)


@TIES
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_proportional_hazards_test_is_the_score_test_on_split_rows(ties, seed):
    d = sample(seed, n=40)
    d["weight"] = np.ones(40)
    beta = np.array([0.3, -0.2])
    data = laid_out(d, ties)
    g = np.log(data.sets.times)
    parts, overall = ph_test(data, sums(data, beta), g, [np.array([0]), np.array([1])])
    split = naive.split_at_events(d, np.log)
    full = laid_out(split, ties)
    at = sums(full, np.append(beta, [0.0, 0.0]))
    # x g(t) less the mean of g, and a score for b of zero, as the test has it at the maximum
    center = -np.log(split["time"][split["event"]]).mean() * np.eye(2)
    shift = np.block([[np.eye(2), np.zeros((2, 2))], [center, np.eye(2)]])
    u, matrix = shift @ score(full, at), shift @ information(full, at) @ shift.T
    u[:2] = 0.0
    np.testing.assert_allclose(overall.statistic, u @ np.linalg.solve(matrix, u), rtol=1e-8)
    for j, part in enumerate(parts):
        kept = [0, 1, 2 + j]
        expected = u[kept] @ np.linalg.solve(matrix[np.ix_(kept, kept)], u[kept])
        np.testing.assert_allclose(part.statistic, expected, rtol=1e-8)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_concordance_counts_the_pairs(seed):
    d = sample(seed, n=40)
    risk = d["x"][:, 0].round(0)
    found = concordance(risk, d["time"], d["event"], stratum=d["stratum"], entry=d["entry"], weights=d["weight"])
    np.testing.assert_allclose(found.estimate, naive.concordance(risk, d), rtol=1e-12)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_concordance_error_is_the_derivative_by_each_weight(seed):
    d = sample(seed, n=25, strata=1)
    risk = d["x"][:, 0].round(0)
    found = concordance(risk, d["time"], d["event"], entry=d["entry"], weights=d["weight"])
    influence = []
    for i in range(25):
        high, low = ({**d, "weight": d["weight"] + h * (np.arange(25) == i)} for h in (1e-5, -1e-5))
        influence.append(d["weight"][i] * (naive.concordance(risk, high) - naive.concordance(risk, low)) / 2e-5)
    # central differences are good to about 1e-9
    np.testing.assert_allclose(found.std_error, np.linalg.norm(influence), rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_kaplan_meier_and_greenwood(seed):
    d = sample(seed, strata=1)
    d["weight"] = np.ones(30)
    steps = km.kaplan_meier(d["time"], d["event"], d["stratum"], entry=d["entry"])
    for t, survival, se in zip(steps.time, steps.survival, steps.se_log, strict=True):
        expected, variance = naive.kaplan_meier(d, t)
        np.testing.assert_allclose(survival, expected, rtol=1e-12, atol=1e-15)
        if expected > 0:
            np.testing.assert_allclose(se, np.sqrt(variance), rtol=1e-12)
    ties = {
        "nelson": (steps.hazard, steps.se_hazard),
        "one by one": km.one_by_one(steps.group, steps.n_risk, steps.n_event),
    }
    for name, (hazard, se_hazard) in ties.items():
        expected = [naive.cumulative_hazard(d, t, one_by_one=name != "nelson") for t in steps.time]
        np.testing.assert_allclose(np.column_stack([hazard, se_hazard**2]), expected, rtol=1e-12)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_kaplan_meier_jackknife_is_the_derivative_by_each_weight(seed):
    d = sample(seed, strata=1)
    steps = km.kaplan_meier(d["time"], d["event"], d["stratum"], entry=d["entry"], weights=d["weight"])
    for t, survival, se in zip(steps.time, steps.survival, steps.se_log, strict=True):
        if survival <= 1e-12:
            assert np.isnan(se)
            continue
        # central differences are good to about 1e-9 of a slope; the error is 0 before the first event
        expected = norm_of_slopes(d, lambda changed, t=t: np.log(naive.kaplan_meier(changed, t)[0]))
        np.testing.assert_allclose(se, expected, rtol=1e-6, atol=1e-9)


@settings(max_examples=6, deadline=None)
@given(seed=SEEDS)
def test_the_jackknife_of_the_hazard_is_the_derivative_by_each_weight(seed):
    d = sample(seed, strata=1)
    steps = km.kaplan_meier(d["time"], d["event"], d["stratum"], entry=d["entry"], weights=d["weight"])
    for t, hazard, se in zip(steps.time, steps.hazard, steps.se_hazard, strict=True):
        np.testing.assert_allclose(hazard, naive.cumulative_hazard(d, t)[0], rtol=1e-12)
        expected = norm_of_slopes(d, lambda changed, t=t: naive.cumulative_hazard(changed, t)[0])
        np.testing.assert_allclose(se, expected, rtol=1e-6, atol=1e-9)


def norm_of_slopes(d, statistic):
    slopes = []
    for i in range(d["time"].size):
        high, low = ({**d, "weight": d["weight"] + h * (np.arange(d["time"].size) == i)} for h in (1e-5, -1e-5))
        slopes.append(d["weight"][i] * (statistic(high) - statistic(low)) / 2e-5)
    return np.linalg.norm(slopes)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("weighting", "rho", "gamma", "weight_at"),
    [
        ("logrank", 0.0, 0.0, lambda s, r, m: 1.0),
        ("gehan", 0.0, 0.0, lambda s, r, m: r),
        ("tarone-ware", 0.0, 0.0, lambda s, r, m: np.sqrt(r)),
        ("peto", 0.0, 0.0, lambda s, r, m: s),
        ("modified-peto", 0.0, 0.0, lambda s, r, m: m * r / (r + 1)),
        ("fleming-harrington", 0.5, 1.0, lambda s, r, m: s**0.5 * (1 - s)),
    ],
)
@settings(max_examples=6, deadline=None)
@given(seed=SEEDS)
def test_logrank_weights(late, weighting, rho, gamma, weight_at, seed):
    d = sample(seed, n=60, late=late)
    group = np.random.default_rng(seed).integers(0, 3, 60)
    entry, how = d["entry"] if late else None, {"weighting": weighting, "rho": rho, "gamma": gamma}
    found = lr.logrank(d["time"], d["event"], group, stratum=d["stratum"], entry=entry, **how)
    difference, covariance = naive.logrank(d, group, weight_at)
    np.testing.assert_allclose(found.observed - found.expected, difference, **EXACT)
    np.testing.assert_allclose(found.variance, covariance, **EXACT)
    expected = difference[:2] @ np.linalg.solve(covariance[:2, :2], difference[:2])
    np.testing.assert_allclose(found.test.statistic, expected, rtol=1e-9)
    score = np.array([1.0, 2.0, 4.0])
    trend = found.trend(score)
    assert trend.df == 1
    np.testing.assert_allclose(trend.statistic, (score @ difference) ** 2 / (score @ covariance @ score), rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_sums_over_risk_sets_and_over_times_met_are_each_others_transpose(seed):
    d = sample(seed, n=40, strata=3)
    sets = risk_sets(d["time"], d["stratum"], entry=d["entry"], at=d["event"])
    rng = np.random.default_rng(seed)
    people, points = rng.normal(size=40), rng.normal(size=sets.times.size)
    np.testing.assert_allclose(at_risk(sets, people) @ points, people @ met(sets, points), **EXACT)


def test_running_sums_start_anew_in_each_stratum():
    sets = risk_sets(np.array([1.0, 2, 1, 3]), np.array([0, 0, 1, 1]))
    assert running(sets, np.array([1.0, 2, 4, 8])).tolist() == [1, 3, 4, 12]


def test_a_stratum_of_small_risks_keeps_its_precision_beside_one_of_large():
    sets = risk_sets(np.array([1.0, 2, 1, 2]), np.array([0, 0, 1, 1]))
    values = np.array([1e-9, 1e-9, 1e9, 1e9])
    np.testing.assert_allclose(at_risk(sets, values), [2e-9, 1e-9, 2e9, 1e9], rtol=1e-15)
    np.testing.assert_allclose(at_risk(sets, values[::-1]), [2e9, 1e9, 2e-9, 1e-9], rtol=1e-15)


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=30), seed=SEEDS)
def test_running_sums_of_strata_of_any_sizes(sizes, seed):
    sets = risk_sets(np.concatenate([np.arange(n) + 1.0 for n in sizes]), np.repeat(np.arange(len(sizes)), sizes))
    values = np.random.default_rng(seed).normal(size=(sum(sizes), 2))
    expected = np.concatenate([np.cumsum(v, axis=0) for v in np.split(values, np.cumsum(sizes)[:-1])])
    np.testing.assert_allclose(running(sets, values), expected, rtol=1e-15)


def test_times_equal_but_for_rounding_are_one():
    times, index = distinct(np.array([0.3, 0.1 + 0.2, 0.1]))
    assert index.tolist() == [1, 1, 0]
    np.testing.assert_allclose(times, [0.1, 0.3], rtol=1e-15)
