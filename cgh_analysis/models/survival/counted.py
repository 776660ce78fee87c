"""The quick way in: whole days and events of 0 and 1 are counted as they stand, in one pass over the rows.

Whatever is not plainly so goes through `observed`, which says what is wrong with it, or reads it more patiently.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgh_analysis.errors import NotEstimable
from cgh_analysis.frames import check_frame
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.survival.day_counts import count_days


def counted(data: pd.DataFrame, *, time: str, event: str, cell: IntArray, n_cells: int) -> IntArray | None:
    """Return people by day, cell and event (days, n_cells + 1, 2), those of cell -1 last; None: not of this kind."""
    check_frame(data, [time, event])
    days, events = _plain(data[time], "iuf"), _plain(data[event], "iufb")
    if days is None or events is None or not days.size:
        return None
    return count_days(days, events, cell, n_cells=n_cells)


def known_cells(counts: IntArray) -> tuple[IntArray, int]:
    """Return the counts without those of cell -1, and how many these are; raises NotEstimable where nobody is left."""
    known = counts[:, :-1]
    if not known.any():
        raise NotEstimable("no row in which all the columns are known")
    return known, int(counts[:, -1].sum())


def _plain(values: pd.Series, kinds: str) -> NDArray[Any] | None:
    """Return a column's array, copied only where pandas keeps missing values beside it; None where it is of no kind."""
    kind = values.dtype.kind
    if kind not in kinds:
        return None
    if isinstance(values.dtype, np.dtype):
        return values.to_numpy()
    return None if values.hasnans else values.to_numpy(dtype={"b": bool, "f": float}.get(kind, np.int64))
