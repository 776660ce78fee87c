"""Drop-outs stored as 0: people of whom a visit has nothing but a nought."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View

FEWEST_BLANK = 5
MOST_ZERO = 0.5  # share of noughts among the others, above which noughts are nothing special


def stored_zero(view: View, table: Table) -> Iterator[Seen]:
    """Outcomes that are 0 in all of a visit's rows (or of an arm's) that have no other outcome."""
    draft = view.drafts[table]
    if draft.source.wide:
        told = [f for f in view.told[table] if f.rule == "stored_zero"]
        rows, causes = {int(r) for f in told for r in f.rows}, frozenset(f.rule for f in told)
        yield Seen(looked_at=len(draft.rows), failing=len(rows), causes=causes)
        return
    outcomes = {n: v for n, v in view.numbers(table).items() if n in view.study.instruments}
    alone = _single(list(outcomes.values()), draft.kept)
    for name, values in outcomes.items():
        # most files have hardly anybody with one outcome alone
        lone = alone[~np.isnan(values[alone])]
        told = _told(view, table, name, lone) if len(lone) >= FEWEST_BLANK and len(outcomes) > 1 else []
        failing = sum(len(f.rows) for f in told)
        yield Seen(column=name, looked_at=len(draft.frame), failing=failing, findings=tuple(told))


def _single(outcomes: list[np.ndarray], kept: np.ndarray) -> np.ndarray:
    """Accepted rows with exactly one outcome."""
    given = np.zeros(len(kept), dtype=np.int8)
    for values in outcomes:
        given += ~np.isnan(values)
    return np.flatnonzero((given == 1) & kept)


def _told(view: View, table: Table, name: str, lone: np.ndarray) -> list[Finding]:
    """Look at each visit, and, where its noughts are not all, at each arm."""
    values = view.numbers(table)[name]
    arms = view.of_case(table, "arm") if view.usable("cases") else np.zeros(len(values), dtype=np.int64)
    told = []
    for place, visit in enumerate(view.visit_ids):
        here = np.flatnonzero((view.visit == place) & view.drafts[table].kept)
        groups = [here, *(here[arms[here] == arm] for arm in np.unique(arms[here]))]
        rows = next((r for rows in groups if len(r := _noughts(values, rows, lone))), np.zeros(0, dtype=np.int64))
        if len(rows):
            numbers, column = view.rows_in_file(table, rows), view.column(table, name)
            told.append(
                found("zero_alone", view.file(table), column=column, rows=numbers, visit=visit, count=len(rows))
            )
    return told


def _noughts(values: np.ndarray, rows: np.ndarray, lone: np.ndarray) -> np.ndarray:
    """The lone rows among some rows where all of them are 0, and few of the others."""
    mine = np.isin(rows, lone)
    others = values[rows[~mine]]
    others = others[~np.isnan(others)]
    all_zero = mine.sum() >= FEWEST_BLANK and (values[rows[mine]] == 0).all()
    return rows[mine] if all_zero and len(others) and np.mean(others == 0) < MOST_ZERO else rows[:0]
