"""From calendar dates to days since each patient's baseline; the dates are left at the door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.mapping import BASELINE_DATE
from cgh_analysis.schema import VISITS
from cgh_analysis.study import Study

LONGEST: Final = next(c.high for c in VISITS if c.name == "day") or np.inf


def day_zero(cases: Draft, visits: Draft, study: Study) -> pd.Series | None:
    """Return each patient's date of day 0: the one that the cases give, else that of the baseline visit."""
    if cases.usable and BASELINE_DATE.name in cases.frame:
        return _first(cases, np.ones(len(cases.frame), dtype=bool), BASELINE_DATE.name)
    if visits.usable and visits.dated:
        return _first(visits, (visits.frame["visit"] == study.baseline.id).to_numpy(), "day")
    return None


def count_days(draft: Draft, zero: pd.Series | None) -> Draft:
    """Turn the dates of a draft into days since each patient's day 0; rows without one, or before it, are refused."""
    if not (draft.usable and draft.dated):
        return draft
    column = draft.seen_as("day")
    dates = draft.frame["day"]
    starts = np.full(len(dates), np.nan)
    if zero is not None:
        starts = draft.frame["patient_id"].map(zero).to_numpy(dtype="float64")
    days = dates.to_numpy() - starts
    draft = replace(draft, frame=draft.frame.assign(day=days))
    draft = draft.refuse("no_baseline_date", dates.notna().to_numpy() & np.isnan(starts), column=column)
    draft = draft.refuse("before_baseline", days < 0, column=column)
    words: dict[str, Any] = {"name": "Day", "low": 0, "high": LONGEST, "unit": ""}
    return draft.refuse("out_of_range", days > LONGEST, column=column, **words)


def _first(draft: Draft, at: np.ndarray, column: str) -> pd.Series:
    """Each patient's first date in a column, of the accepted rows that a mask marks."""
    return draft.frame.loc[at & draft.kept].groupby("patient_id", observed=True)[column].min().dropna()
