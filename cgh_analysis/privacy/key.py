"""The key of the pseudonyms: made once, readable by its owner alone, and never beside what it protects."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from cgh_analysis.errors import ArgumentError, DataError

FEWEST_BYTES: Final = 32
MOST_BYTES: Final = 4096
# for its owner to read and write, and for nobody else
PRIVATE: Final = 0o600
OTHERS: Final = 0o077


def read_key(path: Path) -> bytes | None:
    """Return the key in a file, or None where there is no file yet.

    Raises DataError for a key that others can read, that is too short, or that is no regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"The key {path.name} is no regular file.", remedy="Name the file that holds the key.")
        if sys.platform != "win32" and status.st_mode & OTHERS:
            raise DataError(
                f"The key {path.name} can be read by others.",
                remedy=f"Say chmod 600 {path.name}, and think about who may have read it.",
            )
        key = file.read(MOST_BYTES + 1)
    if not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise DataError(
            f"The key {path.name} has {min(len(key), MOST_BYTES + 1)} bytes; {FEWEST_BYTES} to {MOST_BYTES} are right.",
            remedy="Name another file; where there is none, a key is made.",
        )
    return key


def new_key() -> bytes:
    """Return random bytes that nobody else has."""
    return os.urandom(FEWEST_BYTES)


def save_key(path: Path, key: bytes) -> None:
    """Write a key to a file that is not there yet, for its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE)
    except FileExistsError:
        raise ArgumentError(f"The key {path.name} was made by somebody else just now.", remedy="Try again.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
