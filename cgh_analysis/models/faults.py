"""What is the matter with a column of a frame: told with its rows, and refused with everything else at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from cgh_analysis.errors import ArgumentError, Problem
from cgh_analysis.frames import row_labels
from cgh_analysis.numerics.arrays import BoolArray

MEND: Final = "Mend these rows, or leave them out on purpose."


def fault(values: pd.Series, text: str, remedy: str) -> Problem:
    """Return the problem of a column, whose name begins the sentence."""
    column = str(values.name)
    return Problem(
        severity="error",
        rule="times and events",
        message=f"The column {column!r} {text}.",
        remedy=remedy,
        column=column,
    )


def faulty_rows(values: pd.Series, bad: BoolArray, what: str, remedy: str = MEND) -> list[Problem]:
    """Return the problem of a column's rows, or none where none is bad; `what` says which values they have."""
    if not bad.any():
        return []
    return [fault(values, f"has {int(bad.sum())} value(s) {what}, at {row_labels(values.index[bad])}", remedy)]


def refusal(problems: Sequence[Problem]) -> ArgumentError:
    """Return the error that tells every problem, and each remedy once."""
    remedies = dict.fromkeys(p.remedy for p in problems)
    return ArgumentError(" ".join(p.message for p in problems), remedy=" ".join(remedies), problems=list(problems))
