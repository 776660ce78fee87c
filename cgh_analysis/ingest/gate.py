"""The door: what the study file leaves out is dropped, and no cell that could name a person comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cgh_analysis.ingest.exposed import exposed
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import match
from cgh_analysis.ingest.mapping import Table, date_columns, id_columns, known_columns, left_out, used_columns
from cgh_analysis.ingest.redcap import Dictionary, enrich, prepare, system_columns
from cgh_analysis.ingest.reshape import reshape
from cgh_analysis.ingest.sheet import Sheet, drop_footers
from cgh_analysis.ingest.traps import mixed_dates
from cgh_analysis.study import DateOrder, Source, Study

FORMULA = r"^([=@]|[+-][^0-9.,\s]|[+-][0-9.,]+[^0-9.,eE\s])"


def enter(
    sheet: Sheet,
    table: Table,
    sources: dict[Table, Source],
    study: Study,
    dictionaries: Mapping[str | None, Dictionary],
) -> Sheet:
    """Return what may come in of a sheet, with everything that the door finds on it.

    Columns that the study file leaves out are dropped unread, except that dates of two kinds in them are still told.
    """
    source = sources[table]
    dictionary = dictionaries.get(source.dictionary) or Dictionary(file="")
    sheet = reshape(prepare(drop_footers(sheet), dictionary, source), source)
    read = used_columns((*sheet.columns, *dictionary.columns), source, known_columns(table, study))
    sheet = enrich(sheet, dictionary, source, read)
    if not sheet.columns:
        return sheet
    alike = {t: s for t, s in sources.items() if (s.path, s.sheet) == (source.path, source.sheet)}
    used = {c for t, s in alike.items() for c in used_columns(sheet.columns, s, known_columns(t, study))}
    out = left_out(sheet.columns, source, known_columns(table, study)) - used
    inside = _drop(sheet, out, mixed_dates(sheet))
    known = used | system_columns(sheet.columns, dictionary)
    strangers = [found("unknown_column", sheet.file, column=c) for c in inside.columns if c not in known]
    ids = {c for s in alike.values() for c in id_columns(s)}
    dates: dict[str, DateOrder | None] = {}
    for t, s in alike.items():
        said = date_columns(sheet.columns, s, known_columns(t, study))
        dates |= {c: order for c, order in said.items() if order is not None or c not in dates}
    return replace(
        inside,
        findings=(
            *inside.findings,
            *strangers,
            *exposed(inside, source, ids, dates, sheet.columns),
            *_formulas(inside),
        ),
    )


def _drop(sheet: Sheet, names: set[str], told: list[Finding]) -> Sheet:
    """Take columns out before anything else looks at them, and say how many."""
    columns = {name: cells for name, cells in sheet.columns.items() if name not in names}
    if names:
        told = [*told, found("ignored", sheet.file, count=len(names))]
    return replace(sheet, columns=columns, findings=(*sheet.findings, *told))


def _formulas(sheet: Sheet) -> list[Finding]:
    """Count cells that a spreadsheet would run."""
    notes = []
    for name, cells in sheet.columns.items():
        rows = sheet.rows[cells.where(match(cells.arrow, FORMULA))]
        if len(rows):
            notes.append(found("formula", sheet.file, column=name, rows=rows, count=len(rows)))
    return notes
