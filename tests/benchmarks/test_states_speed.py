"""How long the models of competing events and states take, against sorting the times in the same run."""

from time import process_time

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.states.cumulative_incidence import cumulative_incidence
from cgh_analysis.models.states.fine_gray import fine_gray
from cgh_analysis.models.states.state_occupation import state_occupation

pytestmark = pytest.mark.benchmark
WHAT = {"time": "day", "cause": "why"}
STAYS = {"subject": "who", "start": "start", "stop": "stop", "from_state": "was", "to_state": "then"}


def people(n):
    rng = np.random.default_rng(1)
    data = {name: rng.normal(size=n) for name in "ab"}
    data["arm"] = pd.Categorical(rng.choice(["x", "y", "z"], n))
    data["day"] = rng.integers(1, 366, n)
    data["why"] = rng.choice(3, n, p=[0.3, 0.5, 0.2])
    return pd.DataFrame(data)


def walks(n, visits=6):
    """Headache, resolved and recurred at six visits some days off their plan, so that most days have a change."""
    rng = np.random.default_rng(2)
    day = np.cumsum(rng.integers(20, 60, (n, visits)), axis=1)
    state = np.where(rng.random((n, visits)) < 0.4, "resolved", "headache")
    before = np.concatenate([np.full((n, 1), "headache"), state[:, :-1]], axis=1)
    start = np.concatenate([np.zeros((n, 1), dtype=int), day[:, :-1]], axis=1)
    columns = {"start": start, "stop": day, "was": before, "then": state}
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    return frame.assign(who=np.repeat(np.arange(n), visits), arm=np.repeat(rng.choice(list("xyz"), n), visits))


def seconds(call, repeats=3):
    """The processor's time of the fastest of a few runs."""
    taken = []
    for _ in range(repeats):
        start = process_time()
        call()
        taken.append(process_time() - start)
    return min(taken)


def report(name, taken, rows):
    unsorted = np.random.default_rng(3).random(rows)
    print(f"{name}, {rows:,} rows: {taken:.3f} s, {taken / seconds(lambda: np.sort(unsorted)):.1f} sorts")


def test_fine_and_gray():
    # cmprsk's crr takes 43 s for ten thousand rows and four coefficients
    for rows, most in ((10_000, 0.15), (100_000, 1.0)):
        data = people(rows)
        taken = seconds(lambda data=data: fine_gray("arm + a + b", data, **WHAT, of=1))
        report("fine_gray", taken, rows)
        assert taken < most
    exact = people(10_000)
    exact["day"] = np.random.default_rng(4).random(len(exact))
    taken = seconds(lambda: fine_gray("arm + a + b", exact, **WHAT, of=1))
    report("fine_gray without ties", taken, len(exact))
    assert taken < 0.2


def test_predictions():
    data = people(10_000)
    fit = fine_gray("arm + a + b", data, **WHAT, of=1)
    taken = seconds(lambda: fit.predict(data.iloc[:100]))
    report("fine_gray's predict, 100 people at all days", taken, len(data))
    assert taken < 1.0


def test_a_million_rows():
    data = people(1_000_000)
    curve = cumulative_incidence(data, **WHAT, by="arm")
    calls = {
        "cumulative_incidence": lambda: cumulative_incidence(data, **WHAT, by="arm"),
        "gray_test": lambda: curve.gray_test(1),
    }
    for name, call in calls.items():
        taken = seconds(call)
        report(name, taken, len(data))
        assert taken < 2


def test_occupation_of_many():
    data = walks(20_000)
    curve = state_occupation(data, **STAYS, by="arm")
    for name, call in {
        "state_occupation": lambda: state_occupation(data, **STAYS, by="arm").at([91, 182]),
        "days_in_state": lambda: curve.days_in_state(180),
    }.items():
        taken = seconds(call)
        report(name, taken, len(data))
        assert taken < 10
