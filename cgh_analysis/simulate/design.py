"""The simulated study's design and its true effects: every number that a test may want to find again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ARMS: Final = ("manual_exercise", "medication", "nerve_block")
REFERENCE: Final = ARMS.index("medication")
MILESTONE_DAY: Final = 91
TYPICAL_AGE: Final = 49
TYPICAL_LOG_MONTHS: Final = 2.0
TYPICAL_HEADACHE_DAYS: Final = 14
TYPICAL_NDI: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A visit: its nominal day, its window (both ends in), and how far people stray from the day (SD)."""

    id: str
    day: int
    window: tuple[int, int]
    spread: float


VISITS: Final = (
    PlannedVisit(id="baseline", day=0, window=(0, 0), spread=0),
    PlannedVisit(id="week4", day=28, window=(14, 42), spread=4),
    PlannedVisit(id="week8", day=56, window=(43, 70), spread=5),
    PlannedVisit(id="week12", day=84, window=(71, 119), spread=6),
    PlannedVisit(id="week26", day=182, window=(120, 272), spread=12),
    PlannedVisit(id="week52", day=364, window=(273, 420), spread=16),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an arm's effect builds up (`rise`, days) and what share of it is `kept` when it has faded (`fade`, days)."""

    rise: float
    kept: float
    fade: float = 150
    by_age: float = 0


COURSES: Final[dict[str, Course]] = {
    "manual_exercise": Course(rise=35, kept=1, by_age=-0.008),
    "medication": Course(rise=25, kept=0.85),
    "nerve_block": Course(rise=10, kept=0.45),
}
NATURAL_RISE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """The full improvement in an outcome: what comes by itself, and what each arm adds (order of ARMS)."""

    natural: float
    arms: tuple[float, float, float]


# Improvements while the headache lasts; its resolution adds to them (outcomes.py). Headache days: shares of the days.
BENEFITS: Final[dict[str, Benefit]] = {
    "ndi": Benefit(natural=2.0, arms=(5.0, 1.5, 4.6)),
    "pain_nprs": Benefit(natural=0.5, arms=(1.5, 0.8, 2.4)),
    "hit6": Benefit(natural=1.5, arms=(4.0, 2.0, 4.5)),
    "headache_days_28d": Benefit(natural=0.08, arms=(0.26, 0.13, 0.32)),
    "rotation": Benefit(natural=1.5, arms=(9.0, 1.5, 4.5)),
    "frt": Benefit(natural=1.0, arms=(9.0, 1.0, 3.5)),
}

# Weibull proportional hazards of resolution: cumulative hazard exp(linear predictor) * (day / 91) ** shape.
SHAPE: Final = 0.80
LOG_HAZARD_AT_91: Final = -1.60
HAZARD_RATIOS: Final[dict[str, float]] = {"manual_exercise": 1.7, "medication": 1.0, "nerve_block": 1.4}
HAZARD_COEFFICIENTS: Final[dict[str, float]] = {
    "age_years": -0.012,
    "log(symptom_duration_months)": -0.25,
    "headache_days_28d_baseline": -0.035,
}
# Recurrences a day, from 28 days after resolution on (order of ARMS).
RECURRENCE: Final = (0.00045, 0.0007, 0.0016)
