"""Values so far off, or jumping so far, that they are no slips: another unit or scale in part of a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from cgh_analysis.ingest.findings import found
from cgh_analysis.ingest.identifiers import shown
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.counted import filled
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View

FEWEST_OUTSIDE, LEAST_OUTSIDE = 5, 0.05
MUCH_OF_A_SITE: Final = 0.2
TENFOLD: Final = (8.0, 12.5)
NEAR_TENFOLD: Final = 7.0
FEWEST_JUMPS, LEAST_JUMPS = 5, 0.02
MILLIMETRES: Final = ("mm", "cm", "0-10", "0-100")


def scale(view: View, table: Table) -> Iterator[Seen]:
    """So many values outside of the range that a site measures in another unit; the site is named where one is."""
    for m in view.mapped(table, "number", "integer"):
        total = filled(m)
        rows = [f.rows for f in view.drafts[table].findings if f.rule == "out_of_range" and f.column == m.name]
        outside = np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.int64)
        seen = Seen(column=m.column.name, visit=m.visit, looked_at=total)
        if len(outside) < FEWEST_OUTSIDE or len(outside) < LEAST_OUTSIDE * total:
            yield seen
            continue
        words: dict[str, Any] = {"count": len(outside), "total": total, "where": _where(view, table, outside)}
        told = found("scale", view.file(table), column=m.name, **words)
        yield replace(seen, failing=len(outside), findings=(told,))


def jumps(view: View, table: Table) -> Iterator[Seen]:
    """Changes from one visit of a patient to the next of about ten times: millimetres among centimetres."""
    rows, follows = view.in_order
    for name, values in view.numbers(table).items():
        unit = view.study.instruments[name].unit if name in view.study.instruments else ""
        if not any(word in unit for word in MILLIMETRES):
            continue
        before, after = values[rows[:-1]], values[rows[1:]]
        both = follows & (before > 0) & (after > 0)
        # upwards only: a headache that gets better falls by as much; most do not come near it, and are not divided
        jump = np.flatnonzero(both & (after > NEAR_TENFOLD * before))
        jump = jump[_tenfold(after[jump] / before[jump])]
        seen = Seen(column=name, looked_at=int(both.sum()))
        if len(jump) < FEWEST_JUMPS or len(jump) < LEAST_JUMPS * seen.looked_at:
            yield seen
            continue
        words: dict[str, Any] = {"count": len(jump), "total": seen.looked_at}
        numbers, column = view.rows_in_file(table, rows[1:][jump]), view.column(table, name)
        told = found("jumps", view.file(table), column=column, rows=numbers, **words)
        yield replace(seen, failing=len(jump), findings=(told,))


def _tenfold(times: np.ndarray) -> np.ndarray:
    low, high = TENFOLD
    within: np.ndarray = (times >= low) & (times <= high)
    return within


def _where(view: View, table: Table, outside: np.ndarray) -> str:
    """The sites of which much lies outside, unless it is all of them."""
    sites = view.site_of_records(table)
    if sites is None:
        return ""
    names, codes = sites
    records = np.searchsorted(view.drafts[table].rows, outside)
    all_of, out_of = (np.bincount(c[c >= 0], minlength=len(names)) for c in (codes, codes[records]))
    odd = [shown(name) for name, n, k in zip(names, all_of, out_of, strict=True) if k > MUCH_OF_A_SITE * n]
    return f", at site {', '.join(map(repr, odd))}" if 0 < len(odd) < np.count_nonzero(all_of) else ""
