"""One program's timings on data that are there as binary columns: `python programs.py NAME FOLDER` prints them as JSON.

Run by the interpreter of each program's own environment, so that nothing is imported before it is known which is meant.
Seconds of the processor's time, the least of a few runs, without reading the data.
"""

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd

MILLION, MANY, FEW = 10**6, 10**5, 10**4
ARMS = ["drug", "manual", "block"]
FORMULA = "arm + a + b + c + d"
TIMES = {"time": "day", "event": "gone"}
Task = tuple[str, Callable[[], Any]]


def main() -> None:
    """Time each task that a program has."""
    data = read(Path(sys.argv[2]))
    print(json.dumps({name: _seconds(call) for name, call in PROGRAMS[sys.argv[1]](data)}))


def read(folder: Path) -> pd.DataFrame:
    """Read the columns; days, events and codes are whole numbers, arms a category."""
    data = pd.DataFrame({path.stem: np.fromfile(path) for path in sorted(folder.glob("*.f64"))})
    data = data.astype(dict.fromkeys(["day", "gone", "cause", "id", "arm"], np.int64))
    return data.assign(arm=pd.Categorical.from_codes(data["arm"], ARMS))


def ours(data: pd.DataFrame) -> Iterator[Task]:
    """This package."""
    cgh = import_module("cgh_analysis")
    kernel = import_module("cgh_analysis.numerics.survival.cox")
    layout = import_module("cgh_analysis.numerics.survival.partial_likelihood")
    x, day, gone = _matrix(data), data["day"].to_numpy(dtype=float), data["gone"].to_numpy() == 1
    many = data.head(MANY)
    yield "Kaplan-Meier", lambda: cgh.kaplan_meier(data, **TIMES, by="arm")
    yield "log-rank", lambda: cgh.logrank(data, **TIMES, by="arm")
    yield "Cox", lambda: cgh.cox(FORMULA, data, **TIMES)
    names = [f"x{j}" for j in range(x.shape[1])]
    yield "Cox, arrays", lambda: kernel.solve_cox(layout.cox_data(x, day, gone, ties="efron"), names)
    yield "Cox, robust", lambda: cgh.cox(FORMULA, many, **TIMES, cluster="id")
    fit = cgh.cox(FORMULA, many, **TIMES)
    yield "ph test", fit.ph_test
    some, few = many.query("day > 0"), data.head(FEW)
    if "aft" in cgh.__all__:
        yield "Weibull", lambda: cgh.aft(FORMULA, some, **TIMES)
    if "fine_gray" in cgh.__all__:
        yield "Fine-Gray", lambda: cgh.fine_gray(FORMULA, few, time="day", cause="cause", of=1)


def statsmodels(data: pd.DataFrame) -> Iterator[Task]:
    """Curves one by one by arm, which is all that SurvfuncRight takes."""
    sm = import_module("statsmodels.duration.api")
    parts = [part for _, part in data.groupby("arm", observed=True)]
    x, many = _matrix(data), data.head(MANY)
    yield "Kaplan-Meier", lambda: [sm.SurvfuncRight(part["day"], part["gone"]) for part in parts]
    yield "log-rank", lambda: sm.survdiff(data["day"], data["gone"], data["arm"].cat.codes)
    yield "Cox", lambda: sm.PHReg.from_formula(f"day ~ {FORMULA}", data, status=data["gone"], ties="efron").fit()
    yield "Cox, arrays", lambda: sm.PHReg(data["day"], x, status=data["gone"], ties="efron").fit()
    robust = sm.PHReg(many["day"], x[:MANY], status=many["gone"], ties="efron")
    yield "Cox, robust", lambda: robust.fit(groups=many["id"].to_numpy())


def lifelines(data: pd.DataFrame) -> Iterator[Task]:
    """Curves one by one by arm, too."""
    ll, tests = import_module("lifelines"), import_module("lifelines.statistics")
    columns = {"duration_col": "day", "event_col": "gone"}
    parts = [part for _, part in data.groupby("arm", observed=True)]
    cox, many = data.drop(columns=["id", "cause"]), data.drop(columns=["cause"]).head(MANY)
    plain, some = many.drop(columns="id"), many.drop(columns="id").query("day > 0")
    yield "Kaplan-Meier", lambda: [ll.KaplanMeierFitter().fit(part["day"], part["gone"]) for part in parts]
    yield "log-rank", lambda: tests.multivariate_logrank_test(data["day"], data["arm"], data["gone"])
    yield "Cox", lambda: ll.CoxPHFitter().fit(cox, **columns, formula=FORMULA)
    yield "Cox, robust", lambda: ll.CoxPHFitter().fit(many, **columns, formula=FORMULA, cluster_col="id")
    fit = ll.CoxPHFitter().fit(plain, **columns, formula=FORMULA)
    yield "ph test", lambda: tests.proportional_hazard_test(fit, plain, time_transform="km")
    yield "Weibull", lambda: ll.WeibullAFTFitter().fit(some, **columns, formula=FORMULA)


def _matrix(data: pd.DataFrame) -> np.ndarray:
    return pd.get_dummies(data[["arm", *"abcd"]], drop_first=True, dtype=float).to_numpy()


def _seconds(call: Callable[[], Any]) -> float:
    """Return the least of three runs, one where it is long."""
    taken: list[float] = []
    while len(taken) < 3 and sum(taken) < 10:
        start = process_time()
        call()
        taken.append(process_time() - start)
    return min(taken)


PROGRAMS = {"ours": ours, "statsmodels": statsmodels, "lifelines": lifelines}

if __name__ == "__main__":
    main()
