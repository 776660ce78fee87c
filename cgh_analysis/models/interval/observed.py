"""The door of the interval-censored models: left and right ends and weights are checked before anything is fitted.

The time lies in (left, right]: after the last visit at which it had not come, up to the first at which it had. Where
`left` equals `right` it is known exactly; `right` infinite or missing is censored at `left`; `left` 0 says that the
first visit had it already. Left 0 and right infinite tell nothing, but count among the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.errors import Problem
from cgh_analysis.frames import check_frame
from cgh_analysis.models.faults import fault, faulty_rows, refusal
from cgh_analysis.numerics.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Where each row's time lies (n,): after `left`, up to `right`, infinite where it was not seen; and its weight."""

    left: FloatArray
    right: FloatArray
    weights: FloatArray | None

    def take(self, rows: BoolArray) -> Intervals:
        """Return the chosen rows."""
        return Intervals(
            left=self.left[rows],
            right=self.right[rows],
            weights=None if self.weights is None else self.weights[rows],
        )


def intervals(data: pd.DataFrame, *, left: str, right: str, weights: str | None = None) -> Intervals:
    """Read and check the named columns; every fault is reported at once, with its rows.

    Raises ArgumentError for ends that are not numbers; for `left` missing, negative or infinite; for `right` negative,
    before `left`, or 0; for weights that are not positive and finite.

    >>> intervals(pd.DataFrame({"a": [0, 7], "b": [7, None]}), left="a", right="b").right.tolist()
    [7.0, inf]
    """
    check_frame(data, [c for c in (left, right, weights) if c is not None])
    unread: list[Problem] = []
    lefts, rights = _numbers(data[left], unread), _numbers(data[right], unread)
    rights = np.where(np.isnan(rights), np.inf, rights)
    at_start = (rights == 0) & (lefts == 0)
    found = [
        *faulty_rows(data[left], np.isnan(lefts), "that are missing"),
        *faulty_rows(data[left], np.isinf(lefts), "that are infinite"),
        *faulty_rows(data[left], lefts < 0, "that are negative"),
        *faulty_rows(data[right], rights < 0, "that are negative"),
        *faulty_rows(data[right], (rights < lefts) & (rights >= 0), f"before {left!r}"),
        *faulty_rows(data[right], at_start, "that are 0: what was so at the start did not come later"),
    ]
    weight = None if weights is None else _numbers(data[weights], unread)
    if weights is not None and weight is not None:
        found += faulty_rows(data[weights], ~(np.isfinite(weight) & (weight > 0)), "that are not positive and finite")
    # what could not be read is one fault, not one a row
    columns = {p.column for p in unread}
    problems = [*unread, *(p for p in found if p.column not in columns)]
    if problems:
        raise refusal(problems)
    return Intervals(left=lefts, right=rights, weights=weight)


def _numbers(values: pd.Series, problems: list[Problem]) -> FloatArray:
    """Read a column of numbers, NaN where one is missing; a column that is missing all over is one too."""
    if values.dtype.kind in "iuf" or values.isna().all():
        return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
    problems.append(fault(values, f"holds no numbers but {values.dtype}", "Convert it, cell by cell checked."))
    return np.full(len(values), np.nan)
