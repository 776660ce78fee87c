"""Options checked at the door: what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable

from cgh_analysis.errors import ArgumentError


def check_option(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raise ArgumentError where `value` is none of the allowed words.

    >>> check_option("ties", "efron", ("efron", "breslow"))
    """
    words = tuple(allowed)
    if value not in words:
        raise ArgumentError(f"{name}={value!r} is not known.", remedy=f"Allowed: {', '.join(words)}.")
