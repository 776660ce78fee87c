"""Workbooks as the archives that they are: nothing swells, leaves its place, is locked or runs before it is opened."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.limits import swollen

MOST_PARTS: Final = 10_000
OLE: Final = b"\xd0\xcf\x11\xe0"
# the name of the stream that holds a locked .xlsx, as an OLE container writes it
LOCKED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")
# how the records of an .xls begin, by version, and the record that says that the rest is encrypted
BEGINNINGS: Final = (b"\x09\x08\x10\x00\x00\x06\x05\x00", b"\x09\x08\x08\x00\x00\x05\x05\x00")
ENCRYPTED, FIRST_RECORDS = 0x2F, 8
DECLARES: Final = (b"<!DOCTYPE", b"<!ENTITY")
# pictures are not read, and some kinds of them declare a document type
PICTURES: Final = ("xl/media/", "Pictures/", "Thumbnails/", "docProps/thumbnail")
FLAG_LOCKED: Final = 1


def container_fault(data: bytes, file: str) -> Finding | None:
    """Say why a workbook must not be opened, or nothing; one that is no zip archive is only looked at for a lock."""
    if data.startswith(OLE):
        return found("locked", file) if LOCKED_STREAM in data or _locked_xls(data) else None
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _outside(archive.infolist(), len(data), file) or _inside(archive, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError):
        # a part that is not as large as it says, or packed in a way that no workbook is
        return found("unreadable", file, reason="its parts cannot be unpacked")


def _locked_xls(data: bytes) -> bool:
    """Say whether the first records of an .xls hold the one of a password; the reader only fails on it."""
    for beginning in BEGINNINGS:
        at = data.find(beginning)
        for _ in range(FIRST_RECORDS if at >= 0 else 0):
            kind, length = struct.unpack("<HH", data[at : at + 4].ljust(4, b"\0"))
            if kind == ENCRYPTED:
                return True
            at += 4 + length
    return False


def _outside(parts: list[zipfile.ZipInfo], packed: int, file: str) -> Finding | None:
    """What the table of contents gives away."""
    if len(parts) > MOST_PARTS:
        return found("oversize", file, what=f"{len(parts)} parts")
    each = [swollen(part.compress_size, part.file_size) for part in parts]
    what = swollen(packed, sum(part.file_size for part in parts)) or next(filter(None, each), "")
    if what:
        return found("oversize", file, what=what)
    if any(part.flag_bits & FLAG_LOCKED for part in parts):
        return found("locked", file)
    names = [part.filename for part in parts]
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name for name in names):
        return found("unreadable", file, reason="a part's name leads out of it")
    if len({name.lower() for name in names}) < len(names):
        return found("unreadable", file, reason="two of its parts have the same name")
    return found("macros", file) if "xl/vbaProject.bin" in names else None


def _inside(archive: zipfile.ZipFile, file: str) -> Finding | None:
    """What only the parts themselves show; each is unpacked here once, which finds those larger than they say."""
    for part in archive.infolist():
        content = archive.read(part)
        if part.filename == "META-INF/manifest.xml" and b"encryption-data" in content:
            return found("locked", file)
        # in UTF-16 every other byte is null
        bare = content.replace(b"\0", b"")
        if not part.filename.startswith(PICTURES) and any(word in bare for word in DECLARES):
            return found("entities", file)
    return None


def parts_of(data: bytes, *beginnings: str) -> dict[str, bytes]:
    """Return the parts of a workbook whose names begin so; none where it is no zip archive."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith(beginnings)}
