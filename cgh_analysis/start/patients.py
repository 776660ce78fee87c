"""Which column says whose record it is, and whether people have one record or one a visit."""

from __future__ import annotations

from typing import Final

import numpy as np

from cgh_analysis.start.aliases import ALIASES
from cgh_analysis.start.fits import quoted_list
from cgh_analysis.start.look import Look
from cgh_analysis.start.match import Match

ALL: Final = 0.99
MOST: Final = 0.95
UNSURE: Final = "which column holds the patients' pseudonyms? Never a record number, never a name"
Looks = dict[str, Look]


def find_patient(looks: Looks, *, record_first: bool = False) -> Match:
    """Return the column of the patients' ids, the placeholder "TODO" where none is called like one.

    `record_first` says that the first column is the record's id, as in every REDCap export.
    """
    names = ("patient_id", *ALIASES["patient_id"])
    known = [look for name in names for look in looks.values() if look.spelt == name and _may_be_id(look)]
    first = next(iter(looks.values()))
    if record_first and _may_be_id(first):
        return Match(target="patient_id", column=first.name, sure=True, why="REDCap's record id is the first column")
    if not known:
        unique = [look.name for look in looks.values() if _may_be_id(look) and len(look.texts) == len(look.codes)]
        offer = f"; every record has its own value in {quoted_list(unique)}" if unique else ""
        return Match(target="patient_id", column="TODO", sure=False, todo=UNSURE + offer)
    if len(known) > 1 and known[0].spelt != "patient_id":
        todo = f"{UNSURE}; {quoted_list(look.name for look in known)} are called like it"
        return Match(target="patient_id", column=known[0].name, sure=False, todo=todo)
    return Match(target="patient_id", column=known[0].name, sure=True, why="by its name; no record lacks it")


def numbers(looks: Looks, names: tuple[str, ...]) -> np.ndarray:
    """Number the records by what they have in some columns: alike where they agree in all of them."""
    key = np.zeros(len(next(iter(looks.values())).codes), dtype=np.int64)
    for name in names:
        codes = looks[name].codes + 1
        key = np.unique(key * (codes.max(initial=0) + 1) + codes, return_inverse=True)[1]
    return key


def repeats(looks: Looks, patient: tuple[str, ...]) -> bool:
    """Say whether people have several records each."""
    if not all(name in looks for name in patient):
        return False
    key = numbers(looks, patient)
    return len(np.unique(key)) < MOST * len(key)


def distinct(looks: Looks, names: tuple[str, ...]) -> bool:
    """Say whether hardly any two records agree in some columns."""
    key = numbers(looks, names)
    return len(np.unique(key)) >= MOST * len(key)


def constant(looks: Looks, patient: tuple[str, ...], name: str) -> bool:
    """Say whether a column says the same in hardly all records of a person, blanks apart."""
    filled = looks[name].codes >= 0
    people = numbers(looks, patient)
    pairs = numbers(looks, (*patient, name))
    several = len(np.unique(pairs[filled])) - len(np.unique(people[filled]))
    return several <= (1 - MOST) * max(len(np.unique(people)), 1)


def _may_be_id(look: Look) -> bool:
    return not look.identifies and look.filled >= ALL * len(look.codes)
