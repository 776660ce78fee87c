"""Checks that only count: findings of rules that were applied on the way, against what they could have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.mapping import Mapped, Table
from cgh_analysis.ingest.quality.kinds import Check, Over, Seen
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.schema import Kind

KINDS: Final[dict[Over, tuple[Kind, ...]]] = {
    "cells": ("number", "integer", "category", "flag", "text"),
    "numbers": ("number", "integer"),
    "codes": ("category", "flag"),
}
WHOLE: Final = ("file", "query", "columns")  # what is judged also where a table cannot be used


def counted(check: Check, view: View, table: Table) -> Iterator[Seen]:
    """Count the findings of a check's rules."""
    if check.over in KINDS:
        told = [f for f in view.drafts[table].findings if f.rule in check.rules]
        yield from _by_column(told, KINDS[check.over], view, table)
        return
    told = [f for f in view.told[table] if f.rule in check.rules]
    causes = frozenset(f.rule for f in told)
    if check.over == "records":
        yield Seen(looked_at=view.sheets[table].read, failing=_rows(told), causes=causes)
    elif check.over == "columns":
        failing = len({(f.rule, f.column) for f in told})
        yield Seen(looked_at=max(len(view.sheets[table].columns), failing), failing=failing, causes=causes)
    else:
        asked = check.over == "file" or bool(view.drafts[table].source.query)
        yield Seen(looked_at=int(asked), failing=int(bool(told)), causes=causes)


def filled(mapped: Mapped) -> int:
    """Return how many cells of a column are not blank."""
    blank = np.flatnonzero(mapped.cells.texts == "")
    return len(mapped.cells) - sum(int(np.count_nonzero(mapped.cells.codes == b)) for b in blank.tolist())


def _by_column(told: Sequence[Finding], kinds: tuple[Kind, ...], view: View, table: Table) -> Iterator[Seen]:
    for m in view.mapped(table, *kinds):
        own = [f for f in told if f.column == m.name]
        yield Seen(column=m.column.name, visit=m.visit, looked_at=filled(m), failing=_rows(own))


def _rows(told: Sequence[Finding]) -> int:
    """How many rows findings speak of; one that names no row counts once."""
    rows = [f.rows for f in told if len(f.rows)]
    return sum(not len(f.rows) for f in told) + (len(np.unique(np.concatenate(rows))) if rows else 0)
