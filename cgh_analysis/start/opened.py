"""The files that a study begins with: opened and read as the study itself will read them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cgh_analysis.errors import DataError, StudyError
from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.exposed import exposed
from cgh_analysis.ingest.findings import Finding, all_problems
from cgh_analysis.ingest.identifiers import shown_file
from cgh_analysis.ingest.readers.files import open_files, read_sheets
from cgh_analysis.ingest.readers.workbooks.excel import read_grid
from cgh_analysis.ingest.redcap import SYSTEM_COLUMNS, Dictionary, enrich, prepare, read_dictionaries
from cgh_analysis.ingest.redcap.system import EAV
from cgh_analysis.ingest.reshape import reshape
from cgh_analysis.ingest.sheet import Sheet, drop_footers
from cgh_analysis.start.codebook import find_codebook, with_titles
from cgh_analysis.study import Codebook, Source, Sources, Spread, Study

TEXT: Final = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
WORKBOOKS: Final = (".xls", ".xlsx", ".ods")
DETECTED: Final = ("separator", "encoding", "decimal")
IN_NAMES: Final = ("identifier_header", "identifier_file")
# what can be read without: cells that are written another way are refused one by one
ASKED: Final = ("decimal",)
DEFAULTS: Final = {name: Source.model_fields[name].default for name in DETECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files that somebody begins with; `visits` is a second one, and `dictionary` that of a REDCap project."""

    file: Path
    visits: Path | None = None
    dictionary: Path | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One file: the source that reads it, its sheet, and what documents it.

    `asked` are settings that could not be found out, with the reason: they are as they are by default.
    """

    source: Source
    sheet: Sheet
    dictionary: Dictionary
    codebook: Codebook | None = None
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def is_redcap(self) -> bool:
        """Whether it is a project's export, by its dictionary or REDCap's own columns."""
        return bool(self.dictionary.fields) or any(name.startswith("redcap_") for name in self.sheet.columns)


def open_all(files: Files) -> tuple[Path, list[Opened]]:
    """Return the folder that holds all the files, and each of them read.

    Raises StudyError where a file is not there, and DataError where one cannot be read.
    """
    given = [path for path in (files.file, files.visits, files.dictionary) if path is not None]
    for path in given:
        if not path.is_file():
            raise StudyError(f"There is no file {path.name}.", remedy="Check the path.")
    whole = [path.resolve() for path in given]
    folder = _common(whole)
    names = {path: found.relative_to(folder).as_posix() for path, found in zip(given, whole, strict=True)}
    data = [path for path in (files.file, files.visits) if path is not None]
    return folder, [_open(_source(names[path], files, names), folder) for path in data]


def _open(source: Source, folder: Path) -> Opened:
    """Open one file, through the door that a study's own files come in by."""
    whole = Sources(cases=source, visits=source)
    study = Study(id="draft", title="draft", seed=0, sources=whole, arms=(), visits=(), folder=folder)
    opened = open_files(study)
    sheet = read_sheets(study, opened)[0]
    asked = _undetected(sheet)
    if asked and set(asked) <= set(ASKED) and source.decimal == "detect":
        again = _open(source.model_copy(update={name: DEFAULTS[name] for name in asked}), folder)
        return replace(again, asked=asked)
    return _opened(source, sheet, opened[source.path], read_dictionaries([source], opened))


def _common(paths: list[Path]) -> Path:
    try:
        return Path(os.path.commonpath([path.parent for path in paths]))
    except ValueError:
        raise StudyError("The files lie on different drives.", remedy="Put them into one folder.") from None


def _source(path: str, files: Files, names: dict[Path, str]) -> Source:
    found_out = {name: "detect" for name in DETECTED if path.lower().endswith(TEXT)}
    dictionary = names[files.dictionary] if files.dictionary is not None else None
    sheet = files.sheet if path.lower().endswith(WORKBOOKS) else None
    return Source.model_validate({"path": path, "sheet": sheet, "dictionary": dictionary, **found_out})


def _opened(source: Source, sheet: Sheet, data: object, dictionaries: dict[str | None, Dictionary]) -> Opened:
    dictionary = dictionaries.get(source.dictionary) or Dictionary(file="")
    source = source.model_copy(update={"spread": _spread(sheet)})
    ready = reshape(prepare(drop_footers(sheet), dictionary, source), source)
    ready = enrich(ready, dictionary, source, ())
    if not ready.columns:
        _refuse(source, ready)
    _refuse(source, replace(ready, findings=tuple(_telling(ready, source))))
    book = None
    if isinstance(data, bytes) and source.path.lower().endswith(WORKBOOKS):
        book = find_codebook(data, source, list(ready.columns))
        ready = with_titles(ready, _grid(data, source, book), book)
    return Opened(source=_settled(source, sheet), sheet=ready, dictionary=dictionary, codebook=book)


def _spread(sheet: Sheet) -> Spread | None:
    """How a project's export with one value a record is made into rows."""
    if not set(EAV) <= set(sheet.columns):
        return None
    record, names, values = EAV
    return Spread(names=names, values=values, by=(record, *(n for n in SYSTEM_COLUMNS if n in sheet.columns)))


def _telling(sheet: Sheet, source: Source) -> list[Finding]:
    """Names of the file and of its columns that could identify somebody: the draft would have to repeat them."""
    names = replace(sheet, columns={name: Cells.of([]) for name in sheet.columns})
    return [finding for finding in exposed(names, source, set(), {}, sheet.columns) if finding.rule in IN_NAMES]


def _grid(data: bytes, source: Source, book: Codebook | None) -> list[list[object]]:
    return read_grid(data, source.path, book.sheet)[0] if book is not None else []


def _settled(source: Source, sheet: Sheet) -> Source:
    """The source with what was found out of a text file in place of "detect"."""
    remedies = [finding.remedy for finding in sheet.findings if finding.rule == "detected"]
    said = dict(setting for remedy in remedies for setting in _setting(remedy))
    left = {name: DEFAULTS[name] for name in DETECTED if getattr(source, name) == "detect"}
    return source.model_copy(update={**left, **said})


def _undetected(sheet: Sheet) -> dict[str, str]:
    """The settings that the file does not say for certain, with the reason that the reader gives."""
    found = [finding for finding in sheet.findings if finding.rule == "undetected"]
    return {finding.remedy.split("`")[1]: finding.message.partition(": ")[2].rstrip(".") for finding in found}


def _setting(remedy: str) -> Iterable[tuple[str, str]]:
    """The setting that the reader asks to write down, as in 'Write separator = ";" under [sources] to fix it.'"""
    written = remedy.removeprefix("Write ").partition(" under ")[0]
    return tomllib.loads(written).items()


def _refuse(source: Source, sheet: Sheet) -> None:
    """Raise DataError with what keeps a file from being used, in the words of this command, if anything does."""
    problems = [p for p in all_problems(sheet.findings) if p.severity == "error"]
    said = [replace(p, remedy=_remedy(p.rule, p.remedy)) for p in problems]
    lines = "\n".join(f"  - {p.message} {p.remedy}" for p in said)
    if said:
        raise DataError(f"{shown_file(source.path)} cannot be used:\n{lines}", problems=said)


def _remedy(rule: str, remedy: str) -> str:
    if rule == "sheet":
        return remedy.replace("Say `sheet` under [sources]", "Say --sheet with its name")
    return "Export it again, as CSV in UTF-8." if rule == "undetected" else remedy
