"""How long Cox regression takes on many rows, in processor time of one thread, against statsmodels in the same run."""

from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg

from cgh_analysis.models.design import design
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.mean_count import mean_count
from cgh_analysis.models.survival.recurrent import recurrent
from cgh_analysis.numerics.survival.cox import solve_cox
from cgh_analysis.numerics.survival.cox_partitions import Part, fit_partitions
from cgh_analysis.numerics.survival.partial_likelihood import cox_data
from tests.benchmarks.test_survival_speed import TIMES, people

pytestmark = pytest.mark.benchmark
FORMULA = "arm + a + b + c + d"


def seconds(call: Callable[[], Any], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = process_time()
        call()
        taken.append(process_time() - start)
    return min(taken)


def said(what: str, call: Callable[[], Any], aim: float) -> None:
    taken = seconds(call)
    print(f"{what}: {taken:.3f} s (aim {aim:g})")
    assert taken < 2 * aim


def test_a_million_rows_of_six_coefficients():
    data = people(1_000_000)
    d = design(FORMULA, data, keep=list(TIMES.values()), survival=True)
    day, gone = data["day"].to_numpy(float), data["gone"].to_numpy()
    said("bare, 1,000,000 rows", lambda: solve_cox(cox_data(d.matrix, day, gone), d.terms), 0.35)
    said("with its formula, 1,000,000 rows", lambda: cox(FORMULA, data, **TIMES), 0.7)
    parts = [Part(x=d.matrix[i::4], time=day[i::4], event=gone[i::4]) for i in range(4)]
    said("four parts, 1,000,000 rows", lambda: fit_partitions(parts, d.terms), 0.8)


def test_what_follows_a_fit_of_a_hundred_thousand():
    data = people(100_000).assign(id=lambda d: np.arange(len(d)) // 2)
    fit = cox(FORMULA, data, **TIMES)
    said("robust errors by 50,000 people, 100,000 rows", lambda: cox(FORMULA, data, **TIMES, cluster="id"), 0.3)
    said("test of proportional hazards, 100,000 rows", fit.ph_test, 0.08)
    said("effects over time, 100,000 rows", lambda: fit.ph_effect("arm"), 0.08)
    days = np.linspace(1, 700, 100)
    said("adjusted curves, 100,000 people x 100 days x 3 arms", lambda: fit.standardised("arm", days), 0.5)
    said("concordance, 100,000 rows", lambda: type(fit).concordance_details.func(fit), 0.4)


def test_recurrent_events_of_a_hundred_thousand_rows():
    data = people(100_000)
    data = data.assign(id=np.arange(len(data)) // 4, start=0.0)
    data["day"] = data.groupby("id")["day"].cumsum()
    data["start"] = data.groupby("id")["day"].shift(fill_value=0.0)
    spans = {"subject": "id", "entry": "start", "time": "day", "event": "gone"}
    said("rates with robust errors, 100,000 rows", lambda: recurrent(FORMULA, data, **spans), 0.4)
    said("mean numbers, 100,000 rows", lambda: mean_count(data, **spans, by="arm"), 0.4)


def test_exact_ties_of_two_thousand():
    data = people(2_000)
    data["week"] = np.ceil(data["day"] / 7)
    said("exact ties, 2,000 rows, weeks", lambda: cox(FORMULA, data, time="week", event="gone", ties="exact"), 2.0)
    silent = data.head(400).assign(gone=lambda d: d["gone"] & (d["arm"] != "block"))
    fit = cox(FORMULA, silent, **TIMES, penalty="firth")
    said("Firth's penalty, 400 rows", lambda: cox(FORMULA, silent, **TIMES, penalty="firth"), 0.1)
    said("its profile's limits", fit.profile, 0.5)


def test_against_statsmodels():
    data = people(100_000)
    x = design(FORMULA, data, survival=True).matrix
    ours = seconds(lambda: cox(FORMULA, data, **TIMES))
    theirs = seconds(lambda: PHReg(data["day"], x, status=data["gone"].astype(int), ties="efron").fit(), 1)
    print(f"100,000 rows: {ours:.3f} s with its formula, statsmodels {theirs:.3f} s without")
    assert ours < theirs
