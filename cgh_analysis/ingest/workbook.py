"""What an .xlsx says of its rows and cells that their values do not: hidden rows, lost values, cells far away.

A reader of values shows hidden rows like others, and blanks where a formula has no value yet or a wrong one. And it
lays out the whole rectangle up to the farthest cell, which one stray cell makes larger than any memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import Final
from xml.etree import ElementTree

from cgh_analysis.ingest.findings import Finding, found

DOCUMENT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CELL: Final = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
HIDDEN: Final = re.compile(rb'<(?:\w+:)?row\s(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]+)"[^>]*(?<!/)>')
WRONG: Final = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+[0-9]+)"')
# a formula whose value is text may well be empty (t="str"); any other has lost it
VALUELESS: Final = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\bt="str")[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
# a rectangle of so many cells is always laid out; a larger one where at least one cell in so many is filled
SMALL_AREA: Final = 1 << 22
SPARSEST: Final = 50
NAMED: Final = 5


def too_far(data: bytes, sheet: str) -> str:
    """Say which cell makes a sheet too large to be laid out, or nothing."""
    cells = CELL.findall(_part(data, sheet))
    if not cells:
        return ""
    # longer names of columns come after shorter ones: Z, AA
    column = max({c for c, _ in cells}, key=lambda c: (len(c), c))
    row = max(int(r) for _, r in cells)
    area = row * _number(column)
    if area <= max(SMALL_AREA, SPARSEST * len(cells)):
        return ""
    return f"{len(cells)} cells, spread as far as {column.decode()}{row}"


def hidden_and_lost(data: bytes, sheet: str, file: str) -> list[Finding]:
    """Find rows that are hidden (a filter hides them too), and cells whose value is an error or was never worked out.

    Other kinds of workbook than .xlsx give nothing.
    """
    part = _part(data, sheet)
    rows = [row.decode() for row in HIDDEN.findall(part)]
    cells = [cell.decode() for cell in (*WRONG.findall(part), *VALUELESS.findall(part))]
    faults = [found("hidden_rows", file, rows=[int(rows[0])], listed=_listed(rows))] if rows else []
    if cells:
        first = int(re.sub("[A-Z]", "", cells[0]))
        faults.append(found("lost_value", file, rows=[first], listed=_listed(cells)))
    return faults


def _listed(names: list[str]) -> str:
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
