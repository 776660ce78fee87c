"""Whom a sheet would expose: by its cells, by what its columns are called and labelled, by its own name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import pyarrow as pa

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import asks_who, identified, names_people, without_export_date
from cgh_analysis.ingest.identifiers.texts import Hits
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.schema import LABELS
from cgh_analysis.study import DateOrder, Source

FULL_DATES: Final = "full dates"
NAME, CELLS = "name", "cells"


def exposed(
    sheet: Sheet, source: Source, ids: set[str], dates: Mapping[str, DateOrder | None], order: Iterable[str]
) -> list[Finding]:
    """Find everything by which a sheet could identify someone; `order` are the columns as the file has them.

    Columns of pseudonyms (`ids`) may hold long numbers, and dates may stand where they become days (`dates`): only
    their order is asked.
    """
    # names and cells are judged in one go: patterns take longer to read than to apply to names
    hits = identified(
        {**_in_company(_names(sheet, source)), **{(CELLS, n): c.arrow for n, c in sheet.columns.items()}},
        {(CELLS, name) for name in ids},
    )
    names = _whose(hits)
    return [
        *_own_names(sheet, source, names),
        *_headers(sheet, list(order), names),
        *_columns(sheet, names),
        *_cells(sheet, {name: hits[CELLS, name] for name in sheet.columns}, dates),
    ]


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
    return _whose(identified(_in_company(names)))


def _in_company(names: Iterable[str]) -> dict[tuple[str, str], np.ndarray | pa.Array]:
    """Each name as a column, among others, so that a number is judged as one that is foreign there."""
    return {(NAME, name): np.array([name, "a", "b"], dtype=object) for name in names}


def _whose(hits: Mapping[tuple[str, str], Hits]) -> dict[str, str]:
    return {name: " and ".join(what) for (kind, name), what in hits.items() if kind == NAME and what}


def _names(sheet: Sheet, source: Source) -> list[str]:
    """Everything on a sheet that is a name: its own, those of its columns, and the labels of their values."""
    labels = [label for name in sheet.columns for label in sheet.labels.get(name, {}).values()]
    return [*_spelt(sheet), *([source.sheet] if source.sheet else []), *sheet.columns, *labels]


def _spelt(sheet: Sheet) -> list[str]:
    """The name of the file, folders included; files are named after the day of their export."""
    parts = PurePosixPath(without_export_date(sheet.file.replace("\\", "/"))).parts
    spelt = [p.removesuffix(PurePosixPath(p).suffix) for p in parts]
    return spelt + [" ".join(part.replace("_", " ").split()) for part in spelt]


def _own_names(sheet: Sheet, source: Source, names: Mapping[str, str]) -> Iterator[Finding]:
    for what in dict.fromkeys(names[part] for part in _spelt(sheet) if part in names):
        yield found("identifier_file", sheet.file, thing="file", what=what)
    if source.sheet and source.sheet in names:
        yield found("identifier_file", sheet.file, thing="sheet", what=names[source.sheet])


def _headers(sheet: Sheet, order: list[str], names: Mapping[str, str]) -> Iterator[Finding]:
    for name in (n for n in sheet.columns if n in names):
        place = order.index(name) + 1 if name in order else "?"
        yield found("identifier_header", sheet.file, rows=[1], place=place, what=names[name])


def _columns(sheet: Sheet, names: Mapping[str, str]) -> Iterator[Finding]:
    """What a column's name, its label or a dictionary says of it, and what its value labels hold."""
    for name in sheet.columns:
        if names_people(name) and name not in LABELS:
            yield found("identifier_column", sheet.file, column=name, rows=[1])
        elif name not in LABELS and asks_who(sheet.titles.get(name, "")):
            yield found("identifier_title", sheet.file, column=name, rows=[1])
        labels = dict.fromkeys(sheet.labels.get(name, {}).values())
        for what in dict.fromkeys(names[label] for label in labels if label in names):
            yield found("identifier_label", sheet.file, column=name, rows=[1], what=what)
    for name in flagged_columns(sheet):
        yield found("flagged_column", sheet.file, column=name, rows=[1])


def _cells(sheet: Sheet, hits: dict[str, Hits], dates: Mapping[str, DateOrder | None]) -> Iterator[Finding]:
    """One finding a column for the cells that look like somebody, whatever they look like."""
    for name, cells in sheet.columns.items():
        if name in dates:
            rows = sheet.rows[cells.where(hits[name].pop(FULL_DATES, np.zeros(len(cells.texts), dtype=bool)))]
            if len(rows) and dates[name] is None:
                yield found("date_order", sheet.file, column=name, rows=rows, count=len(rows))
        seen = {what: texts for what, texts in hits[name].items() if len(cells.where(texts))}
        if seen:
            rows, what = sheet.rows[cells.where(np.any(list(seen.values()), axis=0))], " and ".join(seen)
            yield found("identifier", sheet.file, column=name, rows=rows, count=len(rows), what=what)
