"""What can go wrong, said in words: a sentence that says what is the matter, and a remedy that says what to try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Severity = Literal["error", "quarantine", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding about one place in a file; `row` is 1-based as a person sees it in the file (header = row 1)."""

    severity: Severity
    rule: str
    message: str
    remedy: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None


class CghError(Exception):
    """Anything the user can mend; everything else that is raised is a bug of ours."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, remedy: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.problems = tuple(problems)

    def __str__(self) -> str:
        # a reason that is also a row's note has no full stop of its own
        stop = "." if self.remedy and self.message and self.message[-1] not in ".:!?" else ""
        return f"{self.message}{stop} {self.remedy}".strip()


class StudyError(CghError):
    """The study file says something that cannot be meant."""


class DataError(CghError):
    """The data cannot be used as they are; `problems` lists every reason at once."""


class ArgumentError(CghError, ValueError):
    """A function was called with something that it does not take."""


class BusyError(CghError):
    """Another run holds the folder."""

    exit_code: ClassVar[int] = 3


class NotEstimable(CghError):
    """The data do not determine the quantity; the message is the reason, and in a plan it becomes a row's note."""


def study_error(heading: str, problems: Sequence[Problem]) -> StudyError:
    """Return a StudyError that lists every problem of a study file below a heading.

    >>> str(study_error("Two things:", [Problem(severity="error", rule="study", message="A.", remedy="Do B.")]))
    'Two things:\\n  - A. Do B.'
    """
    lines = "\n".join(f"  - {p.message} {p.remedy}" for p in problems)
    return StudyError(f"{heading}\n{lines}", problems=problems)
