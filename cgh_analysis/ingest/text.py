"""Delimited text as cells of text: nothing padded, guessed or read as missing; every row knows where it stands."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.records import Records, quote_fault, scan
from cgh_analysis.ingest.sheet import MOST_BYTES, Sheet, clean_header, footers, header_faults
from cgh_analysis.study import Source

LONGEST_RECORD = 1 << 17
MOST_COLUMNS = 10_000
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
    file = source.path
    if not data.strip():
        return Sheet(file=file, findings=(found("empty", file),))
    kind = next((kind for start, kind in NOT_TEXT.items() if data.startswith(start)), None)
    if kind is not None:
        return Sheet(file=file, findings=(found("not_text", file, kind=kind),))
    text, notes = _utf8(data, source)
    if text is None:
        return Sheet(file=file, read=_lines(data), findings=tuple(notes))
    unsound = quote_fault(text, separator)
    if unsound:
        return Sheet(file=file, read=_lines(text), findings=(*notes, found(unsound[0], file, rows=[unsound[1]])))
    records = scan(text, separator)
    if records.blank_lines:
        notes.append(found("blank_lines", file, count=records.blank_lines))
    read = len(records.starts) - 1
    longest = int((records.ends - records.starts).max())
    if longest > LONGEST_RECORD or records.cells[0] > MOST_COLUMNS or len(text) > MOST_BYTES:
        what = f"{records.cells[0]} columns, a longest row of {longest} bytes, {len(text)} bytes in all"
        return Sheet(file=file, read=read, findings=(*notes, found("oversize", file, what=what)))
    head = text[records.starts[0] : records.ends[0]].decode("utf-8")
    names = clean_header(next(csv.reader(io.StringIO(head), delimiter=separator, strict=True)))
    faults = _shape_faults(file, names, text, records, separator) or header_faults(names, file)
    if faults:
        return Sheet(file=file, read=read, findings=(*notes, *faults))
    return _body(text, records, names, separator, Sheet(file=file, read=read, findings=tuple(notes)))


def _utf8(data: bytes, source: Source) -> tuple[bytes | None, list[Finding]]:
    """The text as UTF-8 without byte order mark and with line feeds, and what had to be done for it."""
    file, encoding, notes = source.path, source.encoding, []
    if data.startswith(codecs.BOM_UTF8):
        notes.append(found("bom", file))
        data = data.removeprefix(codecs.BOM_UTF8)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append(found("utf16", file))
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
        text.encode("utf-8")
    except (UnicodeError, LookupError) as error:
        return None, [*notes, _encoding_fault(data, source, error)]
    if "\0" in text:
        return None, [*notes, found("binary", file, encoding=encoding)]
    both = text.count("\r\n")
    counts = {"CRLF": both, "LF": text.count("\n") - both, "CR": text.count("\r") - both}
    ends = [name for name, count in counts.items() if count]
    if len(ends) > 1 or ends == ["CR"]:
        notes.append(found("line_ends", file, ends=" and ".join(ends)))
    if ends != ["LF"]:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8"), notes


def _encoding_fault(data: bytes, source: Source, error: UnicodeError | LookupError) -> Finding:
    if not isinstance(error, UnicodeDecodeError):
        return found("unknown_encoding", source.path, encoding=source.encoding)
    start = data.rfind(b"\n", 0, error.start) + 1
    cell = data.count(source.separator.encode(), start, error.start)
    header = data[: data.find(b"\n")].decode("latin-1").strip().split(source.separator)
    suggestion = "Say `encoding` under [sources], or export the file as UTF-8."
    if _decodes(data, "cp1252"):
        suggestion = 'Perhaps encoding = "cp1252" (Windows): say so under [sources], or export the file as UTF-8.'
    return found(
        "encoding",
        source.path,
        column=header[cell].strip('"') if cell < len(header) else None,
        rows=[1 + data.count(b"\n", 0, error.start)],
        byte=f"{error.start + 1} (0x{data[error.start]:02x})",
        encoding=source.encoding,
        suggestion=suggestion,
    )


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _lines(data: bytes) -> int:
    """Records of a file that cannot be taken apart: its lines with something on them, less the header."""
    return max(sum(1 for line in data.splitlines() if line.strip()) - 1, 0)


def _shape_faults(file: str, names: list[str], text: bytes, records: Records, separator: str) -> list[Finding]:
    """Faults that put every cell of the file under a wrong name, or leave no cells at all."""
    head = text[: records.ends[0]].decode("utf-8")
    likely = max((s for s in ";\t|," if s != separator), key=head.count)
    if len(names) == 1 and likely in head:
        return [found("separator", file, rows=[1], separator=separator, likely=likely)]
    if len(records.starts) == 1:
        return [found("header_only", file)]
    last = np.frombuffer(text, dtype=np.uint8)[records.ends - 1] == ord(separator)
    trailing = last & (records.cells == len(names) + 1)
    if trailing[1:].mean() > 0.5:
        return [found("trailing_separator", file, rows=records.lines[trailing][:1])]
    return []


def _body(text: bytes, records: Records, names: list[str], separator: str, sheet: Sheet) -> Sheet:
    whole = records.cells == len(names)
    whole[0] = False
    ragged = np.flatnonzero(records.cells != len(names))
    findings = [*sheet.findings, *_ragged(text, records, ragged, len(names), separator, sheet.file)]
    columns = _parse(text[records.ends[0] + 1 :], names, separator)
    parsed = len(next(iter(columns.values())))
    if parsed != whole.sum():
        fault = found("conservation", sheet.file, parsed=parsed, read=int(whole.sum()))
        return Sheet(file=sheet.file, read=sheet.read, findings=(*findings, fault))
    if not text.endswith(b"\n") and whole[-1]:
        findings.append(found("no_final_newline", sheet.file, rows=records.lines[-1:]))
    rows = records.lines[whole]
    return Sheet(file=sheet.file, read=sheet.read, columns=columns, rows=rows, findings=tuple(findings))


def _ragged(
    text: bytes, records: Records, ragged: np.ndarray, expected: int, separator: str, file: str
) -> list[Finding]:
    """Say why rows with too few or too many cells are refused; where the last row is cut, the file is."""
    firsts = [text[records.starts[i] : records.ends[i]].decode("utf-8").split(separator)[0].strip('" ') for i in ragged]
    words = np.array(footers(firsts), dtype=object)
    footer = words != ""
    findings = []
    if footer.any():
        findings.append(found("footer", file, rows=records.lines[ragged[footer]], values=words[footer]))
    broken = ragged[~footer]
    for actual in np.unique(records.cells[broken]):
        rows = records.lines[broken[records.cells[broken] == actual]]
        rule = "short_row" if actual < expected else "long_row"
        findings.append(found(rule, file, rows=rows, expected=expected, actual=actual))
    last = len(records.starts) - 1
    if last in broken and records.cells[last] < expected and not text.endswith(b"\n"):
        cut = {"rows": records.lines[-1:], "expected": expected, "actual": records.cells[last]}
        findings.append(found("truncated", file, **cut))
    return findings


def _parse(body: bytes, names: list[str], separator: str) -> dict[str, Cells]:
    """Parse rows of the right length, every column as text, each distinct text once."""
    text = pa.dictionary(pa.int32(), pa.string())
    table = pyarrow.csv.read_csv(
        pa.BufferReader(body),
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(body) + 1),
        parse_options=pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=_skip),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, text), strings_can_be_null=False, null_values=[]
        ),
    )
    return {name: _cells(column) for name, column in zip(names, table.columns, strict=True)}


def _skip(_: object) -> str:
    """Rows of another length were refused, by an independent count, before the parser sees them."""
    return "skip"


def _cells(column: pa.ChunkedArray) -> Cells:
    whole = column.unify_dictionaries().combine_chunks()
    return Cells.coded(whole.dictionary.to_pylist(), whole.indices.to_numpy(zero_copy_only=False))
