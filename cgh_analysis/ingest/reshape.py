"""Long files into rows: which records a table takes, and values that stand one to a record put side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.sheet import Sheet, keep_records, nearest
from cgh_analysis.study import Source, Spread

Names = tuple[str, ...]


def reshape(sheet: Sheet, source: Source) -> Sheet:
    """Take the records that `where` names, then spread those that hold one value each; nothing else is changed."""
    if sheet.columns and source.where:
        sheet = select(sheet, source.where)
    if sheet.columns and source.spread:
        sheet = spread(sheet, source.spread)
    return sheet


def select(sheet: Sheet, where: dict[str, str | Names]) -> Sheet:
    """Keep records that have one of the named values in every named column; "" takes blanks, '1' meets '1.0'."""
    absent = _absent(sheet, where)
    if absent:
        return replace(sheet, columns={}, findings=(*sheet.findings, *absent))
    taken = np.ones(len(sheet.rows), dtype=bool)
    for name, wanted in where.items():
        taken &= sheet.columns[name].holds((wanted,) if isinstance(wanted, str) else wanted)
    if taken.all():
        return sheet
    left = sheet.rows[~taken]
    listed = ", ".join(where)
    return keep_records(sheet, taken, found("not_selected", sheet.file, rows=left, count=len(left), columns=listed))


def spread(sheet: Sheet, how: Spread) -> Sheet:
    """Make one row of all records that agree in `by`, with a column for each name; a value told twice must agree."""
    absent = _absent(sheet, (how.names, how.values, *how.by))
    names = sheet.columns.get(how.names)
    clash = sorted(set(names.compact().texts) & (set(sheet.columns) - {how.names, how.values})) if names else []
    faults = absent or [found("duplicate_header", sheet.file, names=", ".join(map(repr, clash)))] if clash else absent
    if faults or names is None:
        return replace(sheet, columns={}, findings=(*sheet.findings, *faults))
    sheet = _one_value_each(_named(sheet, how), how)
    group, first = _groups(sheet, how.by)
    return replace(
        sheet,
        columns={**_constant(sheet, how, group, first), **_side_by_side(sheet, how, group, len(first))},
        rows=sheet.rows[first],
        findings=(*sheet.findings, *_varying(sheet, how, group, first)),
        real_dates={},
        members=(sheet.rows, sheet.rows[first][group]),
    )


def every_record(findings: list[Finding], members: tuple[np.ndarray, np.ndarray] | None) -> list[Finding]:
    """Let what refuses a spread row name every record that the row is made of."""
    if members is None:
        return findings
    rows, first = members
    order = np.argsort(first, kind="stable")
    return [_expanded(f, rows[order], first[order]) if f.kind.refuses and len(f.rows) else f for f in findings]


def _expanded(finding: Finding, rows: np.ndarray, first: np.ndarray) -> Finding:
    low, high = np.searchsorted(first, finding.rows), np.searchsorted(first, finding.rows, side="right")
    times = high - low
    # the n-th record of each row: a running count, less where the row's own count began
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    values = np.repeat(np.array(finding.values, dtype=object), times) if len(finding.values) == len(times) else ()
    return replace(finding, rows=rows[np.repeat(low, times) + within], values=tuple(values))


def _absent(sheet: Sheet, names: Iterable[str]) -> list[Finding]:
    return [
        found("missing_column", sheet.file, column=n, rows=[sheet.header], name=n, nearest=nearest(n, sheet.columns))
        for n in names
        if n not in sheet.columns
    ]


def _named(sheet: Sheet, how: Spread) -> Sheet:
    """Refuse records that do not say of what their value is, or whose it is."""
    for name in (how.names, *how.by[:1]):
        blank = sheet.columns[name].holds(("",))
        if blank.any():
            sheet = keep_records(
                sheet, ~blank, found("missing_value", sheet.file, column=name, rows=sheet.rows[blank], name=name)
            )
    return sheet


def _one_value_each(sheet: Sheet, how: Spread) -> Sheet:
    """Keep one of records that say the same of the same, and refuse all that contradict each other."""
    group, _ = _groups(sheet, (*how.by, how.names))
    value = sheet.columns[how.values].codes
    several = np.bincount(group, minlength=1)[group] > 1
    if not several.any():
        return sheet
    first = np.unique(group, return_index=True)[1]
    torn = np.isin(group, group[value != value[first][group]])
    again = several & ~torn
    again[first] = False
    faults = []
    if torn.any():
        faults.append(found("conflicting_value", sheet.file, column=how.values, rows=sheet.rows[torn]))
    if again.any():
        faults.append(found("duplicate", sheet.file, rows=sheet.rows[again]))
    return keep_records(sheet, ~(torn | again), *faults)


def _groups(sheet: Sheet, by: Names) -> tuple[np.ndarray, np.ndarray]:
    """Number the rows-to-be in the order of their first records, and say which records these are."""
    key = np.zeros(len(sheet.rows), dtype=np.int64)
    for name in by:
        cells = sheet.columns[name]
        key = np.unique(key * max(len(cells.texts), 1) + cells.codes, return_inverse=True)[1]
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    return np.argsort(order)[place] if len(order) else place, first[order]


def _side_by_side(sheet: Sheet, how: Spread, group: np.ndarray, n: int) -> dict[str, Cells]:
    """A column for each name, blank where a row has no record of it."""
    names, values = sheet.columns[how.names].compact(), sheet.columns[how.values]
    texts = np.append(values.texts, "")
    columns = {}
    for code in np.unique(names.codes):
        records = names.codes == code
        codes = np.full(n, len(values.texts))
        codes[group[records]] = values.codes[records]
        columns[str(names.texts[code])] = Cells.coded(texts, codes).compact()
    return columns


def _constant(sheet: Sheet, how: Spread, group: np.ndarray, first: np.ndarray) -> dict[str, Cells]:
    """The columns in which all records of a row agree."""
    varying = {f.column for f in _varying(sheet, how, group, first)}
    other = {n: c for n, c in sheet.columns.items() if n not in (how.names, how.values) and n not in varying}
    return {name: Cells(cells.texts, cells.codes[first]).compact() for name, cells in other.items()}


def _varying(sheet: Sheet, how: Spread, group: np.ndarray, first: np.ndarray) -> list[Finding]:
    """Columns in which records of one row differ: no value of them is the row's."""
    return [
        found("varying_column", sheet.file, column=name)
        for name, cells in sheet.columns.items()
        if name not in (how.names, how.values) and (cells.codes != cells.codes[first][group]).any()
    ]
