"""From the names and codes of a file to canonical columns, as the study file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cgh_analysis.ingest.cells import Cells, join_cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.sheet import Sheet, nearest
from cgh_analysis.ingest.typing.units import Conversion, conversion, known_units
from cgh_analysis.schema import LABELS, TABLES, Column
from cgh_analysis.study import DateOrder, FileColumn, Source, Study

Table = Literal["cases", "visits", "events"]
BASELINE_DATE: Final = Column(name="baseline_date", kind="integer", label="Date of baseline", about="gives day 0")
DATED: Final = ("day", BASELINE_DATE.name)
AGREEING_ARM: Final = Column(name="arm", kind="category", label="Treatment arm", about="must agree with the case's arm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One canonical column and its cells; `name` is what a person sees in the file, `visit` its visit if it is wide.

    `convert` makes the file's numbers the column's own, and `date` is the order of dates where the cells are dates.
    """

    column: Column
    cells: Cells
    name: str
    convert: Conversion | None = None
    date: DateOrder | None = None
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
        if study.sources.cases.baseline_date is not None:
            known[BASELINE_DATE.name] = BASELINE_DATE
    if table == "visits":
        known["arm"] = AGREEING_ARM
        for o in study.outcomes:
            known[o.id] = Column(name=o.id, kind="number", label=o.label, unit=o.unit, low=o.low, high=o.high)
    return known


def map_columns(sheet: Sheet, source: Source, known: dict[str, Column]) -> tuple[list[Mapped], list[Finding]]:
    """Return the file's canonical columns, and what the file lacks of what the study file names or the table needs."""
    targets = _targets(sheet.columns, source, known)
    faults = [_no_target(sheet.file, name, known) for name in targets if name not in known]
    wanted = [("", name, where) for name, where in targets.items()]
    for wide in source.wide:
        faults += [_no_column(sheet, c) for c in [wide.filled_if] if c and c not in sheet.columns]
        faults += [_no_target(sheet.file, name, known) for name in wide.columns if name not in known]
        wanted += [(wide.visit, name, _file_column(where)) for name, where in wide.columns.items()]
    mapped = []
    for visit, name, where in wanted:
        absent = [c for c in _parts(where) if c not in sheet.columns]
        faults += [_no_column(sheet, c) for c in absent]
        if name in known and not absent:
            faults += _not_meant(sheet.file, known[name], where)
            mapped.append(_mapped(sheet, known[name], where, source, visit))
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


def date_columns(names: Iterable[str], source: Source, known: dict[str, Column]) -> dict[str, DateOrder | None]:
    """Return the file columns that may hold calendar dates, with the order in which the study file says they stand."""
    wanted = [*_targets(names, source, known).items()]
    wanted += [(name, _file_column(where)) for wide in source.wide for name, where in wide.columns.items()]
    return {c: where.date for name, where in wanted if name in DATED for c in _parts(where)}


def id_columns(source: Source) -> tuple[str, ...]:
    """Return the file columns that make up the patient's id."""
    return _parts(_file_column(source.columns.get("patient_id", "patient_id")))


def wide_columns(source: Source, visit: str) -> list[str]:
    """File columns of one visit of a wide file, the one that says whether it happened included."""
    return [
        c
        for wide in source.wide
        if wide.visit == visit
        for c in (*file_columns(wide.columns.values()), *([wide.filled_if] if wide.filled_if else []))
    ]


def file_columns(wheres: Iterable[str | FileColumn]) -> list[str]:
    """Return the columns of the file that make up canonical ones."""
    return [c for where in wheres for c in _parts(_file_column(where))]


def _targets(names: Iterable[str], source: Source, known: dict[str, Column]) -> dict[str, FileColumn]:
    """Canonical columns and where they come from: what the study file maps, then what is canonical by name."""
    targets = {n: _file_column(where) for n, where in source.columns.items()}
    if source.visit_from is not None:
        targets["visit"] = source.visit_from
    if source.baseline_date is not None:
        targets[BASELINE_DATE.name] = source.baseline_date
    taken = {c for where in targets.values() for c in _parts(where)}
    taken |= {c for wide in source.wide for c in wide_columns(source, wide.visit)} | set(source.ignore)
    spread = {name for wide in source.wide for name in wide.columns}
    free = [n for n in names if n in known and n not in taken and n not in targets and n not in spread]
    return {**targets, **{name: FileColumn(column=name) for name in free}}


def _file_column(where: str | FileColumn) -> FileColumn:
    return where if isinstance(where, FileColumn) else FileColumn(column=where)


def _parts(where: FileColumn) -> tuple[str, ...]:
    return (where.column,) if isinstance(where.column, str) else where.column


def _mapped(sheet: Sheet, column: Column, where: FileColumn, source: Source, visit: str) -> Mapped:
    missing = dict.fromkeys(source.missing, "")
    names = _parts(where)
    cells = join_cells([_blanked(sheet.columns[c], missing) for c in names])
    labelled = len(names) == 1 and column.kind in ("category", "flag")
    return Mapped(
        column=column,
        cells=cells.recode(_meanings(where.codes, sheet.labels.get(names[0], {}) if labelled else {})),
        name=" + ".join(names),
        convert=conversion(column, where.unit) if where.unit else _factor(where.multiply),
        date=where.date,
        visit=visit,
    )


def _meanings(codes: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """What a code means: what the study file says of it or of its label, else its label."""
    return {**{code: codes.get(label, label) for code, label in labels.items()}, **codes}


def _factor(multiply: float) -> Conversion | None:
    return None if multiply == 1.0 else lambda values: values * multiply


def _not_meant(file: str, column: Column, where: FileColumn) -> list[Finding]:
    """A unit that is not known of this column, or a date where none is kept."""
    name = " + ".join(_parts(where))
    if where.date is not None and column.name not in DATED:
        return [found("date_not_kept", file, column=name, name=column.name)]
    if where.unit and conversion(column, where.unit) is None:
        known = ", ".join(map(repr, known_units(column))) or "none"
        return [found("unknown_unit", file, column=name, unit=where.unit, own=column.unit or "a number", known=known)]
    return []


def _blanked(cells: Cells, missing: dict[str, str]) -> Cells:
    """Blank the cells that hold one of the source's own words for missing, and nothing else."""
    if not np.isin(cells.texts, list(missing)).any():
        return cells
    return Cells.coded([missing.get(t, t) for t in cells.texts], cells.codes)


def _no_column(sheet: Sheet, name: str) -> Finding:
    # columns with a canonical name are what they say; an export with labels for headers has the label
    free = [c for c in sheet.columns if c not in LABELS]
    near = nearest(name, free) or nearest(LABELS.get(name, name), free)
    return found("missing_column", sheet.file, column=name, rows=[sheet.header], name=name, nearest=near)


def _no_target(file: str, name: str, known: dict[str, Column]) -> Finding:
    return found("unknown_target", file, name=name, what="column", nearest=nearest(name, known))
