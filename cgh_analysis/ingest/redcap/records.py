"""How an export's records lie: events, repeats and one value a record, each against what the source takes."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.mapping import file_columns, id_columns
from cgh_analysis.ingest.redcap.choices import UNCHECKED
from cgh_analysis.ingest.redcap.fields import Dictionary
from cgh_analysis.ingest.redcap.system import EAV, EVENT, GROUP, INSTANCE, INSTRUMENT, fields_of, system_columns
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source

BOX: Final = re.compile("^[a-z][a-z0-9_]*___[a-z0-9_]+$")


def row_faults(sheet: Sheet, dictionary: Dictionary, source: Source, used: set[str]) -> list[Finding]:
    """Records that are no rows of the table as the source takes them, with what to write."""
    return [
        *_one_value_a_record(sheet, source),
        *_several_instruments(sheet, dictionary, used),
        *_other_instrument(sheet, dictionary, used),
        *_several_instances(sheet, source, used),
        *_events_for_arms(sheet, source),
        *_groups_for_sites(sheet, source, used),
        *_unknown(sheet, dictionary, used),
        *_boxes_alone(sheet, dictionary, used),
    ]


def _one_value_a_record(sheet: Sheet, source: Source) -> list[Finding]:
    if source.spread is not None or not set(EAV) <= set(sheet.columns):
        return []
    by = [name for name in ("record", EVENT, INSTRUMENT, INSTANCE) if name in sheet.columns]
    return [found("one_value_a_record", sheet.file, rows=[sheet.header], by=", ".join(f'"{name}"' for name in by))]


def _several_instruments(sheet: Sheet, dictionary: Dictionary, used: set[str]) -> list[Finding]:
    """Rows of several instruments: a field of one is blank in the rows of all others."""
    instruments = _texts(sheet, INSTRUMENT)
    if len(instruments) < 2:
        return []
    forms = {f.form for f in fields_of(used, dictionary).values() if f.name != dictionary.record_id}
    wanted = [name for name in instruments if name in forms] or [""]
    listed = ", ".join(repr(name) if name else "the record itself" for name in instruments)
    words = {"listed": listed, "wanted": wanted[0]}
    return [found("several_instruments", sheet.file, column=INSTRUMENT, rows=[sheet.header], **words)]


def _other_instrument(sheet: Sheet, dictionary: Dictionary, used: set[str]) -> list[Finding]:
    """Fields that are always blank, for the rows are those of another instrument."""
    instruments = _texts(sheet, INSTRUMENT)
    if len(instruments) != 1 or instruments[0] not in dictionary.forms:
        return []
    elsewhere = {
        name: f.form
        for name, f in fields_of(used & set(sheet.columns), dictionary).items()
        if f.form != instruments[0] and f.name != dictionary.record_id
    }
    return [
        found("other_instrument", sheet.file, column=name, rows=[sheet.header], form=form, instrument=instruments[0])
        for name, form in elsewhere.items()
    ]


def _several_instances(sheet: Sheet, source: Source, used: set[str]) -> list[Finding]:
    """Rows that only their instance tells apart, where the source takes each for a visit and does not take that."""
    where = source.visit_from or source.columns.get("visit")
    if where is None or INSTANCE in used or len(_texts(sheet, INSTANCE)) < 2:
        return []
    names = [*id_columns(source), *file_columns([where])]
    if not set(names) <= set(sheet.columns):
        return []
    again = _again([sheet.columns[name] for name in names])
    if not again.any():
        return []
    return [found("several_instances", sheet.file, column=INSTANCE, rows=sheet.rows[again], count=int(again.sum()))]


def _again(columns: list[Cells]) -> np.ndarray:
    """Say which records have in all columns what a record before them has."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for cells in columns:
        key = np.unique(key * max(len(cells.texts), 1) + cells.codes, return_inverse=True)[1]
    again = np.ones(len(key), dtype=bool)
    again[np.unique(key, return_index=True)[1]] = False
    return again


def _events_for_arms(sheet: Sheet, source: Source) -> list[Finding]:
    where = source.columns.get("arm")
    if where is None or EVENT not in file_columns([where]):
        return []
    return [found("arm_of_event", sheet.file, column=EVENT)]


def _groups_for_sites(sheet: Sheet, source: Source, used: set[str]) -> list[Finding]:
    groups = [name for name in _texts(sheet, GROUP) if name]
    if not groups or GROUP in used or GROUP in source.ignore or "arm" not in source.columns:
        return []
    return [found("access_groups", sheet.file, column=GROUP, count=len(groups))]


def _unknown(sheet: Sheet, dictionary: Dictionary, used: set[str]) -> list[Finding]:
    """Columns that the source reads and the dictionary does not know: it may be of another day than the export."""
    if not dictionary.fields:
        return []
    known = {*fields_of(sheet.columns, dictionary), *system_columns(sheet.columns, dictionary), *EAV}
    strange = [name for name in sheet.columns if name in used and name not in known]
    return [found("not_in_dictionary", sheet.file, column=name, dictionary=dictionary.file) for name in strange]


def _boxes_alone(sheet: Sheet, dictionary: Dictionary, used: set[str]) -> list[Finding]:
    """Checkboxes, by their names, of which without a dictionary nobody knows the form."""
    notes = []
    for name in [n for n in sheet.columns if n in used and BOX.match(n) and not dictionary.fields]:
        zeros = sheet.columns[name].holds(UNCHECKED)
        if zeros.any():
            notes.append(
                found("checkbox_alone", sheet.file, column=name, rows=sheet.rows[zeros], count=int(zeros.sum()))
            )
    return notes


def _texts(sheet: Sheet, name: str) -> list[str]:
    """The distinct texts of a column, in order; none where there is no such column."""
    return sorted(sheet.columns[name].texts[sheet.columns[name].held]) if name in sheet.columns else []
