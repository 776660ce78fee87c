"""Run tasks here, or on any `concurrent.futures.Executor`; the answers come back in the order of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")
Progress = Callable[[int, int, str], None]


def run_tasks(
    tasks: Sequence[tuple[str, Callable[[], T]]],
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[T]:
    """Run named tasks and return their results in order, whichever finished first.

    `progress(done, total, name)` is told after each. With an executor the tasks must be picklable.
    """
    results: list[T] = []
    futures = None if executor is None else [executor.submit(task) for _, task in tasks]
    for i, (name, task) in enumerate(tasks):
        results.append(task() if futures is None else futures[i].result())
        if progress is not None:
            progress(i + 1, len(tasks), name)
    return results
