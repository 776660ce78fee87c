"""Arrow tables (Parquet, the answer of a database) as cells of text: each type in the one way that loses nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import NO_ROWS, Finding, found
from cgh_analysis.ingest.readers.plain import SECONDS_A_DAY, clock, moments, number_text, sign_of
from cgh_analysis.ingest.sheet import Sheet, clean_header, header_faults
from cgh_analysis.study import Source

UNITS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def check_schema(schema: pa.Schema, file: str) -> list[Finding]:
    """Find names that a person could not tell apart, and columns of types that hold no single value."""
    # such files have no row for their header
    faults = [replace(fault, rows=NO_ROWS) for fault in header_faults(clean_header(schema.names), file)]
    unread = [field for field in schema if not _is_read(_plain_type(field.type))]
    return faults + [found("column_type", file, column=f.name, type=str(f.type).split("<")[0]) for f in unread]


def table_sheet(table: pa.Table, source: Source, sheet: Sheet) -> Sheet:
    """Return a sheet with the columns of a table that passed `check_schema`; the first record is row 1."""
    if table.num_rows != sheet.read:
        lost = found("conservation", sheet.file, parsed=table.num_rows, read=sheet.read)
        return replace(sheet, findings=(*sheet.findings, lost))
    sign = sign_of(source)
    names = clean_header(table.column_names)
    columns = {n: _cells(column, sign) for n, column in zip(names, table.columns, strict=True)}
    dated = [n for n, column in zip(names, table.columns, strict=True) if _is_date(_plain_type(column.type))]
    return replace(
        sheet,
        columns=columns,
        rows=np.arange(1, table.num_rows + 1),
        real_dates={n: columns[n].spread(columns[n].texts != "") for n in dated},
    )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_date(kind: pa.DataType) -> bool:
    return pa.types.is_date(kind) or pa.types.is_timestamp(kind)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_read(kind: pa.DataType) -> bool:
    t = pa.types
    return (
        _is_text(kind)
        or t.is_integer(kind)
        or t.is_floating(kind)
        or t.is_decimal(kind)
        or t.is_boolean(kind)
        or t.is_time(kind)
        or t.is_null(kind)
        or _is_date(kind)
    )


def _cells(column: pa.ChunkedArray, sign: str) -> Cells:
    """Each distinct value once, as text."""
    if pa.types.is_null(column.type):
        return Cells.coded([""], np.zeros(len(column), dtype=np.int64))
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], type=column.type)
    codes = whole.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    # a code of -1 is blank, and finds the last text
    blank = [""] if (codes < 0).any() else []
    return Cells.coded([*_texts(whole.dictionary, sign), *blank], codes)


def _texts(values: pa.Array, sign: str) -> Iterable[str]:
    kind = values.type
    if _is_text(kind):
        return [text or "" for text in values.to_pylist()]
    if pa.types.is_boolean(kind):
        return [{True: "true", False: "false"}.get(value, "") for value in values.to_pylist()]
    if pa.types.is_integer(kind):
        return ["" if value is None else str(value) for value in values.to_pylist()]
    if pa.types.is_floating(kind):
        # numpy writes a number of two or four bytes in the digits that it was given
        return [number_text(value, sign) for value in values.to_numpy(zero_copy_only=False)]
    if pa.types.is_decimal(kind):
        return [_decimal(text, sign) for text in values.cast(pa.string()).to_pylist()]
    return _times(values)


def _decimal(text: str | None, sign: str) -> str:
    """A decimal in all its digits, without the zeros that its type hangs on."""
    if text is None or "e" in text.lower() or "." not in text:
        return text or ""
    return text.rstrip("0").rstrip(".").replace(".", sign)


def _times(values: pa.Array) -> list[str]:
    """ISO text of dates, times of day and moments, these by the clock of their zone: another zone has other days."""
    values = pc.local_timestamp(values) if getattr(values.type, "tz", None) else values
    kind = values.type
    date = pa.types.is_date(kind)
    unit = 1 / SECONDS_A_DAY if pa.types.is_date32(kind) else UNITS["ms" if date else kind.unit]
    counts = values.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).to_pylist()
    texts = [""] * len(counts)
    given = [i for i, count in enumerate(counts) if count is not None]
    seconds = [counts[i] / unit for i in given]
    told = [clock(s) for s in seconds] if pa.types.is_time(kind) else moments(seconds, dates=date)
    for i, text in zip(given, told, strict=True):
        texts[i] = text
    return texts
