"""The door of the quantities up to a day: which times are given, whose they are, and that the day is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import check_frame
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.interval.observed import Intervals, intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.observed import Observed, coded, known_rows, observed
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import TIE

Method = Literal["kaplan-meier", "npmle", "piecewise", "aft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The columns that hold the times: `time` and `event`, or `left` and `right`, and a column of `weights`."""

    time: str | None = None
    event: str | None = None
    left: str | None = None
    right: str | None = None
    weights: str | None = None

    @property
    def of_intervals(self) -> bool:
        """Whether times are known up to intervals."""
        return self.left is not None

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the times as arguments of a model."""
        given: dict[str, Any] = {"time": self.time, "event": self.event, "left": self.left, "right": self.right}
        return {name: column for name, column in given.items() if column is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The rows that have a group: times and codes (n,) of the `groups`; `known` says of every row whether it is one."""

    known: BoolArray
    index: pd.Index
    times: Observed | Intervals
    code: IntArray
    groups: tuple[object, ...]

    @property
    def event(self) -> BoolArray:
        """Which rows have had the event (n,)."""
        if isinstance(self.times, Observed):
            return self.times.event
        return np.asarray(np.isfinite(self.times.right))

    def of(self, group: int) -> Observed | Intervals:
        """Return the times of one group."""
        return self.times.take(self.code == group)

    def counts(self, day: float) -> tuple[FloatArray, FloatArray]:
        """Return people, and known events by a day, by group; weights that are whole numbers count people."""
        size = len(self.groups)
        weights = self.times.weights if whole(self.times.weights) else None
        came = self.times.time if isinstance(self.times, Observed) else self.times.right
        by_then = self.event & (came <= day * (1 + TIE))
        n = np.bincount(self.code, weights, size)
        events = np.bincount(self.code[by_then], None if weights is None else weights[by_then], size)
        return n.astype(float), events.astype(float)

    def labels(self) -> pd.Series:
        """Return the groups as a category of texts, in their order."""
        texts = np.array([str(g) for g in self.groups], dtype=object)
        return pd.Series(pd.Categorical(texts[self.code], categories=texts), index=self.index)


def named(given: Times) -> Times:
    """Refuse times that are not named by one pair of columns."""
    right, between = (given.time, given.event), (given.left, given.right)
    if (None in right) == (None in between) or len(given.columns) != 2:
        raise ArgumentError(
            "The times are not named.", remedy="Give left= and right=, or time= and event=: one pair of columns."
        )
    return given


def chosen_method(method: str | None, times: Times, of_intervals: Sequence[str] = ("npmle",)) -> str:
    """Return the method that is asked for, or the one that the times call for: the first `of_intervals` for those."""
    of_times = of_intervals if times.of_intervals else ("kaplan-meier",)
    check_option("method", method or of_times[0], get_args(Method))
    if method not in (None, "aft", *of_times):
        raise ArgumentError(
            f"method={method!r} does not go with these times.",
            remedy=f"left= and right= take {', '.join(map(repr, of_intervals))}, time= and event= 'kaplan-meier', "
            "either of them 'aft'.",
        )
    return method or of_times[0]


def seen(data: pd.DataFrame, times: Times, by: str | None, reference: object = None) -> Seen:
    """Read and check the named columns; rows without a group are left out and counted."""
    check_frame(data, [] if by is None else [by])
    read: Observed | Intervals
    if times.of_intervals:
        read = intervals(data, left=str(times.left), right=str(times.right), weights=times.weights)
    else:
        read = observed(data, time=str(times.time), event=str(times.event), weights=times.weights)
    code, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    if reference is not None:
        level_pairs(groups, reference)
    known = known_rows(code)
    return Seen(
        known=known,
        index=data.index[known],
        times=read.take(known),
        code=code[known],
        groups=tuple(groups),
    )


def complete(data: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Return the rows in which all covariates are known."""
    check_frame(data, covariates)
    kept = data.loc[data[list(covariates)].notna().all(axis=1)]
    if kept.empty:
        raise NotEstimable("no row in which all covariates are known")
    return kept


def counted(s: Seen) -> Seen:
    """Refuse weights of intervals that are no counts of people: no error of an NPMLE is known for them."""
    if not whole(s.times.weights):
        raise ArgumentError(
            "Weights of intervals must be whole numbers here, which count people.",
            remedy="Take other errors or another method.",
        )
    return s


def checked_day(name: str, day: object) -> float:
    """Return a day as a number; refuse what is no positive finite one.

    >>> checked_day("tau", 91)
    91.0
    """
    if isinstance(day, bool) or not isinstance(day, Real) or not 0 < float(day) < np.inf:
        raise ArgumentError(f"{name}={day!r} is no day after the start.", remedy="Give a positive number, such as 91.")
    return float(day)


def whole(weights: FloatArray | None) -> bool:
    """Return whether weights, if there are any, are whole numbers."""
    return weights is None or np.array_equal(weights, weights.round())
