"""Time to resolution: curves, log-rank tests, hazard ratios."""

from __future__ import annotations

from typing import Final, get_args

import numpy as np
import pandas as pd

from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.logrank import logrank
from cgh_analysis.numerics.survival.bands import BandKind, band
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier, limits
from tests.simulated.measured import MANY, Measured, Rng, few, held, people, share

MILESTONE: Final = 91.0
BAND: Final = (45.0, 182.0)


def curves(n: int, rng: Rng) -> list[Measured]:
    """Kaplan-Meier at the milestone: exponential times of which 35 % come by then, people lost from day 30 on."""
    group = np.repeat(np.arange(MANY), n)
    time = rng.exponential(-MILESTONE / np.log(0.65), group.size)
    lost = rng.uniform(30, 400, group.size)
    steps = kaplan_meier(np.minimum(time, lost), time <= lost, group)
    low, high = limits(steps.survival, steps.se_log)
    here = steps.time <= MILESTONE
    last = np.flatnonzero(here & np.append(~here[1:] | (steps.group[1:] != steps.group[:-1]), True))
    return [share("Kaplan-Meier at day 91, log-log", "coverage", n, (low[last] <= 0.65) & (high[last] >= 0.65))]


def bands(n: int, rng: Rng) -> list[Measured]:
    """Simultaneous bands from day 45 to 182 of the same times: does the whole curve lie within?"""
    kinds: tuple[BandKind, ...] = get_args(BandKind)
    inside: dict[str, list[bool]] = {kind: [] for kind in kinds}
    rate = -np.log(0.65) / MILESTONE
    for _ in range(MANY // 8):
        time, lost = rng.exponential(1 / rate, n), rng.uniform(30, 400, n)
        steps = kaplan_meier(np.minimum(time, lost), time <= lost, np.zeros(n, dtype=np.intp))
        first, last = np.searchsorted(steps.time, BAND, side="right") - 1
        here = slice(first, last + 1)
        if first < 0 or steps.se_log[first] == 0 or not steps.survival[last] > 0 or steps.time[-1] < BAND[1]:
            continue  # no event by the first day, or nobody there until the last: not estimable
        days = np.concatenate([[BAND[0]], steps.time[first + 1 : last + 1], [BAND[1]]])
        truth = np.exp(-rate * days)
        for kind in kinds:
            found = band(kind, steps.survival[here], steps.se_log[here] ** 2, n)
            inside[kind].append(bool(np.all((found.high >= truth[:-1]) & (found.low <= truth[1:]))))
    return [share(f"Kaplan-Meier, {kind} band, log-log", "coverage", n, inside[kind]) for kind in kinds]


def hazards(n: int, rng: Rng) -> list[Measured]:
    """Cox regression with a covariate: hazard ratio 1.7 for the interval, 1 for the test."""
    cover, wrong = [], []
    for _ in range(few(n)):
        data, null = (people(n, rng, ("a", "b")) for _ in range(2))
        seen = follow_up(data, rng, np.log(1.7) * data["arm"].cat.codes + 0.5 * data["x"])
        nothing = follow_up(null, rng, 0.5 * null["x"])
        s, t = (contrasts(cox("arm + x", d, time="time", event="event"), "arm") for d in (seen, nothing))
        cover.append(held(s, float(np.log(1.7)))[0])
        wrong.append(t["p_value"][0] < 0.05)
    return [
        share("Hazard ratio, Cox", "coverage", n, cover),
        share("Hazard ratio, Cox, Wald", "type I error", n, wrong),
    ]


def log_rank(n: int, rng: Rng) -> list[Measured]:
    """Log-rank tests of three arms with one hazard: overall, and by pairs with Holm."""
    overall, family = [], []
    for _ in range(2 * few(n)):
        table = logrank(follow_up(people(n, rng), rng, 0.0), time="time", event="event", by="arm", pairwise=True)
        overall.append(table["p_value"][0] < 0.05)
        family.append(table["p_adjusted"].min() < 0.05)
    return [
        share("Log-rank, three arms", "type I error", n, overall),
        share("Log-rank, Holm over three pairs", "familywise error", n, family),
    ]


def follow_up(data: pd.DataFrame, rng: Rng, log_hazard: np.ndarray | float) -> pd.DataFrame:
    """Give people exponential times and uniform censoring, which takes about three in ten."""
    time = rng.exponential(np.exp(-np.asarray(log_hazard)) * np.ones(len(data)))
    lost = rng.uniform(0.2, 5, len(data))
    return data.assign(time=np.minimum(time, lost), event=(time <= lost).astype(int))
