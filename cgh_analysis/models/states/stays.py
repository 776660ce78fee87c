"""The door of the models of states: one row for each stay of a person in a state, checked before any is counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, Problem
from cgh_analysis.frames import check_frame
from cgh_analysis.models.faults import faulty_rows, refusal
from cgh_analysis.models.survival.observed import observed
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.states.occupation import Histories

MEND = "Mend these rows, or leave them out on purpose."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Checked histories and the names of their states."""

    histories: Histories
    states: tuple[str, ...]


def stays(data: pd.DataFrame, *, subject: str, start: str, stop: str, from_state: str, to_state: str) -> Stays:
    """Read and check the named columns; every fault is reported at once, with its rows.

    States are texts or categories, whose order is kept; `to_state` is missing, or the same, where nothing was seen to
    change at `stop`. Raises ArgumentError for times that are missing, negative, infinite, or end before they start; for
    a missing subject or state; for stays of a subject that overlap, leave a gap, or begin in another state than the one
    before led to.
    """
    columns = [subject, start, stop, from_state, to_state]
    check_frame(data, columns)
    unknown = (faulty_rows(data[c], data[c].isna().to_numpy(), "that are missing") for c in (subject, from_state))
    faults = list(chain(*unknown))
    try:
        seen = observed(data.assign(**{to_state: False}), time=stop, event=to_state, entry=start)
    except ArgumentError as refused:
        raise refusal([*refused.problems, *faults]) from None
    assert seen.entry is not None
    states, origin, destination = _states(data[from_state], data[to_state])
    person = pd.factorize(data[subject], sort=True)[0].astype(np.intp)
    h = Histories(
        person=person,
        start=seen.entry,
        stop=seen.time,
        origin=origin,
        destination=np.where(destination < 0, origin, destination),
        n_states=len(states),
    )
    if faults:
        raise refusal(faults)
    broken = _broken(h, data, start, from_state)
    if broken:
        raise refusal(broken)
    return Stays(histories=h, states=states)


def _states(origin: pd.Series, destination: pd.Series) -> tuple[tuple[str, ...], IntArray, IntArray]:
    """Names of the states, and the codes of both columns, -1 where missing."""
    named = [
        list(v.cat.categories) if isinstance(v.dtype, pd.CategoricalDtype) else sorted(v.dropna().unique(), key=str)
        for v in (origin, destination)
    ]
    states = list(dict.fromkeys([*named[0], *named[1]]))
    codes = [pd.Index(states).get_indexer(pd.Index(v.astype(object))).astype(np.intp) for v in (origin, destination)]
    return tuple(map(str, states)), codes[0], codes[1]


def _broken(h: Histories, data: pd.DataFrame, start: str, from_state: str) -> list[Problem]:
    """Stays that do not follow on the one before of the same subject."""
    order = np.lexsort((h.start, h.person))
    later, earlier = order[1:], order[:-1]
    same = h.person[later] == h.person[earlier]
    begin, end = h.start[later], h.stop[earlier]
    close = np.isclose(begin, end, rtol=1e-8, atol=0.0)
    checks = (
        (start, same & ~close & (begin < end), "that come before the subject's last stay ends"),
        (start, same & ~close & (begin > end), "that leave a gap after the subject's last stay"),
        (from_state, same & (h.origin[later] != h.destination[earlier]), "that are not where the last stay led to"),
    )
    found: list[Problem] = []
    for column, bad, what in checks:
        rows = np.zeros(h.person.size, dtype=bool)
        rows[later[bad]] = True
        found += faulty_rows(data[column], rows, what)
    return found


def counted(h: Histories, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (times, S) the people in each state just before each time of a grid, and moves into it up to then."""
    at = np.zeros((grid.size, h.n_states))
    entered = np.zeros_like(at)
    moved = h.destination != h.origin
    for state in range(h.n_states):
        here = h.origin == state
        starts, stops = np.sort(h.start[here]), np.sort(h.stop[here])
        at[:, state] = np.searchsorted(starts, grid) - np.searchsorted(stops, grid)
        came = np.sort(h.stop[moved & (h.destination == state)])
        entered[:, state] = np.searchsorted(came, grid, side="right")
    return at, entered
