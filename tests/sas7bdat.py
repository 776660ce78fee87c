"""A minimal SAS data file of 32 bits, written out by hand: no library at hand writes this kind."""

from __future__ import annotations

import struct

import pandas as pd

MAGIC = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
HEADER, PAGE, POINTERS = 1024, 8192, 24
META, DATA = 0x0000, 0x0100
# signatures of the parts of a page of metadata
ROW_SIZE, COLUMN_SIZE, TEXT, NAMES, ATTRIBUTES, FORMAT = (
    *(0xF7F7F7F7, 0xF6F6F6F6, 0xFFFFFFFD),
    *(0xFFFFFFFF, 0xFFFFFFFC, 0xFFFFFBFE),
)
MISSING = 0xFFFFFE0000000000
UTF8 = 20


def mark(letter: str) -> bytes:
    """Return the missing value .A to .Z as a double."""
    return struct.pack("<Q", 0xFFFF000000000000 | (0xFF ^ (ord(letter) - 63)) << 40)


def sas7bdat(frame: pd.DataFrame, formats: dict[str, str] | None = None) -> bytes:
    """Return a frame of texts and numbers as a SAS data file of one page of metadata and one of records."""
    columns = [_column(frame[name]) for name in frame]
    widths = [len(cells[0]) if cells else 8 for _, cells in columns]
    words, refs = _words([*map(str, frame), *(formats or {}).values()])
    names, shown = refs[: len(columns)], dict(zip(formats or {}, refs[len(columns) :], strict=True))
    offsets = [sum(widths[:i]) for i in range(len(widths))]
    kinds = [1 if number else 2 for number, _ in columns]
    rows = b"".join(b"".join(cells[i] for _, cells in columns) for i in range(len(frame)))
    each = zip(offsets, widths, kinds, strict=True)
    attributes = b"".join(struct.pack("<IIHBB", offset, width, 4, kind, 0) for offset, width, kind in each)
    parts = [
        _row_size(sum(widths), len(frame), len(columns)),
        struct.pack("<III", COLUMN_SIZE, len(columns), 0),
        _sized(TEXT, words),
        _sized(NAMES, b"".join(struct.pack("<HHHH", *ref, 0) for ref in names) + bytes(8), 6),
        _sized(ATTRIBUTES, attributes + bytes(8), 6),
        *(struct.pack("<I30x", FORMAT) + struct.pack("<HHH", *shown.get(n, (0, 0, 0))) + bytes(12) for n in frame),
    ]
    return _header(2) + _meta(parts) + _page(DATA, len(frame), 0, rows)


def _column(values: pd.Series) -> tuple[bool, list[bytes]]:
    if pd.api.types.is_numeric_dtype(values):
        return True, [struct.pack("<Q", MISSING) if v != v else struct.pack("<d", v) for v in values]
    cells = [str(v).encode() for v in values]
    width = max(8, *map(len, cells)) if cells else 8
    return False, [cell.ljust(width) for cell in cells]


def _words(texts: list[str]) -> tuple[bytes, list[tuple[int, int, int]]]:
    """Texts in one block, and where each of them is: block, place after the signature, length."""
    block, refs = bytes(26), []
    for text in texts:
        refs.append((0, len(block) + 2, len(text)))
        block += text.encode() + bytes(-len(text) % 4)
    return block, refs


def _sized(signature: int, content: bytes, gap: int = 0) -> bytes:
    """A part that says how long it is, without its signature and a tail."""
    length = 6 + gap + len(content)
    length += -length % 4
    return (struct.pack("<IH", signature, length - 12) + bytes(gap) + content).ljust(length, b"\0")


def _row_size(width: int, rows: int, columns: int) -> bytes:
    part = bytearray(480)
    struct.pack_into("<I", part, 0, ROW_SIZE)
    struct.pack_into("<II", part, 20, width, rows)
    struct.pack_into("<II", part, 36, columns, 0)
    return bytes(part)


def _meta(parts: list[bytes]) -> bytes:
    pointers, bodies, end = b"", b"", PAGE
    for part in parts:
        end -= len(part)
        pointers += struct.pack("<IIBBH", end, len(part), 0, 0, 0)
        bodies = part + bodies
    return _page(META, len(parts), len(parts), pointers)[: PAGE - len(bodies)] + bodies


def _page(kind: int, blocks: int, parts: int, content: bytes) -> bytes:
    return (bytes(16) + struct.pack("<HHHH", kind, blocks, parts, 0) + content).ljust(PAGE, b"\0")


def _header(pages: int) -> bytes:
    head = bytearray(HEADER)
    head[:32] = MAGIC
    head[32], head[35], head[37], head[39], head[70] = 0x22, 0x22, 1, ord("1"), UTF8
    head[84:92] = b"SAS FILE"
    head[92:156] = b"SMALL".ljust(64)
    head[156:164] = b"DATA    "
    struct.pack_into("<III", head, 196, HEADER, PAGE, pages)
    head[216:224] = b"9.0401M6"
    return bytes(head)
