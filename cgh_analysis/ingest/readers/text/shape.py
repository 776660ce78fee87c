"""The shape of delimited text: which row is the header, and which rows do not have its number of cells."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import match
from cgh_analysis.ingest.readers.text.detect import SEPARATORS
from cgh_analysis.ingest.readers.text.records import Records, first_line
from cgh_analysis.ingest.sheet import MAYBE_FOOTER, footers
from cgh_analysis.study import Source

QUOTED_OR_NOT: Final = '^[" ]*'


def from_row(text: bytes, row: int) -> bytes | None:
    """Return a text from a physical row on; nothing where that row, other than the first, is blank or missing."""
    start = 0
    for _ in range(row - 1):
        start = text.find(b"\n", start) + 1
        if not start:
            return None
    table = text[start:]
    return None if row > 1 and not first_line(table).strip() else table


def preamble(source: Source) -> list[Finding]:
    """Say which rows are no records because they stand above the header."""
    above = source.header - 1
    return [found("preamble", source.path, rows=np.arange(above) + 1, count=above)] if above else []


def no_header(source: Source) -> Finding:
    """Say that no header is where the study file says that it is."""
    what = f"There is nothing in row {source.header} to name the columns"
    return found("header_row", source.path, what=what)


def shape_faults(file: str, names: list[str], text: bytes, records: Records, separator: str) -> list[Finding]:
    """Faults that put every cell of the file under a wrong name, or leave no cells at all."""
    head = text[: records.ends[0]].decode("utf-8")
    likely = max((s for s in SEPARATORS if s != separator), key=head.count)
    if len(names) == 1 and likely in head:
        return [found("separator", file, rows=records.lines[:1], separator=separator, likely=likely)]
    if len(records.starts) == 1:
        return [found("header_only", file)]
    one_more = np.flatnonzero(records.cells == len(names) + 1)
    trailing = one_more[np.frombuffer(text, dtype=np.uint8)[records.ends[one_more] - 1] == ord(separator)]
    if np.count_nonzero(trailing > 0) > 0.5 * (len(records.starts) - 1):
        return [found("trailing_separator", file, rows=records.lines[trailing][:1])]
    return []


def ragged(text: bytes, records: Records, expected: int, separator: str, file: str) -> list[Finding]:
    """Say why rows with too few or too many cells are refused; where the last row is cut, the file is."""
    odd = np.flatnonzero(records.cells != expected)
    footer, words = _footers(text, records, odd, separator)
    findings = []
    if len(footer):
        findings.append(found("footer", file, rows=records.lines[footer], values=words))
    broken = np.setdiff1d(odd, footer, assume_unique=True)
    for actual in np.unique(records.cells[broken]):
        rows = records.lines[broken[records.cells[broken] == actual]]
        rule = "short_row" if actual < expected else "long_row"
        findings.append(found(rule, file, rows=rows, expected=expected, actual=actual))
    last = len(records.starts) - 1
    if last in broken and records.cells[last] < expected and not text.endswith(b"\n"):
        findings.append(
            found("truncated", file, rows=records.lines[-1:], expected=expected, actual=records.cells[last])
        )
    return findings


def _footers(text: bytes, records: Records, odd: np.ndarray, separator: str) -> tuple[np.ndarray, np.ndarray]:
    """Return which of some records are footers, and the words that make them so."""
    places = zip(records.starts[odd].tolist(), records.ends[odd].tolist(), strict=True)
    rows = pa.array([text[start:end] for start, end in places], type=pa.string())
    maybe = np.flatnonzero(match(rows, QUOTED_OR_NOT + MAYBE_FOOTER))
    words = footers(row.split(separator)[0].strip('" ') for row in rows.take(maybe).to_pylist())
    return odd[maybe[words != ""]], words[words != ""]
