"""Temporal plausibility: visits in their windows and in their order, and angles that change as angles do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from cgh_analysis.ingest.drafts.visits import beyond_windows
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View

# Christensen 1998: how far an angle of the neck moves by itself in three weeks
NATURAL: Final[dict[str, float]] = {
    "rom_flexion_deg": 20,
    "rom_extension_deg": 20,
    "rom_side_flexion_left_deg": 12,
    "rom_side_flexion_right_deg": 12,
    "rom_rotation_left_deg": 14,
    "rom_rotation_right_deg": 14,
}


def visit_windows(view: View, table: Table) -> Iterator[Seen]:
    """Rows of a visit whose day lies outside of its window."""
    planned = {v.id: v.window for v in view.study.visits}
    outside, among = beyond_windows(view.drafts[table], view.study)
    beyond = np.bincount(view.visit[outside], minlength=len(among))
    for name, total, failing in zip(view.visit_ids, among.tolist(), beyond.tolist(), strict=True):
        if planned[name] is None:
            yield Seen(column="day", visit=name, message="The visit has no window.")
        else:
            yield Seen(column="day", visit=name, looked_at=total, failing=failing)


def visit_order(view: View, table: Table) -> Iterator[Seen]:
    """Rows that lie before, or on the day of, the row of an earlier planned visit of the same patient."""
    if not any(m.column.name == "day" for m in view.drafts[table].mapped):
        yield Seen(column="day", message="The file has no days: each visit stands on its planned day.")
        return
    rows, follows = view.in_order
    day = view.drafts[table].frame["day"].to_numpy()[rows]
    step = np.diff(day)
    told: list[Finding] = []
    for rule, wrong in (("visit_order", follows & (step < 0)), ("same_day", follows & (step == 0))):
        told += _of_rows(view, table, rule, "day", rows[1:][wrong])
    failing = sum(len(f.rows) for f in told)
    yield Seen(column="day", looked_at=int(follows.sum()), failing=failing, findings=tuple(told))


def natural_variation(view: View, table: Table) -> Iterator[Seen]:
    """Changes of an angle from one visit of a patient to the next beyond what angles vary by themselves."""
    rows, follows = view.in_order
    numbers = view.numbers(table)
    for name, limit in NATURAL.items():
        if name not in numbers:
            yield Seen(column=name, message="The table has no such column.")
            continue
        change = np.abs(np.diff(numbers[name][rows]))
        beyond = follows & (change > limit)
        told = _of_rows(view, table, "natural_variation", name, rows[1:][beyond], limit=limit)
        known = int((follows & ~np.isnan(change)).sum())
        yield Seen(column=name, looked_at=known, failing=int(beyond.sum()), findings=tuple(told))


def _of_rows(view: View, table: Table, rule: str, name: str, rows: np.ndarray, **words: Any) -> list[Finding]:
    if not len(rows):
        return []
    numbers = np.sort(view.rows_in_file(table, rows), kind="stable")
    column = view.column(table, name)
    return [found(rule, view.file(table), column=column, rows=numbers, count=len(rows), **words)]
