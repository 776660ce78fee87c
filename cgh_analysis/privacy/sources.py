"""The files that are to be anonymised: read as a study reads them, each with its column of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cgh_analysis.errors import DataError, Problem
from cgh_analysis.ingest.cells import Cells, join_cells
from cgh_analysis.ingest.findings import Finding, all_problems
from cgh_analysis.ingest.identifiers import shown_file
from cgh_analysis.ingest.mapping import id_columns
from cgh_analysis.ingest.readers.files import open_files, read_sheets
from cgh_analysis.ingest.readers.registry import kind_of
from cgh_analysis.ingest.redcap import Dictionary, read_dictionaries
from cgh_analysis.ingest.sheet import Sheet, drop_footers
from cgh_analysis.study import DateOrder, FileColumn, Source, Sources, Study

TEXT: Final = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
DETECTED: Final = ("separator", "encoding")
# in this order, where no column is named; spelt without case and marks
IDS: Final = (
    *("patient_id", "patientid", "record_id", "study_id", "subject_id", "usubjid", "subjid", "participant_id"),
    *("case_id", "pat_id", "patid", "pid", "id_patient", "patienten_id", "patientennummer", "id"),
)
# what a workbook says beside its cells is not passed on
LEFT_BEHIND: Final = ("notes_identify",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One file: its sheet, the columns that make up the id, what a dictionary says, and orders of dates by column."""

    source: Source
    sheet: Sheet
    ids: tuple[str, ...]
    dictionary: Dictionary
    orders: Mapping[str, DateOrder]

    @property
    def id_cells(self) -> Cells:
        """The ids, one a record."""
        return join_cells([self.sheet.columns[name] for name in self.ids])


def open_sources(
    paths: Iterable[Path], study: Study | None, *, id_column: str | None, sheet: str | None, dictionary: Path | None
) -> list[Opened]:
    """Open every file; where a study file names one, it says how it is read and which column has the ids.

    Raises DataError for what cannot be read, or has no column of ids that is certain.
    """
    opened = []
    for path in paths:
        if not path.is_file():
            raise DataError(f"There is no file {shown_file(path.name)}.", remedy="Check the path.")
        opened.append(_open(path, study, id_column, sheet, dictionary))
    if not opened:
        raise DataError("No file is named.", remedy="Name files, or a study file that has some.")
    return opened


def _open(path: Path, study: Study | None, id_column: str | None, sheet: str | None, dictionary: Path | None) -> Opened:
    known = _declared(path, study)
    folder = path.resolve().parent
    source = known or _undeclared(path, sheet)
    folder = study.source_folder.resolve() if known and study else folder
    if dictionary is not None:
        source = source.model_copy(update={"dictionary": _beside(dictionary, folder)})
    data, read = _read(source, folder)
    if any(f.rule == "undetected" for f in read.findings):
        # the reader says what is wrong with commas and UTF-8
        source = source.model_copy(update={name: Source.model_fields[name].default for name in DETECTED})
        data, read = _read(source, folder)
    read = drop_footers(read)
    _refuse_unread(read.findings)
    said = read_dictionaries([source], data).get(source.dictionary) or Dictionary(file="")
    _refuse_unread(said.findings)
    ids = (id_column,) if id_column else id_columns(known) if known else _likely_id(read, said)
    absent = [name for name in ids if name not in read.columns]
    if absent:
        raise DataError(
            f"Which column of {shown_file(source.path)} has the patients' ids is not clear.", remedy="Say --id COLUMN."
        )
    return Opened(source=source, sheet=read, ids=ids, dictionary=said, orders=_orders(known))


def _read(source: Source, folder: Path) -> tuple[dict[str, bytes | Finding], Sheet]:
    """Read a file through the door that a study's own files come in by."""
    whole = Sources(cases=source, visits=source)
    draft = Study(id="draft", title="draft", seed=0, sources=whole, arms=(), visits=(), folder=folder)
    data = open_files(draft)
    return data, read_sheets(draft, data)[0]


def _declared(path: Path, study: Study | None) -> Source | None:
    """The study's source for a file, if it names it."""
    for source in study.sources.each() if study else ():
        if not source.query and study is not None and study.source_path(source).resolve() == path.resolve():
            return source
    return None


def _undeclared(path: Path, sheet: str | None) -> Source:
    found_out = {name: "detect" for name in DETECTED if kind_of(path.name) in TEXT}
    of_workbook = kind_of(path.name) in (".xls", ".xlsx", ".ods")
    return Source.model_validate({"path": path.name, "sheet": sheet if of_workbook else None, **found_out})


def _beside(dictionary: Path, folder: Path) -> str:
    try:
        return dictionary.resolve().relative_to(folder).as_posix()
    except ValueError:
        raise DataError("The dictionary lies in another folder than the file.", remedy="Put it beside it.") from None


def _refuse_unread(findings: Iterable[Finding]) -> None:
    """Refuse what stops a study's reading too: a file that is cut, hides rows or cannot be told apart is not whole."""
    faults = [f for f in findings if f.kind.severity == "error" and f.rule not in LEFT_BEHIND]
    if faults:
        problems = all_problems(faults)
        lines = "\n".join(f"  - {_place(p)}: {p.message} {p.remedy}" for p in problems)
        raise DataError(f"The files have {len(problems)} problem(s):\n{lines}", problems=problems)


def _place(problem: Problem) -> str:
    row = "" if problem.row is None else f"row {problem.row}"
    return ", ".join(filter(None, (problem.file, row, problem.column)))


def _likely_id(sheet: Sheet, dictionary: Dictionary) -> tuple[str, ...]:
    """The column that is called like an id; a REDCap project's first field."""
    if dictionary.record_id in sheet.columns:
        return (dictionary.record_id,)
    spelt = {re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"): name for name in sheet.columns}
    return (next((spelt[name] for name in IDS if name in spelt), ""),)


def _orders(source: Source | None) -> dict[str, DateOrder]:
    mapped = source.columns.values() if source else ()
    return {w.column: w.date for w in mapped if isinstance(w, FileColumn) and isinstance(w.column, str) and w.date}
