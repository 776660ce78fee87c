"""The door: what the study file leaves out is dropped, and no cell that could name a person comes in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import identifying, match, names_people
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.schema import LABELS

FORMULA = r"^([=@]|[+-][^0-9.,\s]|[+-][0-9.,]+[^0-9.,eE\s])"


def drop_columns(sheet: Sheet, names: set[str]) -> Sheet:
    """Take columns out before anything looks at them, and say how many."""
    if not names:
        return sheet
    columns = {name: cells for name, cells in sheet.columns.items() if name not in names}
    note = found("ignored", sheet.file, count=len(sheet.columns) - len(columns))
    return replace(sheet, columns=columns, findings=(*sheet.findings, note))


def look_for_people(sheet: Sheet, ids: set[str]) -> list[Finding]:
    """Find cells and column names that could identify someone; `ids` are columns of pseudonyms.

    The gate stands before all other reading: it sees every column that is not left out, used or not.
    """
    faults = []
    for name, cells in sheet.columns.items():
        if names_people(name) and name not in LABELS:
            faults.append(found("identifier_column", sheet.file, column=name, rows=[1]))
        for what, texts in identifying(cells.texts, is_id=name in ids).items():
            if texts.any():
                rows = sheet.rows[cells.spread(texts)]
                if len(rows):
                    words = {"count": len(rows), "what": what}
                    faults.append(found("identifier", sheet.file, column=name, rows=rows, **words))
    return faults


def look_for_formulas(sheet: Sheet) -> list[Finding]:
    """Count cells that a spreadsheet would run."""
    notes = []
    for name, cells in sheet.columns.items():
        rows = sheet.rows[_formulas(cells)]
        if len(rows):
            notes.append(found("formula", sheet.file, column=name, rows=rows, count=len(rows)))
    return notes


def look_for_strangers(sheet: Sheet, used: set[str]) -> list[Finding]:
    """Name the columns that nothing uses."""
    return [found("unknown_column", sheet.file, column=name) for name in sheet.columns if name not in used]


def _formulas(cells: Cells) -> np.ndarray:
    return cells.spread(match(cells.texts, FORMULA))
