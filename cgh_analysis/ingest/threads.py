"""Independent pieces of one job done by two threads: most of reading is done by libraries that let go of Python."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], pieces: Iterable[T]) -> list[R]:
    """Do the same with each piece; results have the order of the pieces, whichever was done first.

    >>> in_order(len, ["visits", "cases"])
    [6, 5]
    """
    waiting = deque(enumerate(pieces))
    done: list[tuple[int, R]] = []

    def take_turns() -> None:
        while turn := _next(waiting):
            done.append((turn[0], work(turn[1])))

    if len(waiting) < 2:
        take_turns()
    else:
        # a second thread and no more: each holds memory of its own, and Python works for one at a time
        with ThreadPoolExecutor(1) as other:
            ended = other.submit(take_turns)
            try:
                take_turns()
            finally:
                waiting.clear()
            ended.result()
    return [result for _, result in sorted(done, key=lambda pair: pair[0])]


def _next(waiting: deque[tuple[int, T]]) -> tuple[int, T] | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None
