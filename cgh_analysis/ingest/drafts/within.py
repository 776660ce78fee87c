"""Checks within one table: who is there twice, and whether the records of one patient agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.ingest.drafts.draft import Draft

SPARSE: Final = 4


def agree(draft: Draft, key: list[str], rule: str) -> Draft:
    """Keep one of records that are alike in everything, and refuse all that share a key and differ.

    An `arm` that differs has a rule of its own. Records that are refused already do not count.
    """
    rows = np.flatnonzero(draft.kept)
    group = _groups(draft, key)[rows]
    several = (np.bincount(group, minlength=1) > 1).take(group)
    if not several.any():
        return draft
    rows, group = rows[several], np.unique(group[several], return_inverse=True)[1]
    first = np.unique(group, return_index=True)[1]
    coded = {c: pd.factorize(draft.frame[c].iloc[rows])[0] for c in draft.frame.columns if c not in key}
    differing = {c: codes != codes[first][group] for c, codes in coded.items()}
    draft = _refuse_conflicts(draft, rows, group, differing, rule)
    return draft.refuse("duplicate", _mask(draft, np.delete(rows, first)))


def fill_within_patient(draft: Draft) -> Draft:
    """Let every record of a patient say what any of them says, and refuse all of them where they contradict each other.

    For files that repeat the patient's values at every visit, or give them only at the first.
    """
    rows = np.flatnonzero(draft.kept)
    group = pd.factorize(_groups(draft, ["patient_id"])[rows])[0]
    coded = {c: pd.factorize(draft.frame[c].iloc[rows])[0] for c in draft.frame.columns if c != "patient_id"}
    donors = {c: _donors(codes, group) for c, codes in coded.items()}
    differing = {c: (codes >= 0) & (codes != codes[donors[c]]) for c, codes in coded.items()}
    frame = draft.frame.copy()
    for c, donor in donors.items():
        source = np.arange(len(frame))
        source[rows] = rows[donor]
        frame[c] = draft.frame[c].take(source).reset_index(drop=True)
    return _refuse_conflicts(replace(draft, frame=frame), rows, group, differing, "conflicting_patient")


def _refuse_conflicts(
    draft: Draft, rows: np.ndarray, group: np.ndarray, differing: dict[str, np.ndarray], rule: str
) -> Draft:
    """Refuse every record of a group in which a column differs, naming the columns as the file does."""
    conflict = {c: np.isin(group, group[mask]) for c, mask in differing.items() if mask.any()}
    if "arm" in conflict:
        draft = draft.refuse("arm_conflict", _mask(draft, rows[conflict.pop("arm")]), column=draft.seen_as("arm"))
    if not conflict:
        return draft
    patterns, pattern = np.unique(np.column_stack(list(conflict.values())), axis=0, return_inverse=True)
    for i, columns in enumerate(patterns):
        if columns.any():
            names = [draft.seen_as(c) for c, differs in zip(conflict, columns, strict=True) if differs]
            draft = draft.refuse(rule, _mask(draft, rows[pattern.ravel() == i]), names=", ".join(names))
    return draft


def _mask(draft: Draft, rows: np.ndarray) -> np.ndarray:
    """A mask over the frame of some of its rows."""
    mask = np.zeros(len(draft.frame), dtype=bool)
    mask[rows] = True
    return mask


def _groups(draft: Draft, key: list[str]) -> np.ndarray:
    """Number the combinations of the key's values, up to not many more than there are rows."""
    group, most = np.zeros(len(draft.frame), dtype=np.int64), 1
    for column in key:
        codes, kinds = _codes(draft, column)
        group *= kinds
        group += codes
        most *= kinds
        if most > SPARSE * len(group):
            group, values = pd.factorize(group)
            most = max(len(values), 1)
    return group


def _codes(draft: Draft, column: str) -> tuple[np.ndarray, int]:
    """A number for each value of a column, blank included, and how many there may be."""
    if any(m.key == column and m.column.kind == "text" for m in draft.mapped):
        cells = draft.cells(column)
        return cells.codes, max(len(cells.texts), 1)
    values = draft.frame[column]
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy() + np.int32(1), len(values.cat.categories) + 1
    codes, distinct = pd.factorize(values)
    return codes + 1, len(distinct) + 1


def _donors(codes: np.ndarray, group: np.ndarray) -> np.ndarray:
    """For each row the first row of its group that is not blank (the group's first, where all are)."""
    rows, none = np.arange(len(group)), len(group)
    first, filled = (np.full(group.max(initial=-1) + 1, none) for _ in range(2))
    np.minimum.at(first, group, rows)
    np.minimum.at(filled, group[codes >= 0], rows[codes >= 0])
    donor: np.ndarray = np.where(filled < none, filled, first)[group]
    return donor
