"""A table on its way from a file's records to accepted rows: what is refused is marked, and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import NO_ROWS, Finding, found
from cgh_analysis.ingest.mapping import AGREEING_ARM, BASELINE_DATE, Mapped, Table, known_columns, map_columns
from cgh_analysis.ingest.readers.plain import sign_of
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.ingest.threads import in_order
from cgh_analysis.ingest.typing.typed import type_cells
from cgh_analysis.study import Source, Study

# what serves to check or to count from, and goes no further
ONLY_CHECKED: Final = (("visits", AGREEING_ARM.name), ("cases", BASELINE_DATE.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Typed rows of one source.

    `rows` and `refused` have one entry a record of the file; `frame` has one row a record, or several where a file
    spreads visits over columns: then `record` says which record each row comes from. A draft that is not `usable` lacks
    what the checks need.
    """

    source: Source
    rows: np.ndarray = field(default_factory=lambda: NO_ROWS)
    refused: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    record: np.ndarray | None = None
    mapped: tuple[Mapped, ...] = ()
    findings: tuple[Finding, ...] = ()
    usable: bool = True

    @property
    def kept(self) -> np.ndarray:
        """Which rows of the frame are not refused."""
        return ~self.by_row(self.refused)

    @property
    def dated(self) -> bool:
        """Whether the days of this table are calendar dates in the file."""
        return any(m.date is not None and m.column.name == "day" for m in self.mapped)

    def refuse(self, rule: str, mask: np.ndarray, *, column: str | None = None, **words: Any) -> Draft:
        """Refuse the records of the rows that a mask marks; what is refused already is not told again."""
        places = np.flatnonzero(np.asarray(mask, dtype=bool))
        records = places if self.record is None else self.record[places]
        records = np.unique(records[~self.refused[records]])
        if not len(records):
            return self
        refused = self.refused.copy()
        refused[records] = True
        finding = found(rule, self.source.path, column=column, rows=self.rows[records], **words)
        return replace(self, refused=refused, findings=(*self.findings, finding))

    def cells(self, key: str) -> Cells:
        """Return what the file has in a column, one cell a row of the frame: equal texts have equal codes."""
        cells = next(m.cells for m in self.mapped if m.key == key)
        return replace(cells, codes=self.by_row(cells.codes))

    def by_row(self, by_record: np.ndarray) -> np.ndarray:
        """Return what has one entry a record with one entry a row of the frame."""
        return by_record if self.record is None else by_record.take(self.record)

    def in_file(self, places: np.ndarray) -> np.ndarray:
        """Return rows of the frame as a person counts them in the file."""
        return self.rows[places if self.record is None else self.record[places]]

    def say(self, *findings: Finding) -> Draft:
        """Add findings that refuse nothing."""
        return replace(self, findings=(*self.findings, *findings))

    def seen_as(self, key: str) -> str:
        """Return what a column of the frame is called in the file."""
        exact = [m.name for m in self.mapped if m.key == key]
        return next(iter(exact or [m.name for m in self.mapped if m.column.name == key]), key)


def make_draft(table: Table, source: Source, sheet: Sheet, study: Study) -> Draft:
    """Map and type a sheet's records; not usable where the sheet is not, or lacks a required column."""
    empty = Draft(source=source, findings=sheet.findings, usable=False)
    # where all columns were left out, those that the table needs are still to be asked for
    if not sheet.columns and any(f.kind.severity == "error" for f in sheet.findings):
        return empty
    known = known_columns(table, study)
    mapped, faults = map_columns(sheet, source, known)
    present = {m.column.name for m in mapped}
    if not all(c.name in present for c in known.values() if c.required and not (c.name == "visit" and source.wide)):
        return replace(empty, findings=(*sheet.findings, *faults))
    decimal = sheet.decimal or sign_of(source)
    typed = [type_cells(m, study, sheet.rows, source.path, decimal) for m in mapped]
    n = len(sheet.rows)
    return Draft(
        source=source,
        rows=sheet.rows,
        refused=reduce(np.logical_or, (refused for _, refused, _ in typed), np.zeros(n, dtype=bool)),
        frame=pd.DataFrame({m.key: values for m, (values, _, _) in zip(mapped, typed, strict=True)}, copy=False),
        mapped=tuple(mapped),
        findings=(*sheet.findings, *faults, *(f for _, _, found_here in typed for f in found_here)),
    )


def refuse_blank(draft: Draft, names: Iterable[str]) -> Draft:
    """Refuse rows in which something is blank that every record needs."""
    for m in draft.mapped:
        if m.key in draft.frame and m.column.name in names:
            text = m.column.kind == "text"
            blank = draft.cells(m.key).blank if text else draft.frame[m.key].isna().to_numpy()
            draft = draft.refuse("missing_value", blank, column=m.name, name=m.column.label)
    return draft


def accepted_rows(draft: Draft | None, table: Table, study: Study) -> pd.DataFrame:
    """Return the accepted rows, columns in the order of the schema; a typed empty table where there is no draft."""
    known = known_columns(table, study)
    if draft is None or not draft.usable:
        needed = [c for c in known.values() if c.required or (table == "visits" and c.name == "day")]
        nothing = Sheet(file="", columns={c.name: Cells.of([]) for c in needed})
        mapped = [Mapped(column=c, cells=nothing.columns[c.name], name=c.name) for c in needed]
        return pd.DataFrame({m.key: type_cells(m, study, nothing.rows, "", ".")[0] for m in mapped})
    names = [c for c in known if c in draft.frame and (table, c) not in ONLY_CHECKED]
    frame = draft.frame[names]
    if not draft.kept.all():
        rows = np.flatnonzero(draft.kept)
        columns = in_order(lambda name: _taken(frame[name], rows), names)
        frame = pd.DataFrame(dict(zip(names, columns, strict=True)), copy=False)
    if draft.source.repeated and table == "cases":
        frame = frame.drop_duplicates("patient_id")
    if "site" in frame:
        frame = frame.assign(site=frame["site"].cat.remove_unused_categories())
    return frame.reset_index(drop=True)


def _taken(column: pd.Series, rows: np.ndarray) -> pd.Series:
    # text must not become text of another type
    return pd.Series(column.array.take(rows), dtype=column.dtype, copy=False)
