"""Words and numbers that may stand for 'nothing is known': told, never taken for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from cgh_analysis.schema import Column
from cgh_analysis.start.aliases import BLANKS
from cgh_analysis.start.fits import in_range
from cgh_analysis.start.look import Look

MOSTLY = 0.5


def suspects(looks: Iterable[Look], targets: Mapping[str, Column]) -> dict[str, list[str]]:
    """Return the texts that may be codes for missing, each with the columns that have it.

    `targets` are the canonical columns that the file's columns are taken for. A code that such a column may hold is not
    suspected, nor is a number that lies among the others.
    """
    found: dict[str, list[str]] = {}
    for look in looks:
        for text in look.texts[_suspected(look, targets.get(look.name))]:
            found.setdefault(str(text), []).append(look.name)
    return found


def _suspected(look: Look, target: Column | None) -> np.ndarray:
    listed = np.array([t.casefold() in BLANKS for t in look.texts], dtype=bool)
    if target is not None and target.kind == "flag":
        return listed
    if target is not None and target.kind == "category":
        return listed & ~look.numeric & ~np.isin([t.casefold() for t in look.texts], target.codes)
    if (look.numeric & ~listed).sum() < MOSTLY * (~listed).sum():
        return listed & False
    return listed & (~look.numeric | _apart(look, listed, target))


def _apart(look: Look, listed: np.ndarray, target: Column | None) -> np.ndarray:
    """Numbers that the column cannot hold; where that is not known, those below zero when no other is."""
    values = look.values
    others = values[~listed & ~np.isnan(values)]
    if target is not None:
        return ~in_range(np.nan_to_num(values), target)
    lowest = others.min() if len(others) else 0.0
    apart: np.ndarray = (values < 0) & (lowest >= 0)
    return apart
