"""What becomes of each column of a file: kept only where nothing speaks against it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.exposed import what_names
from cgh_analysis.ingest.identifiers import asks_who, identified, match, names_people
from cgh_analysis.ingest.redcap.system import SURVEY, SYSTEM_COLUMNS
from cgh_analysis.privacy.sources import Opened
from cgh_analysis.schema import TABLES

Action = Literal["pseudonyms", "days", "age", "top-coded", "kept", "scanned", "dropped"]
ID: Final = "patient_id"
FULL_DATES: Final = "full dates"
NUMBER: Final = r"^[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?$"
BIRTH: Final = re.compile(
    r"(^|_)(dob|birth\w*|geb\w*|naissance|nacimiento|nascita|geboorte\w*|fodsel\w*)(_|$)", re.IGNORECASE
)
AGE: Final = re.compile(r"(^|_)(age|alter|lebensalter|edad|eta|leeftijd|alder)(_|$)", re.IGNORECASE)
OTHER_ID: Final = re.compile(
    r"(^|_)(id|ids|no|nr|num|number|nummer|code|barcode|key|uid|uuid|usubjid|subjid)$", re.IGNORECASE
)
LONGEST_CODE: Final = 60
FEW_LEVELS, MOST_LEVELS = 5, 20
# a column whose cells look like somebody more often than this is dropped; single cells are blanked
MOST_HITS: Final = 0.1
_CANONICAL: Final = {c.name for table in TABLES.values() for c in table if c.kind in ("category", "flag")}
CODED: Final = frozenset(_CANONICAL | set(SYSTEM_COLUMNS) - {SURVEY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a column, why, and what it is called afterwards."""

    name: str
    action: Action
    why: str = ""
    becomes: str = ""


def decide(opened: Opened, *, keep_text: Iterable[str], drop: Iterable[str]) -> list[Decision]:
    """Decide on every column of a file, in its order; those that make up the id become one column of pseudonyms."""
    keep, unwanted = set(keep_text), {*drop, *opened.source.ignore}
    hits = identified({name: cells.texts for name, cells in opened.sheet.columns.items()}, set(opened.ids))
    headers = what_names(opened.sheet.columns)
    decisions = [Decision(name=ID, action="pseudonyms", why=" + ".join(opened.ids), becomes=ID)]
    for name in opened.sheet.columns:
        if name in opened.ids[-1:]:
            continue
        if name in unwanted:
            decisions.append(Decision(name=name, action="dropped", why="as you say"))
        elif name in headers:
            decisions.append(Decision(name=name, action="dropped", why=f"its name looks like {headers[name]}"))
        else:
            decisions.append(_decide(opened, name, hits[name], name in keep))
    return _named(decisions)


def _decide(opened: Opened, name: str, hits: dict[str, np.ndarray], kept: bool) -> Decision:
    """Decide on one column; the first thing that speaks against it counts."""
    sheet, cells = opened.sheet, opened.sheet.columns[name]
    field = opened.dictionary.columns.get(name)
    filled = int(cells.spread(cells.texts != "").sum())
    dated = int(cells.spread(hits.get(FULL_DATES, np.zeros(len(cells.texts), dtype=bool))).sum())
    title = sheet.titles.get(name, field.label if field else "")
    if dated * 2 > filled and (BIRTH.search(name) or BIRTH.search(re.sub(r"\W+", "_", title))):
        return Decision(name=name, action="age", why="birth dates, as years at day 0", becomes="age_years")
    if names_people(name) and name not in CODED:
        return Decision(name=name, action="dropped", why="its name says that it identifies people")
    if name == SURVEY or name in sheet.flagged or (field is not None and field.identifier):
        return Decision(name=name, action="dropped", why="it is marked as an identifier")
    if asks_who(title):
        return Decision(name=name, action="dropped", why="its label asks for what identifies people")
    if dated * 2 > filled or name in opened.orders:
        return Decision(name=name, action="days", why="dates, as days from day 0", becomes=_days(name))
    if (
        (AGE.search(name) or re.fullmatch(r"\W*age\W*(\(?(in )?(years|yrs)\)?)?\W*", title, re.IGNORECASE))
        and name not in CODED
        and _numbers(cells) * 2 > filled
    ):
        return Decision(name=name, action="top-coded", why="ages; 90 stands for 90 and over", becomes=name)
    return _by_cells(opened, name, hits, kept=kept, filled=filled)


def _by_cells(opened: Opened, name: str, hits: dict[str, np.ndarray], *, kept: bool, filled: int) -> Decision:
    cells = opened.sheet.columns[name]
    field = opened.dictionary.columns.get(name)
    if kept:
        return Decision(name=name, action="scanned", why="text that you keep", becomes=name)
    seen = np.any(list(hits.values()), axis=0) if hits else np.zeros(len(cells.texts), dtype=bool)
    if int(cells.spread(seen).sum()) > MOST_HITS * filled:
        return Decision(name=name, action="dropped", why=f"its cells look like {' and '.join(hits)}")
    if len(cells) > FEW_LEVELS and (cells.values == opened.id_cells.values).mean() > 1 - MOST_HITS:
        return Decision(name=name, action="dropped", why="it repeats the id")
    prose = _prose(cells, opened.id_cells) if name not in CODED else ""
    if prose or (field is not None and field.kind in ("notes", "file")):
        return Decision(name=name, action="dropped", why=f"free text{prose}")
    if OTHER_ID.search(name) and (cells.texts != "").sum() * 2 > filled > FEW_LEVELS and name not in CODED:
        return Decision(name=name, action="dropped", why="it is called like another id, and most of its cells differ")
    return Decision(name=name, action="scanned" if seen.any() else "kept", becomes=name)


def _prose(cells: Cells, ids: Cells) -> str:
    """Say why a column is free text, or a list of names, and no code.

    Its texts are long, or too many, or most of them belong to one person alone.
    """
    worded = ~match(cells.texts, NUMBER) & (cells.texts != "") & cells.held
    longest = max(map(len, cells.texts[worded]), default=0)
    if longest > LONGEST_CODE:
        return f", up to {longest} characters"
    levels = int(worded.sum())
    if levels > MOST_LEVELS or (levels > FEW_LEVELS and _of_one(cells, ids)[worded].mean() > 0.5):
        return f", {levels} different ones"
    return ""


def _of_one(cells: Cells, ids: Cells) -> np.ndarray:
    """Which texts belong to one person alone."""
    pairs = np.unique(cells.codes * len(ids.texts) + ids.codes) // len(ids.texts)
    alone: np.ndarray = np.bincount(pairs, minlength=len(cells.texts)) == 1
    return alone


def _numbers(cells: Cells) -> int:
    return int(cells.spread(match(cells.texts, r"^[0-9]{1,3}([.,][0-9]*)?( ?(y|yrs?|years?|\+))?$")).sum())


def _days(name: str) -> str:
    """Call days what they are: visit_date becomes visit_day."""
    plain = re.sub(r"(?i)_?(date|datum|dt|dtc|fecha|data)$", "", name)
    return f"{plain}_day" if plain else "day"


def _named(decisions: list[Decision]) -> list[Decision]:
    """Give no two columns one name, however they were called before."""
    taken: set[str] = set()
    named = []
    for d in decisions:
        becomes, n = d.becomes, 1
        while becomes and becomes.casefold() in taken:
            n += 1
            becomes = f"{d.becomes}_{n}"
        taken.add(becomes.casefold())
        named.append(Decision(name=d.name, action=d.action, why=d.why, becomes=becomes))
    return named
