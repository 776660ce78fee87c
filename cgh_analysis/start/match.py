"""Which canonical column a file's column is: by its name, by its label, and only where its values fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cgh_analysis.schema import Column
from cgh_analysis.start.aliases import ALIASES, HINTS, IN_A_WINDOW, PHRASES
from cgh_analysis.start.fits import Fit, fits
from cgh_analysis.start.look import Look
from cgh_analysis.start.spelling import spelt

Strength = int
CANONICAL: Final = 4
BY_NAME: Final = 3
BY_LABEL: Final = 2
PERHAPS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A file column taken for a canonical one: `sure` with `why`, or an open question in `todo`."""

    target: str
    column: str
    sure: bool
    why: str = ""
    todo: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    unit: str = ""

    @property
    def by_itself(self) -> bool:
        """Whether the reader would take the column without a word, for its name is the canonical one."""
        return self.column == self.target


def match_all(looks: Iterable[Look], columns: Iterable[Column]) -> list[Match]:
    """Return a match for each canonical column that something in the file may be, in the canonical order.

    Of several file columns for one canonical column the one with the better reason is taken; where none is better, all
    of them are questions.
    """
    known = list(columns)
    wanted: dict[str, list[tuple[Strength, Look, Fit]]] = {column.name: [] for column in known}
    for look in looks:
        target, strength = _nearest(look, known)
        if target is not None:
            wanted[target.name].append((strength, look, fits(look, target)))
    return [match for column in known for match in _choose(column, wanted[column.name])]


def strength(look: Look, column: Column) -> Strength:
    """Say how strongly a column's name, or else its label, speaks for a canonical column: 0 not at all.

    >>> import numpy as np
    >>> from cgh_analysis.schema import column
    >>> empty = np.empty(0, dtype=object)
    >>> look = Look(name="NDI_total", texts=empty, counts=empty, codes=empty)
    >>> strength(look, column("visits", "ndi")), strength(look, column("visits", "hit6"))
    (3, 0)
    """
    if look.name == column.name:
        return CANONICAL
    if look.spelt == spelt(column.name) or look.spelt in ALIASES.get(column.name, ()):
        return BY_NAME
    hinted = look.spelt in HINTS.get(column.name, ())
    if look.title and _says(look.title, column):
        return PERHAPS if column.name in IN_A_WINDOW else BY_LABEL
    return PERHAPS if hinted else 0


def _says(title: str, column: Column) -> bool:
    """Whether a label is that of a canonical column, or has words that only that column's have."""
    said = spelt(title)
    whole = {spelt(column.label), *(spelt(name) for name in ALIASES.get(column.name, ()) if "_" in name)}
    return said in whole or any(f"_{spelt(phrase)}_" in f"_{said}_" for phrase in PHRASES.get(column.name, ()))


def _nearest(look: Look, columns: list[Column]) -> tuple[Column | None, Strength]:
    """The canonical column that a file column speaks for most, or none where two are spoken for alike."""
    by_strength: dict[Strength, list[Column]] = {}
    for column in columns:
        by_strength.setdefault(strength(look, column), []).append(column)
    best = max(by_strength, default=0)
    if not best:
        return None, 0
    # what a name may stand for, where its values are not those of what it says
    fitting = [(c, s) for s, alike in by_strength.items() for c in alike if s and fits(look, c).sure]
    return max(fitting, key=lambda pair: pair[1], default=(by_strength[best][0], best))


def _choose(column: Column, found: list[tuple[Strength, Look, Fit]]) -> list[Match]:
    if not found:
        return []
    best = max(strength for strength, _, _ in found)
    leading = [(look, fit) for strength, look, fit in found if strength == best]
    others = [look.name for look, _ in leading]
    if len(leading) > 1:
        todo = f"{len(others)} columns may be it: {', '.join(others)}"
        return [Match(target=column.name, column=look.name, sure=False, todo=todo) for look, _ in leading]
    look, fit = leading[0]
    if best == PERHAPS:
        return [
            Match(target=column.name, column=look.name, sure=False, todo=_perhaps(look, column, fit), unit=fit.unit)
        ]
    reason = f"by its label '{look.title}'" if best == BY_LABEL else "by its name"
    why = f"{reason}; {fit.why}" if fit.why else reason
    codes, unit = fit.codes, fit.unit
    return [Match(target=column.name, column=look.name, sure=fit.sure, why=why, todo=fit.todo, codes=codes, unit=unit)]


def _perhaps(look: Look, column: Column, fit: Fit) -> str:
    said = f" ('{look.title}')" if look.title else ""
    doubt = fit.todo or f"is it {column.label}{f', {column.unit}' if column.unit else ''}?"
    return f"{look.name}{said}: {doubt}"
