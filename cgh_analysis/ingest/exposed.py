"""Whom a sheet would expose: by its cells, by what its columns are called and labelled, by its own name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import asks_who, identified, names_people, without_export_date
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.schema import LABELS
from cgh_analysis.study import DateOrder, Source

FULL_DATES: Final = "full dates"


def exposed(
    sheet: Sheet, source: Source, ids: set[str], dates: Mapping[str, DateOrder | None], order: Iterable[str]
) -> list[Finding]:
    """Find everything by which a sheet could identify someone; `order` are the columns as the file has them.

    Columns of pseudonyms (`ids`) may hold long numbers, and dates may stand where they become days (`dates`): only
    their order is asked.
    """
    return [*_own_names(sheet, source), *_headers(sheet, list(order)), *_columns(sheet), *_cells(sheet, ids, dates)]


def flagged_columns(sheet: Sheet) -> list[str]:
    """Return the columns that a dictionary marks as identifiers.

    >>> flagged_columns(Sheet(file="cases.csv", flagged=frozenset({"dob"})))
    []
    """
    return [name for name in sheet.columns if name in sheet.flagged]


def what_names(names: Iterable[str]) -> dict[str, str]:
    """Say of each name that could identify someone by what.

    >>> what_names(["age", "a.nother@example.org"])
    {'a.nother@example.org': 'e-mail addresses'}
    """
    texts = list(dict.fromkeys(names))
    # in company, so that a number is judged as one that is foreign there
    hits = identified({str(i): np.array([text, "a", "b"], dtype=object) for i, text in enumerate(texts)})
    return {text: " and ".join(hits[str(i)]) for i, text in enumerate(texts) if hits[str(i)]}


def _own_names(sheet: Sheet, source: Source) -> Iterator[Finding]:
    """The name of the file, folders included, and of its sheet; files are named after the day of their export."""
    parts = PurePosixPath(without_export_date(sheet.file.replace("\\", "/"))).parts
    spelt = [p.removesuffix(PurePosixPath(p).suffix) for p in parts]
    spelt += [" ".join(part.replace("_", " ").split()) for part in spelt]
    for what in dict.fromkeys(what_names(spelt).values()):
        yield found("identifier_file", sheet.file, thing="file", what=what)
    for what in what_names([source.sheet] if source.sheet else []).values():
        yield found("identifier_file", sheet.file, thing="sheet", what=what)


def _headers(sheet: Sheet, order: list[str]) -> Iterator[Finding]:
    for name, what in what_names(sheet.columns).items():
        place = order.index(name) + 1 if name in order else "?"
        yield found("identifier_header", sheet.file, rows=[1], place=place, what=what)


def _columns(sheet: Sheet) -> Iterator[Finding]:
    """What a column's name, its label or a dictionary says of it, and what its value labels hold."""
    for name in sheet.columns:
        if names_people(name) and name not in LABELS:
            yield found("identifier_column", sheet.file, column=name, rows=[1])
        elif name not in LABELS and asks_who(sheet.titles.get(name, "")):
            yield found("identifier_title", sheet.file, column=name, rows=[1])
        for what in dict.fromkeys(what_names(sheet.labels.get(name, {}).values()).values()):
            yield found("identifier_label", sheet.file, column=name, rows=[1], what=what)
    for name in flagged_columns(sheet):
        yield found("flagged_column", sheet.file, column=name, rows=[1])


def _cells(sheet: Sheet, ids: set[str], dates: Mapping[str, DateOrder | None]) -> Iterator[Finding]:
    """One finding a column for the cells that look like somebody, whatever they look like."""
    hits = identified({name: cells.arrow for name, cells in sheet.columns.items()}, ids)
    for name, cells in sheet.columns.items():
        if name in dates:
            rows = sheet.rows[cells.where(hits[name].pop(FULL_DATES, np.zeros(len(cells.texts), dtype=bool)))]
            if len(rows) and dates[name] is None:
                yield found("date_order", sheet.file, column=name, rows=rows, count=len(rows))
        seen = {what: texts for what, texts in hits[name].items() if len(cells.where(texts))}
        if seen:
            rows, what = sheet.rows[cells.where(np.any(list(seen.values()), axis=0))], " and ".join(seen)
            yield found("identifier", sheet.file, column=name, rows=rows, count=len(rows), what=what)
