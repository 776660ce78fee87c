"""Traps that published files were seen to hold; each stops the run until the study file says why it does no harm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import DATE, match
from cgh_analysis.ingest.mapping import file_columns
from cgh_analysis.ingest.readers.workbooks.excel import read_grid
from cgh_analysis.ingest.sheet import Sheet, clean_header, nearest
from cgh_analysis.study import Codebook, Source, Study, WideVisit

FEWEST_BLANK = 5
FEWEST_ANGLES, MOST_ANGLES = 5, 0.95
ACCEPTABLE = (
    *(
        "stored_zero",
        "mixed_dates",
        "codebook",
        "hidden_sheet",
        "hidden_rows",
        "hidden_columns",
        "lost_value",
        "scale",
        "alike_ids",
    ),
)


def stored_zero(draft: Draft) -> list[Finding]:
    """Drop-outs stored as 0: at a visit, all who lack one outcome have 0 in another, in which few others have 0."""
    faults = []
    for wide in draft.source.wide:
        if wide.filled_if is None:
            own = {m.name: draft.frame.loc[draft.kept, m.key] for m in draft.mapped if m.visit == wide.visit}
            numbers = {name: values for name, values in own.items() if pd.api.types.is_float_dtype(values)}
            for name, values in numbers.items():
                fault = _stored(numbers, values, name, draft, wide)
                faults += [fault] if fault else []
    return faults


def _stored(
    numbers: dict[str, pd.Series], values: pd.Series, name: str, draft: Draft, wide: WideVisit
) -> Finding | None:
    for other, given in numbers.items():
        lacking = given.isna().to_numpy()
        zero = (values == 0).to_numpy()
        if lacking.sum() >= FEWEST_BLANK and zero[lacking].all() and (~lacking).any() and zero[~lacking].mean() < 0.5:
            rows = draft.in_file(np.flatnonzero(draft.kept)[lacking])
            return found(
                "stored_zero", draft.source.path, column=name, rows=rows, visit=wide.visit, blank=other, count=len(rows)
            )
    return None


def mixed_dates(sheet: Sheet) -> list[Finding]:
    """Columns of a workbook that hold dates and dates as text: the reading of day and month changed on the way."""
    faults = []
    for name, dates in sheet.real_dates.items():
        cells = sheet.columns[name]
        texts = cells.spread(match(cells.texts, DATE)) & ~dates
        if texts.any():
            faults.append(
                found(
                    "mixed_dates",
                    sheet.file,
                    column=name,
                    rows=sheet.rows[texts],
                    dates=int(dates.sum()),
                    texts=int(texts.sum()),
                )
            )
    return faults


def codebook(source: Source, data: bytes, sheet: Sheet) -> list[Finding]:
    """Columns that the codebook gives to another visit than the study file does."""
    if source.codebook is None:
        return []
    grid, faults = read_grid(data, source.path, source.codebook.sheet)
    if faults:
        return faults
    labels = _labels(grid, source.codebook)
    if not labels:
        names = clean_header(str(cell) for row in grid[:1] for cell in row)
        absent = next((c for c in (source.codebook.column, source.codebook.label) if c not in names), "")
        return [found("missing_column", source.path, column=absent, name=absent, nearest=nearest(absent, names))]
    said = [wide for wide in source.wide if wide.codebook_says]
    return [fault for wide in said for fault in _mislabelled(source, wide, labels, sheet)]


def _mislabelled(source: Source, wide: WideVisit, labels: Mapping[str, str], sheet: Sheet) -> list[Finding]:
    """Columns of one visit whose label names another visit."""
    says = wide.codebook_says
    others = {other.codebook_says for other in source.wide} - {says, ""}
    label_of = {c: _label(labels, c) for c in file_columns(wide.columns.values()) if c in sheet.columns}
    return [
        found("codebook", source.path, column=c, label=label, visit=wide.visit, says=says)
        for c, label in label_of.items()
        if _names_another(label, says, others)
    ]


def _labels(grid: list[list[object]], book: Codebook) -> dict[str, str]:
    """Labels by column name, from below the row that heads both."""
    for i, row in enumerate(grid):
        head = clean_header(str(cell) for cell in row)
        if book.column in head and book.label in head:
            name, label = head.index(book.column), head.index(book.label)
            return {str(r[name]).strip(): str(r[label]).strip() for r in grid[i + 1 :] if str(r[name]).strip()}
    return {}


def _label(labels: Mapping[str, str], column: str) -> str:
    """The label of a column, also under a name shortened by '~' as spreadsheets from Stata have it."""
    if column in labels:
        return labels[column]
    for name, label in labels.items():
        start, tilde, end = name.partition("~")
        if tilde and column.startswith(start) and column.endswith(end):
            return label
    return ""


def _names_another(label: str, says: str, others: Iterable[str]) -> bool:
    """Say whether a label names another number than 'pack 5' does, or what another visit is called, and not this one.

    >>> _names_another("Pack 3 SF36 pain", "pack 5", []), _names_another("score pack5 (one year)", "pack 5", [])
    (True, False)
    """
    told, expected = _squeezed(label), _squeezed(says)
    stem = expected.rstrip("0123456789")
    if stem and stem != expected:
        numbers = re.findall(re.escape(stem) + r"([0-9]+)", told)
        if numbers:
            return expected.removeprefix(stem) not in numbers
    return expected not in told and any(_squeezed(other) in told for other in others)


def _squeezed(text: str) -> str:
    return "".join(text.casefold().split())


def accept(findings: Iterable[Finding], reasons: Mapping[str, str]) -> list[Finding]:
    """Turn each fault that the study file accepts into a note with its reason."""
    given = []
    for f in findings:
        if f.rule in ACCEPTABLE and f.rule in reasons:
            where = f" ({f.column})" if f.column else ""
            rule, reason = f.rule.replace("_", " "), reasons[f.rule]
            f = found("accepted", f.file, column=f.column, rule_accepted=rule, where=where, reason=reason)
        given.append(f)
    return given


def unacceptable(source: Source) -> list[Finding]:
    """Rules under `accept` that cannot be accepted: a slip there would leave its trap armed without a word."""
    return [
        found("unknown_target", source.path, name=rule, what="acceptable rule", nearest=nearest(rule, ACCEPTABLE))
        for rule in source.accept
        if rule not in ACCEPTABLE
    ]


def overruled(study: Study) -> list[Finding]:
    """What documents say and the study does not follow, with the reason that the study file gives."""
    return [
        found("documentation", study.sources.cases.path, source=d.source, name=d.column, reason=d.wrong_because)
        for d in study.documentation
        if d.wrong_because
    ]


def radians(draft: Draft) -> list[Finding]:
    """Angles of which hardly any is above pi although some are no whole numbers: a whole column in radians."""
    faults = []
    for m in draft.mapped:
        if m.column.unit == "deg" and m.key in draft.frame:
            values = draft.frame[m.key].to_numpy()
            # the quantile takes its time, and is above pi where that many are
            if np.count_nonzero(values > np.pi) > (1 - MOST_ANGLES) * len(values) + 1:
                continue
            values = values[~np.isnan(values)]
            # a slip or two in degrees does not hide the rest
            small = len(values) >= FEWEST_ANGLES and np.quantile(values, MOST_ANGLES) <= np.pi
            if small and (values != np.round(values)).any():
                faults.append(found("radians", draft.source.path, column=m.name, high=round(np.pi, 2)))
    return faults
