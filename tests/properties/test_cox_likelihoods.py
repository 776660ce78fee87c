"""The other likelihoods of Cox's model against their definitions: exact ties, Firth's penalty, sums over parts."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from cgh_analysis.engine import run_tasks
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.logrank import logrank
from cgh_analysis.numerics.survival.cox import solve_cox
from cgh_analysis.numerics.survival.cox_partitions import Part, fit_partitions
from cgh_analysis.numerics.survival.exact_ties import exact_data, exact_likelihood
from cgh_analysis.numerics.survival.firth import firth_likelihood, firth_profile, solve_firth
from cgh_analysis.numerics.survival.partial_likelihood import cox_data
from cgh_analysis.numerics.survival.risk_rows import risk_rows
from tests import naive_survival as naive
from tests.properties.test_survival_kernels import laid_out, sample

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=8, deadline=None)
NAMES = ("u", "v")
TIMES = {"time": "day", "event": "gone"}


def chosen(d, beta):
    """The exact log-likelihood, by listing all choices of as many people as have the event."""
    total = 0.0
    for s, t in naive.event_times(d):
        risk = naive.at_risk(d, t, s)
        dead = risk & d["event"] & (d["time"] == t)
        choices = itertools.combinations(np.flatnonzero(risk), int(dead.sum()))
        total += (d["x"][dead] @ beta).sum()
        total -= np.log(sum(np.exp((d["x"][list(c)] @ beta).sum()) for c in choices))
    return total


def slopes(f, at, h):
    """First and second central differences."""
    steps = h * np.eye(at.size)
    first = [(f(at + e) - f(at - e)) / (2 * h) for e in steps]
    second = [
        [(f(at + a + b) - f(at + a - b) - f(at - a + b) + f(at - a - b)) / (4 * h * h) for b in steps] for a in steps
    ]
    return np.array(first), np.array(second)


@FEW
@given(seed=SEEDS)
def test_exact_ties_are_the_sum_over_all_choices(seed):
    d = sample(seed, n=16)
    beta = np.array([0.4, -0.7])
    rows = risk_rows(d["x"], d["time"], d["event"], stratum=d["stratum"], entry=d["entry"])
    found = exact_likelihood(exact_data(rows), beta)
    np.testing.assert_allclose(found.log_likelihood, chosen(d, beta), rtol=1e-12)
    # differences of steps 1e-3 are good to their square
    first, second = slopes(lambda b: chosen(d, b), beta, 1e-3)
    np.testing.assert_allclose(found.score, first, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.hessian, second, rtol=1e-4, atol=1e-4)


def test_exact_ties_hold_where_sums_of_products_overflow():
    """Of 2,000 people 700 go at once, then one: there are more than 1e400 choices."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, 2000).astype(float)
    time = np.concatenate([np.full(700, 1.0), [2.0], np.full(1299, 3.0)])
    event = time < 3
    rows = risk_rows(x[:, None], time, event)
    found = exact_likelihood(exact_data(rows), np.zeros(1))
    lost, ones = 700, x.sum()
    variance = lost * ones / 2000 * (1 - ones / 2000) * (2000 - lost) / 1999
    at_two = x[700:].mean()
    np.testing.assert_allclose(-found.hessian, [[variance + at_two * (1 - at_two)]], rtol=1e-9)
    expected = (x[:700].sum() - lost * ones / 2000) + x[700] - at_two
    np.testing.assert_allclose(found.score, [expected], rtol=1e-9)


def test_exact_ties_that_would_take_too_long_are_refused():
    rng = np.random.default_rng(2)
    n = 40_000
    rows = risk_rows(rng.normal(size=(n, 6)), rng.integers(1, 5, n).astype(float), np.ones(n, dtype=bool))
    with pytest.raises(NotEstimable, match=r"exact ties of 40000 rows .* Efron's ties are close"):
        exact_data(rows)


@FEW
@given(seed=SEEDS)
def test_exact_ties_without_ties_are_any_others_and_their_score_test_is_the_logrank_test(seed):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"day": rng.integers(1, 9, 60), "gone": rng.random(60) < 0.7, "arm": rng.choice(list("abc"), 60)}
    )
    score = cox("arm", data, **TIMES, ties="exact").score_test
    test = logrank(data, **TIMES, by="arm").iloc[0]
    np.testing.assert_allclose([score.statistic, score.df], [test["statistic"], test["df"]], rtol=1e-9)
    untied = data.assign(day=rng.permutation(60) + 1.0)
    exact, efron = (cox("arm", untied, **TIMES, ties=ties) for ties in ("exact", "efron"))
    np.testing.assert_allclose(exact.coef, efron.coef, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(exact.vcov, efron.vcov, rtol=1e-9)


def penalised(d, beta, ties):
    found = naive.cox(d, beta, ties)
    return found["log_likelihood"] + 0.5 * np.linalg.slogdet(found["information"])[1]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_firths_likelihood_and_score(ties, seed):
    d = sample(seed)
    beta = np.array([0.4, -0.7])
    found = firth_likelihood(laid_out(d, ties), beta)
    np.testing.assert_allclose(found.log_likelihood, penalised(d, beta, ties), rtol=1e-10)
    first, _ = slopes(lambda b: penalised(d, b, ties), beta, 1e-4)
    np.testing.assert_allclose(found.score, first, rtol=1e-6, atol=1e-6)


def silent_arm(seed=3, n=45):
    """Nobody of arm c has the event."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"day": rng.integers(1, 30, n), "arm": np.repeat(list("abc"), n // 3), "age": rng.normal(size=n)}
    )
    return data.assign(gone=(data["arm"] != "c") & (rng.random(n) < 0.8))


def test_firths_maximum_is_that_of_a_general_optimiser():
    data = silent_arm(n=30)
    fit = cox("arm + age", data, **TIMES, penalty="firth")
    d = {
        "x": np.column_stack([data["arm"] == "b", data["arm"] == "c", data["age"]]).astype(float),
        "time": data["day"].to_numpy(float),
        "event": data["gone"].to_numpy(),
        "entry": np.full(len(data), -1.0),
        "stratum": np.zeros(len(data), dtype=int),
        "weight": np.ones(len(data)),
    }
    best = optimize.minimize(lambda b: -penalised(d, b, "efron"), fit.coef + 0.1, method="BFGS", options={"gtol": 1e-4})
    # a general optimiser with numerical derivatives stops about there; the likelihood below proves the maximum
    np.testing.assert_allclose(fit.coef, best.x, rtol=1e-3)
    np.testing.assert_allclose(fit.log_likelihood, -best.fun, rtol=1e-8)
    np.testing.assert_allclose(np.linalg.inv(fit.vcov), naive.cox(d, fit.coef)["information"], rtol=1e-8)
    with pytest.raises(NotEstimable, match=r"without end in arm\[T.c\]"):
        cox("arm + age", data, **TIMES)


def test_firths_profile_falls_by_half_the_quantile_at_its_limits():
    data = silent_arm()
    fit = cox("arm + age", data, **TIMES, penalty="firth")
    found = firth_profile(fit.risk, fit.coef, fit.covariance_of_coef, 0.9)
    for r in range(3):
        for end in (found.low[r], found.high[r]):
            others = np.delete(np.arange(3), r)

            def fall(b, r=r, end=end, others=others):
                full = np.empty(3)
                full[r], full[others] = end, b
                return -firth_likelihood(fit.risk, full).log_likelihood

            best = optimize.minimize(fall, fit.coef[others], method="BFGS", options={"gtol": 1e-7})
            np.testing.assert_allclose(2 * (fit.log_likelihood + best.fun), 2.705543454095404, rtol=1e-6)
    table = fit.profile(0.9)
    assert np.isfinite(table.to_numpy()).all()
    assert table.loc["arm[T.c]", "conf_low"] < table.loc["arm[T.c]", "estimate"] < table.loc["arm[T.c]", "conf_high"]


@FEW
@given(seed=SEEDS)
def test_firths_fit_follows_the_units_and_the_reference(seed):
    data = silent_arm(seed)
    fit = cox("arm + age", data, **TIMES, penalty="firth")
    other = cox(
        "arm + age", data.assign(age=100 * data["age"] + 7).sample(frac=1, random_state=1), **TIMES, penalty="firth"
    )
    np.testing.assert_allclose(other.coef * [1, 1, 100], fit.coef, rtol=1e-7, atol=1e-9)
    turned = data.assign(arm=pd.Categorical(data["arm"], list("bac")))
    np.testing.assert_allclose(
        cox("arm + age", turned, **TIMES, penalty="firth").coef[0], -fit.coef[0], rtol=1e-7, atol=1e-9
    )


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@FEW
@given(seed=SEEDS)
def test_parts_add_up_to_the_whole(ties, seed):
    d = sample(seed, n=300, strata=3)
    d["entry"] = np.maximum(d["entry"], 0.0)
    whole = solve_cox(laid_out(d, ties), NAMES)
    cut = np.array_split(np.random.default_rng(seed).permutation(300), 5)
    names = {"x": "x", "time": "time", "event": "event", "stratum": "stratum", "entry": "entry", "weights": "weight"}
    parts = [Part(**{name: d[own][rows] for name, own in names.items()}) for rows in cut]
    found = fit_partitions(parts, NAMES, ties=ties)
    best = found.maximum
    np.testing.assert_allclose(best.coef, whole.coef, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(best.covariance, whole.covariance, rtol=1e-12)
    np.testing.assert_allclose(best.log_likelihood, whole.log_likelihood, rtol=1e-12)
    np.testing.assert_allclose(best.score_test.statistic, whole.score_test.statistic, rtol=1e-11)
    hazard = np.concatenate(
        [
            np.cumsum(h)
            for h in np.split(
                whole.sums.h0 * np.exp(-whole.sums.shift)[found.stratum], np.flatnonzero(np.diff(found.stratum)) + 1
            )
        ]
    )
    # each is centred at a mean of its own rounding
    np.testing.assert_allclose(found.cumulative_hazard, hazard, rtol=1e-11)


def test_parts_on_an_executor():
    d = sample(5, n=200)
    parts = [Part(x=d["x"][i::3], time=d["time"][i::3], event=d["event"][i::3]) for i in range(3)]
    with ThreadPoolExecutor(2) as executor:
        there = fit_partitions(
            parts, NAMES, run=lambda tasks: run_tasks([(str(i), t) for i, t in enumerate(tasks)], executor)
        )
    np.testing.assert_array_equal(there.maximum.coef, fit_partitions(parts, NAMES).maximum.coef)
    with pytest.raises(NotEstimable, match="no part has an event"):
        fit_partitions([Part(x=d["x"], time=d["time"], event=np.zeros(200, dtype=bool))], NAMES)


def test_one_penalised_likelihood_whatever_the_strata_of_one():
    d = sample(4)
    data = cox_data(d["x"], d["time"], d["event"])
    one = cox_data(d["x"], d["time"], d["event"], stratum=np.zeros(30, dtype=int), entry=np.zeros(30) - 1)
    np.testing.assert_allclose(solve_firth(data, NAMES).coef, solve_firth(one, NAMES).coef, rtol=1e-10)
