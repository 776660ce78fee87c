"""How long the survival models take on many rows, against sorting the times and against statsmodels, in one run."""

from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank

pytestmark = pytest.mark.benchmark
TIMES = {"time": "day", "event": "gone"}


def people(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 4))
    arm = rng.integers(0, 3, n)
    day = rng.exponential(300 * np.exp(-0.2 * x.sum(axis=1) - 0.2 * arm))
    end = rng.uniform(0, 730, n)
    return pd.DataFrame(x, columns=list("abcd")).assign(
        day=np.ceil(np.minimum(day, end)),
        gone=day <= end,
        arm=pd.Categorical.from_codes(arm, ["drug", "manual", "block"]),
    )


def seconds(call) -> float:
    taken = []
    for _ in range(3):
        start = perf_counter()
        call()
        taken.append(perf_counter() - start)
    return min(taken)


def test_a_million_rows():
    data = people(1_000_000)
    unsorted = np.random.default_rng(2).random(len(data))
    sorting = seconds(lambda: np.sort(unsorted))
    for name, call in {
        "kaplan_meier": lambda: kaplan_meier(data, **TIMES, by="arm"),
        "logrank": lambda: logrank(data, **TIMES, by="arm"),
        "cox": lambda: cox("arm + a + b + c + d", data, **TIMES),
    }.items():
        taken = seconds(call)
        print(f"{name}, 1,000,000 rows: {taken:.2f} s, {taken / sorting:.1f} sorts")
        assert taken < {"kaplan_meier": 1, "logrank": 1, "cox": 6}[name]


def test_cox_against_statsmodels():
    data = people(100_000)
    x = pd.get_dummies(data[["arm", *"abcd"]], drop_first=True, dtype=float)
    ours = seconds(lambda: cox("arm + a + b + c + d", data, **TIMES))
    theirs = seconds(lambda: PHReg(data["day"], x, status=data["gone"].astype(int), ties="efron").fit())
    print(f"cox, 100,000 rows: {ours:.2f} s, statsmodels {theirs:.2f} s")
    assert ours < theirs
