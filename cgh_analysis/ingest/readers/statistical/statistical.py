"""SPSS, Stata and SAS files as cells of text, with what these files say of their columns and codes.

Rows are records, the first of them row 1, as the programs number them. Cells hold codes; what they mean is in `labels`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import NO_ROWS, Finding, found
from cgh_analysis.ingest.identifiers import identifying
from cgh_analysis.ingest.readers.plain import sign_of
from cgh_analysis.ingest.readers.statistical.labelled import Variable, code_labels, read_column
from cgh_analysis.ingest.readers.statistical.readstat import (
    DTA,
    SAS7BDAT,
    SAV,
    XPT,
    Layout,
    Opened,
    Unfit,
    open_statistical,
)
from cgh_analysis.ingest.sheet import Sheet, clean_header, header_faults
from cgh_analysis.study import Source

# so many columns at a time are held as Python's objects
AT_ONCE: Final = 256


def read_spss(data: bytes, source: Source) -> Sheet:
    """Read an SPSS file, packed or not; what it declares missing is blank, and is told."""
    return _read(data, source, SAV)


def read_stata(data: bytes, source: Source) -> Sheet:
    """Read a Stata file; .a to .z are blank, and are told."""
    return _read(data, source, DTA)


def read_sas(data: bytes, source: Source) -> Sheet:
    """Read a SAS data file; .A to .Z and ._ are blank, and are told."""
    return _read(data, source, SAS7BDAT)


def read_transport(data: bytes, source: Source) -> Sheet:
    """Read a SAS transport file of one data set; .A to .Z and ._ are blank, and are told."""
    return _read(data, source, XPT)


def _read(data: bytes, source: Source, layout: Layout) -> Sheet:
    file = source.path
    if not data:
        return Sheet(file=file, findings=(found("empty", file),))
    try:
        opened = open_statistical(data, source, layout)
        names = clean_header(name or "" for name in opened.meta.column_names)
        # these files have no row for their header
        faults = [replace(fault, rows=NO_ROWS) for fault in header_faults(names, file)]
        faults += [*_notes(opened.meta, file), *([] if opened.count else [found("header_only", file)])]
        sheet = Sheet(file=file, read=opened.count, findings=tuple(faults))
        return sheet if faults else _columns(opened, names, sheet)
    except Unfit as stop:
        return Sheet(file=file, findings=(stop.finding,))


def _columns(opened: Opened, names: list[str], sheet: Sheet) -> Sheet:
    columns: dict[str, Cells] = {}
    dates: dict[str, np.ndarray] = {}
    labels: dict[str, dict[str, str]] = {}
    findings: list[Finding] = []
    sign = sign_of(opened.source)
    own = opened.meta.column_names
    for start in range(0, len(own), AT_ONCE):
        some, meta = opened.values(own[start : start + AT_ONCE])
        for old, name in zip(some, names[start:], strict=False):
            variable = replace(Variable.of(meta, old, opened.layout.epoch), name=name)
            columns[name], dates[name], told = read_column(variable, some[old], sign, sheet.file)
            labels[name] = code_labels(variable, sign)
            findings += told
    parsed = min(len(cells) for cells in columns.values())
    if parsed != opened.count:
        return replace(sheet, findings=(found("conservation", sheet.file, parsed=parsed, read=opened.count),))
    titles = zip(names, opened.meta.column_labels, strict=True)
    return replace(
        sheet,
        columns=columns,
        rows=np.arange(1, opened.count + 1),
        findings=tuple(findings),
        real_dates={name: mask for name, mask in dates.items() if mask.any()},
        titles={name: title.strip() for name, title in titles if title and title.strip()},
        labels={name: of_codes for name, of_codes in labels.items() if of_codes},
    )


def _notes(meta: Any, file: str) -> list[Finding]:
    """What the file's label and notes say of people."""
    texts = np.array([meta.file_label or "", *(note or "" for note in meta.notes)], dtype=object)
    where = "The notes or the label of the file"
    hits = identifying(texts)
    return [found("notes_identify", file, where=where, what=what) for what, mask in hits.items() if mask.any()]
