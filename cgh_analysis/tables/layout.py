"""What a table holds as text: header, body and notes. Every writer (HTML, Word, CSV, plain) takes this and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["head", "row", "level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: the first cell names it. A head runs over the whole width; a level is indented below its row."""

    cells: tuple[str, ...]
    kind: Kind = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table ready to print; every cell is text already.

    `columns` is the header, one text a column. `spans` is an optional header row above it: (text, number of columns),
    together as wide as the table; an empty text is a column of its own.
    """

    title: str
    columns: tuple[str, ...]
    body: tuple[Row, ...]
    spans: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
