"""Risk sets: who is under observation at each distinct time, and sums over them.

A *point* is a distinct (stratum, time) pair; points are in the order of strata, then of time. Two operations carry
every estimator here, and each is the transpose of the other: `at_risk` sums a quantity of people over those at risk at
each point, `met` sums a quantity of points over those at which a person is at risk. Both cost O(people + points), and
sums over parts of the people on the same points add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray

# Times closer than this share of their mean are one time, so that 0.1 + 0.2 ties with 0.3 (as R's `timefix`).
TIE: Final = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSets:
    """Points (P,) with `times` and `stratum`; `starts` is the first point of each stratum that has one.

    `last` (n,) is the last point at which a person is at risk, P where there is none. `late` are the people who entered
    after a point of their stratum, and `before` the last such point.
    """

    times: FloatArray
    stratum: IntArray
    starts: IntArray
    last: IntArray
    late: IntArray
    before: IntArray


def risk_sets(
    time: FloatArray, stratum: IntArray, *, entry: FloatArray | None = None, at: BoolArray | None = None
) -> RiskSets:
    """Find the points, and where each person (n,) leaves and enters them: at risk while entry < t <= time.

    `stratum` holds codes from 0. `at` chooses the people whose times make the points (those with an event, say).
    """
    times, found = distinct(time if entry is None else np.concatenate([time, entry]))
    index, entered = found[: time.size], found[time.size :]
    size = times.size
    n_strata = int(stratum.max(initial=-1)) + 1
    cell = index if n_strata <= 1 else stratum * size + index
    points = _sorted_distinct(cell if at is None else cell[at], n_strata * size)
    opening = np.searchsorted(points, np.arange(n_strata) * size)[stratum]
    last = _up_to(points, cell, n_strata * size) - 1
    first = opening if entry is None else _up_to(points, stratum * size + entered, n_strata * size)
    late = np.flatnonzero((first > opening) & (last >= first))
    of_point = points // size
    return RiskSets(
        times=times[points % size],
        stratum=of_point,
        starts=np.flatnonzero(np.diff(of_point, prepend=-1)),
        last=np.where(last >= first, last, points.size),
        late=late,
        before=first[late] - 1,
    )


def distinct(values: FloatArray, tolerance: float = TIE) -> tuple[FloatArray, IntArray]:
    """Return the sorted distinct values and each value's index; values within `tolerance` x their mean size are one.

    Whole numbers in a small range are counted instead of sorted.
    """
    if values.size and values.min() >= 0 and values.max() <= 4 * values.size + 4096:
        whole = values.astype(np.intp)
        if np.array_equal(whole, values):
            present = np.bincount(whole) > 0
            if present.all():
                return np.arange(present.size, dtype=float), whole
            return np.flatnonzero(present).astype(float), (np.cumsum(present) - 1)[whole]
    found, index = np.unique(values, return_inverse=True)
    apart = (
        np.diff(found, prepend=-np.inf) > tolerance * np.abs(found).mean() if found.size else np.zeros(0, dtype=bool)
    )
    return found[apart], (np.cumsum(apart) - 1)[index]


def at_risk(sets: RiskSets, values: FloatArray) -> FloatArray:
    """Sum `values` (n,) or (n, k) over the people at risk at each point: (P,) or (P, k)."""
    if values.ndim == 2:
        return np.column_stack([at_risk(sets, column) for column in values.T])
    size = sets.times.size
    change: FloatArray = np.bincount(sets.last, values, size + 1)[:size].astype(float)
    if sets.late.size:
        change = change - np.bincount(sets.before, values[sets.late], size)
    return remaining(sets, change)


def remaining(sets: RiskSets, leaving: FloatArray) -> FloatArray:
    """Sum over those who have not left what `leaving` (P,) or (P, k) holds of those who leave at each point."""
    size = sets.times.size
    ends = np.append(sets.starts[1:], size)
    return _running(leaving[::-1], size - ends[::-1])[::-1]


def met(sets: RiskSets, values: FloatArray) -> FloatArray:
    """Sum `values` (P,) or (P, k) over the points at which each person is at risk: (n,) or (n, k)."""
    so_far = running(sets, values)
    total = np.concatenate([so_far, np.zeros((1, *values.shape[1:]))])[sets.last]
    total[sets.late] -= so_far[sets.before]
    return total


def running(sets: RiskSets, values: FloatArray) -> FloatArray:
    """Cumulative sums of `values` (P,) or (P, k) over time, anew in each stratum."""
    return _running(values, sets.starts)


def _running(values: FloatArray, starts: IntArray) -> FloatArray:
    """Sum cumulatively along axis 0, from zero again at each of `starts`.

    Strata are summed each for itself, since differences of sums over all of them would carry the rounding of the
    largest: long ones one at a time, short ones all at once step by step, which takes at most 2 sqrt(P) operations.
    """
    out = values.copy()
    stops = np.append(starts[1:], len(values))
    length = stops - starts
    long = length > np.sqrt(len(values))
    for start, stop in zip(starts[long], stops[long], strict=True):
        np.cumsum(out[start:stop], axis=0, out=out[start:stop])
    for step in range(1, length[~long].max(initial=0)):
        at = starts[~long & (length > step)] + step
        out[at] += out[at - 1]
    return out


def running_from(values: FloatArray, starts: IntArray) -> FloatArray:
    """Cumulative sums of `values` (P,) or (P, k) of any points, anew at each of `starts`."""
    return _running(values, starts)


def tally(index: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Sum `values` (m,) or (m, k) by `index` (m,) into (size,) or (size, k)."""
    if values.ndim == 2:
        return np.column_stack([np.bincount(index, column, size) for column in values.T])
    return np.bincount(index, values, size).astype(float)


def _up_to(points: IntArray, cells: IntArray, size: int) -> IntArray:
    """How many of the sorted `points` are not above each of `cells`, both from 0 to `size`; looked up where cheap."""
    if size > 4 * cells.size + 4096:
        return np.searchsorted(points, cells, side="right")
    return np.cumsum(np.bincount(points, minlength=size))[cells]


def _sorted_distinct(cells: IntArray, size: int) -> IntArray:
    if size <= 4 * cells.size + 4096:
        return np.flatnonzero(np.bincount(cells, minlength=size))
    return np.unique(cells)


def at_risk_by(sets: RiskSets, group: IntArray, n_groups: int) -> FloatArray:
    """Count the people of each group at risk at each point, (P, n_groups), from codes (n,)."""
    cells = sets.times.size * n_groups
    change = np.bincount(sets.last * n_groups + group, minlength=cells)[:cells].astype(float)
    if sets.late.size:
        change = change - np.bincount(sets.before * n_groups + group[sets.late], minlength=cells)
    return remaining(sets, change.reshape(-1, n_groups))
