"""A table as a Word document: three rules, a header that repeats on every page, notes below."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cgh_analysis.errors import CghError
from cgh_analysis.tables.layout import Layout

WRITTEN: Final = datetime(2000, 1, 1)  # a document says when it was written; the same table must give the same bytes
ZIPPED: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold
WIDE: Final = 6  # more columns than this go on a page turned sideways
POINTS: Final = 9


def write_docx(table: Layout, path: Path) -> None:
    """Write one table to a Word document. Raises CghError where python-docx is not installed."""
    document = _new_document(landscape=len(table.columns) > WIDE)
    add_table(document, table)
    written = io.BytesIO()
    document.save(written)
    path.write_bytes(_same_bytes(written.getvalue()))


def add_table(document: Any, table: Layout) -> None:
    """Add a table, its title above and its notes below, to a python-docx document."""
    _paragraph(document.add_paragraph(), table.title, bold=True)
    n_head = 2 if table.spans else 1
    grid = document.add_table(rows=n_head + len(table.body), cols=len(table.columns))
    _fill_header(grid, table)
    for line, row in zip(grid.rows[n_head:], table.body, strict=True):
        cells = line.cells
        if row.kind == "head":
            cells[0].merge(cells[-1])
        for i, text in enumerate(row.cells[:1] if row.kind == "head" else row.cells):
            _cell(cells[i], text, right=i > 0, bold=row.kind == "head", indent=i == 0 and row.kind == "level")
    for at, edges in ((0, ("top",)), (n_head - 1, ("bottom",)), (-1, ("bottom",))):
        _rule(grid.rows[at], edges)
    for note in table.notes:
        _paragraph(document.add_paragraph(), note)


def _new_document(*, landscape: bool) -> Any:
    try:
        import docx
        from docx.enum.section import WD_ORIENT
    except ImportError:
        raise CghError(
            "Writing Word documents needs python-docx, which is not installed.",
            remedy='Install it: pip install "cgh-analysis[office]".',
        ) from None
    document = docx.Document()
    properties = document.core_properties
    properties.author, properties.comments = "", ""
    properties.created = properties.modified = WRITTEN
    if landscape:
        page = document.sections[0]
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    return document


def _fill_header(grid: Any, table: Layout) -> None:
    last = 1 if table.spans else 0
    at = 0
    for text, width in table.spans:
        upper = grid.rows[0].cells[at]
        if text:
            _cell(upper.merge(grid.rows[0].cells[at + width - 1]), text, right=True, bold=True)
        at += width
    for i, text in enumerate(table.columns):
        _cell(grid.rows[last].cells[i], text, right=i > 0, bold=True)
    for line in grid.rows[: last + 1]:
        _flag(line._tr.get_or_add_trPr(), "w:tblHeader")


def _cell(cell: Any, text: str, *, right: bool, bold: bool = False, indent: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    _paragraph(paragraph, text, bold=bold)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if indent:
        paragraph.paragraph_format.left_indent = Pt(POINTS)


def _paragraph(paragraph: Any, text: str, *, bold: bool = False) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(POINTS)
    paragraph.paragraph_format.space_after = Pt(2)


def _rule(line: Any, edges: tuple[str, ...]) -> None:
    """Draw a rule at the edges of every cell of a row; Word keeps borders cell by cell."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for cell in line._tr.tc_lst:
        properties = cell.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        for edge in (e for e in edges if borders.find(qn(f"w:{e}")) is None):
            element = OxmlElement(f"w:{edge}")
            for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "auto")):
                element.set(qn(f"w:{name}"), value)
            borders.append(element)


def _flag(parent: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    parent.append(OxmlElement(name))


def _same_bytes(archive: bytes) -> bytes:
    """Write a zip archive again with one fixed time for all of its files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, date_time=ZIPPED)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(entry))
    return out.getvalue()
