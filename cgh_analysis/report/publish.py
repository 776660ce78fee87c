"""One run of a study: hold the folder, build aside, publish whole or not at all; nothing changed, nothing done."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cgh_analysis.errors import BusyError
from cgh_analysis.report.manifest import intact

BUILDING = ".building-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where a run lies, and whether it had to be built."""

    folder: Path
    key: str
    built: bool


def publish(folder: Path, key: str, build: Callable[[Path], None]) -> Published:
    """Build a run aside as runs/<key>, then point `current` at it; an intact run of that key is left as it is.

    `build` fills the folder that it is given. Where it fails nothing of it stays, and `current` keeps the last good
    run. Raises BusyError where another run holds the study's folder.
    """
    runs = folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with held(runs / ".lock"):
        for left_over in runs.glob(f"{BUILDING}*"):
            shutil.rmtree(left_over)
        done = runs / key
        if intact(done):
            _point(folder / "current", done)
            return Published(folder=done, key=key, built=False)
        aside = runs / f"{BUILDING}{key}"
        aside.mkdir()
        try:
            build(aside)
            shutil.rmtree(done, ignore_errors=True)
            aside.replace(done)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        _point(folder / "current", done)
        return Published(folder=done, key=key, built=True)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock file for as long as the block runs; the system lets go of it even if the process is killed."""
    with lock.open("a") as handle:
        try:
            _lock(handle.fileno())
        except (BlockingIOError, PermissionError):
            raise BusyError(
                "Another run holds this study's folder.", remedy="Wait until it has ended; nothing was changed."
            ) from None
        yield


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _point(link: Path, target: Path) -> None:
    """Make a relative symbolic link in one step, so that a reader never finds it missing."""
    aside = link.with_name(f".{link.name}-new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target.relative_to(link.parent), target_is_directory=True)
    aside.replace(link)
