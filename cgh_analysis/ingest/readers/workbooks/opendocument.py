"""What an .ods says of its rows and cells that their values do not, from its XML: hidden, lost, merged, far away."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import IO, Final
from xml.etree import ElementTree

from cgh_analysis.ingest.readers.limits import too_sparse

OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
EXTENDED: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
AUTHOR: Final = "{http://purl.org/dc/elements/1.1/}creator"
CELLS: Final = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
HIDDEN: Final = ("collapse", "filter")
# the last of the hidden columns stands for all the empty ones after it
MOST_HIDDEN: Final = 1 << 14


@dataclass(slots=True)
class Layout:
    """One sheet of an .ods: how many cells are filled and how far they reach, and what hides among them (from 1)."""

    filled: int = 0
    rows: int = 0
    columns: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def too_far(self) -> str:
        """Say that the sheet is too large to be laid out, or nothing."""
        sparse = too_sparse(self.rows * self.columns, self.filled)
        return f"{self.filled} cells, spread over {self.rows} rows and {self.columns} columns" if sparse else ""


def look(data: bytes) -> dict[str, Layout]:
    """Walk once through an .ods and return its sheets by name; none where this is no .ods."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("content.xml") as content:
            return _walk(content)
    except (zipfile.BadZipFile, KeyError, ValueError, ElementTree.ParseError):
        return {}


def _walk(content: IO[bytes]) -> dict[str, Layout]:
    sheets: dict[str, Layout] = {}
    layout, row, column = Layout(), 1, 1
    for event, element in ElementTree.iterparse(content, events=("start", "end")):
        if event == "start":
            if element.tag == f"{TABLE}table":
                layout, row, column = Layout(), 1, 1
                sheets[element.get(f"{TABLE}name", "")] = layout
        elif element.tag == f"{TABLE}table-column":
            times = int(element.get(f"{TABLE}number-columns-repeated", "1"))
            if element.get(f"{TABLE}visibility") in HIDDEN:
                layout.hidden_columns.extend(range(column, column + min(times, MOST_HIDDEN)))
            column += times
        elif element.tag == f"{TABLE}table-row":
            row += _row(element, row, layout)
            element.clear()
    return sheets


def _row(element: ElementTree.Element, row: int, layout: Layout) -> int:
    """Take in one row; returns for how many it stands."""
    times = int(element.get(f"{TABLE}number-rows-repeated", "1"))
    layout.remarks += [_remark(remark) for remark in element.iter(f"{OFFICE}annotation")]
    filled = _cells(element, row, layout)
    if filled:
        layout.filled += filled
        layout.rows = row + times - 1
        layout.hidden_rows += [row] if element.get(f"{TABLE}visibility") in HIDDEN else []
    return times


def _cells(element: ElementTree.Element, row: int, layout: Layout) -> int:
    filled, column = 0, 1
    for cell in (c for c in element if c.tag in CELLS):
        times = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        kind = cell.get(f"{OFFICE}value-type")
        if kind is not None or cell.find(f"{TEXT}p") is not None or cell.get(f"{TABLE}formula"):
            filled += 1
            layout.columns = max(layout.columns, column + times - 1)
            wrong = cell.get(f"{EXTENDED}value-type") == "error" or (kind is None and cell.get(f"{TABLE}formula"))
            layout.lost += [(row, column)] if wrong else []
        spans = [cell.get(f"{TABLE}number-{way}-spanned", "1") for way in ("rows", "columns")]
        layout.merged += [(row, column)] if spans != ["1", "1"] else []
        column += times
    return filled


def _remark(element: ElementTree.Element) -> tuple[str, str]:
    author = element.findtext(AUTHOR) or ""
    return author, " ".join(part for p in element.iter(f"{TEXT}p") for part in p.itertext())
