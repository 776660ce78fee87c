"""How many records a statistical file has: what it says itself, and what its bytes hold, apart from its parser."""

from __future__ import annotations

import re
import struct
from typing import Final

from cgh_analysis.ingest.readers.statistical.soundness import spss_order

RECORD: Final = 80
SPSS_COUNT: Final = slice(80, 84)
# Stata 8 to 12: bytes of a column's display format by version, of values by type, of what comes before the columns
FORMAT_WIDTHS: Final = {b"\x71": 12, b"\x72": 49, b"\x73": 49}
OLD_STATA_WIDTHS: Final = {251: 1, 252: 2, 253: 4, 254: 4, 255: 8}
OLD_STATA_HEADER: Final = 109
MEMBER: Final = re.compile(rb"HEADER RECORD\*{7}MEMB(ER |V8 ) HEADER RECORD!{7}")
OBSERVATIONS: Final = re.compile(rb"HEADER RECORD\*{7}OBS(V8)? +HEADER RECORD!{7} *([0-9]+)? *")


def spss_stated(data: bytes) -> int | None:
    """Return how many cases the header of an SPSS file says that there are; nothing where it leaves that open."""
    count: int = struct.unpack(f"{spss_order(data)}i", data[SPSS_COUNT])[0]
    return count if count >= 0 else None


def spss_restated(data: bytes, count: int) -> bytes:
    """Return an SPSS file whose header states another count; -1 makes a parser go on until the data end."""
    return data[: SPSS_COUNT.start] + struct.pack(f"{spss_order(data)}i", count) + data[SPSS_COUNT.stop :]


def transport_sets(data: bytes) -> int:
    """Return how many data sets a SAS transport file holds; its records have 80 bytes each."""
    return sum(1 for match in MEMBER.finditer(data) if match.start() % RECORD == 0)


def transport_records(data: bytes, width: int) -> tuple[int, int | None]:
    """Return how many records of so many bytes a SAS transport file holds, and how many it states (version 8 only).

    The last record of the file is filled up with spaces, which are no data.
    """
    heads = [match for match in OBSERVATIONS.finditer(data) if match.start() % RECORD == 0]
    if not heads or not width:
        return 0, None
    body = data[heads[0].start() + RECORD :]
    count = len(body) // width
    while count and count * width > len(body) - RECORD and not body[(count - 1) * width : count * width].strip(b" "):
        count -= 1
    stated = heads[0].group(2) if heads[0].group(1) else None
    return count, None if stated is None else int(stated)


def whole(data: bytes) -> bool:
    """Say whether a file ends where its kind says that it ends: Stata's and SAS transport files do."""
    if data.startswith(b"<stata_dta>"):
        return data.rstrip(b"\n").endswith(b"</stata_dta>")
    if data.startswith(b"HEADER RECORD*******LIB"):
        return len(data) % RECORD == 0
    if data[:1] in FORMAT_WIDTHS and len(data) > OLD_STATA_HEADER:
        return _stata_end(data) == len(data)
    return True


def _stata_end(data: bytes) -> int:
    """Where an old Stata file has to end: after as many records as it states, and the labels after them."""
    order = ">" if data[1] == 1 else "<"
    variables, records = struct.unpack_from(f"{order}HI", data, 4)
    at = OLD_STATA_HEADER + variables
    widths = [OLD_STATA_WIDTHS.get(code, code) for code in data[OLD_STATA_HEADER:at]]
    at += variables * (33 + 2 + FORMAT_WIDTHS[data[:1]] + 33 + 81) + 2
    try:
        kind, length = struct.unpack_from(f"{order}BI", data, at)
        while kind or length:
            at += 5 + length
            kind, length = struct.unpack_from(f"{order}BI", data, at)
        at += 5 + records * sum(widths)
        while at < len(data):
            at += 40 + struct.unpack_from(f"{order}I", data, at)[0]
    except struct.error:
        return -1
    return at
