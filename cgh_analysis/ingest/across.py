"""Checks across files: every row belongs to a case, under the same id and in the same arm."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cgh_analysis.ingest.draft import Draft
from cgh_analysis.ingest.findings import found


def same_arms(cases: Draft, visits: Draft) -> tuple[Draft, Draft]:
    """Refuse every record of patients whose visits name another arm than their case."""
    if "arm" not in visits.frame:
        return cases, visits
    arm = pd.Series(cases.frame["arm"].astype(object).to_numpy(), index=cases.frame["patient_id"].to_numpy())
    arm = arm.loc[cases.kept]
    declared = visits.frame["patient_id"].map(arm.loc[~arm.index.duplicated()]).to_numpy()
    said = visits.frame["arm"].astype(object).to_numpy()
    differs = visits.kept & pd.notna(said) & pd.notna(declared) & (said != declared)
    torn = visits.frame["patient_id"].loc[differs].unique()
    cases = cases.refuse("arm_conflict", _among(cases, torn), column=cases.seen_as("arm"))
    return cases, visits.refuse("arm_conflict", _among(visits, torn), column=visits.seen_as("arm"))


def belong_to_cases(draft: Draft, cases: Draft) -> Draft:
    """Refuse rows of patients who are not among the cases, or whose case was refused.

    Ids that would meet a case but for leading zeros stop everything: joining them would be a guess.
    """
    ids = draft.frame["patient_id"]
    known = cases.frame["patient_id"]
    unknown = ~ids.isin(known).to_numpy() & draft.kept
    bare = _without_zeros(known.unique())
    strangers, place = np.unique(ids.to_numpy()[unknown].astype(str), return_inverse=True)
    column = draft.seen_as("patient_id")
    padded = np.isin(_without_zeros(strangers), bare)[place] if len(strangers) else np.zeros(0, dtype=bool)
    if padded.any():
        rows = draft.rows[draft.record[np.flatnonzero(unknown)[padded]]]
        draft = draft.say(found("id_zero_padding", draft.source.path, column=column, rows=rows, count=len(rows)))
    draft = draft.refuse("unknown_patient", unknown, column=column)
    refused = ~ids.isin(known.loc[cases.kept]).to_numpy()
    return draft.refuse("patient_not_accepted", refused, column=column)


def _among(draft: Draft, ids: Iterable[str]) -> np.ndarray:
    return draft.frame["patient_id"].isin(list(ids)).to_numpy()


def _without_zeros(ids: np.ndarray) -> np.ndarray:
    """Ids without the zeros that start a run of digits: 'P007' and 'P7' are the same."""
    return pd.Series(ids, dtype=object).astype(str).str.replace(r"(?<![0-9])0+(?=[0-9])", "", regex=True).to_numpy()
