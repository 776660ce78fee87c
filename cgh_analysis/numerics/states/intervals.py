"""What intervals tell of days that nobody saw: whether one lies before another, and how far apart two are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A day of each person (n,) in (left, right], or at right where left equals it; right is infinite: not seen."""

    left: FloatArray
    right: FloatArray

    @property
    def exact(self) -> BoolArray:
        """Whose day is known."""
        return np.asarray(self.left == self.right)


def within(days: Interval, until: float) -> tuple[BoolArray, BoolArray]:
    """Return (n,) whose day certainly, and whose possibly, is not after `until`."""
    possible = (days.left < until) | (days.exact & (days.left <= until))
    return np.asarray(days.right <= until), np.asarray(possible)


def in_parallel(one: Interval, other: Interval, lag: float, until: float) -> tuple[BoolArray, BoolArray]:
    """Return (n,) whose two days certainly, and possibly, lie at most `lag` apart, the first not after `until`."""
    sure, maybe = within(one, until)
    with np.errstate(invalid="ignore"):
        # infinite ends are never close: their difference is infinite, or no number
        most = np.maximum(other.right - one.left, one.right - other.left)
    # a day after `until` does not count, however near to the other
    ahead = _not_over(other.left - np.minimum(one.right, until), lag, other.exact)
    behind = _not_over(one.left - other.right, lag, one.exact)
    return sure & (most <= lag), maybe & ahead & behind


def _not_over(least: FloatArray, lag: float, attained: BoolArray) -> BoolArray:
    """Whether a difference that is more than `least`, or where attained that, may be at most the lag."""
    return np.asarray((least < lag) | (attained & (least <= lag)))
