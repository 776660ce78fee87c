"""Aalen and Johansen's estimator of who is in which state, for people who move between states more than once.

p(t) = p(0) times the product over times s <= t of H(s), the matrix of observed transition shares. Errors are the
infinitesimal jackknife's over people, which does not need the future to depend on the present state only: occupation
is estimated all the same where it does not (Datta and Satten 2001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Stays (m,): `person` 0..n-1 is in state `origin` while start < t <= stop, then in `destination`.

    Where nothing was seen to change at `stop`, destination is origin. Stays of a person do not overlap.
    """

    person: IntArray
    start: FloatArray
    stop: FloatArray
    origin: IntArray
    destination: IntArray
    n_states: int

    def take(self, rows: BoolArray) -> Histories:
        """Return the chosen stays, of people numbered anew."""
        return Histories(
            person=np.unique(self.person[rows], return_inverse=True)[1],
            start=self.start[rows],
            stop=self.stop[rows],
            origin=self.origin[rows],
            destination=self.destination[rows],
            n_states=self.n_states,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """Shares (T, S) in each state from each of the times (T,) on, the first being the start; their standard errors."""

    time: FloatArray
    share: FloatArray
    std_error: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysInState:
    """Mean time (S,) in each state up to a day, and its standard errors."""

    mean: FloatArray
    std_error: FloatArray


def occupation(h: Histories) -> Occupation:
    """Estimate the share in each state at each time at which somebody moved."""
    found = [(time, share, np.sqrt((influence**2).sum(axis=0))) for time, share, influence in _course(h)]
    time, share, error = zip(*found, strict=True)
    return Occupation(time=np.array(time), share=np.array(share), std_error=np.array(error))


def days_in_state(h: Histories, until: float) -> DaysInState:
    """Estimate the mean time in each state from the start up to a day: the area under the shares."""
    course = _course(h)
    since, share, own = next(course)
    mean, influence = np.zeros_like(share), np.zeros_like(own)
    # a last step that changes nothing closes the time after the last move
    for time, later, after in chain(course, [(np.inf, share, own)]):
        width = max(min(time, until) - since, 0.0)
        mean += width * share
        influence += width * own
        since, share, own = time, later, after
    return DaysInState(mean=mean, std_error=np.sqrt((influence**2).sum(axis=0)))


def _course(h: Histories) -> Iterator[tuple[float, FloatArray, FloatArray]]:
    """Yield each time at which somebody moves, the shares (S,) from then on, and their influence functions (n, S).

    The first is the earliest start, and its shares those of the people under observation from there.
    """
    times, index = distinct(np.concatenate([h.start, h.stop]))
    start, stop = index[: h.start.size], index[h.start.size :]
    first = start == start.min()
    share = np.bincount(h.origin[first], minlength=h.n_states) / first.sum()
    influence = np.zeros((int(h.person.max()) + 1, h.n_states))
    influence[h.person[first]] -= share / first.sum()
    influence[h.person[first], h.origin[first]] += 1 / first.sum()
    yield float(times[start.min()]), share, influence
    moves = h.destination != h.origin
    for now in np.unique(stop[moves]):
        here = (start < now) & (now <= stop)
        leaving = np.bincount(h.origin[moves & (stop == now)], minlength=h.n_states) > 0
        at = np.flatnonzero(here & leaving[h.origin])
        origin = h.origin[at]
        to = np.where(stop[at] == now, h.destination[at], origin)
        step, risk = _step(origin, to, h.n_states)
        influence = influence @ step
        scale = (share / risk)[origin]
        influence[h.person[at]] -= scale[:, None] * step[origin]
        influence[h.person[at], to] += scale
        share = share @ step
        yield float(times[now]), share, influence


def _step(origin: IntArray, to: IntArray, n_states: int) -> tuple[FloatArray, FloatArray]:
    """The matrix (S, S) of shares that move from state to state, and the people at risk (S,), at least 1."""
    counts = np.bincount(origin * n_states + to, minlength=n_states**2).reshape(n_states, n_states).astype(float)
    risk = counts.sum(axis=1)
    step = np.where(risk[:, None] > 0, counts / np.maximum(risk, 1.0)[:, None], np.eye(n_states))
    return step, np.maximum(risk, 1.0)
