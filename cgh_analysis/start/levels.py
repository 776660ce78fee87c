"""The levels of a column that may be told: what so few records have that it could be about one person is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.start.look import Look
from cgh_analysis.start.spelling import spelt

FEWEST: Final = 3  # a level of fewer records is not written down: it could be about one person


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of a column: what the file calls it, and how many records have it."""

    text: str
    label: str
    count: int
    others: tuple[str, ...] = ()


def levels(look: Look, fewest: int = FEWEST) -> tuple[list[Level], bool]:
    """Return the levels of a column that may be told, the texts that differ in spelling alone as one.

    The second value says whether there are others, which fewer than `fewest` records have.
    """
    alike: dict[str, list[int]] = {}
    for i in np.argsort(-look.counts, kind="stable"):
        if not look.blank[i]:
            alike.setdefault(spelt(look.texts[i]) or look.texts[i], []).append(int(i))
    found, untold = [], False
    for places in alike.values():
        text, count = _plain(str(look.texts[places[0]])), int(look.counts[places].sum())
        if count < fewest and text not in look.labels:
            untold = True
            continue
        others = tuple(str(look.texts[i]) for i in places[1:])
        found.append(Level(text=text, label=look.labels.get(text, text), count=count, others=others))
    order = list(look.labels)
    return sorted(found, key=lambda level: _order(level, order)), untold


def _plain(text: str) -> str:
    """A number as a person writes it; the reader meets it by its value ('1' is '1.0')."""
    return text.removesuffix(".0") if text.removesuffix(".0").lstrip("-").isdigit() else text


def _order(level: Level, labelled: list[str]) -> tuple[int, float]:
    """As the value labels have it, else by number, else by how many have it."""
    if level.text in labelled:
        return 0, labelled.index(level.text)
    number = level.text.lstrip("-").isdigit()
    return (1, float(level.text)) if number else (2, -level.count)
