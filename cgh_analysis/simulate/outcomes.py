"""What visits would record under any arm if nobody ever missed one: potential outcomes from common draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cgh_analysis.instruments import INSTRUMENTS
from cgh_analysis.simulate.design import ARMS, BENEFITS, COURSES, NATURAL_RISE, VISITS
from cgh_analysis.simulate.draw import Flags, Floats, Integers, expit, exponential, normal, stream
from cgh_analysis.simulate.mobility import DIRECTIONS, mobility
from cgh_analysis.simulate.people import People
from cgh_analysis.simulate.resolution import Latent, Luck, latent

CLINICAL: Final = (
    "ndi",
    "pain_nprs",
    "hit6",
    "headache_days_28d",
    "headache_hours_week",
    "medication_days_28d",
    "groc",
)
OUTCOMES: Final = (*DIRECTIONS, *CLINICAL)
STEPS: Final[dict[str, float]] = {"pain_nprs": 0.5, "headache_hours_week": 0.5}
# Before treatment: mean, SD between people, correlation of a person's level with the severity, SD of a visit's noise.
# The noise of headache days is added after the arm's effect, which is a share of the days.
BURDENS: Final = {
    "ndi": (18, 6.2, 0.6, 3.0),
    "pain_nprs": (6, 1.5, 0.5, 1.0),
    "hit6": (62, 4.8, 0.7, 2.5),
    "headache_days_28d": (14, 5.0, 0.7, 0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """A person's draws, the same under every arm: levels (people, outcomes) and noise (people, visits, outcomes)."""

    levels: Floats
    noise: Floats
    luck: Luck

    def level(self, outcome: str) -> Floats:
        """Return the person's own standard normal for an outcome, as a column."""
        return self.levels[:, OUTCOMES.index(outcome), None]

    def at(self, outcome: str) -> Floats:
        """Return the standard normal noise of an outcome at every visit."""
        return self.noise[:, :, OUTCOMES.index(outcome)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Potential:
    """The outcomes recorded under an arm, each (people, visits), and the latent days behind them."""

    recorded: dict[str, Floats]
    latent: Latent


def draws(count: int, seed: int) -> Draws:
    """Draw what is a person's own."""
    rng = stream(seed, "outcomes")
    luck = Luck(resolution=exponential(rng, count), recurrence=exponential(rng, count), lesion=normal(rng, count))
    return Draws(
        levels=normal(rng, count, len(OUTCOMES)), noise=normal(rng, count, len(VISITS), len(OUTCOMES)), luck=luck
    )


def baseline(who: People, own: Draws) -> dict[str, Floats]:
    """Return what is recorded at baseline (people,), which no arm has touched yet."""
    count = len(who.age)
    never = np.full(count, np.inf)
    hidden = Latent(resolved=never, back=never, lesion=never)
    first = replace(own, noise=own.noise[:, :1])
    recorded = _record(who, first, np.zeros(count, dtype=np.int64), np.zeros((count, 1)), hidden)
    return {name: values[:, 0] for name, values in recorded.items()}


def potential(who: People, own: Draws, arm: Integers, days: Floats) -> Potential:
    """Return what the visits on these days (people, visits) would record had everybody had that arm."""
    hidden = latent(who, baseline(who, own)["headache_days_28d"], arm, own.luck)
    return Potential(recorded=_record(who, own, arm, days, hidden), latent=hidden)


def improvement(who: People, outcome: str, arm: Integers, days: Floats) -> Floats:
    """Return the improvement reached by each visit: by itself (faster in short histories), and by the arm."""
    benefit = BENEFITS[outcome]
    itself = np.clip(1 - 0.15 * who.log_months, 0.4, 1.8)[:, None] * (1 - np.exp(-days / NATURAL_RISE))
    plan = np.array([(c.rise, c.kept, c.fade, c.by_age) for c in (COURSES[a] for a in ARMS)])
    rise, kept, fade, by_age = plan.T[:, arm, None]
    course = (1 - np.exp(-days / rise)) * (kept + (1 - kept) * np.exp(-days / fade))
    person = np.clip(1 + 0.3 * who.response[:, None] + by_age * who.years[:, None], 0, 2.5)
    return benefit.natural * itself + np.array(benefit.arms)[arm, None] * course * person


def _record(who: People, own: Draws, arm: Integers, days: Floats, hidden: Latent) -> dict[str, Floats]:
    free = hidden.free(days)
    rotation, frt, eased = (improvement(who, o, arm, days) for o in ("rotation", "frt", "headache_days_28d"))
    medicated = (arm == ARMS.index("medication"))[:, None] & ~free
    regimen = np.where(medicated, 4 * (1 - np.exp(-days / 14)), 0)
    better = {o: improvement(who, o, arm, days) for o in ("ndi", "pain_nprs", "hit6")}
    out = mobility(who, own.level, own.at, rotation, frt)
    out |= _burden(who, own, better, free) | _headache(who, own, eased, free, regimen)
    return {**out, "groc": _groc(out, own)}


def _lasting(who: People, own: Draws, outcome: str) -> Floats:
    """The outcome before any improvement; a share of its spread over people is due to their common severity."""
    mean, spread, share, noise = BURDENS[outcome]
    level = share * who.severity[:, None] + np.sqrt(1 - share**2) * own.level(outcome)
    return mean + spread * level + noise * own.at(outcome)


def _burden(who: People, own: Draws, better: dict[str, Floats], free: Flags) -> dict[str, Floats]:
    """Disability, pain and impact; they fall when the headache resolves, the pain to 0."""
    ndi, pain, hit6 = (_lasting(who, own, o) - better[o] for o in ("ndi", "pain_nprs", "hit6"))
    return {
        "ndi": _rounded("ndi", np.where(free, 0.6 * ndi, ndi)),
        "pain_nprs": np.where(free, 0, np.maximum(_rounded("pain_nprs", pain), 0.5)),
        "hit6": _rounded("hit6", np.where(free, 36 + 0.45 * (hit6 - 36), hit6)),
    }


def _headache(who: People, own: Draws, eased: Floats, free: Flags, regimen: Floats) -> dict[str, Floats]:
    """Headache days (none once resolved, at least one before), hours, and days with medication."""
    number = _lasting(who, own, "headache_days_28d") * (1 - eased) + 1.8 * own.at("headache_days_28d")
    days = np.where(free, 0, np.maximum(_rounded("headache_days_28d", number), 1))
    a_day = np.minimum(np.exp(1.6 + 0.45 * own.level("headache_hours_week") - 0.3 * eased), 20)
    hours = _rounded("headache_hours_week", days / 4 * a_day * np.exp(0.15 * own.at("headache_hours_week")))
    taken = expit(0.9 + own.level("medication_days_28d")) * days + own.at("medication_days_28d")
    return {
        "headache_days_28d": days,
        "headache_hours_week": np.where(free, 0, np.maximum(hours, 0.5)),
        "medication_days_28d": _rounded("medication_days_28d", taken + regimen),
    }


def _groc(out: dict[str, Floats], own: Draws) -> Floats:
    """The global rating sums up what the person has felt change; it is not asked at baseline."""
    better = {name: out[name][:, :1] - out[name] for name in ("ndi", "pain_nprs", "headache_days_28d")}
    felt = 0.2 * better["ndi"] + 0.45 * better["pain_nprs"] + 0.1 * better["headache_days_28d"]
    rating = _rounded("groc", felt - 0.4 + 0.7 * own.level("groc") + 1.0 * own.at("groc"))
    return np.where(np.arange(rating.shape[1]) == 0, np.nan, rating)


def _rounded(outcome: str, values: Floats) -> Floats:
    """Round to the instrument's step (1 unless it is in STEPS) and keep to its range."""
    step, instrument = STEPS.get(outcome, 1.0), INSTRUMENTS[outcome]
    return np.clip(np.rint(values / step) * step, instrument.low, instrument.high) + 0.0
