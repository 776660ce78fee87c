"""A file's records as they may be passed on: every column as it was decided, every loss counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.identifiers import MASK, identifying, shown_all
from cgh_analysis.privacy.decide import Decision
from cgh_analysis.privacy.sources import Opened
from cgh_analysis.privacy.timeline import HIGHEST, OLDEST, Dated, ages, days
from cgh_analysis.tables.text import neutral

AGE_CELL: Final = re.compile(r"^([0-9]{1,3})([.,][0-9]*)?( ?(y|yrs?|years?))?$|^(9[0-9]) ?\+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What was done to a column: how many cells were `changed` or `blanked`, and rows with a date that is none."""

    decision: Decision
    changed: int = 0
    blanked: int = 0
    no_date: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """One file, ready to be written: its records, what was done to its columns, and which rows were refused and why."""

    opened: Opened
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    refused: dict[str, tuple[int, ...]] = field(default_factory=dict)


def rewrite(
    opened: Opened, people: np.ndarray, decisions: list[Decision], dates: dict[str, Dated], zero: pd.Series
) -> Rewritten:
    """Return a file's records with pseudonyms, sorted by them; `people` is each record's, blank where it has no id.

    The order of the records goes: it may be that of names or of dates.
    """
    known = people != ""
    made = {d: _column(opened, d, people, dates.get(d.name), zero) for d in decisions if d.action != "dropped"}
    order = np.flatnonzero(known)[np.argsort(people[known], kind="stable")]
    frame = pd.DataFrame({d.becomes: texts[order] for d, (texts, _) in made.items()}, dtype=object)
    refused = {f.rule: tuple(f.rows.tolist()) for f in opened.sheet.findings if f.kind.refuses}
    if not known.all():
        refused["no_id"] = tuple(opened.sheet.rows[~known].tolist())
    told = tuple(made[d][1] if d in made else Column(decision=d) for d in decisions)
    return Rewritten(opened=opened, frame=frame, columns=told, refused=refused)


def _column(
    opened: Opened, decision: Decision, people: np.ndarray, dated: Dated | None, zero: pd.Series
) -> tuple[np.ndarray, Column]:
    """Return a column's new texts, one a record, and what was done."""
    known = people != ""
    if decision.action == "pseudonyms":
        return people, Column(decision=decision, changed=int(known.sum()))
    cells = opened.sheet.columns[decision.name]
    if dated is not None:
        numbers = (days if decision.action == "days" else ages)(dated, people, zero)
        given = cells.spread(cells.texts != "") & known
        told = Column(
            decision=decision,
            changed=int((~np.isnan(numbers)).sum()),
            blanked=int((given & np.isnan(numbers)).sum()),
            no_date=tuple(opened.sheet.rows[dated.refused & known].tolist()),
        )
        return _whole_numbers(numbers), told
    return _texts(cells, decision, known)


def _texts(cells: Cells, decision: Decision, known: np.ndarray) -> tuple[np.ndarray, Column]:
    texts = cells.texts.copy()
    if decision.action == "top-coded":
        texts = np.array([_at_most_90(text) for text in texts], dtype=object)
    coded = texts != cells.texts
    seen = _identifying(texts, decision)
    texts[seen] = ""
    texts = np.array([neutral(text) for text in texts], dtype=object)
    changed, blanked = (int((cells.spread(some) & known).sum()) for some in (coded, seen))
    return cells.spread(texts), Column(decision=decision, changed=changed, blanked=blanked)


def _identifying(texts: np.ndarray, decision: Decision) -> np.ndarray:
    """Which texts go: in prose that is kept also what only looks like a number of a person."""
    if decision.why and decision.action == "scanned":
        return np.array([shown == MASK for shown in shown_all(texts)], dtype=bool)
    hits = list(identifying(texts).values())
    seen: np.ndarray = np.any(hits, axis=0) if hits else np.zeros(len(texts), dtype=bool)
    return seen


def _at_most_90(text: str) -> str:
    """An age with 90 for 90 and over; what is no age (999) stays what it is."""
    match = AGE_CELL.match(text)
    years = int(match[1] or match[5]) if match else 0
    return str(OLDEST) if match and OLDEST <= years <= HIGHEST else text


def _whole_numbers(numbers: np.ndarray) -> np.ndarray:
    distinct, place = np.unique(numbers, return_inverse=True)
    texts = np.array(["" if np.isnan(n) else str(int(n)) for n in distinct], dtype=object)
    spread: np.ndarray = texts[place]
    return spread
