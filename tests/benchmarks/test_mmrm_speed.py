"""How long mmrm() and mixed() take, formula and coefficients() included, against the aims and against other programs.

Every line is the best of several runs in one process, on the clock and in processor time: what others do on the machine
adds to the first only. R's programs take part where Rscript and the package are installed.
"""

import shutil
import subprocess
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.mixed import mixed
from cgh_analysis.models.mmrm import mmrm

pytestmark = pytest.mark.benchmark
SMALL = "y ~ arm * visit + y0 * visit"
KEYS = {"subject": "id", "visit": "visit"}


def trial(n: int, m: int, lost: float = 0.05) -> pd.DataFrame:
    """People in three arms, a covariate, correlations that decay over visits, and some who drop out at each."""
    rng = np.random.default_rng(1)
    visit = np.tile(np.arange(m), n)
    rows = pd.DataFrame({"id": np.repeat(np.arange(n), m)})
    rows["visit"] = pd.Categorical.from_codes(visit, [f"v{i:02d}" for i in range(m)])
    rows["arm"] = pd.Categorical.from_codes(rows["id"] % 3, ["drug", "manual", "block"])
    root = np.linalg.cholesky(0.6 ** np.abs(np.subtract.outer(np.arange(m), np.arange(m))))
    rows["y0"] = rng.normal(size=n)[rows["id"]]
    rows["y"] = 0.5 * rows["y0"] + (rng.normal(size=(n, m)) @ root.T).ravel()
    last = np.where(rng.random(n) < lost * (m - 1), rng.integers(1, m + 1, n), m)
    return rows.loc[visit < np.repeat(last, m)].reset_index(drop=True)


def wide_trial() -> tuple[pd.DataFrame, str]:
    """1,000 people at ten visits with seven covariates: 47 coefficients."""
    rows = trial(1000, 10, lost=0.02)
    rng = np.random.default_rng(5)
    for name in "abcdef":
        rows[name] = rng.normal(size=1000)[rows["id"]]
    return rows, f"{SMALL} + a + b + c + d + e + f + a:b"


def slopes(n: int = 20_000) -> pd.DataFrame:
    """Five measurements of each person, with an intercept and a slope of their own."""
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"id": np.repeat(np.arange(n), 5), "week": np.tile([0.0, 4, 8, 12, 26], n)})
    rows["arm"] = pd.Categorical.from_codes(rows["id"] % 3, ["drug", "manual", "block"])
    rows["x"] = rng.normal(size=n)[rows["id"]]
    own = rng.normal(size=(n, 2)) @ np.array([[1.0, 0.03], [0, 0.1]])
    rows["y"] = 0.3 * rows["x"] + own[rows["id"], 0] + own[rows["id"], 1] * rows["week"] + rng.normal(size=len(rows))
    return rows


def best(call: Callable[[], object], runs: int) -> tuple[float, float]:
    """The shortest time of several runs: on the clock, and of the processor."""
    wall, processor = [], []
    for _ in range(runs):
        before = perf_counter(), process_time()
        call()
        wall.append(perf_counter() - before[0])
        processor.append(process_time() - before[1])
    return min(wall), min(processor)


def megabytes(call: Callable[[], object]) -> float:
    """The most memory above what there was before."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def line(name: str, call: Callable[[], object], *, aim: float, runs: int = 5, memory: float = np.inf) -> float:
    call()
    wall, processor = best(call, runs)
    peak = megabytes(call)
    print(f"{name:<55} {wall:8.4f} s {processor:8.4f} s (aim {aim}) {peak:6.0f} MB above the data")
    # a loaded machine adds to the clock, several threads to the processor's time, a slow machine to both
    assert min(wall, processor) < 1.5 * aim
    assert peak < memory
    return wall


def test_a_trial_of_200() -> None:
    rows = trial(200, 4)
    for df, aim in (("satterthwaite", 0.009), ("kenward-roger-linear", 0.015), ("kenward-roger", 0.015)):
        line(
            f"mmrm, 200 x 4, us, {df}", lambda df=df: mmrm(SMALL, rows, df=df, **KEYS).coefficients(), aim=aim, runs=30
        )


def test_47_coefficients_and_55_parameters() -> None:
    rows, formula = wide_trial()
    fit = mmrm(formula, rows, **KEYS)
    assert (len(fit.terms), fit.n_parameters) == (47, 55)
    for options, aim in [
        ({}, 0.2),
        ({"df": "kenward-roger-linear"}, 1.1),
        ({"df": "kenward-roger"}, 1.1),
        ({"covariance": "ar1h"}, 0.15),
        ({"covariance": "toeph"}, 0.3),
    ]:
        name = ", ".join(options.values()) or "us, satterthwaite"
        line(
            f"mmrm, 1,000 x 10, {name}",
            lambda o=options: mmrm(formula, rows, **KEYS, **o).coefficients(),
            aim=aim,
            memory=100,
        )


@pytest.mark.parametrize(("n", "m", "aim", "memory"), [(100_000, 6, 1.0, 300), (1_000_000, 4, 2.0, 900)])
def test_many_people(n: int, m: int, aim: float, memory: float) -> None:
    rows = trial(n, m, lost=0.01)
    line(f"mmrm, {n:,} x {m}, us", lambda: mmrm(SMALL, rows, **KEYS).coefficients(), aim=aim, runs=2, memory=memory)


def test_time_grows_with_rows_only_where_they_are_summed() -> None:
    """Iterations see sums: ten times the people cost less than ten times the time."""
    few, many = (trial(n, 4, lost=0.01) for n in (20_000, 200_000))
    times = [best(lambda d=d: mmrm(SMALL, d, **KEYS), 3)[0] for d in (few, many)]
    print(f"mmrm, 200,000 against 20,000 people: {times[1] / times[0]:.1f} times as long")
    assert times[1] / times[0] < 12


def test_random_slopes_on_100_000_rows() -> None:
    rows = slopes()
    for df, aim in (("satterthwaite", 0.5), ("kenward-roger", 0.6)):
        line(
            f"mixed, 100,000 rows, random slope, {df}",
            lambda df=df: mixed("y ~ arm * week + x", rows, subject="id", random="1 + week", df=df).coefficients(),
            aim=aim,
            memory=100,
        )


def test_against_statsmodels() -> None:
    """MixedLM on a tenth of the rows; ours must be no worse a maximum."""
    statsmodels = pytest.importorskip("statsmodels.formula.api")
    rows = slopes(2000)
    for random in ("1", "1 + week"):
        ours = best(lambda r=random: mixed("y ~ arm * week + x", rows, subject="id", random=r).coefficients(), 3)[0]
        start = perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = statsmodels.mixedlm("y ~ arm * week + x", rows, groups="id", re_formula=random)
            theirs = model.fit(reml=True)
        taken = perf_counter() - start
        fit = mixed("y ~ arm * week + x", rows, subject="id", random=random)
        short = fit.log_likelihood - theirs.llf
        print(
            f"mixed, 10,000 rows, random {random}: {ours:.3f} s; statsmodels {taken:.2f} s ({taken / ours:.0f} times), "
            f"its log-likelihood {short:.2g} below ours"
        )
        assert ours < taken
        assert short > -1e-6


R_SCRIPT = """
taken <- function(call) {
  start <- proc.time()[["elapsed"]]
  fit <- call()
  c(proc.time()[["elapsed"]] - start, logLik(fit))
}
d <- read.csv("trial.csv", stringsAsFactors = TRUE)
d$time <- as.integer(d$visit)
d$arm <- relevel(d$arm, "drug")
if (requireNamespace("nlme", quietly = TRUE)) cat("nlme::gls", taken(function() nlme::gls(
  y ~ arm * visit + y0 * visit, d, correlation = nlme::corSymm(form = ~ time | id),
  weights = nlme::varIdent(form = ~ 1 | visit), method = "REML")), "\\n")
s <- read.csv("slopes.csv", stringsAsFactors = TRUE)
s$arm <- relevel(s$arm, "drug")
if (requireNamespace("lme4", quietly = TRUE)) cat("lme4::lmer", taken(function() lme4::lmer(
  y ~ arm * week + x + (1 + week | id), s)), "\\n")
"""


def test_against_r(tmp_path: Path) -> None:
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("Rscript is not installed")
    people, own = trial(200, 4), slopes(2000)
    people.to_csv(tmp_path / "trial.csv", index=False)
    own.to_csv(tmp_path / "slopes.csv", index=False)
    (tmp_path / "run.R").write_text(R_SCRIPT, encoding="utf-8")
    done = subprocess.run([program, "run.R"], cwd=tmp_path, capture_output=True, text=True, check=True)
    calls = {
        "nlme::gls": lambda: mmrm(SMALL, people, **KEYS),
        "lme4::lmer": lambda: mixed("y ~ arm * week + x", own, subject="id", random="1 + week"),
    }
    for name, seconds, log_likelihood in map(str.split, done.stdout.splitlines()):
        ours = best(calls[name], 3)[0]
        print(f"{name}: {seconds} s, ours {ours:.4f} s")
        assert ours < float(seconds)
        assert calls[name]().log_likelihood > float(log_likelihood) - 1e-4
