"""Reading a REDCap data dictionary, as the project's page or the API gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.registry import READERS, kind_of
from cgh_analysis.ingest.redcap.choices import TRUE_FALSE, YES_NO, parse_choices, plain
from cgh_analysis.ingest.redcap.fields import Dictionary, Field
from cgh_analysis.ingest.sheet import Sheet, nearest
from cgh_analysis.ingest.typing.numbers import NUMBER
from cgh_analysis.study import Source

# what the web page calls each column of a dictionary, and what the API does
HEADERS: Final = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
    "low": ("Text Validation Min", "text_validation_min"),
    "high": ("Text Validation Max", "text_validation_max"),
    "identifier": ("Identifier?", "identifier"),
    "branching": ("Branching Logic (Show field only if...)", "branching_logic"),
    "required": ("Required Field?", "required_field"),
    "annotation": ("Field Annotation", "field_annotation"),
}
NEEDED: Final = ("name", "form", "kind", "label", "choices", "validation", "identifier")
KINDS: Final = (
    "text",
    "notes",
    "radio",
    "dropdown",
    "checkbox",
    "yesno",
    "truefalse",
    "calc",
    "slider",
    "sql",
    "file",
    "descriptive",
)
# what old versions and the API call a kind
OTHER_NAMES: Final = {"select": "dropdown", "textarea": "notes", "signature": "file"}
SAYS_YES: Final = ("y", "yes", "1", "true")


def read_dictionary(data: bytes, path: str, *, encoding: str = "utf-8") -> Dictionary:
    """Read a data dictionary as REDCap's page or its API gives it; what is wrong with it becomes findings.

    `encoding` is that of its export, for a dictionary that is not UTF-8, as REDCap writes it.
    """
    reader = READERS[kind_of(path) or ".csv"]
    encoding = "utf-8" if _is_utf8(data) else encoding
    sheet = reader(data, Source(path=path, separator=_separator(data), encoding=encoding))
    told = [_stopping(f) for f in sheet.findings]
    places = _places(sheet.columns)
    absent = [HEADERS[key][0] for key in NEEDED if key not in places]
    if not sheet.columns or absent:
        faults = [_no_header(path, name, sheet) for name in absent] if sheet.columns else []
        return Dictionary(file=path, findings=(*told, *faults))
    texts = {key: sheet.columns[name].values for key, name in places.items()}
    records = [{key: str(values[i]) for key, values in texts.items()} for i in range(len(sheet.rows))]
    return _collect(path, records, sheet.rows.tolist(), told)


def read_dictionaries(sources: Iterable[Source], opened: Mapping[str, bytes | Finding]) -> dict[str | None, Dictionary]:
    """Read every data dictionary that a source names, by path; one that could not be opened says why."""
    return {s.dictionary: _opened(s.dictionary, opened[s.dictionary], s) for s in sources if s.dictionary is not None}


def _opened(path: str, data: bytes | Finding, source: Source) -> Dictionary:
    if isinstance(data, Finding):
        return Dictionary(file=path, findings=(data,))
    return read_dictionary(data, path, encoding=source.encoding)


def _stopping(finding: Finding) -> Finding:
    """A row that a table can do without is one that a dictionary cannot."""
    if not finding.kind.refuses:
        return finding
    return found("dictionary_row", finding.file, rows=finding.rows, what=finding.message)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _separator(data: bytes) -> str:
    """REDCap's own headers hold commas, and neither of the others."""
    head = next(iter(data.splitlines()), b"")
    return next((s for s in ("\t", ";") if s.encode() in head), ",")


def _places(names: Iterable[str]) -> dict[str, str]:
    by_spelling = {name.casefold(): name for name in names}
    spelt = {key: [s.casefold() for s in spellings] for key, spellings in HEADERS.items()}
    return {key: by_spelling[s] for key, options in spelt.items() for s in options if s in by_spelling}


def _no_header(path: str, name: str, sheet: Sheet) -> Finding:
    return found("dictionary_header", path, rows=[1], name=name, nearest=nearest(name, sheet.columns))


def _collect(path: str, records: list[dict[str, str]], rows: list[int], told: Iterable[Finding]) -> Dictionary:
    fields: dict[str, Field] = {}
    findings = list(told)
    for record, row in zip(records, rows, strict=True):
        made, faults = _field(record, row)
        if made.name in fields:
            faults = [*faults, f"the field is given twice (first in row {fields[made.name].row})"]
        findings += [found("dictionary_field", path, column=made.name or None, rows=[row], what=f) for f in faults]
        if made.name:
            fields.setdefault(made.name, made)
    return Dictionary(file=path, fields=fields, findings=tuple(findings))


def _field(record: Mapping[str, str], row: int) -> tuple[Field, list[str]]:
    """Make one field of a row, and say what is wrong with it."""
    kind = OTHER_NAMES.get(record["kind"].lower(), record["kind"].lower())
    validation = record["validation"].lower()
    choices, faults = _choices(kind, record["choices"])
    if not record["name"]:
        faults.append("the field has no name")
    if kind not in KINDS:
        faults.append(f"{kind!r} is no type of field{nearest(kind, KINDS)}")
    made = Field(
        name=record["name"],
        form=record["form"],
        kind=kind,
        label=plain(record["label"]),
        choices=choices,
        validation=validation,
        low=_limit(record.get("low", "")),
        high=_limit(record.get("high", "")),
        identifier=record["identifier"].lower() in SAYS_YES,
        required=record.get("required", "").lower() in SAYS_YES,
        branching=record.get("branching", ""),
        annotation=record.get("annotation", ""),
        row=row,
    )
    return made, faults


def _choices(kind: str, text: str) -> tuple[dict[str, str], list[str]]:
    """The choices that a kind of field has; of other kinds the same cell holds formulas, queries or slider labels."""
    if kind in ("yesno", "truefalse"):
        return (YES_NO if kind == "yesno" else TRUE_FALSE), []
    if kind not in ("radio", "dropdown", "checkbox"):
        return {}, []
    return parse_choices(text) if text else ({}, ["the field has no choices"])


def _limit(text: str) -> float | None:
    """A limit where it is a number; dates, 'now' and other fields' values are none that could be checked by itself."""
    number = text.replace(",", ".")
    return float(number) if NUMBER.match(number) else None
