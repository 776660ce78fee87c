"""Time to resolution seen at visits: what intervals and tests are worth where arms are seen alike, and where not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.horizon.milestone import milestone
from cgh_analysis.models.horizon.rmst import rmst
from cgh_analysis.models.interval.interval_cox import interval_cox
from cgh_analysis.models.interval.interval_logrank import interval_logrank
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.logrank import logrank
from cgh_analysis.simulate import Schedule, watched
from cgh_analysis.simulate.design import VISITS
from tests.simulated.measured import Measured, share
from tests.simulated.scenarios import SEED, Deviation

SIZES_OF_COHORTS: Final = (60, 200, 420)
DAY, TAU, COVARIATE = 91.0, 182.0, 0.3
DEMO: Final = tuple(float(v.day) for v in VISITS[1:])
LATE: Final = (84.0, 182.0, 364.0)
WEEKLY: Final = (*np.arange(7.0, 84.0, 7.0).tolist(), *LATE)
RATIOS: Final = {"drug": 1.0, "manual": 1.7, "block": 1.4}
SCHEDULES: Final = {
    "seen alike": {"drug": DEMO, "manual": DEMO, "block": DEMO},
    "seen differently": {"drug": DEMO, "manual": WEEKLY, "block": LATE},
}
INTERVAL: Final = {"left": "left", "right": "right"}
ON_VISITS: Final = {"time": "day", "event": "event"}


def measure_resolution(n: int, seen: str) -> list[Measured]:
    """Measure everything in cohorts of n people on one of the SCHEDULES; their random numbers are their own."""
    days, place = SCHEDULES[seen], list(SCHEDULES).index(seen)
    return [*_contrasts(n, seen, days, place), *_hazards(n, seen, days, place), *_tests(n, seen, days, place)]


def replications(n: int) -> int:
    """Return how many cohorts of a size are simulated."""
    return {60: 500, 200: 300}.get(n, 200)


def _cohorts(
    n: int, days: dict[str, tuple[float, ...]], ratios: dict[str, float], seeds: tuple[int, int], x: float
) -> Iterator[pd.DataFrame]:
    """Simulate cohorts whose arms have hazard ratios, and a covariate with an effect of x."""
    arms = {arm: Schedule(days=days[arm], hazard_ratio=ratio) for arm, ratio in ratios.items()}
    for r in range(replications(n)):
        seed = int(np.random.SeedSequence([SEED, n, *seeds, r]).generate_state(1)[0])
        yield watched(arms, patients=n // len(arms), seed=seed, covariate_effect=x)


def _contrasts(n: int, seen: str, days: dict[str, tuple[float, ...]], place: int) -> Iterator[Measured]:
    """Differences from the reference arm: of the share resolved by the milestone, and of the mean time until tau."""
    truth = {arm: Schedule(days=days[arm], hazard_ratio=ratio) for arm, ratio in RATIOS.items()}
    by_day = {arm: s.resolved_by(DAY) - truth["drug"].resolved_by(DAY) for arm, s in truth.items()}
    grid = np.linspace(0, TAU, 20_001)
    area = {a: float(np.trapezoid([1 - s.resolved_by(t) for t in grid], grid)) for a, s in truth.items()}
    means = {arm: area[arm] - area["drug"] for arm in area}
    tables: dict[str, list[pd.DataFrame]] = {}
    for cohort in _cohorts(n, days, RATIOS, (place, 0), 0.0):
        for name, table in _tables(cohort).items():
            tables.setdefault(name, []).append(table)
    for name, found in tables.items():
        true = by_day if name.startswith("Resolved") else means
        yield from _measured(f"{name}, {seen}", n, found, true)


def _tables(cohort: pd.DataFrame) -> dict[str, pd.DataFrame]:
    how = {"by": "arm", "reference": "drug"}
    found = {
        "Resolved by day 91, NPMLE": milestone(cohort, day=DAY, **INTERVAL, **how),
        "Resolved by day 91, AFT": milestone(cohort, day=DAY, method="aft", **INTERVAL, **how),
        "Resolved by day 91, Kaplan-Meier on visit days": milestone(
            cohort, day=DAY, method="kaplan-meier", **ON_VISITS, **how
        ),
        "RMST to day 182, piecewise hazards": rmst(cohort, tau=TAU, **INTERVAL, **how),
        "RMST to day 182, NPMLE": rmst(cohort, tau=TAU, method="npmle", **INTERVAL, **how),
        "RMST to day 182, Kaplan-Meier on visit days": rmst(cohort, tau=TAU, **ON_VISITS, **how),
    }
    return {name: table.loc[table["statistic"] == "difference"] for name, table in found.items()}


def _measured(what: str, n: int, tables: list[pd.DataFrame], truth: dict[str, float]) -> Iterator[Measured]:
    """Coverage over both comparisons, and the bias of each (in points of the statistic)."""
    known = pd.concat(tables)
    known = known.loc[known["conf_low"].notna()]
    true = known["group"].astype(str).map(truth).astype(float)
    yield share(what, "coverage", n, (known["conf_low"] <= true) & (true <= known["conf_high"]))
    for arm in ("manual", "block"):
        off = (known["estimate"] - true).loc[(known["group"].astype(str) == arm).to_numpy()]
        yield Measured(
            what=f"{what}: {arm} - drug",
            quantity="bias",
            n=n,
            replications=len(off),
            estimate=float(off.mean()),
            error=float(off.std(ddof=1) / np.sqrt(len(off))),
        )
    yield share(what, "no fit", n, np.arange(2 * len(tables)) >= len(known))


def _hazards(n: int, seen: str, days: dict[str, tuple[float, ...]], place: int) -> Iterator[Measured]:
    """Log hazard ratios given a covariate."""
    fits = {
        "Hazard ratio, interval Cox": lambda d: interval_cox("arm + x", d, **INTERVAL),
        "Hazard ratio, Cox on visit days": lambda d: cox("arm + x", d, **ON_VISITS),
    }
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in fits}
    for cohort in _cohorts(n, days, RATIOS, (place, 1), COVARIATE):
        for name, fit in fits.items():
            try:
                table = contrasts(fit(cohort), "arm", reference="drug").assign(group=["manual", "block"])
            except NotEstimable:
                table = pd.DataFrame({"conf_low": [np.nan] * 2})
            tables[name].append(table)
    truth = {arm: float(np.log(ratio)) for arm, ratio in RATIOS.items()}
    for name, found in tables.items():
        yield from _measured(f"{name}, {seen}", n, found, truth)


def _tests(n: int, seen: str, days: dict[str, tuple[float, ...]], place: int) -> Iterator[Measured]:
    """Tests of all arms where their hazards are one and the same."""
    found = []
    for cohort in _cohorts(n, days, dict.fromkeys(RATIOS, 1.2), (place, 2), 0.0):
        interval = interval_logrank(cohort, by="arm", **INTERVAL)
        on_visits = logrank(cohort, by="arm", **ON_VISITS)
        found.append([interval["p_value"].iloc[0] < 0.05, on_visits["p_value"].iloc[0] < 0.05])
    rejected = np.array(found)
    yield share(f"Log-rank of intervals, {seen}", "type I error", n, rejected[:, 0])
    yield share(f"Log-rank on visit days, {seen}", "type I error", n, rejected[:, 1])


DEVIATIONS_OF_RESOLUTION: Final = (
    Deviation(
        begins="Resolved by day 91, NPMLE",
        quantity="coverage",
        low=0.0,
        high=0.05,
        sizes=SIZES_OF_COHORTS,
        why="Likelihood ratio limits are on the safe side where everybody has visit days of their own, and "
        "include what visits leave open.",
    ),
    Deviation(
        begins="Resolved by day 91, NPMLE",
        quantity="bias",
        low=-0.05,
        high=0.05,
        sizes=SIZES_OF_COHORTS,
        why="Between rounds of visits the NPMLE falls where a few early or late visits happen to lie; its "
        "limits allow for that.",
    ),
    Deviation(
        begins="Resolved by day 91, Kaplan-Meier on visit days",
        quantity="coverage",
        low=-0.1,
        high=0.0,
        sizes=SIZES_OF_COHORTS,
        why="A resolution counts as of the next visit, which for blocks is past day 91 for some; and few "
        "people an arm.",
    ),
    Deviation(
        begins="Resolved by day 91, Kaplan-Meier on visit days",
        quantity="bias",
        low=-0.08,
        high=0.02,
        sizes=SIZES_OF_COHORTS,
        why="An arm that is first seen in week 12 looks slower by days of visits, by five points of a hundred "
        "here, whatever the number of people.",
    ),
    Deviation(
        begins="RMST to day 182, piecewise hazards",
        quantity="coverage",
        low=-0.04,
        high=0.0,
        sizes=SIZES_OF_COHORTS,
        why="With few people an arm normal limits of a mean time are a little narrow: its distribution is skewed.",
    ),
    Deviation(
        begins="RMST to day 182, piecewise hazards",
        quantity="bias",
        low=-1.0,
        high=3.0,
        sizes=SIZES_OF_COHORTS,
        why="The hazard falls within the first twelve weeks, in which blocks are not looked at: taking it for "
        "constant costs a day or two of 150.",
    ),
    Deviation(
        begins="RMST to day 182, NPMLE",
        quantity="coverage",
        low=-0.08,
        high=0.0,
        sizes=SIZES_OF_COHORTS,
        why="See the bias; the reason why piecewise constant hazards are the default.",
    ),
    Deviation(
        begins="RMST to day 182, NPMLE",
        quantity="bias",
        low=-1.0,
        high=7.0,
        sizes=SIZES_OF_COHORTS,
        why="The NPMLE puts the mass of a stretch without visits at its end, by which means come out too "
        "long, more so in arms with longer stretches.",
    ),
    Deviation(
        begins="RMST to day 182, Kaplan-Meier on visit days",
        quantity="coverage",
        low=-0.3,
        high=0.0,
        sizes=SIZES_OF_COHORTS,
        why="A resolution counts as of the next visit: the longer the way to it, the longer the headache, and "
        "the more people, the less the limits hold.",
    ),
    Deviation(
        begins="RMST to day 182, Kaplan-Meier on visit days",
        quantity="bias",
        low=-1.0,
        high=14.0,
        sizes=SIZES_OF_COHORTS,
        why="The same: ten days of 150 where blocks are seen seldom, four where all are seen alike, since who "
        "resolves sooner gains by it less.",
    ),
    Deviation(
        begins="Hazard ratio, interval Cox",
        quantity="bias",
        low=-0.05,
        high=0.15,
        sizes=(60,),
        why="With 20 people an arm the maximum of the likelihood lies a little too far from no effect.",
    ),
    Deviation(
        begins="Hazard ratio, Cox on visit days",
        quantity="bias",
        low=-0.12,
        high=0.15,
        sizes=SIZES_OF_COHORTS,
        why="Late and seldom visits make an arm look slower; with few people the maximum lies too far from no effect.",
    ),
)
