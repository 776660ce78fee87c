"""Checks within one table: who is there twice, and whether the records of one patient agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cgh_analysis.ingest.draft import Draft


def agree(draft: Draft, key: list[str], rule: str) -> Draft:
    """Keep one of records that are alike in everything, and refuse all that share a key and differ.

    An `arm` that differs has a rule of its own. Records that are refused already do not count.
    """
    rows = np.flatnonzero(draft.kept)
    group = _groups(draft.frame.iloc[rows], key)
    several = np.bincount(group, minlength=1)[group] > 1 if len(rows) else np.zeros(0, dtype=bool)
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
    group = _groups(draft.frame.iloc[rows], ["patient_id"])
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


def _groups(frame: pd.DataFrame, key: list[str]) -> np.ndarray:
    """Number the combinations of the key's values in the order in which they appear."""
    return frame.groupby(key, sort=False, observed=True, dropna=False).ngroup().to_numpy()


def _donors(codes: np.ndarray, group: np.ndarray) -> np.ndarray:
    """For each row the first row of its group that is not blank (the group's first, where all are)."""
    donor = np.unique(group, return_index=True)[1]
    filled = np.flatnonzero(codes >= 0)
    groups, place = np.unique(group[filled], return_index=True)
    donor[groups] = filled[place]
    return donor[group]
