"""What cells may hold by the dictionary: choices under code or label, numbers, dates, and codes for what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import match, shown_all
from cgh_analysis.ingest.redcap.choices import CHECKED
from cgh_analysis.ingest.redcap.fields import ONE_OF, Field
from cgh_analysis.ingest.reshape import every_record
from cgh_analysis.ingest.sheet import Sheet, keep_records
from cgh_analysis.ingest.typing.numbers import PLAIN

# REDCap's own list of codes for what is missing (Project Setup, Additional customizations); projects may add theirs
MISSING_CODES: Final = (
    *("NI", "INV", "UNK", "NASK", "ASKU", "NAV", "MSK", "NA", "NAVU", "NP"),
    *("QS", "QI", "TRC", "UNC", "DER", "PINF", "NINF", "OTH"),
)
COMMA: Final = PLAIN.replace(r"\.", ",")
DAY: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK: Final = "[0-9]{1,2}:[0-9]{2}"
# how exports write what the dictionary validates, by how the validation's name starts; the longest start counts
FORMS: Final = {
    "integer": ("a whole number", "^[+-]?[0-9]+$"),
    "number": ("a number", f"{PLAIN}|{COMMA}"),
    "date": ("a date as REDCap exports it (2024-01-31)", f"{DAY}$"),
    "datetime": ("a date and time as REDCap exports it (2024-01-31 12:00)", f"{DAY} {CLOCK}(:[0-9]{{2}})?$"),
    "time": ("a time (12:00)", f"^{CLOCK}(:[0-9]{{2}})?$"),
}


def meanings(fields: dict[str, Field], sheet: Sheet, missing: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what the cells of each column of choices mean: labels by code, and by label where they hold labels.

    Labels that are also other choices' codes are read as codes, unless another column shows that labels were exported.
    """
    choices = {name: _choices(name, field) for name, field in fields.items()}
    choices = {name: labels for name, labels in choices.items() if labels}
    blank = {"", *missing, *MISSING_CODES}
    texts = {name: set(_held(sheet.columns[name])) - blank for name in choices}
    exported = any(_only_labels(texts[name], labels) for name, labels in choices.items())
    return {
        name: _readings(labels, exported and texts[name] <= set(labels.values())) for name, labels in choices.items()
    }


def check_values(sheet: Sheet, fields: dict[str, Field], missing: Iterable[str]) -> Sheet:
    """Refuse records with a choice that the dictionary does not have, and tell what else cells should not hold."""
    refused = np.zeros(len(sheet.rows), dtype=bool)
    faults: list[Finding] = []
    for name, field in fields.items():
        cells = sheet.columns[name]
        for rule, texts, words in _doubts(cells, name, field, set(missing)):
            records = cells.spread(texts)
            told = found(rule, sheet.file, column=name, rows=sheet.rows[records], count=int(records.sum()), **words)
            if told.kind.refuses:
                fresh = records & ~refused
                told = replace(told, rows=sheet.rows[fresh], values=_shown(cells, fresh, field))
                refused |= records
            faults += [told] if len(told.rows) else []
    if not refused.any():
        return replace(sheet, findings=(*sheet.findings, *faults))
    return keep_records(sheet, ~refused, *every_record(faults, sheet.members))


def check_forms(sheet: Sheet, fields: dict[str, Field], missing: Iterable[str]) -> list[Finding]:
    """Tell of cells that are not written as their field's validation asks: they were entered before it did."""
    notes = []
    for name, field in fields.items():
        start = max((s for s in FORMS if field.validation.startswith(s)), key=len, default=None)
        if start is not None:
            what, pattern = FORMS[start]
            cells = sheet.columns[name]
            excused = np.isin(cells.texts, ["", *missing, *MISSING_CODES])
            rows = sheet.rows[cells.spread(~match(cells.texts, pattern) & ~excused)]
            if len(rows):
                notes.append(found("not_validated", sheet.file, column=name, rows=rows, count=len(rows), what=what))
    return notes


def check_decimals(sheet: Sheet, fields: dict[str, Field], decimal: str) -> list[Finding]:
    """Find numbers that the dictionary gives another decimal sign than the study file says."""
    numbers = {name: field for name, field in fields.items() if field.is_number or field.kind == "calc"}
    commas = [n for n, f in numbers.items() if f.has_comma and _any_match(sheet.columns[n], "[0-9],[0-9]")]
    points = [n for n, f in numbers.items() if not f.has_comma and _any_match(sheet.columns[n], r"^-?[0-9]*\.[0-9]")]
    wrong, sign = (commas, ",") if decimal == "." else (points, ".")
    if not wrong:
        return []
    if commas and points:
        words = {"commas": ", ".join(commas), "points": ", ".join(points)}
        return [found("two_decimal_signs", sheet.file, column=wrong[0], rows=[1], **words)]
    return [found("decimal_sign", sheet.file, column=wrong[0], rows=[1], names=", ".join(wrong), sign=sign)]


def _shown(cells: Cells, records: np.ndarray, field: Field) -> tuple[str | None, ...]:
    """Values as they may be shown; nothing is of a field that is marked as an identifier."""
    if field.identifier:
        return (None,) * int(records.sum())
    return tuple(cells.spread(np.array(shown_all(cells.texts), dtype=object))[records])


def _doubts(
    cells: Cells, name: str, field: Field, missing: set[str]
) -> Iterable[tuple[str, np.ndarray, dict[str, str]]]:
    """Rules that a column's texts break, with a mask of the texts and the words that the rule needs."""
    labels = _choices(name, field)
    known = {"", *missing, *labels, *labels.values()}
    codes = np.array([t not in known and t in MISSING_CODES for t in cells.texts], dtype=bool)
    used = cells.held
    if (labels or field.is_number or field.is_date or field.kind == "calc") and (codes & used).any():
        listed = ", ".join(f'"{t}"' for t in sorted(cells.texts[codes & used]))
        yield "missing_code_undeclared", codes, {"codes": listed}
    if labels:
        by_value = {_key(code) for code in labels}
        strange = np.array([t not in known and _key(t) not in by_value for t in cells.texts], dtype=bool) & ~codes
        yield "not_a_choice", strange, {"known": ", ".join(list(labels)[:10])}
        if field.kind in ONE_OF:
            yield from _mixed(cells, labels, used)


def _mixed(cells: Cells, labels: dict[str, str], used: np.ndarray) -> Iterable[tuple[str, np.ndarray, dict[str, str]]]:
    """Codes and labels in one column: two exports were put together."""
    is_code = np.isin(cells.texts, list(labels))
    is_label = np.isin(cells.texts, list(labels.values())) & ~is_code
    if (is_code & used & ~np.isin(cells.texts, list(labels.values()))).any() and (is_label & used).any():
        yield "codes_and_labels", is_label, {}


def _choices(name: str, field: Field) -> dict[str, str]:
    """What a column's cells may be; a checkbox's column holds whether its choice is checked."""
    if field.kind != "checkbox":
        return field.choices if field.kind in ONE_OF else {}
    own = field.choices.get(field.columns.get(name, ""), "")
    return CHECKED | ({own: CHECKED["1"]} if own and own not in CHECKED else {})


def _readings(labels: dict[str, str], exported: bool) -> dict[str, str]:
    own = {label: label for label in labels.values()}
    return own if exported else own | labels


def _only_labels(texts: set[str], labels: dict[str, str]) -> bool:
    return texts <= set(labels.values()) and not texts <= set(labels)


def _held(cells: Cells) -> np.ndarray:
    texts: np.ndarray = cells.texts[cells.held]
    return texts


def _any_match(cells: Cells, pattern: str) -> bool:
    return bool(match(_held(cells), pattern).any())


def _key(text: str) -> str | float:
    """A code as a key: its value where it is a number, for spreadsheets write 1 as 1.0."""
    return float(text) if re.fullmatch(r"-?[0-9]+(\.0+)?", text) else text
