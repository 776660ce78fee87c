"""People whose headache resolves on a day that is known here, and whom their arm's visits show an interval only.

What the visits' schedule does to an estimate can be seen against the truth, which no real data hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.simulate.design import LOG_HAZARD_AT_91, MILESTONE_DAY, SHAPE
from cgh_analysis.simulate.draw import Floats, exponential, normal, stream, uniform


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How an arm is seen: planned days of visits, and the hazard ratio of its headaches against a ratio of one."""

    days: Sequence[float]
    hazard_ratio: float = 1.0

    def resolved_by(self, day: float) -> float:
        """Return the true share whose headache has resolved by a day, at a covariate of zero."""
        return float(1 - np.exp(-self.hazard_ratio * np.exp(LOG_HAZARD_AT_91) * (day / MILESTONE_DAY) ** SHAPE))


def watched(
    schedules: Mapping[str, Schedule],
    *,
    patients: int,
    seed: int,
    covariate_effect: float = 0.0,
    missed: float = 0.04,
    lost_a_year: float = 0.25,
) -> pd.DataFrame:
    """Simulate people whose headache resolves by a Weibull hazard, seen on the schedule of their arm.

    There are `patients` a schedule. Visits stray from their planned days (SD: a twelfth of the time since the one
    before), a share `missed` of them does not happen, and people are lost at a constant rate, `lost_a_year` in the
    first year. Columns: arm; x, standard normal, with `covariate_effect` on the log hazard; resolved, the day itself,
    which nobody sees; left and right, the interval that visits leave (right inf where it was not seen); day and event,
    as Kaplan and Meier would have it: the first visit without headache, or the last visit. The same seed gives an arm
    the same people whatever its schedule.

    >>> arms = {"weekly": Schedule(days=range(7, 92, 7)), "monthly": Schedule(days=[28, 56, 84])}
    >>> seen = watched(arms, patients=2, seed=1)
    >>> seen["arm"].tolist(), bool((seen["left"] < seen["resolved"]).all())
    (['weekly', 'weekly', 'monthly', 'monthly'], True)
    """
    if patients < 1 or not schedules:
        raise ArgumentError("There is nobody to watch.", remedy="Give a schedule and at least one patient.")
    frames = []
    for place, (arm, schedule) in enumerate(schedules.items()):
        # one seed an arm, so that a schedule more or less leaves the people of the others as they are
        own = seed + 1_000_003 * place
        rng = stream(own, "people")
        x, unit = normal(rng, patients), exponential(rng, patients)
        hazard = schedule.hazard_ratio * np.exp(LOG_HAZARD_AT_91 + covariate_effect * x)
        resolved = MILESTONE_DAY * (unit / hazard) ** (1 / SHAPE)
        days = _visits(np.asarray(list(schedule.days), dtype=float), patients, own, missed, lost_a_year)
        frames.append(_interval(resolved, days).assign(arm=arm, x=x, resolved=resolved))
    data = pd.concat(frames, ignore_index=True)
    data["arm"] = pd.Categorical(data["arm"], list(schedules))
    return data[["arm", "x", "resolved", "left", "right", "day", "event"]]


def _visits(planned: Floats, people: int, seed: int, missed: float, lost_a_year: float) -> Floats:
    """Days (people, visits) on which people were seen, NaN for visits that did not happen."""
    rng = stream(seed, "schedule")
    gaps = np.diff(planned, prepend=0.0)
    days = np.rint(planned + gaps / 12 * normal(rng, people, planned.size))
    # a visit comes a day after the one before at the earliest
    days = np.maximum.accumulate(np.maximum(days, 1.0) - np.arange(planned.size), axis=1) + np.arange(planned.size)
    made = uniform(rng, people, planned.size) >= missed
    lost = exponential(rng, people) * 365 / -np.log1p(-lost_a_year)
    return np.where(made & (days <= lost[:, None]), days, np.nan)


def _interval(resolved: Floats, days: Floats) -> pd.DataFrame:
    """The last visit with headache (0 where there is none), the first without (inf), and what is made of them."""
    there = days < resolved[:, None]
    left = np.where(there, days, 0.0).max(axis=1)
    right = np.where(days >= resolved[:, None], days, np.inf).min(axis=1)
    gone = np.isfinite(right)
    return pd.DataFrame({"left": left, "right": right, "day": np.where(gone, right, left), "event": gone.astype(int)})
