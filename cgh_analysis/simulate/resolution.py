"""When a headache resolves, and when it comes back: latent days that only the visits betray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.simulate.design import (
    ARMS,
    HAZARD_COEFFICIENTS,
    HAZARD_RATIOS,
    LOG_HAZARD_AT_91,
    MILESTONE_DAY,
    RECURRENCE,
    SHAPE,
    TYPICAL_HEADACHE_DAYS,
)
from cgh_analysis.simulate.draw import Flags, Floats, Integers
from cgh_analysis.simulate.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """A person's own draws, the same under every arm: unit exponentials, and a normal for the lesion."""

    resolution: Floats
    recurrence: Floats
    lesion: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """Days since baseline: headache resolved, headache back, lesion resolved."""

    resolved: Floats
    back: Floats
    lesion: Floats

    def free(self, days: Floats) -> Flags:
        """Return for every visit (people, visits) whether the headache is gone on that day."""
        return (self.resolved[:, None] <= days) & (days < self.back[:, None])


def log_hazard(who: People, headache_days: Floats, arm: Integers) -> Floats:
    """Return the log cumulative hazard at day 91; proportional in arm, age, log duration and baseline headache days."""
    effect = np.log(np.array([HAZARD_RATIOS[a] for a in ARMS]))
    return (
        LOG_HAZARD_AT_91
        + effect[arm]
        + HAZARD_COEFFICIENTS["age_years"] * who.years
        + HAZARD_COEFFICIENTS["log(symptom_duration_months)"] * who.log_months
        + HAZARD_COEFFICIENTS["headache_days_28d_baseline"] * (headache_days - TYPICAL_HEADACHE_DAYS)
    )


def resolved_by_milestone(who: People, headache_days: Floats, arm: Integers) -> Floats:
    """Return each person's probability of resolution by day 91 under an arm."""
    return 1 - np.exp(-np.exp(log_hazard(who, headache_days, arm)))


def latent(who: People, headache_days: Floats, arm: Integers, luck: Luck) -> Latent:
    """Return the latent days under an arm, by inverting the Weibull cumulative hazard at the person's own draw."""
    resolved = MILESTONE_DAY * (luck.resolution / np.exp(log_hazard(who, headache_days, arm))) ** (1 / SHAPE)
    return Latent(
        resolved=resolved,
        back=resolved + 28 + luck.recurrence / np.array(RECURRENCE)[arm],
        lesion=resolved * np.exp(0.4 * luck.lesion),
    )
