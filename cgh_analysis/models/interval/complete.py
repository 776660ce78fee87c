"""What interval regressions share: the rows in which a formula's columns are known, with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.numerics.arrays import BoolArray

# a column of our own, for what is known of a row is read before rows are left out
ROW: Final = "(row)"


def complete_rows(
    formula: str, data: pd.DataFrame, seen: Intervals, keep: Iterable[str] = ()
) -> tuple[Design, Intervals]:
    """Return the design of the rows in which all of the formula's columns, and `keep`, are known; and their intervals.

    Raises ArgumentError for a formula without intercept, NotEstimable where nobody's time is known.
    """
    d = design(formula, data.assign(**{ROW: np.arange(len(data))}), keep=[ROW, *keep], survival=True)
    if d.spec.column_names[0] != "Intercept":
        raise ArgumentError(f"The formula {formula!r} takes the intercept out.", remedy="Leave it in.")
    rows: BoolArray = np.zeros(len(data), dtype=bool)
    rows[d.data[ROW].to_numpy()] = True
    seen = seen.take(rows)
    if not np.isfinite(seen.right).any():
        raise NotEstimable("no event among the rows in which all columns are known")
    return replace(d, data=d.data.drop(columns=ROW)), seen


def informed(seen: Intervals) -> BoolArray:
    """Return which rows say anything of the time: not those from 0 to infinity."""
    return np.asarray((seen.left > 0) | np.isfinite(seen.right))


def broken(seen: Intervals) -> bool:
    """Return whether weights are no whole numbers, and so no counts."""
    return seen.weights is not None and not np.array_equal(seen.weights, seen.weights.round())
