"""A table, the result rows behind it, and what it can be written as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cgh_analysis.results import Result
from cgh_analysis.tables.docx import write_docx
from cgh_analysis.tables.html import html
from cgh_analysis.tables.layout import Layout
from cgh_analysis.tables.text import csv_text, plain_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Layout):
    """A table ready to print, with the result rows that it was made of (`source`)."""

    source: Result

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
