"""Finding and opening the files of a study."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers import READERS
from cgh_analysis.ingest.sheet import Sheet, nearest
from cgh_analysis.study import Source, Study


def open_files(study: Study) -> dict[str, bytes | Finding]:
    """Return the bytes of every file that the study names, or why there are none, by path as the study has it."""
    return {source.path: _open(study, source) for source in study.sources.each()}


def hashes(opened: dict[str, bytes | Finding]) -> dict[str, str]:
    """Return the SHA-256 of the bytes that were read, by path."""
    return {path: hashlib.sha256(data).hexdigest() for path, data in opened.items() if isinstance(data, bytes)}


def read_sheets(study: Study, opened: dict[str, bytes | Finding]) -> list[Sheet]:
    """Read each source; sources that read the same cells of the same file share one sheet."""
    read: dict[tuple[str | None, ...], Sheet] = {}
    sheets = []
    for source in study.sources.each():
        key = (source.path, source.sheet, source.separator, source.encoding, source.decimal)
        if key not in read:
            read[key] = _read(source, opened[source.path])
        sheets.append(read[key])
    return sheets


def _read(source: Source, data: bytes | Finding) -> Sheet:
    if isinstance(data, Finding):
        return Sheet(file=source.path, findings=(data,))
    reader = READERS.get(Path(source.path).suffix.lower())
    if reader is None:
        return Sheet(file=source.path, findings=(found("file_kind", source.path, known=", ".join(READERS)),))
    return reader(data, source)


def _open(study: Study, source: Source) -> bytes | Finding:
    path = study.source_path(source)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        names = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
        variable = f", or the variable {study.sources.folder_env}" if study.sources.folder_env else ""
        return found("file_missing", source.path, nearest=nearest(path.name, names), variable=variable)
    except OSError as error:
        return found("unreadable", source.path, reason=error.strerror or type(error).__name__)
