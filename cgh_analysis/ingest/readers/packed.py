"""Text packed by gzip: unpacked piece by piece, and no further than the declared limits."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.limits import most_unpacked
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source

Reader = Callable[[bytes, Source], Sheet]
GZIP: Final = b"\x1f\x8b"
PIECE: Final = 1 << 20


def unpacked(reader: Reader) -> Reader:
    """Return a reader of files that hold, packed by gzip, what another reader takes."""

    def read(data: bytes, source: Source) -> Sheet:
        content = unpack(data, source.path)
        if isinstance(content, Finding):
            return Sheet(file=source.path, findings=(content,))
        return reader(content, source)

    return read


def unpack(data: bytes, file: str) -> bytes | Finding:
    """Return what gzip packed, of one member or several, or why it is not unpacked."""
    if not data:
        return found("empty", file)
    most = most_unpacked(len(data))
    content = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            while piece := packed.read(PIECE):
                content.write(piece)
                if content.tell() > most:
                    return found("oversize", file, what=f"{len(data)} bytes unpack to more than {most}")
    except EOFError:
        return found("unreadable", file, reason="it was cut")
    except (OSError, zlib.error):
        return found("unreadable", file, reason="it is not packed by gzip, or is damaged")
    whole = content.getvalue()
    return found("archive", file, known=".csv.gz, .tsv.gz") if whole.startswith(GZIP) else whole
