"""Several rows a person, (start, stop] each: whose they are, and that none is under observation twice at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import row_labels
from cgh_analysis.models.survival.observed import Observed, coded
from cgh_analysis.numerics.arrays import BoolArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import distinct

RECURRENT = "Events that come again are for recurrent(...); leave out what comes after the first, or mend the rows."


def check_subjects(subject: pd.Series, seen: Observed, *, recurrent: bool) -> IntArray:
    """Return the code (n,) of each row's person; refuse by label rows of a person that overlap, and missing persons.

    Unless events are `recurrent`, rows after a person's event are refused too.
    """
    codes = coded(subject.to_frame(), [str(subject.name)])[0]
    missing = codes < 0
    if missing.any():
        raise ArgumentError(
            f"The column {subject.name!r} has {int(missing.sum())} value(s) that are missing, "
            f"at {row_labels(subject.index[missing])}.",
            remedy="Say whose these rows are, or leave them out on purpose.",
        )
    order, same = _by_person(codes, seen)
    start, stop = _places(seen)
    problems: list[tuple[str, str]] = []
    overlap = np.zeros(codes.size, dtype=bool)
    overlap[order[1:]] = same & (start[order[1:]] < stop[order[:-1]])
    if overlap.any():
        remedy = "Let each row begin where the one before ends." if seen.entry is not None else "Give entry=."
        problems.append((f"{_those(subject, overlap)} overlap the row before of the same {subject.name}.", remedy))
    late = np.zeros(codes.size, dtype=bool)
    late[order[1:]] = same & _had_event(seen.event[order], same)
    if late.any() and not recurrent:
        problems.append((f"{_those(subject, late)} come after the event of the same {subject.name}.", RECURRENT))
    if problems:
        raise ArgumentError(" ".join(p for p, _ in problems), remedy=" ".join(r for _, r in problems))
    return codes


def _by_person(codes: IntArray, seen: Observed) -> tuple[IntArray, BoolArray]:
    """The order by person and time, and whether each row but the first is of the same person as the one before."""
    entry = np.zeros(codes.size) if seen.entry is None else seen.entry
    order = np.lexsort((seen.time, entry, codes))
    return order, codes[order[1:]] == codes[order[:-1]]


def _places(seen: Observed) -> tuple[IntArray, IntArray]:
    """Starts and stops as indices of distinct times, by which 0.1 + 0.2 ends where 0.3 begins."""
    entry = np.zeros(seen.time.size) if seen.entry is None else seen.entry
    place = distinct(np.concatenate([entry, seen.time]))[1]
    return place[: entry.size], place[entry.size :]


def _had_event(event: BoolArray, same: BoolArray) -> BoolArray:
    """Whether the person of each row but the first had an event on a row before; rows are in their order."""
    so_far = np.concatenate([[0], np.cumsum(event)])
    first = np.maximum.accumulate(np.where(np.append(False, same), 0, np.arange(event.size)))
    return np.asarray(so_far[:-1] > so_far[first])[1:]


def _those(subject: pd.Series, which: BoolArray) -> str:
    return row_labels(subject.index[which]).capitalize()
