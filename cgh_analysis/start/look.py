"""What the columns of a file look like: how they are called, what kind of cells they hold, whom they could identify."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.exposed import what_names
from cgh_analysis.ingest.identifiers import asks_who, identified, match, names_people, suspicious
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.schema import LABELS
from cgh_analysis.start.aliases import ALIASES, BLANKS
from cgh_analysis.start.spelling import spelt

FREE_TEXT: Final = 60  # what is longer is prose, whatever its column is called
MOST_PROSE: Final = 0.02
NUMBER: Final = r"^[+-]?[0-9]+([.,][0-9]+)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One column: its distinct texts with their counts (blanks apart), and what is known of it besides.

    `identifies` says in words whom or what its cells could give away, and is empty where nothing was found. `codes`
    has one entry a record (-1 where it is blank), so that columns can be held against each other.
    """

    name: str
    title: str = ""
    texts: np.ndarray
    counts: np.ndarray
    codes: np.ndarray
    labels: dict[str, str] = field(default_factory=dict)
    identifies: str = ""

    @property
    def spelt(self) -> str:
        """The name in small letters, its words joined by '_'."""
        return spelt(self.name)

    @property
    def filled(self) -> int:
        """How many records have something here that is not a word for missing."""
        return int(self.counts[~self.blank].sum())

    @property
    def blank(self) -> np.ndarray:
        """Which texts are words that files use for missing."""
        return np.array([t.casefold() in BLANKS for t in self.texts], dtype=bool)

    @property
    def numeric(self) -> np.ndarray:
        """Which texts are numbers."""
        return match(self.texts, NUMBER)

    @property
    def values(self) -> np.ndarray:
        """The value of each text, NaN where it is no number."""
        values = np.full(len(self.texts), np.nan)
        values[self.numeric] = [float(t.replace(",", ".")) for t in self.texts[self.numeric]]
        return values


def look_at(sheet: Sheet) -> dict[str, Look]:
    """Return what each column of a sheet looks like, in the order of the file."""
    # a pseudonym may be a long number, which elsewhere would be taken for somebody's
    ids = {name for name in sheet.columns if spelt(name) in ("patient_id", *ALIASES["patient_id"])}
    hits = identified({name: cells.compact().texts for name, cells in sheet.columns.items()}, ids)
    said = {name: " and ".join(what for what, texts in hits[name].items() if texts.any()) for name in hits}
    return {name: _look(sheet, name, cells, said[name]) for name, cells in sheet.columns.items()}


def merge(looks: list[Look], name: str, title: str) -> Look:
    """Return several columns of one measure as one, which has the records of all."""
    texts, inverse = np.unique(np.concatenate([look.texts for look in looks]), return_inverse=True)
    counts = np.zeros(len(texts), dtype=np.int64)
    np.add.at(counts, inverse, np.concatenate([look.counts for look in looks]))
    why = next((look.identifies for look in looks if look.identifies), "")
    return Look(
        name=name,
        title=title,
        texts=texts,
        counts=counts,
        codes=np.empty(0, dtype=np.int64),
        labels=looks[0].labels,
        identifies=why,
    )


def _look(sheet: Sheet, name: str, cells: Cells, said: str) -> Look:
    counts = np.bincount(cells.codes, minlength=len(cells.texts))
    used = (counts > 0) & (cells.texts != "")
    texts = cells.texts[used]
    title = sheet.titles.get(name, "")
    return Look(
        name=name,
        title="" if suspicious(title) else title,
        texts=texts,
        counts=counts[used],
        codes=np.where(cells.spread(cells.texts == ""), -1, cells.codes),
        labels=sheet.labels.get(name, {}),
        identifies=_by_name(sheet, name) or said or _by_length(texts),
    )


def _by_name(sheet: Sheet, name: str) -> str:
    """Say what in a column's name, label, value labels or dictionary speaks of people."""
    if name in sheet.flagged:
        return "marked as an identifier"
    if name not in LABELS and names_people(name):
        return "called as what identifies people is"
    if name not in LABELS and asks_who(sheet.titles.get(name, "")):
        return "its label asks for what identifies people"
    return "its value labels" if what_names(sheet.labels.get(name, {}).values()) else ""


def _by_length(texts: np.ndarray) -> str:
    long = sum(len(text) > FREE_TEXT for text in texts)
    return "free text" if long > MOST_PROSE * max(len(texts), 1) else ""
