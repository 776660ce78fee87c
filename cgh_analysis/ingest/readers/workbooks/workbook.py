"""What a workbook says of its rows and cells that their values do not: hidden, lost, merged, far away.

A reader of values shows hidden rows like others, and blanks where a formula has no value yet or a wrong one. And it
lays out the whole rectangle up to the farthest cell, which one stray cell makes larger than any memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.limits import too_sparse
from cgh_analysis.ingest.readers.workbooks.opendocument import look

DOCUMENT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CELL: Final = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
HIDDEN: Final = re.compile(rb'<(?:\w+:)?row\s(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]+)"[^>]*(?<!/)>(?!\s*</)')
WRONG: Final = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+[0-9]+)"')
# a formula whose value is text may well be empty (t="str"); any other has lost it
VALUELESS: Final = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\bt="str")[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
HIDDEN_COLUMNS: Final = re.compile(rb'<(?:\w+:)?col\s(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
BOUNDS: Final = re.compile(rb'\b(min|max)="([0-9]{1,5})"')
NAMED: Final = 5


def too_far(data: bytes, sheet: str) -> str:
    """Say which cell makes a sheet too large to be laid out, or nothing."""
    cells = CELL.findall(_part(data, sheet))
    if not cells:
        return ""
    # longer names of columns come after shorter ones: Z, AA
    column = max({c for c, _ in cells}, key=lambda c: (len(c), c))
    row = max(int(r) for _, r in cells)
    if not too_sparse(row * _number(column), len(cells)):
        return ""
    return f"{len(cells)} cells, spread as far as {column.decode()}{row}"


def hidden_and_lost(data: bytes, sheet: str, file: str, width: int) -> list[Finding]:
    """Find rows and columns that are hidden (a filter hides rows too), merged cells of an .ods, and lost values.

    A value is lost where it is an error or was never worked out; `width` is how many columns are used. An .xls gives
    nothing.
    """
    found_in = look(data).get(sheet)
    if found_in is not None:
        merged = [address(row - 1, column - 1) for row, column in found_in.merged]
        faults = [found("merged_cells", file, rows=[found_in.merged[0][0]], cells=_listed(merged))] if merged else []
        lost = [address(row - 1, column - 1) for row, column in found_in.lost]
        return faults + _concealed(found_in.hidden_rows, found_in.hidden_columns, lost, file, width)
    part = _part(data, sheet)
    rows = [int(row) for row in HIDDEN.findall(part)]
    bounds = [dict(BOUNDS.findall(each)) for each in HIDDEN_COLUMNS.findall(part)]
    columns = [c for b in bounds if len(b) == 2 for c in range(int(b[b"min"]), min(int(b[b"max"]), width) + 1)]
    lost = [cell.decode() for cell in (*WRONG.findall(part), *VALUELESS.findall(part))]
    return _concealed(rows, columns, lost, file, width)


def _concealed(rows: list[int], columns: list[int], lost: list[str], file: str, width: int) -> list[Finding]:
    faults = [found("hidden_rows", file, rows=rows[:1], listed=_listed(map(str, rows)))] if rows else []
    used = [address(0, column - 1).rstrip("1") for column in columns if column <= width]
    if used:
        faults.append(found("hidden_columns", file, listed=_listed(used)))
    if lost:
        first = int(re.sub("[A-Z]", "", lost[0]))
        faults.append(found("lost_value", file, rows=[first], listed=_listed(lost)))
    return faults


def address(row: int, column: int) -> str:
    """Return what a spreadsheet calls a cell, both counted from 0.

    >>> address(0, 0), address(9, 27)
    ('A1', 'AB10')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _listed(all_names: Iterable[str]) -> str:
    names = list(all_names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _number(column: bytes) -> int:
    number = 0
    for letter in column:
        number = 26 * number + letter - 64
    return number


def _part(data: bytes, sheet: str) -> bytes:
    """The XML of one sheet of an .xlsx; nothing where this is none, or is not built as one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
            targets = {link.get("Id"): link.get("Target", "") for link in links}
            ids = [e.get(f"{DOCUMENT}id") for e in book.iter() if e.tag.endswith("}sheet") and e.get("name") == sheet]
            # a target is a path from xl/, or from the root where it begins with a slash
            return archive.read(posixpath.join("/xl", targets[ids[0]]).removeprefix("/"))
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, IndexError):
        return b""
