"""A sheet of a workbook as cells of text, with what the workbook knows of them: which are dates, which are merged."""

from __future__ import annotations

import datetime
import io
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.limits import too_many
from cgh_analysis.ingest.readers.plain import clock, number_text, sign_of
from cgh_analysis.ingest.readers.text.shape import no_header, preamble
from cgh_analysis.ingest.readers.workbooks.container import container_fault
from cgh_analysis.ingest.readers.workbooks.office import office_findings
from cgh_analysis.ingest.readers.workbooks.opendocument import look
from cgh_analysis.ingest.readers.workbooks.workbook import address, hidden_and_lost, too_far
from cgh_analysis.ingest.sheet import Sheet, clean_header, header_faults, nearest
from cgh_analysis.study import Source

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
    fault = container_fault(data, file)
    if fault is not None:
        return [], [fault]
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
    words = " ".join(str(error).split())
    if "password" in words.lower():
        return found("locked", file)
    # what a part holds that is no XML is quoted after a colon
    return found("unreadable", file, reason=words.partition(":")[0][:80] or type(error).__name__)


def _read(data: bytes, source: Source) -> Sheet:
    file = source.path
    fault = container_fault(data, file) if data else found("empty", file)
    if fault is not None:
        return Sheet(file=file, findings=(fault,))
    layouts = look(data)
    spread = next((each.too_far for each in layouts.values() if each.too_far), "")
    if spread:
        return Sheet(file=file, findings=(found("oversize", file, what=spread),))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    name, faults = _choose(workbook, source)
    faults += office_findings(data, file, [remark for each in layouts.values() for remark in each.remarks])
    if name is None:
        return Sheet(file=file, findings=tuple(faults))
    far = too_far(data, name)
    if far:
        return Sheet(file=file, findings=(*faults, found("oversize", file, what=far)))
    sheet = workbook.get_sheet_by_name(name)
    height, width = (1 + sheet.end[0], 1 + sheet.end[1]) if sheet.end else (0, 0)
    many = too_many(height, width)
    if many:
        return Sheet(file=file, findings=(*faults, found("oversize", file, what=many)))
    grid = sheet.to_python(skip_empty_area=False)
    faults += [*hidden_and_lost(data, name, file, width), *_merged(sheet, file)]
    return _records(grid, source, Sheet(file=file, read=_count(sheet), findings=tuple(faults)))


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
    first = ", ".join(f"{address(*a)}:{address(*b)}" for a, b in ranges[:5])
    more = f" and {len(ranges) - 5} more" if len(ranges) > 5 else ""
    return [found("merged_cells", file, rows=[1 + min(a[0] for a, _ in ranges)], cells=first + more)]


def _count(sheet: CalamineSheet) -> int:
    """Count the rows with something in them one by one, apart from the grid that is used."""
    return sum(1 for row in sheet.iter_rows() if any(cell != "" for cell in row))


def _records(grid: Grid, source: Source, sheet: Sheet) -> Sheet:
    """Take the rows below the header as records; those above it are not used at all."""
    filled = [i for i, row in enumerate(grid) if any(cell != "" for cell in row)]
    above = sum(1 for i in filled if i < source.header - 1)
    sheet = replace(sheet, read=max(sheet.read - above - 1, 0), findings=(*sheet.findings, *preamble(source)))
    faults = list(sheet.findings)
    if not filled:
        return replace(sheet, findings=(*faults, found("empty", sheet.file)))
    head, *below = filled[above:] or [-1]
    # a header that the study file places must stand there; the first row may have blank ones above it
    if head < 0 or (source.header > 1 and head != source.header - 1):
        return replace(sheet, findings=(*faults, no_header(source)))
    width = max(j + 1 for i in (head, *below) for j, cell in enumerate(grid[i]) if cell != "")
    names = clean_header([_text(cell, ".") for cell in grid[head][:width]])
    body = [grid[i][:width] for i in below]
    shape = _shape(names, body, head, sheet)
    if shape:
        return replace(sheet, findings=(*faults, *shape))
    blank = below[-1] - head - len(below)
    if blank:
        faults.append(found("blank_lines", sheet.file, count=blank))
    columns = dict(zip(names, zip(*body, strict=True), strict=True))
    sign = sign_of(source)
    return replace(
        sheet,
        columns={name: Cells.of(_text(c, sign) for c in cells) for name, cells in columns.items()},
        rows=np.array(below, dtype=np.int64) + 1,
        header=head + 1,
        findings=tuple(faults),
        real_dates={name: _dates(cells) for name, cells in columns.items() if _dates(cells).any()},
    )


def _shape(names: list[str], body: Grid, head: int, sheet: Sheet) -> list[Finding]:
    """Faults that leave no records to be used."""
    faults = header_faults(names, sheet.file, head + 1)
    if not (faults or body):
        faults.append(found("header_only", sheet.file))
    if any(len(cell) > LONGEST_CELL for row in body for cell in row if isinstance(cell, str)):
        faults.append(found("oversize", sheet.file, what=f"a cell of more than {LONGEST_CELL} characters"))
    if len(body) != sheet.read:
        faults.append(found("conservation", sheet.file, parsed=len(body), read=sheet.read))
    return faults


def _dates(cells: tuple[Any, ...]) -> np.ndarray:
    return np.array([isinstance(cell, datetime.date) for cell in cells], dtype=bool)


def _text(cell: Any, sign: str) -> str:
    """A cell as a person would write it: 1.0 is '1', a date is its ISO form."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_text(cell, sign)
    if isinstance(cell, datetime.timedelta):
        return clock(cell.total_seconds())
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)
