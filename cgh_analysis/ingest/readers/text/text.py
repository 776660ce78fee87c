"""Delimited text as cells of text: nothing padded, guessed or read as missing; every row knows where it stands."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import NO_ROWS, Finding, found
from cgh_analysis.ingest.readers.limits import MOST_BYTES, MOST_COLUMNS
from cgh_analysis.ingest.readers.text.detect import DETECT, find_decimal, find_separator
from cgh_analysis.ingest.readers.text.encoding import as_utf8, count_lines
from cgh_analysis.ingest.readers.text.records import Records, quote_fault, scan
from cgh_analysis.ingest.readers.text.shape import from_row, no_header, preamble, ragged, shape_faults
from cgh_analysis.ingest.sheet import Sheet, clean_header, header_faults
from cgh_analysis.study import Source

LONGEST_RECORD = 1 << 17
NO_CELLS: Final = Cells.of([])
PARSED_AT_ONCE: Final = 1 << 22
# how files begin that are no text whatever their name says
NOT_TEXT: Final = {
    b"PK\x03\x04": "a zip archive or an .xlsx or .ods workbook",
    b"\x1f\x8b": "compressed by gzip",
    b"\xd0\xcf\x11\xe0": "an .xls workbook",
    b"%PDF": "a PDF",
}


def read_csv(data: bytes, source: Source) -> Sheet:
    """Read delimited text; a fault of the whole file leaves a sheet without columns and says why."""
    return _read(data, source, source.separator)


def read_tsv(data: bytes, source: Source) -> Sheet:
    """Read text whose separator is a tab, unless the study file says another."""
    return _read(data, source, "\t" if source.separator == "," else source.separator)


def _read(data: bytes, source: Source, separator: str) -> Sheet:
    sheet = Sheet(file=source.path)
    fault = _no_text(data, source.path)
    if fault is not None:
        return _told(sheet, fault)
    text, notes = as_utf8(data, source, separator)
    if text is None:
        return _told(replace(sheet, read=count_lines(data)), *notes)
    sheet = _told(sheet, *notes, *preamble(source))
    table = from_row(text, source.header)
    if table is None:
        return _told(replace(sheet, read=count_lines(text)), no_header(source))
    if separator == DETECT:
        separator, told = find_separator(table, source.path)
        sheet = _told(sheet, told)
    if not separator:
        return replace(sheet, read=count_lines(table))
    return _records(table, source, separator, sheet)


def _no_text(data: bytes, file: str) -> Finding | None:
    if not data or data.isspace():
        return found("empty", file)
    if len(data) > MOST_BYTES:
        return found("oversize", file, what=f"{len(data)} bytes in all")
    kind = next((kind for start, kind in NOT_TEXT.items() if data.startswith(start)), None)
    return None if kind is None else found("not_text", file, kind=kind)


def _told(sheet: Sheet, *findings: Finding) -> Sheet:
    return replace(sheet, findings=(*sheet.findings, *findings))


def _records(text: bytes, source: Source, separator: str, sheet: Sheet) -> Sheet:
    """Take apart a text whose first row is the header; a fault of its shape leaves no columns."""
    above = source.header - 1
    if len(text) > MOST_BYTES:
        return _told(sheet, found("oversize", sheet.file, what=f"{len(text)} bytes in all"))
    unsound = quote_fault(text, separator)
    if unsound:
        fault = found(unsound[0], sheet.file, rows=[unsound[1] + above])
        return _told(replace(sheet, read=count_lines(text)), fault)
    records = scan(text, separator)
    if not len(records.starts):
        return _told(sheet, found("empty", sheet.file))
    records = replace(records, lines=records.lines + above)
    sheet = replace(sheet, read=len(records.starts) - 1, header=int(records.lines[0]))
    if records.blank_lines:
        sheet = _told(sheet, found("blank_lines", sheet.file, count=records.blank_lines))
    longest = int((records.ends - records.starts).max())
    if longest > LONGEST_RECORD or records.cells[0] > MOST_COLUMNS:
        what = f"{records.cells[0]} columns, a longest row of {longest} bytes, {len(text)} bytes in all"
        return _told(sheet, found("oversize", sheet.file, what=what))
    head = text[records.starts[0] : records.ends[0]].decode("utf-8")
    names = clean_header(next(csv.reader(io.StringIO(head), delimiter=separator, strict=True)))
    faults = shape_faults(sheet.file, names, text, records, separator) or header_faults(names, sheet.file, sheet.header)
    if faults:
        return _told(sheet, *faults)
    return _decimal(_body(text, records, names, separator, sheet), source)


def _body(text: bytes, records: Records, names: list[str], separator: str, sheet: Sheet) -> Sheet:
    """Parse the rows that have as many cells as the header, and say why the others are refused."""
    whole = records.cells == len(names)
    whole[0] = False
    sheet = _told(sheet, *ragged(text, records, len(names), separator, sheet.file))
    counted = int(np.count_nonzero(whole))
    # a parser without a row to parse would only tell of each that it is none
    columns = dict.fromkeys(names, NO_CELLS)
    if counted:
        columns = _parse(text, int(records.ends[0]) + 1, names, separator, enclosed=records.enclosed)
    parsed = len(next(iter(columns.values())))
    if parsed != counted:
        return _told(sheet, found("conservation", sheet.file, parsed=parsed, read=counted))
    if whole[-1] and not text.endswith(b"\n"):
        sheet = _told(sheet, found("no_final_newline", sheet.file, rows=records.lines[-1:]))
    return replace(sheet, columns=columns, rows=records.lines[whole].astype(np.int64))


def _decimal(sheet: Sheet, source: Source) -> Sheet:
    """Find the decimal sign where the study file leaves that to us."""
    if source.decimal != DETECT or not sheet.columns:
        return sheet
    sign, told = find_decimal(sheet.columns.values(), sheet.file)
    sheet = _told(sheet, told)
    return replace(sheet, decimal=sign) if sign else replace(sheet, columns={}, rows=NO_ROWS)


def _parse(text: bytes, start: int, names: list[str], separator: str, *, enclosed: bool) -> dict[str, Cells]:
    """Parse rows of the right length, every column as text, each distinct text once.

    Where no line end is `enclosed` in a cell, the text is cut into blocks without a look at its quotes.
    """
    coded = pa.dictionary(pa.int32(), pa.string())
    table = pyarrow.csv.read_csv(
        pa.BufferReader(pa.py_buffer(text).slice(start)),
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=PARSED_AT_ONCE),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=separator, newlines_in_values=enclosed, invalid_row_handler=_skip
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, coded), strings_can_be_null=False, null_values=[], check_utf8=False
        ),
    )
    columns = dict(zip(names, table.columns, strict=True))
    # what is parsed is let go of column by column
    del table
    return {name: _cells(columns.pop(name)) for name in names}


def _skip(_: object) -> str:
    """Rows of another length were refused, by an independent count, before the parser sees them."""
    return "skip"


def _cells(column: pa.ChunkedArray) -> Cells:
    whole = column.unify_dictionaries().combine_chunks()
    return Cells.unpacked(whole.dictionary, whole.indices.to_numpy(zero_copy_only=False))
