"""What the draft says of each source: which columns it takes, which it leaves out, and what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cgh_analysis.ingest.exposed import FULL_DATES
from cgh_analysis.ingest.redcap import SYSTEM_COLUMNS
from cgh_analysis.schema import CASES, TABLES, VISITS, Column
from cgh_analysis.start.aliases import ALIASES, HINTS
from cgh_analysis.start.arms import MOST as MOST_ARMS
from cgh_analysis.start.arms import Arms, draft_arms
from cgh_analysis.start.fits import ENOUGH, quoted_list
from cgh_analysis.start.levels import levels
from cgh_analysis.start.look import Look
from cgh_analysis.start.match import Match, match_all
from cgh_analysis.start.missing import suspects
from cgh_analysis.start.patients import Looks, constant
from cgh_analysis.start.spelling import an_id, unlike
from cgh_analysis.start.visits import VisitColumn
from cgh_analysis.start.wide import Measures, whole
from cgh_analysis.study import Codebook, Source

Names = tuple[str, ...]
# what says whose and of when a record is, which is found by what the records have in common
KEYS: Final = ("patient_id", "visit")
CASE_COLUMNS: Final = tuple(c for c in CASES if c.name not in KEYS)
VISIT_COLUMNS: Final = tuple(c for c in VISITS if c.name not in KEYS)
NO_ARM: Final = "which column says who got which treatment?"
# a choice of a checkbox and the state of a form have few levels, too
NO_ARM_COLUMN: Final = re.compile(r"___|_complete$")
EVENT: Final = ("redcap_event_name",)
FEWEST_VALUES: Final = 5
TIMES: Final = {*ALIASES["visit"], *HINTS["visit"], *ALIASES["day"], *HINTS["day"]}
MOST_SITES: Final = 0.2
MOST_NEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutcome:
    """What may be an outcome of the study's own."""

    id: str
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class WideDraft:
    """One visit of a file that spreads visits over columns; `timeless` where nothing says that it is this visit.

    `offered` are columns for outcomes of the study's own, by their ids.
    """

    visit: str
    columns: tuple[Match, ...]
    offered: dict[str, str] = field(default_factory=dict)
    timeless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDraft:
    """One source: `columns` taken or asked for, `people` left out for what they hold, `rest` not recognised.

    `shared` says that another source takes columns of the same file, and lists what neither takes; `elsewhere` is what
    that one asks about. `offered` are columns for outcomes of the study's own, by their ids, and `asked` is what the
    file does not say of how it is written.
    """

    source: Source
    columns: tuple[Match, ...] = ()
    visit: VisitColumn | None = None
    offered: dict[str, str] = field(default_factory=dict)
    wide: tuple[WideDraft, ...] = ()
    codebook: Codebook | None = None
    where: dict[str, str | Names] = field(default_factory=dict)
    repeated: bool = False
    shared: bool = False
    people: dict[str, str] = field(default_factory=dict)
    rest: tuple[str, ...] = ()
    missing: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()

    @property
    def taken(self) -> list[str]:
        """The canonical columns that come in for certain."""
        matches = [*self.columns, *(m for wide in self.wide for m in wide.columns)]
        return list(dict.fromkeys(m.target for m in matches if m.sure))

    @property
    def asked_about(self) -> tuple[str, ...]:
        """The columns of the file that are a question, or may be outcomes of the study's own."""
        matches = [*self.columns, *(m for wide in self.wide for m in wide.columns)]
        parts = [self.offered, *(wide.offered for wide in self.wide)]
        offered = [name for part in parts for name in list(part.values())[:MOST_NEW]]
        return tuple(dict.fromkeys([*(m.column for m in matches if not m.sure), *offered]))

    @property
    def dates(self) -> list[str]:
        """The columns left out for their calendar dates, of which days could be made."""
        return [name for name, why in self.people.items() if why == FULL_DATES]


def match_table(looks: Iterable[Look], columns: Iterable[Column]) -> list[Match]:
    """Match what may come in of a file to canonical columns."""
    return match_all([look for look in looks if not look.identifies and look.spelt not in SYSTEM_COLUMNS], columns)


def find_arm(matches: list[Match], looks: Looks, patient: tuple[str, ...]) -> tuple[Match, Arms]:
    """Return the column of the arms with the arms that its levels make; a question where either is not certain."""
    match = next((m for m in matches if m.target == "arm"), None)
    if match is None:
        taken = {m.column for m in matches} | set(patient)
        few = [name for name, look in looks.items() if name not in taken and _may_be_arm(look, looks, patient)]
        offer = f" These have few levels: {quoted_list(few)}" if few else ""
        return Match(target="arm", column="TODO", sure=False, todo=NO_ARM + offer + _event_arms(looks)), Arms()
    arms = draft_arms(looks[match.column])
    if not 1 < len(arms.arms) <= MOST_ARMS:
        todo = f"{NO_ARM} {match.column!r} has {len(arms.arms) or 'no'} level(s) in enough records"
        return Match(target="arm", column=match.column, sure=False, todo=todo), Arms()
    codes = {code: arm.id for arm in arms.arms for code in arm.codes}
    return Match(target="arm", column=match.column, sure=match.sure, why=match.why, todo=match.todo, codes=codes), arms


def few_sites(matches: list[Match], looks: Looks) -> list[Match]:
    """Leave out a column of sites that has nearly as many as there are records."""
    few = {name for name, look in looks.items() if len(look.texts) <= MOST_SITES * look.filled}
    return [m for m in matches if m.target != "site" or m.column in few]


def match_measures(measures: Measures) -> dict[str, Match]:
    """Match what is measured at several visits, by the name that its columns share."""
    looks = [whole(stem, at) for stem, at in measures.items()]
    return {m.column: m for m in match_table(looks, VISIT_COLUMNS)}


def new_outcomes(looks: Iterable[Look], known: Iterable[str]) -> list[Look]:
    """Return what may be an outcome of the study's own: numbers of more than a few kinds, of no canonical column."""
    taken = set(known)
    free = [look for look in looks if look.name not in taken and not look.identifies and not look.labels]
    return [look for look in free if look.spelt not in TIMES and _varies(look)]


def named(looks: Iterable[Look]) -> list[NewOutcome]:
    """Give what may be outcomes of the study's own their ids."""
    found: list[NewOutcome] = []
    for look in looks:
        found.append(NewOutcome(id=unlike(an_id(look.name, "outcome"), [o.id for o in found]), look=look))
    return found


def changing(looks: Looks, patient: tuple[str, ...]) -> list[Look]:
    """Return the columns that change between the records of a person."""
    return [look for name, look in looks.items() if name not in patient and not constant(looks, patient, name)]


def remaining(looks: Looks, used: Iterable[str], system: Iterable[str]) -> tuple[dict[str, str], Names]:
    """Part the columns that are not used: those of people with the reason, and the rest but for the program's own."""
    free = [name for name in looks if name not in set(used)]
    people = {name: looks[name].identifies for name in free if looks[name].identifies}
    return people, tuple(name for name in free if name not in people and name not in set(system))


def codes_for_missing(looks: Looks, draft: SourceDraft) -> dict[str, list[str]]:
    """Return what may stand for missing in the columns that come in, and in those that are asked about."""
    known = {c.name: c for table in TABLES.values() for c in table}
    matches = [*draft.columns, *(m for wide in draft.wide for m in wide.columns)]
    sure = {m.column: known[m.target] for m in matches if m.sure and m.target != "patient_id"}
    names = [name for name in (*sure, *draft.asked_about) if name in looks]
    return suspects((looks[name] for name in names), sure)


def _event_arms(looks: Looks) -> str:
    """A word of warning where a project's events are of several of its own arms."""
    texts = [str(text) for name in EVENT for text in (looks[name].texts if name in looks else ())]
    arms = {match.group() for text in texts if (match := re.search(r"_arm_\d+$", text))}
    return ". The arms of REDCap's events need not be the treatments" if len(arms) > 1 else ""


def _may_be_arm(look: Look, looks: Looks, patient: tuple[str, ...]) -> bool:
    kind = not look.identifies and look.spelt not in SYSTEM_COLUMNS and not NO_ARM_COLUMN.search(look.name)
    few = kind and 1 < len(look.texts) <= MOST_ARMS and len(levels(look)[0]) > 1
    found = all(name in looks for name in patient)
    return few and (not found or constant(looks, patient, look.name))


def _varies(look: Look) -> bool:
    numbers = look.numeric & ~look.blank
    filled = max(look.counts[~look.blank].sum(), 1)
    return bool(numbers.sum() >= FEWEST_VALUES and look.counts[numbers].sum() >= ENOUGH * filled and np.any(numbers))
