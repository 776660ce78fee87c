"""A table as comma-separated or plain text."""

from __future__ import annotations

import csv
import io
from typing import Final

from cgh_analysis.tables.layout import Layout, Row

FORMULA: Final = ("=", "+", "-", "@")
GAP: Final = "  "


def csv_text(table: Layout) -> str:
    """Return a table as comma-separated text with one header row; every row has the same number of cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    body = [row.cells for row in table.body] + [(note,) for note in table.notes]
    for cells in [headers(table), *body]:
        padded = [*cells, *[""] * (len(table.columns) - len(cells))]
        writer.writerow([neutral(cell) for cell in padded])
    return out.getvalue()


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet runs: what starts like a formula and is no number gets an apostrophe.

    White space in front could hide a formula, and a bare carriage return would begin a new row: each becomes one space,
    or nothing at the ends.

    >>> neutral("=1+2"), neutral("-2.5"), neutral("-2+3")
    ("'=1+2", '-2.5', "'-2+3")
    """
    flat = " ".join(cell.split())
    return f"'{flat}" if flat.startswith(FORMULA) and not _is_number(flat) else flat


def headers(table: Layout) -> list[str]:
    """Return the header as one row: the text of a span goes before its columns'."""
    above = [text for text, width in table.spans for _ in range(width)] or [""] * len(table.columns)
    return [f"{span}: {column}" if span else column for span, column in zip(above, table.columns, strict=True)]


def plain_text(table: Layout) -> str:
    """Return a table in columns of fixed width, names to the left and numbers to the right."""
    lines = [headers(table), *([_indented(row), *row.cells[1:]] for row in table.body if row.kind != "head")]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]
    rule = "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    body = [
        row.cells[0] if row.kind == "head" else _aligned([_indented(row), *row.cells[1:]], widths) for row in table.body
    ]
    return "\n".join([table.title, rule, _aligned(lines[0], widths), rule, *body, rule, *table.notes, ""])


def _indented(row: Row) -> str:
    return f"{GAP}{row.cells[0]}" if row.kind == "level" else row.cells[0]


def _aligned(cells: list[str], widths: list[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return GAP.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
