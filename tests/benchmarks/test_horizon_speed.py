"""How long quantities up to a day take: a million rows against the curve itself, and NPMLEs with their bootstrap."""

from time import process_time

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.horizon.milestone import milestone
from cgh_analysis.models.horizon.pseudo_values import pseudo_values
from cgh_analysis.models.horizon.rmst import rmst
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier

pytestmark = pytest.mark.benchmark
TIMES = {"time": "day", "event": "gone"}
ENDS = {"left": "left", "right": "right"}
NPMLE = {**ENDS, "method": "npmle"}


def people(n: int, jitter: int) -> pd.DataFrame:
    """Days of events and of visits every few weeks, which differ by up to `jitter` days between people."""
    rng = np.random.default_rng(1)
    arm = rng.integers(0, 3, n)
    day = np.ceil(rng.exponential(200 * np.exp(-0.2 * arm)))
    visits = np.array([28, 56, 84, 182, 364]) + rng.integers(-jitter, jitter + 1, (n, 5))
    edges = np.column_stack([np.zeros(n), visits, np.full(n, np.inf)])
    place = (day[:, None] > edges).sum(axis=1)
    rows = np.arange(n)
    return pd.DataFrame(
        {
            "day": np.minimum(day, 364),
            "gone": day <= 364,
            "left": edges[rows, place - 1],
            "right": edges[rows, place],
            "arm": pd.Categorical.from_codes(arm, ["drug", "manual", "block"]),
        }
    )


def seconds(call, times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = process_time()
        call()
        taken.append(process_time() - start)
    return min(taken)


def test_a_million_right_censored_rows():
    data = people(1_000_000, 0)
    curve = seconds(lambda: kaplan_meier(data, **TIMES, by="arm"))
    for name, call, most in (
        ("rmst", lambda: rmst(data, tau=182, **TIMES, by="arm"), 2),
        ("milestone", lambda: milestone(data, day=91, **TIMES, by="arm"), 2),
        ("pseudo_values", lambda: pseudo_values(data, at=182, **TIMES, by="arm"), 20),
    ):
        taken = seconds(call)
        print(f"{name}, 1,000,000 rows: {taken:.3f} s, kaplan_meier {curve:.3f} s")
        assert taken < most * curve + 0.05


@pytest.mark.parametrize("jitter", [0, 7])
def test_intervals_of_420_people(jitter):
    data = people(420, jitter)
    for name, call, most in (
        ("rmst", lambda: rmst(data, tau=182, **ENDS, by="arm"), 0.5),
        ("rmst, 500 draws", lambda: rmst(data, tau=182, **NPMLE, by="arm", errors="bootstrap"), 4),
        ("pseudo_values", lambda: pseudo_values(data, at=182, **ENDS, by="arm"), 2),
        ("milestone", lambda: milestone(data, day=91, **ENDS, by="arm"), 6),
        ("milestone, Weibull", lambda: milestone(data, day=91, **ENDS, by="arm", method="aft"), 1),
    ):
        taken = seconds(call)
        print(f"{name}, 420 people, visits {jitter} days about their day: {taken:.3f} s")
        assert taken < most


def test_a_million_intervals():
    data = people(1_000_000, 0)
    taken = seconds(lambda: rmst(data, tau=182, **ENDS, by="arm"))
    print(f"rmst, 1,000,000 rows on five days: {taken:.3f} s")
    assert taken < 2
