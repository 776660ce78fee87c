"""What a caller's frame must be before anything is computed of it; each refusal names the columns or the rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError

SHOWN = 5
# what pandas calls the contents of a column of Python objects, and what they are read as
OBJECTS: Final = {
    "string": "text",
    "boolean": "flag",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "empty": "number",
}
STRANGE: Final = {"mixed": "objects of several kinds, or lists", "mixed-integer": "numbers among other things"}


def check_kind(what: str, value: object, *kinds: type) -> None:
    """Refuse an argument of another type than one of those that a function takes.

    >>> check_kind("path", "study.toml", str)
    """
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ArgumentError(f"{what} is a {type(value).__name__}.", remedy=f"Give a {wanted}.")


def check_frame(data: pd.DataFrame, names: Iterable[str] = ()) -> None:
    """Refuse what is no frame, columns named twice, and names that it does not have."""
    if not isinstance(data, pd.DataFrame):
        raise ArgumentError(f"data is a {type(data).__name__}.", remedy="Give a pandas DataFrame.")
    twice = [] if data.columns.is_unique else sorted(set(map(str, data.columns[data.columns.duplicated()])))
    if twice:
        raise ArgumentError(f"Columns are named twice: {', '.join(twice)}.", remedy="Rename one of each.")
    unknown = [name for name in names if name not in data.columns]
    if unknown:
        raise ArgumentError(
            f"data has no column {', '.join(map(repr, unknown))}.",
            remedy=f"It has: {', '.join(map(str, data.columns[:30]))}.",
        )


def plain(column: pd.Series) -> pd.Series:
    """Return a column as numpy's numbers or truth values, as texts or as a category, whichever of pandas' types it has.

    Nothing is read into it: a text stays a text also where it looks like a number. Raises ArgumentError for dates,
    durations, lists, complex numbers, and for objects of several kinds.

    >>> plain(pd.Series([1, None], dtype="Int64")).tolist(), plain(pd.Series(["1", "2"], dtype="string")).dtype
    ([1.0, nan], dtype('O'))
    """
    kind = column.dtype.kind
    of_objects = column.dtype == object
    contents = pd.api.types.infer_dtype(column, skipna=True) if of_objects else ""
    read_as = OBJECTS.get(contents, "")
    if isinstance(column.dtype, pd.CategoricalDtype) or (kind in "iufb" and isinstance(column.dtype, np.dtype)):
        return column
    if kind in "iuf" or read_as == "number":
        return _numbers(column)
    if kind == "b" or read_as == "flag":
        return column.astype(object).where(column.notna()) if column.isna().any() else column.astype(bool)
    if read_as == "text" or (not of_objects and _is_text(column)):
        return column.astype(object).where(column.notna(), np.nan)
    raise ArgumentError(
        f"The column {column.name!r} holds {STRANGE.get(contents, contents) or column.dtype}.",
        remedy="Make it numbers, texts, true and false or a category; of dates, days from a start.",
    )


def _numbers(column: pd.Series) -> pd.Series:
    """Whole numbers stay whole where none is missing."""
    whole = column.dtype.kind in "iu" and not column.isna().any()
    values = column.to_numpy(dtype="int64") if whole else column.to_numpy(dtype="float64", na_value=np.nan)
    return pd.Series(values, index=column.index, name=column.name)


def _is_text(column: pd.Series) -> bool:
    """Whether a column of an extension type holds texts; Arrow's dictionaries of texts do."""
    return pd.api.types.infer_dtype(column.astype(object), skipna=True) in ("string", "empty")


def row_labels(index: pd.Index) -> str:
    """Return the labels of rows for a message, the first five of them.

    >>> row_labels(pd.Index([3, 7])), row_labels(pd.RangeIndex(6))
    ('row(s) 3, 7', 'row(s) 0, 1, 2, 3, 4, ...')
    """
    return f"row(s) {', '.join(map(str, index[:SHOWN]))}{', ...' if len(index) > SHOWN else ''}"
