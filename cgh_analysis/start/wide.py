"""Files that spread visits over columns: which columns are one measure, and at which visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from cgh_analysis.schema import TABLES
from cgh_analysis.start.aliases import ALIASES, HINTS
from cgh_analysis.start.look import Look, merge
from cgh_analysis.start.points import Point, parted, point
from cgh_analysis.start.spelling import spelt

MOST_VISITS: Final = 8  # what is numbered further is items of a questionnaire
UNSAID: Final = Point(id="baseline", text="", day=0)
WHOLE: Final = {spelt(name) for names in (*ALIASES.values(), *HINTS.values()) for name in names} | {
    spelt(column.name) for table in TABLES.values() for column in table
}
# a measure's columns by the id of their visit
Measures = dict[str, dict[str, Look]]


def find_measures(looks: Iterable[Look]) -> tuple[Measures, list[Point]]:
    """Return what is measured at several visits, and the visits in the order of the file.

    Names that are a canonical column's own are not parted; numbers alone are visits only where several measures, or one
    that is known, share them.
    """
    looks = list(looks)
    free = [look for look in looks if look.spelt not in WHOLE]
    parts = [(look, part) for look in free if (part := parted(look.name)) is not None]
    alone = {look.spelt for look in looks}
    measures = _with_points(_grouped(parts, bare=False), alone) or _with_numbers(_grouped(parts, bare=True))
    points = _points(measures)
    by_visit = {stem: {points[text].id: look for text, look in at.items()} for stem, at in measures.items()}
    unsaid = {look.spelt: look for look in looks if look.spelt in by_visit}
    for stem, look in unsaid.items():
        by_visit[stem] = {UNSAID.id: look, **by_visit[stem]} if UNSAID.id not in by_visit[stem] else by_visit[stem]
    visits = {p.id: p for p in ([UNSAID] if unsaid else []) + list(points.values())}
    return by_visit, list(visits.values())


def whole(stem: str, at: dict[str, Look]) -> Look:
    """Return a measure as one column, which has the records of all its visits and the label of the first."""
    looks = list(at.values())
    return replace(merge(looks, stem, looks[0].title))


def _grouped(parts: Iterable[tuple[Look, tuple[str, str, bool]]], *, bare: bool) -> Measures:
    measures: Measures = {}
    for look, (stem, text, only_number) in parts:
        if only_number is bare:
            measures.setdefault(stem, {})[text] = look
    return measures


def _with_points(measures: Measures, alone: set[str]) -> Measures:
    """Measures at two points at least, one of which may go without saying, and those that share a point with one."""
    several = {text for stem, at in measures.items() if len(at) > 1 or stem in alone for text in at}
    return {stem: at for stem, at in measures.items() if set(at) & several}


def _with_numbers(measures: Measures) -> Measures:
    sets = Counter(frozenset(at) for at in measures.values() if 1 < len(at) <= MOST_VISITS)
    known = {frozenset(at) for stem, at in measures.items() if stem in WHOLE or _labelled(at)}
    shared = {s for s, n in sets.items() if n > 1 or s in known}
    if not shared:
        return {}
    visits = max(shared, key=lambda s: (sets[s], len(s)))
    return {stem: at for stem, at in measures.items() if len(at) > 1 and set(at) <= visits}


def _labelled(at: dict[str, Look]) -> bool:
    """Whether the labels of a measure's columns name a day each."""
    days = {point(look.title).day for look in at.values()}
    return None not in days and len(days) == len(at)


def _points(measures: Measures) -> dict[str, Point]:
    """A point for each text of the names; where it names no day, the labels of its columns may."""
    points: dict[str, Point] = {}
    for text in dict.fromkeys(text for at in measures.values() for text in at):
        made = point(text)
        titles = [at[text].title for at in measures.values() if text in at and at[text].title]
        said = made if made.day is not None else _by_labels(made, titles)
        taken = {p.id for p in points.values()}
        points[text] = made if said.id in taken else said
    return points


def _by_labels(made: Point, titles: list[str]) -> Point:
    """The point that most labels name; where only some do, the first of them is a hint."""
    named = [p for p in map(point, titles) if p.day is not None]
    often, times = Counter(p.id for p in named).most_common(1)[0] if named else ("", 0)
    if times > len(titles) / 2:
        return replace(next(p for p in named if p.id == often), text=made.text)
    # a label may speak of the baseline only because it is a change from there
    return replace(made, hint=next((p.text for p in named if p.day), ""))
