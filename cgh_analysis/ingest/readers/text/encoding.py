"""The bytes of a text file as UTF-8 with line feeds: read as the study file says, and never by a guess."""

from __future__ import annotations

import codecs
import re
from typing import Final

import numpy as np
import pyarrow as pa

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.text.detect import DETECT, detected, undetected
from cgh_analysis.study import Source

# the mark of UTF-32 begins with that of UTF-16
WIDE: Final = {
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
DOS_END: Final = b"\x1a"
FILLED_LINE: Final = re.compile(rb"[^\s][^\r\n]*")
LETTER_OF_TWO: Final = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")
# what stands in clinical text written under Windows besides letters, and what of it stands within words
SIGNS: Final = "°±²³¹½¼¾–—‘’“”…€£§·•×÷«»\u00a0"
JOINING: Final = "’·–\u00a0"
LETTERS: Final = "".join(c for c in bytes(range(128, 256)).decode("cp1252", "ignore") if c.isalpha() and c != "ˆ")
# a capital after a small letter, a sign within a word, three of them on end: another encoding's letters
UNLIKELY: Final = re.compile(
    b"[A-Za-z][%(signs)b][A-Za-z]|[a-z][%(capitals)b]|[A-Z][%(capitals)b][a-z]|[\x80-\xff]{3}"
    % {
        b"signs": "".join(c for c in SIGNS if c not in JOINING).encode("cp1252"),
        b"capitals": "".join(c for c in LETTERS if c.isupper()).encode("cp1252"),
    }
)


def as_utf8(data: bytes, source: Source, separator: str) -> tuple[bytes | None, list[Finding]]:
    """Return the text as UTF-8 without byte order mark and with line feeds, and what had to be done for it."""
    file = source.path
    data, encoding, notes = _unmarked(data, source)
    if source.encoding == DETECT:
        encoding, told = (encoding, detected(file, "encoding", encoding)) if notes else find_encoding(data, file)
        notes.append(told)
    if not encoding:
        return None, notes
    try:
        text = _decoded(data, encoding)
    except (UnicodeError, LookupError) as error:
        return None, [*notes, _fault(data, source, separator, encoding, error)]
    if b"\0" in text:
        return None, [*notes, found("binary", file, encoding=encoding)]
    if text.endswith(DOS_END):
        text, notes = text.rstrip(DOS_END), [*notes, found("dos_end", file)]
    return _with_line_feeds(text, file, notes)


def count_lines(data: bytes) -> int:
    """Count the records of a file that cannot be taken apart: its lines with something on them, less the header."""
    return max(sum(1 for _ in FILLED_LINE.finditer(data)) - 1, 0)


def find_encoding(data: bytes, file: str) -> tuple[str, Finding]:
    """Return UTF-8 for bytes that are that, cp1252 for others that read well so; else nothing, and ask."""
    if b"\0" in data:
        return "", undetected(file, "encoding", "it holds null bytes, as UTF-16 without a byte order mark does")
    if is_utf8(data):
        return "utf-8", detected(file, "encoding", "utf-8")
    if like_cp1252(data):
        return "cp1252", detected(file, "encoding", "cp1252")
    return "", undetected(file, "encoding", "it is not UTF-8, and does not read well as cp1252 (Windows)")


def is_utf8(data: bytes) -> bool:
    """Say whether bytes are UTF-8, without making text of them."""
    if data.isascii():
        return True
    bounds = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, bounds, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def like_cp1252(data: bytes) -> bool:
    """Say whether bytes read as letters and signs where Windows has them, and not as parts of another encoding.

    >>> like_cp1252("Zürich".encode("cp1252")), like_cp1252("Zürich".encode("cp850"))
    (True, False)
    """
    high = bytes(set(data.translate(None, bytes(range(128)))))
    try:
        text = high.decode("cp1252")
    except UnicodeDecodeError:
        return False
    known = all(c in LETTERS or c in SIGNS for c in text)
    return known and not LETTER_OF_TWO.search(data) and not UNLIKELY.search(data)


def _unmarked(data: bytes, source: Source) -> tuple[bytes, str, list[Finding]]:
    """The bytes without a byte order mark that is not a character, their encoding as marked or said, and a note."""
    if data.startswith(codecs.BOM_UTF8):
        return data.removeprefix(codecs.BOM_UTF8), "utf-8", [found("bom", source.path)]
    wide = next((name for name, marks in WIDE.items() if data.startswith(marks)), None)
    return (data, wide, [found("utf16", source.path, encoding=wide.upper())]) if wide else (data, source.encoding, [])


def _decoded(data: bytes, encoding: str) -> bytes:
    if codecs.lookup(encoding).name == "utf-8" and is_utf8(data):
        return data
    return data.decode(encoding).encode("utf-8")


def _with_line_feeds(text: bytes, file: str, notes: list[Finding]) -> tuple[bytes, list[Finding]]:
    if b"\r" not in text:
        return text, notes
    both = text.count(b"\r\n")
    counts = {"CRLF": both, "LF": text.count(b"\n") - both, "CR": text.count(b"\r") - both}
    ends = [name for name, count in counts.items() if count]
    if len(ends) > 1 or ends == ["CR"]:
        notes = [*notes, found("line_ends", file, ends=" and ".join(ends))]
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), notes


def _fault(data: bytes, source: Source, separator: str, encoding: str, error: UnicodeError | LookupError) -> Finding:
    """Say where the first byte stands that the encoding does not have, and what may be meant instead."""
    if not isinstance(error, UnicodeDecodeError):
        return found("unknown_encoding", source.path, encoding=encoding)
    if b"\0" in data and not encoding.lower().startswith(("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32")):
        return found("binary", source.path, encoding=encoding)
    start = data.rfind(b"\n", 0, error.start) + 1
    header = b"".join(data.split(b"\n", source.header)[source.header - 1 : source.header])
    wide = b"\0" in header
    names = [] if wide or separator == DETECT else header.decode("latin-1").strip().split(separator)
    # in UTF-16 the byte of a line feed may be half of a letter
    before = data[: error.start].decode(encoding, "ignore").encode() if wide else data[: error.start]
    cell = data.count(separator.encode(), start, error.start)
    suggestion = "Say `encoding` under [sources], or export the file as UTF-8."
    if like_cp1252(data):
        suggestion = 'Perhaps encoding = "cp1252" (Windows): say so under [sources], or export the file as UTF-8.'
    return found(
        "encoding",
        source.path,
        column=names[cell].strip('"') if cell < len(names) else None,
        rows=[1 + before.count(b"\n")],
        byte=f"{error.start + 1} (0x{data[error.start]:02x})",
        encoding=encoding,
        suggestion=suggestion,
    )
