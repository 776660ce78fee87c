"""Names in a study file: each means one thing, and what is referred to is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from cgh_analysis.instruments import INSTRUMENTS
from cgh_analysis.schema import CASES, TABLES
from cgh_analysis.study.study import Study

# what is the matter, and what to try
Fault = tuple[str, str]

# columns that the cohort and the estimators add to those of the files
DERIVED: Final = ("has_baseline", "in_window", "lesion_left", "lesion_right", "responded")


def name_faults(study: Study) -> list[Fault]:
    """Find ids that are blank, given twice, taken already or referred to and not there, and spellings of two things."""
    return [*_blank(study), *_repeated(study), *_shared(study), *_taken(study), *_unknown(study)]


def spelling(text: str) -> str:
    """Return a text without what people vary in writing: case, and how much space.

    >>> spelling(" MTE  group ")
    'mte group'
    """
    return " ".join(text.casefold().split())


def _ids(study: Study) -> dict[str, list[str]]:
    return {
        "arm": [a.id for a in study.arms],
        "visit": [v.id for v in study.visits],
        "outcome": [o.id for o in study.outcomes],
        "covariate": [c.id for c in study.covariates],
        "analysis": [a.id for a in study.analyses],
        "criterion": list(study.population.criteria),
        "hypothesis": list(study.multiplicity.ids) if study.multiplicity else [],
    }


def _blank(study: Study) -> list[Fault]:
    given = {**{f"{what} id": ids for what, ids in _ids(study).items()}, "arm label": [a.label for a in study.arms]}
    return [
        (f"The {what} of number {i + 1} is blank.", "Give it a name.")
        for what, names in given.items()
        for i, name in enumerate(names)
        if not name.strip()
    ]


def _repeated(study: Study) -> list[Fault]:
    found = [
        (f"The {what} id {i!r} is given {n} times.", "Ids are unique.")
        for what, given in _ids(study).items()
        for i, n in Counter(given).items()
        if n > 1
    ]
    if sum(arm.reference for arm in study.arms) > 1:
        found.append(("More than one arm is marked as reference.", "Mark one."))
    return found


def _shared(study: Study) -> Iterator[Fault]:
    """What a file may call two arms, or two visits: reading it would be a guess."""
    spellings = {
        "arm": {a.id: (a.id, a.label, *a.synonyms) for a in study.arms},
        "visit": {v.id: (v.id, v.title, *v.synonyms) for v in study.visits},
    }
    for what, by_id in spellings.items():
        meant: dict[str, dict[str, str]] = {}
        for owner, texts in by_id.items():
            for text in texts:
                meant.setdefault(spelling(text), {}).setdefault(owner, text)
        for owners in meant.values():
            if len(owners) > 1:
                names = " and ".join(map(repr, owners))
                yield f"{next(iter(owners.values()))!r} stands for the {what}s {names}.", "Let it stand for one."


def _taken(study: Study) -> Iterator[Fault]:
    columns = {c.name for table in TABLES.values() for c in table} | set(DERIVED)
    outcomes = [o.id for o in study.outcomes]
    for what, ids, taken in (
        ("covariate", [c.id for c in study.covariates], columns | set(outcomes)),
        ("outcome", outcomes, columns - set(INSTRUMENTS)),
    ):
        for name in ids:
            if name in taken or name.endswith("_baseline") or name.startswith("resolution_"):
                yield f"The {what} id {name!r} is a column of its own already.", "Give it another id."


def _unknown(study: Study) -> list[Fault]:
    outcomes = set(study.instruments)
    visits = {v.id for v in study.visits}
    patient = {c.name for c in CASES} | {c.id for c in study.covariates} | {f"{o}_baseline" for o in outcomes}
    used: list[tuple[str, Iterable[str | None], set[str], str]] = [
        ("describe.courses", study.describe.courses, outcomes, "[[outcomes]]"),
        ("describe.baseline", study.describe.baseline, patient, "[[covariates]]"),
        ("describe.median", study.describe.median, patient, "[[covariates]]"),
        ("describe.change_at", [study.describe.change_at], visits, "[[visits]]"),
        ("privacy.quasi_identifiers", study.privacy.quasi_identifiers, patient | {"age_band"}, "[[covariates]]"),
        ("privacy.sensitive", study.privacy.sensitive, patient, "[[covariates]]"),
    ]
    if study.resolution is not None:
        used.append(("resolution.outcome", [study.resolution.outcome], outcomes, "[[outcomes]]"))
        lesion = study.resolution.lesion
        used.append(("resolution.lesion", lesion.outcomes if lesion else (), outcomes, "[[outcomes]]"))
    for a in study.analyses:
        used.append((f"analysis {a.id!r}", a.outcomes, outcomes, "[[outcomes]]"))
        used.append((f"analysis {a.id!r}", [*a.covariates, *a.subgroups], patient, "[[covariates]]"))
        used.append((f"analysis {a.id!r}", [a.at], visits, "[[visits]]"))
    return [
        (f"{where} names {name!r}, which is not known.", f"Declare it under {block}{nearest(name, known)}.")
        for where, names, known, block in used
        for name in sorted({n for n in names if n is not None} - known)
    ]


def nearest(name: str, known: set[str]) -> str:
    """Return '; or did you mean ...' with the known name that is most like one; empty text where none is."""
    near = get_close_matches(name, sorted(known), n=1)
    return f"; or did you mean {near[0]!r}" if near else ""
