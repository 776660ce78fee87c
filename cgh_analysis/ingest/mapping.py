"""From the names and codes of a file to canonical columns, as the study file says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cgh_analysis.ingest.cells import Cells, join_cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.sheet import Sheet, nearest
from cgh_analysis.schema import LABELS, TABLES, Column
from cgh_analysis.study import FileColumn, Source, Study

Table = Literal["cases", "visits", "events"]
AGREEING_ARM: Final = Column(name="arm", kind="category", label="Treatment arm", about="must agree with the case's arm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One canonical column and its cells; `name` is what a person sees in the file, `visit` its visit if it is wide."""

    column: Column
    cells: Cells
    name: str
    multiply: float = 1.0
    visit: str = ""

    @property
    def key(self) -> str:
        """The column's name in a table with one row a record."""
        return f"{self.column.name}@{self.visit}" if self.visit else self.column.name


def known_columns(table: Table, study: Study) -> dict[str, Column]:
    """Canonical columns of a table and those that the study declares."""
    known = {c.name: c for c in TABLES[table]}
    if table == "cases":
        for v in study.covariates:
            known[v.id] = Column(
                name=v.id, kind=v.kind, label=v.label, unit=v.unit, low=v.low, high=v.high, codes=v.codes
            )
    if table == "visits":
        known["arm"] = AGREEING_ARM
        for o in study.outcomes:
            known[o.id] = Column(name=o.id, kind="number", label=o.label, unit=o.unit, low=o.low, high=o.high)
    return known


def map_columns(sheet: Sheet, source: Source, known: dict[str, Column]) -> tuple[list[Mapped], list[Finding]]:
    """Return the file's canonical columns, and what the file lacks of what the study file names or the table needs."""
    targets = _targets(sheet.columns, source, known)
    faults = [_no_target(sheet.file, name, known) for name in targets if name not in known]
    mapped = []
    for name, where in targets.items():
        absent = [c for c in _parts(where) if c not in sheet.columns]
        faults += [_no_column(sheet, c) for c in absent]
        if name in known and not absent:
            mapped.append(_mapped(sheet, known[name], where, source))
    for wide in source.wide:
        absent = [c for c in wide_columns(source, wide.visit) if c not in sheet.columns]
        faults += [_no_column(sheet, c) for c in absent]
        faults += [_no_target(sheet.file, name, known) for name in wide.columns if name not in known]
        mapped += [
            _mapped(sheet, known[name], FileColumn(column=c), source, visit=wide.visit)
            for name, c in wide.columns.items()
            if name in known and c in sheet.columns
        ]
    needed = [c.name for c in known.values() if c.required and not (c.name == "visit" and source.wide)]
    faults += [_no_column(sheet, name) for name in needed if name not in targets]
    return mapped, list({(f.rule, f.message): f for f in faults}.values())


def used_columns(names: Iterable[str], source: Source, known: dict[str, Column]) -> set[str]:
    """Return the file columns that a source reads."""
    names = list(names)
    mapped = {c for where in _targets(names, source, known).values() for c in _parts(where)}
    return (mapped | {c for wide in source.wide for c in wide_columns(source, wide.visit)}) & set(names)


def left_out(names: Iterable[str], source: Source, known: dict[str, Column]) -> set[str]:
    """Return the file columns that the study file says are not to be read."""
    unused = set(names) - used_columns(names, source, known)
    return unused if source.ignore_rest else unused & set(source.ignore)


def id_columns(source: Source) -> tuple[str, ...]:
    """Return the file columns that make up the patient's id."""
    where = source.columns.get("patient_id", "patient_id")
    return _parts(where if isinstance(where, FileColumn) else FileColumn(column=where))


def wide_columns(source: Source, visit: str) -> list[str]:
    """File columns of one visit of a wide file, the one that says whether it happened included."""
    return [
        c
        for wide in source.wide
        if wide.visit == visit
        for c in (*wide.columns.values(), *([wide.filled_if] if wide.filled_if else []))
    ]


def _targets(names: Iterable[str], source: Source, known: dict[str, Column]) -> dict[str, FileColumn]:
    """Canonical columns and where they come from: what the study file maps, then what is canonical by name."""
    targets = {n: c if isinstance(c, FileColumn) else FileColumn(column=c) for n, c in source.columns.items()}
    if source.visit_from is not None:
        targets["visit"] = source.visit_from
    taken = {c for where in targets.values() for c in _parts(where)}
    taken |= {c for wide in source.wide for c in wide_columns(source, wide.visit)} | set(source.ignore)
    spread = {name for wide in source.wide for name in wide.columns}
    free = [n for n in names if n in known and n not in taken and n not in targets and n not in spread]
    return {**targets, **{name: FileColumn(column=name) for name in free}}


def _parts(where: FileColumn) -> tuple[str, ...]:
    return (where.column,) if isinstance(where.column, str) else where.column


def _mapped(sheet: Sheet, column: Column, where: FileColumn, source: Source, visit: str = "") -> Mapped:
    missing = dict.fromkeys(source.missing, "")
    parts = [_blanked(sheet.columns[c], missing) for c in _parts(where)]
    cells = join_cells(parts).recode(where.codes)
    name = " + ".join(_parts(where))
    return Mapped(column=column, cells=cells, name=name, multiply=where.multiply, visit=visit)


def _blanked(cells: Cells, missing: dict[str, str]) -> Cells:
    """Blank the cells that hold one of the source's own words for missing, and nothing else."""
    if not np.isin(cells.texts, list(missing)).any():
        return cells
    return Cells.coded([missing.get(t, t) for t in cells.texts], cells.codes)


def _no_column(sheet: Sheet, name: str) -> Finding:
    # columns with a canonical name are what they say; an export with labels for headers has the label
    free = [c for c in sheet.columns if c not in LABELS]
    near = nearest(name, free) or nearest(LABELS.get(name, name), free)
    return found("missing_column", sheet.file, column=name, rows=[1], name=name, nearest=near)


def _no_target(file: str, name: str, known: dict[str, Column]) -> Finding:
    return found("unknown_target", file, name=name, what="column", nearest=nearest(name, known))
