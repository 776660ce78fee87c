"""The visits of a study: from the levels of a column or the names of columns, on the days that these name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cgh_analysis.ingest.redcap import SYSTEM_COLUMNS
from cgh_analysis.labels import words
from cgh_analysis.start.aliases import ALIASES, HINTS
from cgh_analysis.start.fits import quoted_list
from cgh_analysis.start.levels import FEWEST, levels
from cgh_analysis.start.look import Look
from cgh_analysis.start.patients import Looks, distinct
from cgh_analysis.start.points import Point, point, unit_of
from cgh_analysis.start.spelling import spelt, unlike
from cgh_analysis.study.names import spelling

FEWEST_LEVELS: Final = 2
MOST_LEVELS: Final = 30
UNSURE: Final = "which column says at which visit a record was taken?"
TWICE: Final = "people have several records with the same value here: take some with `where`, or name another column"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDraft:
    """A visit on its day, or on one that only keeps the file valid, with the question of which day it is."""

    id: str
    day: int
    label: str = ""
    todo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitColumn:
    """The column that says which visit a record is of: its points, and the texts that stand for them."""

    column: str
    codes: dict[str, str]
    points: tuple[Point, ...]
    todo: str = ""
    untold: bool = False


NO_BASELINE: Final = VisitDraft(
    id="baseline", day=0, todo="no visit of the file is called a baseline: which one is on day 0?"
)


def find_visit(looks: Looks, patient: tuple[str, ...]) -> VisitColumn:
    """Return the column of the visits of a file with one record a visit, "TODO" where none is like it."""
    names = ("visit", *ALIASES["visit"], *HINTS["visit"])
    found = [look for name in names for look in looks.values() if look.spelt == name and _may_be_visit(look)]
    unique = [look for look in found if distinct(looks, (*patient, look.name))]
    if not found:
        return VisitColumn(column="TODO", codes={}, points=(), todo=UNSURE)
    look = (unique or found)[0]
    hinted = look.spelt in HINTS["visit"]
    others = [other.name for other in unique[1:]]
    todo = TWICE if not unique else UNSURE if hinted else ""
    if others and look.spelt != "visit" and not todo:
        todo = f"{UNSURE} {quoted_list([look.name, *others])} may be it"
    return _read(look, todo)


def draft_visits(points: list[Point]) -> list[VisitDraft]:
    """Put points on their days; where a point names none it gets a free one, and a question."""
    if not points:
        return [VisitDraft(id="baseline", day=0, todo="which visits were planned, and on which days?")]
    baseline = _baseline(points)
    if baseline is None:
        return [NO_BASELINE, *(VisitDraft(id=p.id, day=p.day or 0, label=_label(p, p.id)) for p in points)]
    drafts: list[VisitDraft] = []
    taken = {p.day for p in points if p.day is not None} | {0}
    last = 0
    for p in points:
        day, todo = p.day, ""
        if p is baseline and p.day != 0:
            day, todo = 0, f"{p.text!r} may not be the baseline; the visit on day 0 is"
        elif day is None or day in {d.day for d in drafts}:
            day = next(n for n in range(last + 1, last + len(points) + 2) if n not in taken)
            hint = f" A label says '{p.hint}';" if p.hint else ""
            todo = f"which day is {p.text!r} planned on?{hint} {day} only keeps the file valid"
        taken.add(day)
        last = max(last, day) if p.day is None else p.day
        name = unlike(p.id, [d.id for d in drafts])
        drafts.append(VisitDraft(id=name, day=day, label=_label(p, name), todo=todo))
    return sorted(drafts, key=lambda d: d.day)


def _may_be_visit(look: Look) -> bool:
    n = len({spelt(t) or t for t in look.texts[~look.blank]})
    # what REDCap's own columns are for does not depend on how many records there are yet
    few = n < look.filled / 2 or look.spelt in SYSTEM_COLUMNS
    return not look.identifies and FEWEST_LEVELS <= n <= MOST_LEVELS and few


def _read(look: Look, todo: str) -> VisitColumn:
    # event names are the project's, and no one's
    found, untold = levels(look, 1 if look.spelt in SYSTEM_COLUMNS else FEWEST)
    unit = unit_of(look.name) or unit_of(look.title)
    points: dict[str, Point] = {}
    codes: dict[str, str] = {}
    for level in found:
        made = point(level.label, unit)
        points.setdefault(made.id, made)
        for text in (level.text, *level.others):
            if spelling(text) != made.id:
                codes[text] = made.id
    ordered = _in_order(list(points.values()))
    place = {p.id: i for i, p in enumerate(ordered)}
    codes = dict(sorted(codes.items(), key=lambda item: place[item[1]]))
    return VisitColumn(column=look.name, codes=codes, points=tuple(ordered), todo=todo, untold=untold)


def _in_order(points: list[Point]) -> list[Point]:
    """Points by their days where all have one, else as the file has them, the baseline first."""
    if all(p.day is not None for p in points):
        return sorted(points, key=lambda p: p.day or 0)
    return sorted(points, key=lambda p: p.day != 0)


def _baseline(points: list[Point]) -> Point | None:
    """The point of day 0, or the first that may be it; none where all have other days."""
    timed = [p for p in points if p.day == 0]
    open_ones = [p for p in points if p.day is None]
    return next(iter([*timed, *(p for p in open_ones if p.may_be_baseline), *open_ones]), None)


def _label(p: Point, name: str) -> str:
    """A label where the day alone would not make the one that the file has."""
    if p.day == 0 or (p.day is not None and name.startswith("week")):
        return ""
    for unit in ("month", "day", "year"):
        if p.day is not None and name.removeprefix(unit).isdigit():
            return f"{unit.title()} {name.removeprefix(unit)}"
    return f"Visit {p.text}" if p.text.isdigit() else words(p.id)
