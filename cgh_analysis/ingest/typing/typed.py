"""Cells typed by the schema: values, which records are refused for them, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import MASK, match, shown_all
from cgh_analysis.ingest.mapping import Mapped
from cgh_analysis.ingest.rules import RULES
from cgh_analysis.ingest.spelling import spelt_alike
from cgh_analysis.ingest.typing.codes import Names, arm_names, code_names, type_codes, type_flags, visit_names
from cgh_analysis.ingest.typing.dates import type_dates
from cgh_analysis.ingest.typing.numbers import Verdict, type_numbers
from cgh_analysis.study import Study

SHORTEST_LONG_ID = 16
NAMED = 5
LONG_ID = rf"^[0-9]{{{SHORTEST_LONG_ID},}}$"
# as spreadsheets and numbers of double precision write what they cannot hold
LOST_ID = rf"^[0-9]([.,][0-9]+)?[eE]\+[0-9]{{2,3}}$|^[0-9]{{{SHORTEST_LONG_ID},}}[.,]0$"


def type_cells(
    mapped: Mapped, study: Study, rows: np.ndarray, file: str, decimal: str
) -> tuple[pd.Series, np.ndarray, list[Finding]]:
    """Return one column typed, a mask of the records that it refuses, and what was found in it."""
    cells, column = mapped.cells, mapped.column
    verdicts: dict[int, Verdict] = {}
    if mapped.date is not None:
        numbers, verdicts = type_dates(cells.texts, mapped.date)
        values = pd.Series(cells.spread(numbers), copy=False)
    elif column.kind in ("number", "integer"):
        numbers, verdicts = type_numbers(cells.texts, column, decimal=decimal, convert=mapped.convert)
        values = pd.Series(cells.spread(numbers), copy=False)
    elif column.kind == "flag":
        places, verdicts = type_flags(cells.texts, column)
        values = _category(cells, places, ("no", "yes"))
    elif column.kind == "category":
        values, verdicts = _codes(cells, mapped, study)
    else:
        values = pd.Series(cells.values, dtype=object, copy=False)
    refused, findings = _judge(cells, verdicts, mapped, rows, file)
    return values, refused, [*findings, *_long_ids(mapped, rows, file), *_alike(mapped, rows, file)]


def _codes(cells: Cells, mapped: Mapped, study: Study) -> tuple[pd.Series, dict[int, Verdict]]:
    names = _names(mapped, study)
    if names is None:
        order = tuple(sorted(t for t in cells.texts if t))
        place = {text: i for i, text in enumerate(order)}
        places = np.array([place.get(t, -1) for t in cells.texts], dtype=np.int64)
        return _category(cells, places, order), {}
    places, verdicts = type_codes(cells.texts, names)
    return _category(cells, places, names.codes), verdicts


def _names(mapped: Mapped, study: Study) -> Names | None:
    """What the column may hold; None where any text goes (a site)."""
    if mapped.column.name == "arm":
        return arm_names(study)
    if mapped.column.name == "visit":
        return visit_names(study)
    return code_names(mapped.column) if mapped.column.codes else None


def _category(cells: Cells, places: np.ndarray, codes: tuple[str, ...]) -> pd.Series:
    by_text = pd.Categorical.from_codes(places, categories=pd.Index(list(codes)))
    return pd.Series(by_text.take(cells.codes), copy=False)


def _judge(
    cells: Cells, verdicts: dict[int, Verdict], mapped: Mapped, rows: np.ndarray, file: str
) -> tuple[np.ndarray, list[Finding]]:
    """Turn verdicts on texts into findings on rows, one for each rule and set of words."""
    if not verdicts:
        return np.zeros(len(cells), dtype=bool), []
    groups: dict[tuple[str, tuple[tuple[str, Any], ...]], list[int]] = {}
    for text, (rule, words) in verdicts.items():
        groups.setdefault((rule, tuple(words.items())), []).append(text)
    number = np.full(len(cells.texts), -1)
    for n, texts in enumerate(groups.values()):
        number[texts] = n
    judged = cells.where(number >= 0)
    group = number[cells.codes[judged]]
    order = np.argsort(group, kind="stable")
    judged, bounds = judged[order], np.searchsorted(group[order], np.arange(len(groups) + 1))
    refused = np.zeros(len(cells), dtype=bool)
    findings = []
    for n, (rule, told) in enumerate(groups):
        records = judged[bounds[n] : bounds[n + 1]]
        refused[records] = RULES[rule].refuses
        values = _shown(cells, records, rule, mapped)
        told_with_count = {**dict(told), "count": len(records)}
        findings.append(found(rule, file, column=mapped.name, rows=rows[records], values=values, **told_with_count))
    return refused, findings


def _shown(cells: Cells, records: np.ndarray, rule: str, mapped: Mapped) -> list[str | None]:
    if rule == "age_over_90":
        return [MASK] * len(records)
    if mapped.column.name == "patient_id":
        return [None] * len(records)
    codes, place = np.unique(cells.codes[records], return_inverse=True)
    fit = shown_all(cells.texts[codes])
    return [fit[i] for i in place]


def _long_ids(mapped: Mapped, rows: np.ndarray, file: str) -> list[Finding]:
    """Ids that did not survive as numbers, and those that would not: these are text here, and it is said."""
    if mapped.column.name != "patient_id" or not match(mapped.cells.arrow, f"{LOST_ID}|{LONG_ID}").any():
        return []
    told = []
    for rule, form in (("id_digits_lost", LOST_ID), ("long_number_id", LONG_ID)):
        there = rows[mapped.cells.where(match(mapped.cells.arrow, form))]
        if len(there):
            told.append(found(rule, file, column=mapped.name, rows=there, count=len(there)))
    return told


def _alike(mapped: Mapped, rows: np.ndarray, file: str) -> list[Finding]:
    """Sites, and whatever else may be called anything, that are spelt in more than one way."""
    column, cells = mapped.column, mapped.cells
    if column.kind != "category" or column.codes or column.name in ("arm", "visit"):
        return []
    alike = spelt_alike(cells.arrow) & cells.held
    if alike.sum() < 2:
        return []
    there = rows[cells.where(alike)]
    listed = ", ".join(map(repr, shown_all(cells.texts[alike])[:NAMED]))
    return [found("alike_texts", file, column=mapped.name, rows=there, count=len(there), names=listed)]
