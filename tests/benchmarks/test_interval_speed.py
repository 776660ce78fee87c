"""How long the NPMLE and what rests on it take, against plain self-consistency on the same intervals, in one run."""

from time import process_time

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import interval_logrank, turnbull
from cgh_analysis.numerics.interval.cells import cells
from cgh_analysis.numerics.interval.npmle import npmle

pytestmark = pytest.mark.benchmark
BETWEEN = {"left": "left", "right": "right", "by": "arm"}


def seconds(call) -> float:
    taken = []
    for _ in range(3):
        start = process_time()
        call()
        taken.append(process_time() - start)
    return min(taken)


def inspected(n: int) -> pd.DataFrame:
    """People looked at on days of their own: hardly two intervals are the same."""
    rng = np.random.default_rng(1)
    return between(rng.weibull(1.3, n) * 40, np.cumsum(rng.exponential(10, (n, 6)), axis=1), rng)


def scheduled(n: int) -> pd.DataFrame:
    """People looked at twelve times, some days off the schedule, one visit in five missed."""
    rng = np.random.default_rng(2)
    visits = 14.0 * np.arange(1, 13) + rng.integers(-5, 6, (n, 12))
    visits[rng.random((n, 12)) < 0.2] = np.nan
    return between(rng.weibull(1.3, n) * 80, visits, rng)


def between(time, visits, rng) -> pd.DataFrame:
    after = visits < time[:, None]
    left = np.where(after, visits, 0).max(axis=1)
    right = np.where(after | np.isnan(visits), np.inf, visits).min(axis=1)
    arm = pd.Categorical.from_codes(rng.integers(0, 3, time.size), ["drug", "manual", "block"])
    return pd.DataFrame({"left": left, "right": right, "arm": arm})


def self_consistency(left, right, gap: float) -> int:
    """Turnbull's fixed point on the same cells by cumulated sums; returns the steps to a violation of the conditions.

    What this costs a step is as little as EM can, for no matrix of who may have what is built.
    """
    found = cells(left, right, np.ones(left.size))
    m = found.left.size
    p = np.full(m, 1 / m)
    for step in range(100_000):
        total = np.concatenate([[0.0], np.cumsum(p)])
        share = found.weight / (total[found.last] - total[found.first])
        d = np.cumsum(np.bincount(found.first, share, m + 1) - np.bincount(found.last, share, m + 1))[:-1] / left.size
        if d.max() - 1 < gap:
            return step
        p = p * d
    return step


def test_two_thousand_intervals_against_self_consistency():
    data = inspected(2_000)
    left, right = data["left"].to_numpy(), data["right"].to_numpy()
    fit = npmle(left, right)
    ours = seconds(lambda: npmle(left, right))
    steps = self_consistency(left, right, 1e-3)
    theirs = seconds(lambda: self_consistency(left, right, 1e-3))
    print(
        f"npmle, 2,000 intervals: {1000 * ours:.1f} ms in {fit.iterations} steps to {fit.kkt:.0e}; "
        f"self-consistency {1000 * theirs:.0f} ms in {steps} steps to 1e-3 ({theirs / ours:.0f} times as long)"
    )
    assert theirs > 5 * ours
    assert ours < 0.05


def test_a_hundred_thousand_people_on_twelve_visits():
    data = scheduled(100_000)
    for name, call, most in (
        ("turnbull", lambda: turnbull(data, **BETWEEN), 1.0),
        ("interval_logrank", lambda: interval_logrank(data, **BETWEEN), 1.0),
        ("turnbull and limits at four days", lambda: turnbull(data, **BETWEEN).at([28, 56, 84, 91]), 4.0),
    ):
        taken = seconds(call)
        print(f"{name}, 100,000 people x 12 visits, 3 arms: {taken:.3f} s")
        assert taken < most


def test_limits_and_pairs_of_a_cohort():
    data = scheduled(400)
    for name, call in {
        "curve with limits at every box": lambda: turnbull(data, **BETWEEN).steps(),
        "limits at one day": lambda: turnbull(data, **BETWEEN).at(91),
        "interval_logrank with pairs": lambda: interval_logrank(data, pairwise=True, **BETWEEN),
    }.items():
        print(f"{name}, 400 people, 3 arms: {1000 * seconds(call):.0f} ms")
