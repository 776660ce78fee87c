"""The door: what the study file leaves out is dropped, and no cell that could name a person comes in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import identifying, match, names_people
from cgh_analysis.ingest.mapping import Table, date_columns, id_columns, known_columns, left_out, used_columns
from cgh_analysis.ingest.reshape import reshape
from cgh_analysis.ingest.sheet import Sheet, drop_footers
from cgh_analysis.ingest.traps import mixed_dates
from cgh_analysis.schema import LABELS
from cgh_analysis.study import DateOrder, Source, Study

FORMULA = r"^([=@]|[+-][^0-9.,\s]|[+-][0-9.,]+[^0-9.,eE\s])"

FULL_DATES: Final = "full dates"


def enter(sheet: Sheet, table: Table, sources: dict[Table, Source], study: Study) -> Sheet:
    """Return what may come in of a sheet, with everything that the door finds on it.

    Columns that the study file leaves out are dropped unread, except that dates of two kinds in them are still told.
    """
    if not sheet.columns:
        return sheet
    source = sources[table]
    sheet = reshape(drop_footers(sheet), source)
    if not sheet.columns:
        return sheet
    alike = {t: s for t, s in sources.items() if (s.path, s.sheet) == (source.path, source.sheet)}
    used = {c for t, s in alike.items() for c in used_columns(sheet.columns, s, known_columns(t, study))}
    out = left_out(sheet.columns, source, known_columns(table, study)) - used
    inside = _drop(sheet, out, mixed_dates(sheet))
    strangers = [found("unknown_column", sheet.file, column=c) for c in inside.columns if c not in used]
    ids = {c for s in alike.values() for c in id_columns(s)}
    dates: dict[str, DateOrder | None] = {}
    for t, s in alike.items():
        said = date_columns(sheet.columns, s, known_columns(t, study))
        dates |= {c: order for c, order in said.items() if order is not None or c not in dates}
    return replace(inside, findings=(*inside.findings, *strangers, *_people(inside, ids, dates), *_formulas(inside)))


def _drop(sheet: Sheet, names: set[str], told: list[Finding]) -> Sheet:
    """Take columns out before anything else looks at them, and say how many."""
    columns = {name: cells for name, cells in sheet.columns.items() if name not in names}
    if names:
        told = [*told, found("ignored", sheet.file, count=len(names))]
    return replace(sheet, columns=columns, findings=(*sheet.findings, *told))


def _people(sheet: Sheet, ids: set[str], dates: dict[str, DateOrder | None]) -> list[Finding]:
    """Find cells and column names that could identify someone.

    Columns of pseudonyms may hold long numbers, and dates may stand where they become days: only their order is asked.
    """
    faults = []
    for name, cells in sheet.columns.items():
        if names_people(name) and name not in LABELS:
            faults.append(found("identifier_column", sheet.file, column=name, rows=[1]))
        for what, texts in identifying(cells.texts, is_id=name in ids).items():
            rows = sheet.rows[cells.spread(texts)]
            if what == FULL_DATES and name in dates:
                if len(rows) and dates[name] is None:
                    faults.append(found("date_order", sheet.file, column=name, rows=rows, count=len(rows)))
            elif len(rows):
                faults.append(found("identifier", sheet.file, column=name, rows=rows, count=len(rows), what=what))
    return faults


def _formulas(sheet: Sheet) -> list[Finding]:
    """Count cells that a spreadsheet would run."""
    notes = []
    for name, cells in sheet.columns.items():
        rows = sheet.rows[cells.spread(match(cells.texts, FORMULA))]
        if len(rows):
            notes.append(found("formula", sheet.file, column=name, rows=rows, count=len(rows)))
    return notes
