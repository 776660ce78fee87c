"""Checks across files: every row belongs to a case, under the same id and in the same arm."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.findings import found
from cgh_analysis.ingest.spelling import meet_spelt_alike, meet_without_zeros

OTHERWISE: Final = (("id_zero_padding", meet_without_zeros), ("id_spelling", meet_spelt_alike))


def same_arms(cases: Draft, visits: Draft) -> tuple[Draft, Draft]:
    """Refuse every record of patients whose visits name another arm than their case."""
    if "arm" not in visits.frame:
        return cases, visits
    theirs, people = cases.cells("patient_id"), visits.cells("patient_id")
    place = _places(people, theirs)
    # a case that there is not, and an arm that is blank, have code -1
    arms = np.full(len(theirs.texts) + 1, -1)
    kept = np.flatnonzero(cases.kept)[::-1]
    arms[theirs.codes[kept]] = cases.frame["arm"].cat.codes.to_numpy()[kept]
    declared = people.spread(arms[place])
    said = visits.frame["arm"].cat.codes.to_numpy()
    torn = _marked(people, visits.kept & (said >= 0) & (declared >= 0) & (said != declared))
    torn_cases = np.zeros(len(theirs.texts), dtype=bool)
    torn_cases[place[torn]] = True
    cases = cases.refuse("arm_conflict", theirs.spread(torn_cases), column=cases.seen_as("arm"))
    return cases, visits.refuse("arm_conflict", people.spread(torn), column=visits.seen_as("arm"))


def belong_to_cases(draft: Draft, cases: Draft) -> Draft:
    """Refuse rows of patients who are not among the cases, or whose case was refused.

    Ids that would meet a case but for leading zeros or their spelling stop everything: joining them would be a guess.
    """
    people, theirs = draft.cells("patient_id"), cases.cells("patient_id")
    column, place = draft.seen_as("patient_id"), _places(people, theirs)
    # who is not among the cases has place -1, the last
    known = _marked(theirs)
    stranger = ~np.append(known, False)[place]
    unknown = people.spread(stranger) & draft.kept
    if unknown.any():
        strangers = _marked(people, unknown)
        for rule, meet in OTHERWISE:
            met = strangers.copy()
            met[met] = meet(people.arrow.filter(pa.array(met)), theirs.arrow.filter(pa.array(known)))
            strangers &= ~met
            rows = draft.in_file(np.flatnonzero(unknown & people.spread(met)))
            if len(rows):
                draft = draft.say(found(rule, draft.source.path, column=column, rows=rows, count=len(rows)))
        draft = draft.refuse("unknown_patient", unknown, column=column)
    accepted = np.append(_marked(theirs, cases.kept), False)[place]
    return draft.refuse("patient_not_accepted", people.spread(~accepted), column=column)


def _places(people: Cells, among: Cells) -> np.ndarray:
    """Where each text of one column stands among those of another, or -1."""
    places: np.ndarray = pc.index_in(people.arrow, value_set=among.arrow).fill_null(-1).to_numpy()
    return places


def _marked(cells: Cells, mask: np.ndarray | None = None) -> np.ndarray:
    """Which texts a column has in the rows that a mask marks, or in any."""
    marked = np.zeros(len(cells.texts), dtype=bool)
    marked[cells.codes if mask is None else cells.codes[mask]] = True
    return marked
