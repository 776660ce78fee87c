"""The sheet of a workbook that says what the columns of another sheet are."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Final

from python_calamine import CalamineWorkbook

from cgh_analysis.ingest.readers.workbooks.excel import read_grid
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Codebook, Source

Grid = list[list[object]]
HALF: Final = 0.5


def find_codebook(data: bytes, source: Source, columns: list[str]) -> Codebook | None:
    """Return where the workbook documents its columns: a sheet with a column of their names, and labels beside it."""
    for name in CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names:
        grid = read_grid(data, source.path, name)[0] if name != source.sheet else []
        place = _names_column(grid, set(columns))
        if place is not None and len(grid[0]) > place + 1:
            column, label = str(grid[0][place]).strip(), str(grid[0][place + 1]).strip()
            if column and label:
                return Codebook(sheet=name, column=column, label=label)
    return None


def with_titles(sheet: Sheet, grid: Grid, book: Codebook | None) -> Sheet:
    """Return a sheet whose columns have the labels of a codebook, where they have none of their own."""
    if book is None:
        return sheet
    head = [str(cell).strip() for cell in grid[0]]
    name, label = head.index(book.column), head.index(book.label)
    titles = {str(row[name]).strip(): str(row[label]).strip() for row in grid[1:]}
    known = {column: titles[column] for column in sheet.columns if titles.get(column)}
    return replace(sheet, titles={**known, **sheet.titles})


def _names_column(grid: Grid, names: set[str]) -> int | None:
    """The column of a sheet that has half of the names at least."""
    for place in range(len(grid[0]) if grid else 0):
        said = {str(row[place]).strip() for row in grid[1:]}
        if len(said & names) >= HALF * len(names):
            return place
    return None
