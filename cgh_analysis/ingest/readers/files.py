"""Finding and opening the files of a study, and asking its databases."""

from __future__ import annotations

import hashlib
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.opening import open_file
from cgh_analysis.ingest.readers.registry import ARCHIVES, READERS, SQL, kind_of
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source, Study

MACROS: Final = ".xlsm"


def open_files(study: Study) -> dict[str, bytes | Finding]:
    """Return the bytes of everything that the study names, or why there are none, by path as the study has it.

    A query's answer goes by the name of its source; data dictionaries are opened beside the files.
    """
    opened: dict[str, bytes | Finding] = {}
    for source in study.sources.each():
        if source.path not in opened:
            opened[source.path] = _open(study, source)
        if source.dictionary is not None and source.dictionary not in opened:
            opened[source.dictionary] = open_file(study, source.dictionary)
    return opened


def hashes(opened: dict[str, bytes | Finding]) -> dict[str, str]:
    """Return the SHA-256 of the bytes that were read, by path."""
    return {path: hashlib.sha256(data).hexdigest() for path, data in opened.items() if isinstance(data, bytes)}


def read_sheets(study: Study, opened: dict[str, bytes | Finding]) -> list[Sheet]:
    """Read each source; sources that read the same cells of the same file share one sheet."""
    read: dict[tuple[str | int | None, ...], Sheet] = {}
    sheets = []
    for source in study.sources.each():
        key = (source.path, source.sheet, source.header, source.separator, source.encoding, source.decimal)
        if key not in read:
            read[key] = _read(source, opened[source.path])
        sheets.append(read[key])
    return sheets


def _open(study: Study, source: Source) -> bytes | Finding:
    if source.query:
        from cgh_analysis.ingest.readers.sql.database import answer

        return answer(study, source)
    return open_file(study, source.path)


def _read(source: Source, data: bytes | Finding) -> Sheet:
    if isinstance(data, Finding):
        return Sheet(file=source.path, findings=(data,))
    kind = SQL if source.query else kind_of(source.path)
    return READERS[kind](data, source) if kind else Sheet(file=source.path, findings=(_no_reader(source.path),))


def _no_reader(path: str) -> Finding:
    name = path.lower()
    known = ", ".join(kind for kind in READERS if kind.startswith("."))
    if name.endswith(MACROS):
        return found("macros", path)
    if name.endswith(ARCHIVES):
        return found("archive", path, known=known)
    return found("file_kind", path, known=known)
