"""Progress for a person at a terminal, plain lines for a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cgh_analysis.engine import Progress as Tell


class Stages:
    """Shows the stages of a run; `begin` starts one and returns what is to be told how far it is."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal
        self._began = time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[now]}", style="dim", markup=False),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Stages:
        if self._live:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            if error is None:
                self._finish()
            self._bars.stop()

    def begin(self, name: str) -> Tell | None:
        """Start a stage."""
        if not self._live:
            sys.stderr.write(f"[{time.monotonic() - self._began:6.1f} s] {name}\n")
            sys.stderr.flush()
            return None
        self._finish()
        task = self._bars.add_task(name, total=1, now="")
        self._task = task
        return lambda done, total, now: self._bars.update(task, completed=done, total=total, now=now)

    def _finish(self) -> None:
        if self._task is not None:
            total = next(t.total for t in self._bars.tasks if t.id == self._task)
            self._bars.update(self._task, completed=total, now="")
