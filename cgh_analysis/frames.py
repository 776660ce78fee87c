"""What a caller's frame must be before anything is computed of it; each refusal names the columns or the rows."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cgh_analysis.errors import ArgumentError

SHOWN = 5


def check_frame(data: pd.DataFrame, names: Iterable[str] = ()) -> None:
    """Refuse what is no frame, columns named twice, and names that it does not have."""
    if not isinstance(data, pd.DataFrame):
        raise ArgumentError(f"data is a {type(data).__name__}.", remedy="Give a pandas DataFrame.")
    twice = sorted(set(map(str, data.columns[data.columns.duplicated()])))
    if twice:
        raise ArgumentError(f"Columns are named twice: {', '.join(twice)}.", remedy="Rename one of each.")
    unknown = [name for name in names if name not in data.columns]
    if unknown:
        raise ArgumentError(
            f"data has no column {', '.join(map(repr, unknown))}.",
            remedy=f"It has: {', '.join(map(str, data.columns[:30]))}.",
        )


def row_labels(index: pd.Index) -> str:
    """Return the labels of rows for a message, the first five of them.

    >>> row_labels(pd.Index([3, 7])), row_labels(pd.RangeIndex(6))
    ('row(s) 3, 7', 'row(s) 0, 1, 2, 3, 4, ...')
    """
    return f"row(s) {', '.join(map(str, index[:SHOWN]))}{', ...' if len(index) > SHOWN else ''}"
