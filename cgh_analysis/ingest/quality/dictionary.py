"""What the file's own dictionary says of its columns, held against their cells: labels of codes, limits of numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgh_analysis.ingest.findings import found
from cgh_analysis.ingest.mapping import Mapped, Table
from cgh_analysis.ingest.quality.counted import filled
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View


def value_labels(view: View, table: Table) -> Iterator[Seen]:
    """Cells of a column whose codes have labels, with a value that has none."""
    sheet, source = view.sheets[table], view.drafts[table].source
    for m in view.mapped(table, "category", "flag"):
        cells, labels = sheet.columns.get(m.name), sheet.labels.get(m.name, {})
        if cells is None or not labels:
            yield Seen(column=m.column.name, visit=m.visit, message="The file has no labels for it.")
            continue
        known = cells.holds(["", *source.missing, *labels, *labels.values()])
        yield _seen("unlabelled", m, np.flatnonzero(~known), len(known), view, table)


def dictionary_limits(view: View, table: Table) -> Iterator[Seen]:
    """Numbers beyond the limits that the dictionary gives their column."""
    sheet, source = view.sheets[table], view.drafts[table].source
    for m in view.mapped(table, "number", "integer"):
        low, high = sheet.limits.get(m.name, (None, None))
        cells = sheet.columns.get(m.name)
        if cells is None or (low is None and high is None):
            yield Seen(column=m.column.name, visit=m.visit, message="The dictionary has no limits for it.")
            continue
        numbers = np.array([np.nan if t in source.missing else _number(t) for t in cells.texts])
        beyond = (numbers < (-np.inf if low is None else low)) | (numbers > (np.inf if high is None else high))
        yield _seen("beyond_limits", m, np.flatnonzero(cells.spread(beyond)), filled(m), view, table)


def _seen(rule: str, m: Mapped, records: np.ndarray, among: int, view: View, table: Table) -> Seen:
    rows = view.sheets[table].rows[records]
    told = (found(rule, view.file(table), column=m.name, rows=rows, count=len(rows)),) if len(rows) else ()
    return Seen(column=m.column.name, visit=m.visit, looked_at=among, failing=len(rows), findings=told)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return np.nan
