"""Opening one file: only a regular one, inside the study's folder, not too large, and the same before and after."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.limits import MOST_BYTES
from cgh_analysis.ingest.sheet import nearest
from cgh_analysis.study import Study

T = TypeVar("T")

# a pipe would wait for a writer, a terminal would become ours, and Windows would turn line ends
FLAGS: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
NO_FILE: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
REASONS: Final = {
    errno.EACCES: "this user may not read it",
    errno.EPERM: "this user may not read it",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.ENXIO: "it is no regular file",
}


class Changed(OSError):
    """The file was not the same before and after it was read."""


def open_file(study: Study, name: str) -> bytes | Finding:
    """Return the bytes of a file that the study names, or why there are none."""

    def take(path: Path, status: os.stat_result) -> bytes | Finding:
        if status.st_size > MOST_BYTES:
            return found("oversize", name, what=f"{status.st_size} bytes")
        return _read_whole(path, status)

    return _at_the_door(study, name, take)


def find_file(study: Study, name: str) -> Path | Finding:
    """Return where a file is that the study names and something else reads, or why it may not be read."""
    return _at_the_door(study, name, lambda path, _: path)


def _at_the_door(study: Study, name: str, take: Callable[[Path, os.stat_result], T]) -> T | Finding:
    """Return what is taken of a regular file inside the study's folder."""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
        return found("file_name", name)
    path = study.source_folder / name
    try:
        if not path.resolve().is_relative_to(study.source_folder.resolve()):
            return found("outside_folder", name)
        before = path.stat()
        no_file = next((word for is_one, word in NO_FILE if is_one(before.st_mode)), None)
        if no_file:
            return found("not_a_file", name, what=no_file)
        return take(path, before)
    except FileNotFoundError:
        return _missing(study, name)
    except Changed:
        return found("changed_while_read", name)
    # a circle of links is a RuntimeError in older versions of Python
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None) or errno.ELOOP
        return found("unreadable", name, reason=REASONS.get(number, os.strerror(number)))


def _read_whole(path: Path, before: os.stat_result) -> bytes:
    """Read what was looked at; nothing else may have come in its place, and nothing may have written to it."""
    handle = os.open(path, FLAGS)
    with os.fdopen(handle, "rb") as file:
        # what lies there now may be another thing, and a pipe must not be read from
        if _state(os.fstat(handle)) != _state(before):
            raise Changed
        data = file.read(before.st_size + 1)
        after = os.fstat(handle)
    if len(data) != before.st_size or not _state(before) == _state(after) == _state(path.stat()):
        raise Changed
    return data


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev, stat.S_IFMT(status.st_mode)


def _missing(study: Study, name: str) -> Finding:
    path = study.source_folder / name
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        names = []
    variable = f", or the variable {study.sources.folder_env}" if study.sources.folder_env else ""
    return found("file_missing", name, nearest=nearest(path.name, names), variable=variable)
