"""Which visits happen, on which day, and which cells stay empty: people leave because of what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.simulate.design import TYPICAL_HEADACHE_DAYS, VISITS
from cgh_analysis.simulate.draw import Flags, Floats, Integers, expit, happens, normal, stream, uniform
from cgh_analysis.simulate.outcomes import OUTCOMES

NO_BASELINE: Final = 0.025
MISSED: Final = 0.04
BLANK: Final = 0.015
OUT_OF_WINDOW: Final = 0.01
LEAVING: Final = (-3.55, -3.35, -3.05, -2.75, -2.40)
LEAVING_BY_HEADACHE_DAY: Final = 0.09
CELLS: Final = (*OUTCOMES, "headache_free", "lesion_resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen: visits made, cells left blank, and the visit (1..) before which a person left (0: stayed)."""

    made: Flags
    blank: dict[str, Flags]
    left_before: Integers


def visit_days(count: int, seed: int) -> Floats:
    """Return each visit's day (people, visits): near the nominal day, mostly in the window, 7 days apart or more."""
    rng = stream(seed, "schedule")
    wander = normal(rng, count, len(VISITS))
    strays = uniform(rng, count, len(VISITS)) < OUT_OF_WINDOW
    days = np.zeros((count, len(VISITS)))
    for k, visit in enumerate(VISITS[1:], start=1):
        low, high = visit.window
        near = np.clip(np.rint(visit.day + visit.spread * wander[:, k]), low, high)
        outside = np.where(wander[:, k] < 0, low - 3, high + 3)
        days[:, k] = np.maximum(np.where(strays[:, k], outside, near), days[:, k - 1] + 7)
    return days


def follow(headache_days: Floats, seed: int) -> Seen:
    """Decide who is seen when; the chance of leaving rests on the last headache days that a visit recorded."""
    rng = stream(seed, "leaving")
    count, visits = headache_days.shape
    empty = uniform(rng, count, visits, len(CELLS)) < BLANK
    blank = {name: empty[:, :, i] for i, name in enumerate(CELLS)}
    made = np.zeros((count, visits), dtype=bool)
    made[:, 0] = ~happens(rng, NO_BASELINE, count)
    left = np.zeros(count, dtype=np.int64)
    last = np.full(count, float(TYPICAL_HEADACHE_DAYS))
    for k in range(visits):
        if k:
            chance = expit(LEAVING[k - 1] + LEAVING_BY_HEADACHE_DAY * (last - TYPICAL_HEADACHE_DAYS))
            going = happens(rng, chance, count)
            left = np.where((left == 0) & going, k, left)
            made[:, k] = (left == 0) & ~happens(rng, MISSED, count)
        known = made[:, k] & ~blank["headache_days_28d"][:, k]
        last = np.where(known, headache_days[:, k], last)
    return Seen(made=made, blank=blank, left_before=left)
