"""How long interval regressions take, against sorting and against a Cox fit of the same people in one run."""

from time import process_time

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.interval.aft import aft
from cgh_analysis.models.interval.interval_cox import interval_cox
from cgh_analysis.models.survival.cox import cox

pytestmark = pytest.mark.benchmark
ENDS = {"left": "left", "right": "right"}
FORMULA = "arm + a + b + c"


def people(n: int, *, whole: bool = True) -> pd.DataFrame:
    """People looked at about days 28 to 364, on whole days or at any time of them."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 3))
    arm = rng.integers(0, 3, n)
    day = 150 * rng.weibull(0.8, n) * np.exp(-0.3 * x.sum(axis=1) - 0.3 * arm)
    visits = np.sort(np.array([28, 56, 84, 182, 364]) + rng.uniform(-12, 12, (n, 5)), axis=1)
    visits = np.round(visits) if whole else visits
    before = visits < day[:, None]
    return pd.DataFrame(x, columns=list("abc")).assign(
        left=np.where(before, visits, 0).max(axis=1),
        right=np.where(before, np.inf, visits).min(axis=1),
        day=np.minimum(np.ceil(day), 364),
        gone=day <= 364,
        arm=pd.Categorical.from_codes(arm, ["drug", "manual", "block"]),
    )


def seconds(call) -> float:
    taken = []
    for _ in range(5):
        start = process_time()
        call()
        taken.append(process_time() - start)
    return min(taken)


def test_parametric_regression_of_a_hundred_thousand():
    data = people(100_000)
    unit = seconds(lambda: cox(FORMULA, data, time="day", event="gone"))
    for law in ("weibull", "lognormal", "loglogistic", "exponential"):
        for what, how in {"days": {"time": "day", "event": "gone"}, "intervals": ENDS}.items():
            taken = seconds(lambda law=law, how=how: aft(FORMULA, data, distribution=law, **how))
            print(f"{law}, 100,000 {what}: {taken:.3f} s, {taken / unit:.1f} Cox fits")
            assert taken < 1


def test_semiparametric_regression():
    for n, whole in ((360, True), (2_000, True), (2_000, False), (20_000, True)):
        data = people(n, whole=whole)
        for model in ("ph", "po"):
            taken = seconds(lambda data=data, model=model: interval_cox(FORMULA, data, model=model, **ENDS))
            print(f"{model}, {n:,} people, {'whole days' if whole else 'any time'}: {1000 * taken:.0f} ms with errors")
            assert taken < {360: 0.15, 2_000: 0.3, 20_000: 1}[n]
