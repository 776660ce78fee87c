"""Parquet files as cells of text; the first record is row 1."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from cgh_analysis.ingest.findings import found
from cgh_analysis.ingest.readers.columns.arrow import check_schema, table_sheet
from cgh_analysis.ingest.readers.limits import swollen, too_many
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source

MARK: Final = b"PAR1"


def read_parquet(data: bytes, source: Source) -> Sheet:
    """Read a Parquet file; its footer says how many records there have to be, and how large they get."""
    import pyarrow.parquet

    file = source.path
    if not data:
        return Sheet(file=file, findings=(found("empty", file),))
    if not (data.startswith(MARK) and data.endswith(MARK)):
        return Sheet(file=file, findings=(found("unreadable", file, reason="it is no Parquet file, or was cut"),))
    try:
        opened = pyarrow.parquet.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        return _read(opened, len(data), source)
    except Exception as error:
        # whatever a broken file makes the library raise may quote a cell
        reason = f"it is damaged, or locked ({type(error).__name__})"
        return Sheet(file=file, findings=(found("unreadable", file, reason=reason),))


def _read(opened: pa.parquet.ParquetFile, packed: int, source: Source) -> Sheet:
    file, footer = source.path, opened.metadata
    unpacked = sum(footer.row_group(i).total_byte_size for i in range(footer.num_row_groups))
    what = too_many(footer.num_rows, footer.num_columns) or swollen(packed, unpacked)
    if what:
        return Sheet(file=file, read=footer.num_rows, findings=(found("oversize", file, what=what),))
    faults = check_schema(opened.schema_arrow, file)
    if not footer.num_rows:
        faults.append(found("header_only", file))
    sheet = Sheet(file=file, read=footer.num_rows, findings=tuple(faults))
    return sheet if faults else table_sheet(opened.read(), source, sheet)
