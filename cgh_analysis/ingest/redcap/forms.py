"""Checkboxes of forms that nobody filled: REDCap exports 0 for them, which says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.redcap.choices import STATUS, UNCHECKED
from cgh_analysis.ingest.redcap.fields import Dictionary, Field
from cgh_analysis.ingest.redcap.system import fields_of, status_column
from cgh_analysis.ingest.sheet import Sheet

UNFILLED: Final = ("", "0", STATUS["0"])
FILLED: Final = ("1", "2", STATUS["1"], STATUS["2"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What a form's columns say of each record: `filled` has anything, `open` is not marked as done.

    `status` is the column that says so ('' where there is none), and `marked` whether any record's form is done: only
    where somebody marks forms as done does 'Incomplete' mean more than that nobody does.
    """

    status: str
    filled: np.ndarray
    open: np.ndarray
    marked: bool


def settle_checkboxes(sheet: Sheet, dictionary: Dictionary, used: Iterable[str], *, sparse: bool = False) -> Sheet:
    """Read 0 as blank in checkboxes that nobody answered; in a `sparse` sheet, read blank as 0 in those somebody did.

    Not answered is a checkbox without a check in a form that is not marked as done, where the form holds nothing else
    or forms are marked as done at all. Sparse is a sheet spread from one value a record, which leaves out what is 0.
    """
    fields = fields_of(sheet.columns, dictionary)
    boxes = {n: f for n, f in fields.items() if f.kind == "checkbox" and n in set(used)}
    forms = {name: _form(sheet, fields, name, dictionary.record_id) for name in {f.form for f in boxes.values()}}
    columns, findings = dict(sheet.columns), []
    for field in {f.name: f for f in boxes.values()}.values():
        form = forms[field.form]
        none = ~_checked(sheet, [n for n, f in fields.items() if f.name == field.name])
        unanswered = none & form.open & (~form.filled | form.marked)
        own = [n for n, f in boxes.items() if f.name == field.name]
        if form.status or sparse:
            for name in own:
                columns[name], told = _settled(sheet, name, unanswered, field, sparse)
                findings += told
        doubtful = form.open & ~unanswered if form.status else ~form.filled
        findings += _doubtful(sheet, own[0], field, form, none & doubtful & sheet.columns[own[0]].holds(UNCHECKED))
    return replace(sheet, columns=columns, findings=(*sheet.findings, *findings))


def _form(sheet: Sheet, fields: dict[str, Field], form: str, record_id: str) -> _Form:
    filled = np.zeros(len(sheet.rows), dtype=bool)
    for name, field in fields.items():
        if field.form == form and field.kind not in ("calc", "descriptive") and field.name != record_id:
            blank = UNCHECKED if field.kind == "checkbox" else ()
            filled |= ~sheet.columns[name].holds(("", *blank))
    status = status_column(form)
    if status not in sheet.columns:
        return _Form(status="", filled=filled, open=np.ones(len(filled), dtype=bool), marked=False)
    cells = sheet.columns[status]
    return _Form(status=status, filled=filled, open=cells.holds(UNFILLED), marked=bool(cells.holds(FILLED).any()))


def _checked(sheet: Sheet, names: Iterable[str]) -> np.ndarray:
    checked = np.zeros(len(sheet.rows), dtype=bool)
    for name in names:
        checked |= ~sheet.columns[name].holds(("", *UNCHECKED))
    return checked


def _settled(
    sheet: Sheet, name: str, unanswered: np.ndarray, field: Field, sparse: bool
) -> tuple[Cells, list[Finding]]:
    cells = sheet.columns[name]
    changed = cells.holds(("",)) & ~unanswered if sparse else cells.holds(UNCHECKED) & unanswered
    if not changed.any():
        return cells, []
    rule, text = ("checkbox_left_out", "0") if sparse else ("checkbox_unanswered", "")
    codes = np.where(changed, len(cells.texts), cells.codes)
    values = cells.values[changed]
    count = int(changed.sum())
    told = found(rule, sheet.file, column=name, rows=sheet.rows[changed], values=values, count=count, form=field.form)
    return Cells.coded([*cells.texts, text], codes), [told]


def _doubtful(sheet: Sheet, name: str, field: Field, form: _Form, rows: np.ndarray) -> list[Finding]:
    """Checkboxes without a check of which nothing says whether anybody was asked."""
    if not rows.any():
        return []
    rule = "form_never_done" if form.status else "form_status_missing"
    words = {"field": field.name, "status": status_column(field.form)}
    return [found(rule, sheet.file, column=name, rows=sheet.rows[rows], count=int(rows.sum()), **words)]
