"""Visits: one row each, on the day that the file gives or the plan names, in order and inside their windows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.sheet import Sheet, nearest
from cgh_analysis.ingest.typing.codes import visit_names
from cgh_analysis.study import Study, WideVisit

EVER: Final = (-np.inf, np.inf)
PIECE: Final = 1 << 15


def lengthen(draft: Draft, sheet: Sheet, study: Study) -> Draft:
    """Make one row a visit of records that spread visits over columns; a visit that was not made gives no row."""
    parts, findings = [], []
    for wide in draft.source.wide:
        if wide.visit not in visit_names(study).codes:
            near = nearest(wide.visit, visit_names(study).codes)
            findings.append(found("unknown_target", sheet.file, name=wide.visit, what="visit", nearest=near))
            continue
        made = _made(draft, sheet, wide)
        part = _one_visit(draft, wide, study).loc[made]
        if not made.all():
            findings.append(_not_made(draft, wide, made))
        parts.append(part)
    if not parts:
        return replace(draft, usable=False).say(*findings)
    whole = pd.concat(parts).sort_index(kind="stable")
    record = whole.index.to_numpy()
    draft = replace(draft, frame=whole.reset_index(drop=True), record=record).say(*findings)
    if "day" not in draft.frame:
        return draft
    # a visit that was made has a day
    blank = draft.frame["day"].isna().to_numpy()
    return draft.refuse("missing_value", blank, column=draft.seen_as("day"), name="Day")


def place_in_time(draft: Draft, study: Study) -> Draft:
    """Give each visit its planned day where the file has no days, and refuse what lies before the baseline visit."""
    if "day" not in draft.frame:
        visit = draft.frame["visit"].cat
        planned = [float(study.visit(name).day) for name in visit.categories]
        # a blank visit has code -1, the last
        return replace(draft, frame=draft.frame.assign(day=np.array([*planned, np.nan])[visit.codes]))
    baseline = (draft.frame["visit"] == study.baseline.id).to_numpy() & draft.kept
    day, people = draft.frame["day"].to_numpy(), draft.cells("patient_id")
    first = np.full(len(people.texts), np.nan)
    np.fmin.at(first, people.codes[baseline], day[baseline])
    early = ~baseline & (day < people.spread(first))
    return draft.refuse("before_baseline", early, column=draft.seen_as("day"))


def outside_windows(draft: Draft, study: Study) -> list[Finding]:
    """Count, for each visit with a window, the accepted rows whose day lies outside it."""
    told, at = [], draft.frame["visit"].cat
    outside, total = beyond_windows(draft, study)
    codes = at.codes.to_numpy()[outside]
    for visit in study.visits:
        code = at.categories.get_loc(visit.id)
        there = outside[codes == code]
        if len(there) and visit.window is not None:
            low, high = visit.window
            words: dict[str, Any] = {"visit": visit.id, "low": low, "high": high, "total": int(total[code])}
            rows, column = draft.in_file(there), draft.seen_as("day")
            told.append(found("outside_window", draft.source.path, column=column, rows=rows, count=len(rows), **words))
    return told


def beyond_windows(draft: Draft, study: Study) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of accepted rows with a day outside of their visit's window, and how many each visit has."""
    at, day, kept = draft.frame["visit"].cat, draft.frame["day"].to_numpy(), draft.kept
    windows = {visit.id: visit.window or EVER for visit in study.visits}
    low, high = (np.array(side, dtype=np.float64) for side in zip(*(windows[v] for v in at.categories), strict=True))
    codes, places, total = at.codes.to_numpy(), [np.empty(0, dtype=np.int64)], np.zeros(len(low), dtype=np.int64)
    # a piece at a time stays near the processor
    for start in range(0, len(day), PIECE):
        piece = slice(start, start + PIECE)
        # an accepted row has a visit: of none the code is -1
        rows = np.flatnonzero(kept[piece] & (codes[piece] >= 0))
        visit, days = codes[piece].take(rows).astype(np.intp), day[piece].take(rows)
        total += np.bincount(visit, minlength=len(low))
        places.append(start + rows[~((days >= low.take(visit)) & (days <= high.take(visit)))])
    return np.concatenate(places), total


def _made(draft: Draft, sheet: Sheet, wide: WideVisit) -> np.ndarray:
    """Which records have the visit: all, or those in which the column that says so is filled."""
    cells = sheet.columns.get(wide.filled_if or "")
    if cells is None:
        return np.ones(len(draft.rows), dtype=bool)
    return ~cells.spread(np.isin(cells.texts, ["", *draft.source.missing]))


def _one_visit(draft: Draft, wide: WideVisit, study: Study) -> pd.DataFrame:
    """Rows of one visit with the columns of every visit: blank where this one lacks them, days as they were planned."""
    part = draft.frame[[c for c in draft.frame.columns if "@" not in c]].copy()
    codes = visit_names(study).codes
    place = np.full(len(part), codes.index(wide.visit))
    part["visit"] = pd.Categorical.from_codes(place, categories=pd.Index(list(codes)))
    own = {m.column.name: m.key for m in draft.mapped if m.visit == wide.visit}
    alike = {m.column.name: m.key for m in draft.mapped if m.visit}
    for name, key in alike.items():
        part[name] = draft.frame[own[name]] if name in own else draft.frame[key].iloc[:0].reindex(part.index)
    if "day" in alike and "day" not in own and not draft.dated:
        part["day"] = float(study.visit(wide.visit).day)
    return part


def _not_made(draft: Draft, wide: WideVisit, made: np.ndarray) -> Finding:
    """Say how many did not make a visit, and of how many of them other values are thereby left out."""
    own = [m for m in draft.mapped if m.visit == wide.visit and m.column.kind in ("number", "integer")]
    values = draft.frame.loc[~made, [m.key for m in own]]
    lost = int((values.notna() & (values != 0)).any(axis=1).sum())
    unused = f"; other columns have values of {lost} of them, which are left out" if lost else ""
    words: dict[str, Any] = {
        "visit": wide.visit,
        "count": int((~made).sum()),
        "marker": wide.filled_if,
        "unused": unused,
    }
    return found("visit_not_made", draft.source.path, column=wide.filled_if, rows=draft.rows[~made], **words)
