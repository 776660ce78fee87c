"""People watched on different schedules: the day itself is within its interval, and the design is what it says."""

import numpy as np
import pytest

from cgh_analysis.errors import ArgumentError
from cgh_analysis.simulate import Schedule, watched

SELDOM = Schedule(days=[84, 182, 364], hazard_ratio=1.4)
WEEKLY = Schedule(days=range(7, 365, 7), hazard_ratio=1.4)


def test_the_day_lies_in_its_interval() -> None:
    seen = watched({"seldom": SELDOM, "weekly": WEEKLY}, patients=500, seed=3)
    assert (seen["left"] < seen["resolved"]).all()
    assert (seen["resolved"] <= seen["right"]).all()
    event = seen["event"] == 1
    assert (np.isfinite(seen["right"]) == event).all()
    assert (seen["day"] == seen["right"].where(event, seen["left"])).all()


def test_an_arm_has_the_same_people_on_any_schedule() -> None:
    one, other = (watched({"arm": s}, patients=200, seed=5) for s in (SELDOM, WEEKLY))
    assert (one["resolved"] == other["resolved"]).all()
    both = np.isfinite(one["right"]) & np.isfinite(other["right"])
    assert (one["right"] - one["left"])[both].median() > (other["right"] - other["left"])[both].median()


def test_shares_are_those_of_the_design() -> None:
    seen = watched({"a": WEEKLY}, patients=20_000, seed=7)
    truth = WEEKLY.resolved_by(91)
    assert abs((seen["resolved"] <= 91).mean() - truth) < 4 * np.sqrt(truth * (1 - truth) / 20_000)


def test_nobody_to_watch_is_refused() -> None:
    with pytest.raises(ArgumentError, match="nobody to watch"):
        watched({}, patients=5, seed=1)
