"""What happens between visits: recurrence, rescue, crossover, withdrawal, adverse events.

Rescue and crossover follow from what a visit showed, and change no outcome afterwards: the true effects are then the
same under a treatment-policy and under a hypothetical strategy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.simulate.design import VISITS
from cgh_analysis.simulate.draw import Flags, Floats, Integers, Texts, happens, named, pick, stream, uniform
from cgh_analysis.simulate.follow_up import Seen
from cgh_analysis.simulate.outcomes import Potential

CROSSOVER: Final = (0.02, 0.09, 0.04)
CROSSOVER_TO: Final = ("to nerve_block", "to nerve_block", "to manual_exercise")
CROSSOVER_AFTER: Final = ("week8", "week12", "week26")
RESCUE: Final = 0.05
RESCUE_AFTER: Final = ("week4", "week8", "week12", "week26")
RESCUE_DRUGS: Final = ("triptan", "opioid", "steroid course")
ADVERSE: Final = (0.09, 0.16, 0.11)
ADVERSE_KINDS: Final = (
    ("soreness after treatment", "dizziness after treatment"),
    ("drowsiness", "stomach upset"),
    ("numbness at the site", "bruise at the site"),
)
WITHDRAWN: Final = ("lost interest", "no benefit", "moved away", "not reached")

Happening = tuple[str, Flags, Floats, Texts]


def events(ids: Texts, arm: Integers, days: Floats, course: Potential, seen: Seen, seed: int) -> pd.DataFrame:
    """Return the events table, one row an event, in the order of `ids` and of days."""
    frames = []
    for kind, who, day, detail in _happenings(arm, days, course, seen, stream(seed, "events")):
        rows = np.flatnonzero(who)
        frames.append(pd.DataFrame({"person": rows, "day": day[rows].astype(np.int64), "kind": kind}))
        frames[-1]["detail"] = detail[rows]
    table = pd.concat(frames, ignore_index=True).sort_values(["person", "day", "kind"], kind="stable")
    table.insert(0, "patient_id", ids[table["person"]])
    return table.drop(columns="person").reset_index(drop=True)


def _happenings(
    arm: Integers, days: Floats, course: Potential, seen: Seen, rng: np.random.Generator
) -> Iterator[Happening]:
    count = len(arm)
    last = np.where(seen.made, days, 0).max(axis=1)
    headache = np.where(seen.made & ~seen.blank["headache_days_28d"], course.recorded["headache_days_28d"], np.nan)
    pain = np.where(seen.made & ~seen.blank["pain_nprs"], course.recorded["pain_nprs"], np.nan)
    back = np.ceil(course.latent.back)
    yield "recurrence", (headache == 0).any(axis=1) & (back <= last), back, _words("headache back", count)

    badly = (headache >= 1) & (pain >= 5)
    who, day = _after_visits(rng, badly, days, RESCUE_AFTER, np.full(count, RESCUE))
    yield "rescue_treatment", who, day, named(RESCUE_DRUGS, pick(rng, np.ones(3), count))

    start = np.where(np.isnan(headache[:, :1]), headache, headache[:, :1])
    who, day = _after_visits(rng, headache > 0.6 * start, days, CROSSOVER_AFTER, np.array(CROSSOVER)[arm])
    yield "crossover", who, day, named(CROSSOVER_TO, arm)

    day = 1 + np.floor(60 * uniform(rng, count))
    sick = happens(rng, np.array(ADVERSE)[arm], count) & (day <= last)
    yield "adverse_event", sick, day, np.array(ADVERSE_KINDS, dtype=object)[arm, pick(rng, np.ones(2), count)]

    gone = (seen.left_before > 0) & happens(rng, 0.6, count)
    day = last + 5 + np.floor(25 * uniform(rng, count))
    yield "withdrawal", gone, day, named(WITHDRAWN, pick(rng, np.ones(4), count))


def _after_visits(
    rng: np.random.Generator, shown: Flags, days: Floats, visits: tuple[str, ...], chance: Floats
) -> tuple[Flags, Floats]:
    """Return to whom it happens within six days of one of the visits that showed a reason, and on which day first."""
    ever, day = np.zeros(len(days), dtype=bool), np.zeros(len(days))
    for k in (i for i, visit in enumerate(VISITS) if visit.id in visits):
        now = shown[:, k] & happens(rng, chance, len(days)) & ~ever
        day = np.where(now, days[:, k] + 1 + np.floor(6 * uniform(rng, len(days))), day)
        ever |= now
    return ever, day


def _words(words: str, count: int) -> Texts:
    return np.full(count, words, dtype=object)
