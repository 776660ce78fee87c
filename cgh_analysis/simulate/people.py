"""The people before treatment: who they are, how long they have had the headache, and what nobody measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.simulate.design import (
    TYPICAL_AGE,
    TYPICAL_HEADACHE_DAYS,
    TYPICAL_LOG_MONTHS,
    TYPICAL_NDI,
)
from cgh_analysis.simulate.draw import Flags, Floats, Integers, Texts, happens, named, normal, pick, stream, uniform

SITES: Final = ("S1", "S2", "S3", "S4", "S5", "S6")
SITE_SHARES: Final = (0.25, 0.20, 0.20, 0.15, 0.10, 0.10)
SITE_SEVERITY: Final = (0.10, -0.10, 0.0, 0.15, -0.20, 0.05)
ONSETS: Final = ("whiplash", "other_trauma", "posture_work", "spondylosis_arthritis", "disc", "none_known")
ONSET_SHARES: Final = (0.24, 0.09, 0.27, 0.19, 0.08, 0.13)
ONSET_BY_AGE: Final = (-0.01, 0.0, -0.025, 0.05, 0.0, 0.0)
SIDES: Final = ("left", "right", "bilateral")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One entry a person; `severity`, `stiffness` and `response` are standard normal traits that no file shows."""

    ids: Texts
    site: Texts
    age: Floats
    sex: Texts
    duration: Floats
    onset: Texts
    side: Texts
    side_locked: Flags
    severity: Floats
    stiffness: Floats
    response: Floats

    @property
    def log_months(self) -> Floats:
        """The logarithm of the symptom duration, centred at what is typical."""
        return np.log(self.duration) - TYPICAL_LOG_MONTHS

    @property
    def years(self) -> Floats:
        """Age, centred at what is typical."""
        return self.age - TYPICAL_AGE


def people(count: int, seed: int) -> People:
    """Draw people; chronicity comes out at about 13 % acute, 23 % subacute and 64 % chronic."""
    rng = stream(seed, "people")
    age = _age(rng, count)
    lasting = normal(rng, count)
    site = pick(rng, np.array(SITE_SHARES), count)
    side = pick(rng, np.array([0.45, 0.45, 0.10]), count)
    return People(
        ids=_ids(rng, count),
        site=named(SITES, site),
        age=age,
        sex=named(("female", "male", "other"), pick(rng, np.array([0.675, 0.32, 0.005]), count)),
        duration=_duration(lasting, age),
        onset=_onset(rng, age),
        side=named(SIDES, side),
        side_locked=happens(rng, np.where(side == 2, 0.0, 0.92), count),
        severity=0.2 * lasting + np.array(SITE_SEVERITY)[site] + 0.97 * normal(rng, count),
        stiffness=normal(rng, count),
        response=normal(rng, count),
    )


def arms(who: People, ndi: Floats, headache_days: Floats, seed: int) -> Integers:
    """Let doctors and patients choose: the chance of an arm depends on what was recorded at baseline, and on no more.

    Young people with short histories go to the physiotherapist; old, long-standing and severe ones get blocks.
    """
    days, points = headache_days - TYPICAL_HEADACHE_DAYS, ndi - TYPICAL_NDI
    manual = -0.26 - 0.050 * who.years - 0.06 * who.log_months - 0.03 * days - 0.01 * points
    block = -0.26 + 0.052 * who.years + 0.10 * who.log_months + 0.05 * days + 0.03 * points
    return pick(stream(seed, "arms"), np.exp(np.column_stack([manual, np.zeros_like(manual), block])), len(manual))


def chronicity(months: Floats) -> Texts:
    """Name the chronicity: acute below 1 month, subacute from 1 to 3, chronic above 3."""
    return named(("acute", "subacute", "chronic"), np.where(months < 1, 0, np.where(months <= 3, 1, 2)))


def _ids(rng: np.random.Generator, count: int) -> Texts:
    width = max(4, len(str(count)))
    numbers = np.argsort(uniform(rng, count), kind="stable") + 1
    return np.array([f"P{number:0{width}d}" for number in numbers], dtype=object)


def _age(rng: np.random.Generator, count: int) -> Floats:
    adult = np.clip(np.rint(TYPICAL_AGE + 13.5 * normal(rng, count)), 18, 90)
    return np.where(happens(rng, 0.02, count), 15 + np.floor(3 * uniform(rng, count)), adult)


def _duration(lasting: Floats, age: Floats) -> Floats:
    """Months with the headache: log-normal with a longer upper tail, and nobody had it before the age of 6."""
    months = np.exp(1.53 + 1.44 * lasting + 0.5 * np.maximum(lasting + 0.30, 0))
    return np.clip(np.round(np.minimum(months, 12 * (age - 6)), 1), 0.1, 480)


def _onset(rng: np.random.Generator, age: Floats) -> Texts:
    weights = np.array(ONSET_SHARES) * np.exp(np.array(ONSET_BY_AGE) * (age[:, None] - TYPICAL_AGE))
    return named(ONSETS, pick(rng, weights, len(age)))
