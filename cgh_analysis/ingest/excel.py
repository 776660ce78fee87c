"""A sheet of a workbook as cells of text, with what the workbook knows of them: which are dates, which are merged."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

import numpy as np
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.sheet import MOST_BYTES, Sheet, clean_header, header_faults, nearest
from cgh_analysis.ingest.workbook import hidden_and_lost, too_far
from cgh_analysis.study import Source

HIGHEST_RATIO = 100
LONGEST_CELL = 1 << 17
Grid = list[list[Any]]


def read_excel(data: bytes, source: Source) -> Sheet:
    """Read one sheet of an .xls, .xlsx or .ods workbook; whole numbers lose their '.0', dates are kept apart."""
    try:
        return _read(data, source)
    except BaseException as error:
        return Sheet(file=source.path, findings=(_unreadable(error, source.path),))


def read_grid(data: bytes, file: str, sheet: str) -> tuple[Grid, list[Finding]]:
    """Return every cell of a sheet as it is, for sheets that hold no records (a codebook)."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if sheet not in workbook.sheet_names:
            return [], [_no_sheet(workbook, file, f"There is no sheet {sheet!r}{nearest(sheet, workbook.sheet_names)}")]
        far = too_far(data, sheet)
        if far:
            return [], [found("oversize", file, what=far)]
        return workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False), []
    except BaseException as error:
        return [], [_unreadable(error, file)]


def _unreadable(error: BaseException, file: str) -> Finding:
    """Say why a workbook cannot be read; calamine panics on some broken files, and a panic is no Exception."""
    if not (isinstance(error, CalamineError | zipfile.BadZipFile) or type(error).__module__ == "pyo3_runtime"):
        raise error
    return found("unreadable", file, reason=" ".join(str(error).split())[:80] or type(error).__name__)


def _read(data: bytes, source: Source) -> Sheet:
    file = source.path
    if not data:
        return Sheet(file=file, findings=(found("empty", file),))
    bomb = _bomb(data)
    if bomb:
        return Sheet(file=file, findings=(found("oversize", file, what=bomb),))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    name, faults = _choose(workbook, source)
    if name is None:
        return Sheet(file=file, findings=tuple(faults))
    far = too_far(data, name)
    if far:
        return Sheet(file=file, findings=(*faults, found("oversize", file, what=far)))
    sheet = workbook.get_sheet_by_name(name)
    grid = sheet.to_python(skip_empty_area=False)
    faults += [*hidden_and_lost(data, name, file), *_merged(sheet, file)]
    return _records(grid, source, Sheet(file=file, read=_count(sheet), findings=tuple(faults)))


def _bomb(data: bytes) -> str:
    """Say what is too large once unpacked, or nothing; .xlsx and .ods are zip archives."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return ""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MOST_BYTES or unpacked > HIGHEST_RATIO * max(len(data), 1 << 16):
        return f"{len(data)} bytes unpack to {unpacked}"
    return ""


def _choose(workbook: CalamineWorkbook, source: Source) -> tuple[str | None, list[Finding]]:
    names = workbook.sheet_names
    if source.sheet is None and len(names) != 1:
        return None, [_no_sheet(workbook, source.path, f"The workbook has {len(names)} sheets")]
    name = names[0] if source.sheet is None else source.sheet
    if name not in names:
        return None, [_no_sheet(workbook, source.path, f"There is no sheet {name!r}{nearest(name, names)}")]
    hidden = [repr(m.name) for m in workbook.sheets_metadata if m.visible != SheetVisibleEnum.Visible]
    return name, [found("hidden_sheet", source.path, sheets=", ".join(hidden))] if hidden else []


def _no_sheet(workbook: CalamineWorkbook, file: str, what: str) -> Finding:
    return found("sheet", file, what=what, sheets=", ".join(map(repr, workbook.sheet_names)))


def _merged(sheet: CalamineSheet, file: str) -> list[Finding]:
    ranges = sheet.merged_cell_ranges or []
    if not ranges:
        return []
    first = ", ".join(f"{_address(*a)}:{_address(*b)}" for a, b in ranges[:5])
    more = f" and {len(ranges) - 5} more" if len(ranges) > 5 else ""
    return [found("merged_cells", file, rows=[1 + min(a[0] for a, _ in ranges)], cells=first + more)]


def _address(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _count(sheet: CalamineSheet) -> int:
    """Count the records row by row, apart from the grid that is used: rows with something in them, less the header."""
    return max(sum(1 for row in sheet.iter_rows() if any(cell != "" for cell in row)) - 1, 0)


def _records(grid: Grid, source: Source, sheet: Sheet) -> Sheet:
    filled = [i for i, row in enumerate(grid) if any(cell != "" for cell in row)]
    faults = list(sheet.findings)
    if not filled:
        return Sheet(file=sheet.file, findings=(*faults, found("empty", sheet.file)))
    width = max(j + 1 for i in filled for j, cell in enumerate(grid[i]) if cell != "")
    names = clean_header([_text(cell, ".") for cell in grid[filled[0]][:width]])
    body = [grid[i][:width] for i in filled[1:]]
    shape = header_faults(names, sheet.file) or ([] if body else [found("header_only", sheet.file)])
    if any(len(cell) > LONGEST_CELL for row in body for cell in row if isinstance(cell, str)):
        shape.append(found("oversize", sheet.file, what=f"a cell of more than {LONGEST_CELL} characters"))
    if len(body) != sheet.read:
        shape.append(found("conservation", sheet.file, parsed=len(body), read=sheet.read))
    if shape:
        return Sheet(file=sheet.file, read=sheet.read, findings=(*faults, *shape))
    blank = filled[-1] - filled[0] + 1 - len(filled)
    if blank:
        faults.append(found("blank_lines", sheet.file, count=blank))
    columns = list(zip(*body, strict=True))
    return Sheet(
        file=sheet.file,
        read=sheet.read,
        columns={n: Cells.of(_text(c, source.decimal) for c in cells) for n, cells in zip(names, columns, strict=True)},
        rows=np.array(filled[1:], dtype=np.int64) + 1,
        findings=tuple(faults),
        real_dates={n: _dates(cells) for n, cells in zip(names, columns, strict=True) if _dates(cells).any()},
    )


def _dates(cells: tuple[Any, ...]) -> np.ndarray:
    return np.array([isinstance(cell, datetime.date) for cell in cells], dtype=bool)


def _text(cell: Any, decimal: str) -> str:
    """A cell as a person would write it: 1.0 is '1', a date is its ISO form."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell).replace(".", decimal)
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)
