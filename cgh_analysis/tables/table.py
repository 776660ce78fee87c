"""A table as text: header, body and notes, and what it can be written as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cgh_analysis.results import Result
from cgh_analysis.tables.docx import write_docx
from cgh_analysis.tables.html import html
from cgh_analysis.tables.text import csv_text, plain_text

Kind = Literal["head", "row", "level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: the first cell names it. A head runs over the whole width; a level is indented below its row."""

    cells: tuple[str, ...]
    kind: Kind = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table ready to print; every cell is text already.

    `columns` is the header, one text a column. `spans` is an optional header row above it: (text, number of columns),
    together as wide as the table; an empty text is a column of its own. `source` are the result rows it was made of.
    """

    title: str
    columns: tuple[str, ...]
    body: tuple[Row, ...]
    source: Result
    spans: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()

    def rows(self) -> Result:
        """Return the result rows behind the table."""
        return self.source

    def to_html(self) -> str:
        """Return semantic HTML with escaped text and classes only: `tables.css` of the report styles it."""
        return html(self)

    def _repr_html_(self) -> str:
        return html(self)

    def to_csv(self) -> str:
        """Return comma-separated text, its notes in the last rows; what a spreadsheet would run is neutralised."""
        return csv_text(self)

    def to_text(self) -> str:
        """Return plain text in columns, for a terminal or a log."""
        return plain_text(self)

    def to_docx(self, path: str | Path) -> None:
        """Write a Word document; the same table gives the same bytes. Raises CghError without the `office` extra."""
        write_docx(self, Path(path))
