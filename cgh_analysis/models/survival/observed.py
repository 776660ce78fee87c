"""The door of the survival models: times, events, entries and weights are checked before anything is counted.

An event is 0/1 or boolean; other codes are refused, for which of them is an event is not ours to guess. Time zero is
allowed: whoever leaves on day 0 was at risk on day 0 only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.errors import NotEstimable, Problem
from cgh_analysis.frames import check_frame
from cgh_analysis.models.faults import fault, faulty_rows, refusal
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of each row (n,): time, whether it was an event, entry into observation, weight."""

    time: FloatArray
    event: BoolArray
    entry: FloatArray | None
    weights: FloatArray | None

    def take(self, rows: BoolArray) -> Observed:
        """Return the chosen rows; itself where that is all of them."""
        if rows.all():
            return self
        return Observed(
            time=self.time[rows],
            event=self.event[rows],
            entry=None if self.entry is None else self.entry[rows],
            weights=None if self.weights is None else self.weights[rows],
        )


def observed(
    data: pd.DataFrame, *, time: str, event: str, entry: str | None = None, weights: str | None = None
) -> Observed:
    """Read and check the named columns; every fault is reported at once, with its rows.

    Raises ArgumentError for times that are not numbers, missing, negative or infinite; events that are not 0/1 or
    boolean; entries that are not before their time; weights that are not positive.
    """
    check_frame(data, [c for c in (time, event, entry, weights) if c is not None])
    problems: list[Problem] = []
    times = _numbers(data[time], problems)
    events = _events(data[event], problems)
    entries = None if entry is None else _numbers(data[entry], problems)
    weight = None if weights is None else _numbers(data[weights], problems)
    if entries is not None:
        problems += faulty_rows(data[entry], entries >= times, "that are not before the row's time")
    if weight is not None:
        problems += faulty_rows(data[weights], weight == 0, "that are zero: leave rows without weight out of the frame")
    if problems:
        raise refusal(problems)
    return Observed(time=times, event=events, entry=entries, weights=weight)


def coded(data: pd.DataFrame, columns: Sequence[str]) -> tuple[IntArray, tuple[object, ...]]:
    """Return codes (n,) of the levels present, -1 where one is missing, and the levels, in the order of categories.

    The levels of several columns together are texts 'site=S1, sex=female'.
    """
    check_frame(data, columns)
    found = [_factorised(data[name]) for name in columns]
    if len(found) == 1:
        return found[0]
    joint = np.zeros(len(data), dtype=np.intp)
    for codes, levels in found:
        joint = joint * len(levels) + codes
    known = np.all([codes >= 0 for codes, _ in found], axis=0)
    cells, index = np.unique(joint[known], return_inverse=True)
    out = np.full(len(data), -1, dtype=np.intp)
    out[known] = index
    parts = np.unravel_index(cells, [max(len(levels), 1) for _, levels in found])
    named = zip(columns, parts, (levels for _, levels in found), strict=True)
    texts = [[f"{name}={levels[i]}" for i in part] for name, part, levels in named]
    return out, tuple(", ".join(cell) for cell in zip(*texts, strict=True))


def known_rows(*codes: IntArray) -> BoolArray:
    """Return which rows have a level in every coded column; raises NotEstimable where none has."""
    known = np.all([c >= 0 for c in codes], axis=0)
    if not known.any():
        raise NotEstimable("no row in which all the columns are known")
    return np.asarray(known)


def _factorised(values: pd.Series) -> tuple[IntArray, tuple[object, ...]]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, levels = values.cat.codes.to_numpy().astype(np.intp), values.cat.categories
        present = np.bincount(codes + 1, minlength=len(levels) + 1)[1:] > 0
        if present.all():
            return codes, tuple(levels)
        return np.append(np.cumsum(present) - 1, -1)[codes], tuple(levels[present])
    codes, levels = pd.factorize(values, sort=True)
    return codes.astype(np.intp), tuple(levels)


def _numbers(values: pd.Series, problems: list[Problem]) -> FloatArray:
    """Read a column of finite numbers that are not negative."""
    if values.dtype.kind not in "iuf":
        problems.append(fault(values, f"holds no numbers but {values.dtype}", "Convert it, cell by cell checked."))
        return np.full(len(values), np.nan)
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    if numbers.size and numbers.min() >= 0 and numbers.max() < np.inf:  # false where one is missing
        return numbers
    problems += faulty_rows(values, np.isnan(numbers), "that are missing")
    problems += faulty_rows(values, np.isinf(numbers), "that are infinite")
    problems += faulty_rows(values, numbers < 0, "that are negative")
    return numbers


def _events(values: pd.Series, problems: list[Problem]) -> BoolArray:
    if values.dtype == np.bool_:
        return values.to_numpy()
    yes_no = pd.api.types.infer_dtype(values, skipna=True) == "boolean"
    if not yes_no and not pd.api.types.is_numeric_dtype(values.dtype):
        given = ", ".join(map(repr, pd.unique(values.dropna())[:5]))
        problems.append(fault(values, f"holds {given}", "Code it 0 (censored) and 1 (event), or false and true."))
        return np.zeros(len(values), dtype=bool)
    codes = values.astype(float if values.notna().all() else "Float64").to_numpy(dtype=float, na_value=np.nan)
    happened = codes == 1
    if np.all(happened | (codes == 0)):
        return happened
    problems += faulty_rows(values, np.isnan(codes), "that are missing")
    strange = ~np.isin(codes, (0.0, 1.0)) & ~np.isnan(codes)
    given = ", ".join(f"{v:g}" for v in np.unique(codes[strange])[:5])
    problems += faulty_rows(values, strange, f"that are neither 0 nor 1 ({given})")
    return happened
