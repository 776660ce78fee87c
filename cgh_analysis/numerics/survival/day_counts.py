"""People counted by day, cell and event: all that curves and log-rank tests of whole days need, and it adds.

A cell is a group, or a stratum and a group together. Counts of parts of the people are added to give those of all of
them, exactly, since they are whole numbers; so a block of rows here, a partition on a cluster and a site that may not
send patients' records are one thing. Nobody is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cgh_analysis.numerics.arrays import IntArray

BLOCK: Final = 1 << 16  # rows at a time, whose codes then stay in the processor's cache
ROOM: Final = 1 << 16  # counts that are always allowed; further ones need as many rows


def count_days(day: NDArray[Any], event: NDArray[Any], cell: NDArray[np.integer], *, n_cells: int) -> IntArray | None:
    """Return how many of each cell leave on each day, (days, n_cells + 1, 2): without the event, and with it.

    Arrays (n,): `day` and `event` of any numeric type, `cell` codes from 0; people of cell -1 are counted in the last
    cell. None where days are not all whole and at least 0, events not all 0 or 1, or where days and cells are so many
    that most would be empty: such people are for `risk_sets`, and for the door to refuse.
    """
    width = 2 * (n_cells + 1)
    most = (day.size + ROOM) // width - 1
    total = np.zeros((0, n_cells + 1, 2), dtype=np.intp)
    for start in range(0, day.size, BLOCK):
        rows = slice(start, start + BLOCK)
        days, events = _whole(day[rows], most), _whole(event[rows], 1)
        if days is None or events is None:
            return None
        codes = days * width
        codes += 2 * (cell[rows].astype(np.intp) + 1)
        codes += events
        size = width * max(int(days.max()) + 1, len(total))
        counts = np.bincount(codes, minlength=size).reshape(-1, n_cells + 1, 2)
        counts[: len(total)] += total
        total = counts
    return np.roll(total, -1, axis=1)


def added(parts: Iterable[IntArray]) -> IntArray:
    """Add counts of parts of the people (days, ...): as many days as the longest has."""
    counts = list(parts)
    total = np.zeros((max(map(len, counts)), *counts[0].shape[1:]), dtype=np.intp)
    for part in counts:
        total[: len(part)] += part
    return total


def remaining(counts: IntArray) -> IntArray:
    """Return how many are at risk on each day, (days, ...): who leaves then or later, with or without the event."""
    return np.asarray(counts.sum(axis=-1)[::-1].cumsum(axis=0)[::-1])


def _whole(values: NDArray[Any], most: int) -> NDArray[Any] | None:
    """Return values as whole numbers, None where one of them is none from 0 to `most`."""
    if values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # what is missing or infinite equals no whole number
            whole = values.astype(np.intp)
        if not np.array_equal(whole, values):
            return None
    elif values.dtype.kind in "iub":
        whole = values
    else:
        return None
    inside = whole.min() >= 0 and whole.max() <= most
    return whole.astype(np.intp, copy=False) if inside else None
