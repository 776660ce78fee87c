"""What a data dictionary says of an export: titles, labels, identifiers, limits, and where the export differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.redcap.choices import STATUS
from cgh_analysis.ingest.redcap.eav import name_checkboxes
from cgh_analysis.ingest.redcap.fields import Dictionary, Field
from cgh_analysis.ingest.redcap.forms import settle_checkboxes
from cgh_analysis.ingest.redcap.headers import header_faults
from cgh_analysis.ingest.redcap.records import row_faults
from cgh_analysis.ingest.redcap.system import SURVEY, fields_of, status_column
from cgh_analysis.ingest.redcap.values import check_decimals, check_forms, check_values, meanings
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source


def prepare(sheet: Sheet, dictionary: Dictionary, source: Source) -> Sheet:
    """Ready a sheet to be reshaped: its headers must be names, and checkboxes of one value a record get their own.

    A sheet whose headers are labels, or another project's, is not used, nor one whose dictionary could not be read.
    """
    faults = header_faults(sheet, dictionary)
    sheet = replace(sheet, findings=(*sheet.findings, *dictionary.findings, *faults))
    unread = dictionary.findings and not dictionary.fields
    if faults or unread or not sheet.columns:
        return replace(sheet, columns={})
    return name_checkboxes(sheet, dictionary, source.spread) if source.spread is not None else sheet


def enrich(sheet: Sheet, dictionary: Dictionary, source: Source, used: Iterable[str]) -> Sheet:
    """Return the sheet with what the dictionary says of its columns, and with what does not agree.

    `used` are the columns that the source reads. A dictionary without fields leaves the checks that need none.
    """
    if not sheet.columns:
        return sheet
    used = set(used)
    sheet = replace(sheet, findings=(*sheet.findings, *row_faults(sheet, dictionary, source, used)))
    if not dictionary.fields:
        return sheet
    return _checked(_described(_whole(sheet, source, used), dictionary, source), dictionary, source, used)


def _whole(sheet: Sheet, source: Source, used: set[str]) -> Sheet:
    """Add the columns that no record of a spread sheet has a value for."""
    absent = used - set(sheet.columns) if source.spread is not None else set()
    blank = Cells.coded([""], np.zeros(len(sheet.rows), dtype=np.int64))
    return replace(sheet, columns={**sheet.columns, **dict.fromkeys(sorted(absent), blank)})


def _described(sheet: Sheet, dictionary: Dictionary, source: Source) -> Sheet:
    fields = fields_of(sheet.columns, dictionary)
    states = [status_column(form) for form in dictionary.forms if status_column(form) in sheet.columns]
    labels = meanings(fields, sheet, source.missing)
    labels |= {name: {**{label: label for label in STATUS.values()}, **STATUS} for name in states}
    flagged = {name for name, field in fields.items() if field.identifier} | ({SURVEY} & set(sheet.columns))
    return replace(
        sheet,
        titles={**sheet.titles, **{name: _title(name, field) for name, field in fields.items()}},
        labels={**sheet.labels, **labels},
        flagged=sheet.flagged | flagged,
        limits={**sheet.limits, **_limits(fields)},
    )


def _title(name: str, field: Field) -> str:
    choice = field.choices.get(field.columns.get(name, ""), "")
    return f"{field.label} ({choice})" if choice else field.label


def _limits(fields: dict[str, Field]) -> dict[str, tuple[float | None, float | None]]:
    """The range of each column of numbers that has one."""
    numbers = {name: (field.low, field.high) for name, field in fields.items() if field.is_number}
    return {name: limits for name, limits in numbers.items() if limits != (None, None)}


def _checked(sheet: Sheet, dictionary: Dictionary, source: Source, used: set[str]) -> Sheet:
    fields = fields_of(sheet.columns, dictionary)
    read = {name: field for name, field in fields.items() if name in used}
    told: list[Finding] = check_decimals(sheet, read, sheet.decimal or ("," if source.decimal == "," else "."))
    out = set(sheet.columns) - used if source.ignore_rest else set(source.ignore) - used
    told += check_forms(sheet, {n: f for n, f in fields.items() if n not in out}, source.missing)
    sheet = check_values(replace(sheet, findings=(*sheet.findings, *told)), read, source.missing)
    return settle_checkboxes(sheet, dictionary, used, sparse=source.spread is not None)
