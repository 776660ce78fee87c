"""The vectorised kernels of competing events and states against loops over times and people, with many ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.states.aalen_johansen import cumulative_incidence
from cgh_analysis.numerics.states.fine_gray import influence, subdistribution, sums
from cgh_analysis.numerics.states.fine_gray_curves import predicted
from cgh_analysis.numerics.states.gray import gray_test
from cgh_analysis.numerics.states.occupation import Histories, days_in_state, occupation
from tests import naive_states as naive

SEEDS = st.integers(0, 2**32 - 1)
# sums of at most 60 terms of size 1 to 100, some of which cancel, in another order
EXACT = {"rtol": 1e-9, "atol": 1e-9}
# central differences of step 1e-5
NUMERIC = {"rtol": 1e-5, "atol": 1e-8}
FEW = settings(max_examples=10, deadline=None)


def sample(seed, n=40, *, groups=2, late=False):
    """Days from 1 to 9 only, so that most are tied; each group has events of both causes and a censored person."""
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 10, n).astype(float)
    cause = rng.choice(3, n, p=[0.3, 0.45, 0.25])
    cause[:2] = 1, 2
    return {
        "time": time,
        "cause": cause,
        "group": np.arange(n) % groups,
        "entry": np.where(rng.random(n) < 0.5, -1.0, time - rng.integers(1, 4, n)) if late else np.full(n, -1.0),
        "weight": rng.choice([0.5, 1.0, 1.7], n),
        "x": rng.normal(size=(n, 2)).round(1),
    }


@FEW
@given(seed=SEEDS)
def test_incidence_is_the_product_of_matrices_and_its_error_the_influences(seed):
    d = sample(seed, n=30, late=True)
    one = np.zeros(30, dtype=np.intp)
    found = cumulative_incidence(
        d["time"], d["cause"], one, n_causes=int(d["cause"].max()), weights=d["weight"], entry=d["entry"]
    )
    for j, t in enumerate(found.time):
        p = naive.aalen_johansen(d, t)
        np.testing.assert_allclose(found.free[j], p[0], **EXACT)
        np.testing.assert_allclose(found.incidence[j], p[1:], **EXACT)
    # in the middle, and at the end
    for j in (len(found.time) // 2, len(found.time) - 1):
        own = naive.influence(lambda w, j=j: naive.aalen_johansen(d, found.time[j], w), d["weight"])
        error = np.sqrt(((d["weight"][:, None] * own) ** 2).sum(axis=0))
        np.testing.assert_allclose(found.std_error[j], error[1:], **NUMERIC)


@FEW
@given(seed=SEEDS, rho=st.sampled_from([0.0, 0.5, 1.0]), of=st.sampled_from([1, 2]))
def test_grays_test_is_the_papers(seed, rho, of):
    d = sample(seed, groups=3)
    stratum = np.arange(40) // 20
    parts = [naive.gray({k: v[stratum == s] for k, v in d.items()}, of, rho) for s in range(2)]
    try:
        found = gray_test(d["time"], d["cause"], d["group"], of=of, stratum=stratum, rho=rho)
    except NotEstimable:
        return
    np.testing.assert_allclose(found.score, parts[0][0] + parts[1][0], **EXACT)
    np.testing.assert_allclose(found.variance, parts[0][1] + parts[1][1], **EXACT)


@FEW
@given(seed=SEEDS)
def test_fine_and_grays_equation_with_explicit_weights(seed):
    d = sample(seed)
    beta = np.array([0.4, -0.7])
    data = subdistribution(d["x"], d["time"], d["cause"], of=1, group=d["group"])
    at = sums(data, beta)
    expected = naive.subdistribution(d, beta)
    np.testing.assert_allclose(at.log_likelihood, expected["log_likelihood"], **EXACT)
    np.testing.assert_allclose(at.score, expected["score"], **EXACT)
    np.testing.assert_allclose(at.information(), expected["information"], **EXACT)
    np.testing.assert_allclose(influence(at), expected["influence"], **EXACT)


@FEW
@given(seed=SEEDS, clustered=st.booleans())
def test_predicted_incidence_and_its_error(seed, clustered):
    d = sample(seed)
    beta = np.array([0.4, -0.7])
    data = subdistribution(d["x"], d["time"], d["cause"], of=1, group=d["group"])
    at = sums(data, beta)
    expected = naive.subdistribution(d, beta)
    dfbeta = influence(at) @ np.linalg.inv(at.information())
    new = np.array([[1.0, -0.5], [0.0, 2.0]])
    cluster = np.arange(40) // 4 if clustered else None
    found = predicted(at, beta, dfbeta, new, np.arange(expected["times"].size), cluster=cluster)
    steps = np.diff(expected["hazard"], prepend=0.0)
    for i, x in enumerate(new):
        q = np.cumsum((x - expected["mean"]) * steps[:, None], axis=0)
        own = np.exp(x @ beta) * (expected["increments"] + dfbeta @ q.T)
        if clustered:
            own = np.add.reduceat(own, np.arange(0, 40, 4))
        np.testing.assert_allclose(found.cumulative_hazard[i], np.exp(x @ beta) * expected["hazard"], **EXACT)
        np.testing.assert_allclose(found.std_error[i], np.sqrt((own**2).sum(axis=0)), **EXACT)


def walks(seed, n=20, n_states=3):
    """People who move between states 0 and 1, or into 2 for good, some of whom start in 1 and some late."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(n):
        now, state = (0.0, int(rng.random() < 0.3)) if person else (0.0, 0)
        for _ in range(rng.integers(1, 5)):
            stop = now + rng.integers(1, 4)
            to = int(rng.choice([state, 1 - state, 2], p=[0.4, 0.4, 0.2]))
            rows.append((person, now, stop, state, to))
            now, state = stop, to
            if state == 2:
                break
    person, start, stop, origin, destination = np.array(rows).T
    return Histories(
        person=person.astype(np.intp),
        start=start,
        stop=stop,
        origin=origin.astype(np.intp),
        destination=destination.astype(np.intp),
        n_states=n_states,
    )


@FEW
@given(seed=SEEDS)
def test_occupation_is_the_product_of_matrices_and_its_error_the_influences(seed):
    h = walks(seed)
    one = np.ones(20)
    found = occupation(h)
    for j in {0, len(found.time) // 2, len(found.time) - 1}:
        np.testing.assert_allclose(found.share[j], naive.occupation(h, found.time[j], one), **EXACT)
        own = naive.influence(lambda w, j=j: naive.occupation(h, found.time[j], w), one)
        np.testing.assert_allclose(found.std_error[j], np.sqrt((own**2).sum(axis=0)), **NUMERIC)


@FEW
@given(seed=SEEDS, until=st.sampled_from([0.5, 3.0, 7.25, 20.0]))
def test_days_in_state_are_the_area_under_the_shares(seed, until):
    h = walks(seed)

    def area(weight):
        times = np.unique(np.append(h.stop[h.stop < until], [0.0, until]))
        shares = np.array([naive.occupation(h, t, weight) for t in times[:-1]])
        return np.diff(times) @ shares

    found = days_in_state(h, until)
    one = np.ones(20)
    np.testing.assert_allclose(found.mean, area(one), **EXACT)
    own = naive.influence(area, one)
    np.testing.assert_allclose(found.std_error, np.sqrt((own**2).sum(axis=0)), **NUMERIC)


def test_a_cause_that_occurs_while_one_group_is_at_risk_is_no_comparison():
    time, cause = np.array([1.0, 2, 5, 6]), np.array([0, 0, 1, 1])
    with pytest.raises(NotEstimable, match="while people of two groups"):
        gray_test(time, cause, np.array([0, 0, 1, 1]), of=1)
