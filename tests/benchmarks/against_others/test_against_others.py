"""Right-censored models against R's survival and cmprsk, lifelines and statsmodels, in one run on the same people.

lifelines needs an older pandas, hence an environment of its own: CGH_LIFELINES_PYTHON names its interpreter.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.benchmark
HERE = Path(__file__).resolve().parent
TASKS = {
    "Kaplan-Meier": "1,000,000 rows, 3 arms",
    "log-rank": "1,000,000 rows, 3 arms",
    "Cox": "1,000,000 rows, 6 coefficients, Efron, with its formula",
    "Cox, arrays": "the same from a matrix",
    "Cox, robust": "100,000 rows, errors by 50,000 people",
    "ph test": "100,000 rows, all 6 coefficients",
    "Weibull": "100,000 rows, 6 coefficients",
    "Fine-Gray": "10,000 rows, 6 coefficients",
}
NEAR = {("Cox, arrays", "R"): 1.5}  # as fast as R's bare C code, to the noise of the machine
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PYTHONS = {
    "ours": sys.executable,
    "statsmodels": sys.executable,
    "lifelines": os.environ.get("CGH_LIFELINES_PYTHON"),
}


def people(folder: Path, n: int = 1_000_000) -> None:
    """Write days of 0 to 730, about half of them with an event, as one file a column."""
    rng = np.random.default_rng(1)
    x = {name: rng.normal(size=n) for name in "abcd"}
    arm = rng.integers(0, 3, n)
    day, end = rng.exponential(300 * np.exp(-0.2 * sum(x.values()) - 0.2 * arm)), rng.uniform(0, 731, n)
    gone = day <= end
    cause = gone * (1 + (rng.random(n) < 0.3))
    columns = {**x, "arm": arm, "day": np.floor(np.minimum(day, end)), "gone": gone, "cause": cause}
    for name, values in {**columns, "id": np.arange(n) // 2}.items():
        values.astype(float).tofile(folder / f"{name}.f64")


@pytest.fixture(scope="module")
def timings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    people(folder)
    commands = {name: [python, HERE / "programs.py", name, folder] for name, python in PYTHONS.items() if python}
    if shutil.which("Rscript"):
        commands["R"] = ["Rscript", HERE / "programs.R", folder]
    found = {}
    for name, command in commands.items():
        run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}, check=False)
        assert run.returncode == 0, f"{name}: {run.stderr}"
        found[name] = json.loads(run.stdout)
    return found


def test_table(timings):
    for task, what in TASKS.items():
        mine = timings["ours"].get(task)
        print(f"\n{task} ({what}): {'not here' if mine is None else f'{mine:.4f} s'}", end="")
        for name in ("R", "lifelines", "statsmodels"):
            theirs = timings.get(name, {}).get(task)
            if theirs is not None:
                print(f"; {name} {theirs:.4f} s{'' if mine is None else f', {theirs / mine:.1f} x'}", end="")
    print()


@pytest.mark.parametrize("name", ["R", "lifelines", "statsmodels"])
@pytest.mark.parametrize("task", TASKS)
def test_no_slower(timings, task, name):
    if name not in timings:
        pytest.skip(f"{name} is not here" + "; CGH_LIFELINES_PYTHON names none" * (name == "lifelines"))
    if task not in timings["ours"]:
        pytest.skip("this version of cgh_analysis has no such function")
    if task not in timings[name]:
        pytest.skip(f"{name} has no such thing here")
    assert timings["ours"][task] < timings[name][task] * NEAR.get((task, name), 1.0)
