"""Headers of an export: names of the dictionary's fields, and not their labels, or those of another project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.redcap.choices import plain
from cgh_analysis.ingest.redcap.fields import Dictionary
from cgh_analysis.ingest.redcap.system import EAV, HEADINGS, fields_of, system_columns
from cgh_analysis.ingest.sheet import Sheet

MOST_NAMED: Final = 12


def header_faults(sheet: Sheet, dictionary: Dictionary) -> list[Finding]:
    """Headers that are labels of fields and not their names, or that have nothing to do with the dictionary."""
    if not dictionary.fields:
        return []
    if not sheet.columns:
        doubled = [f.message for f in sheet.findings if f.rule == "duplicate_header"]
        labels = [label for label in _by_label(dictionary) if any(repr(label) in said for said in doubled)]
        return _labelled(sheet, dictionary, _by_label(dictionary)) if labels else []
    names = {*fields_of(sheet.columns, dictionary), *system_columns(sheet.columns, dictionary), *EAV[:1]}
    named = names & set(sheet.columns)
    labels = [name for name in sheet.columns if name not in named and name in _by_label(dictionary)]
    if len(labels) > len(named):
        return _labelled(sheet, dictionary, labels)
    return [] if named else [found("other_project", sheet.file, rows=[sheet.header], dictionary=dictionary.file)]


def _by_label(dictionary: Dictionary) -> dict[str, list[str]]:
    """Names of columns by what an export with labels for headers calls them."""
    named: dict[str, list[str]] = {label: [name] for label, name in HEADINGS.items()}
    for field in dictionary.fields.values():
        for name, code in field.columns.items():
            label = f"{field.label} (choice={field.choices[code]})" if code else field.label
            if label:
                named.setdefault(plain(label), []).append(name)
    return named


def _labelled(sheet: Sheet, dictionary: Dictionary, labels: Iterable[str]) -> list[Finding]:
    by_label = _by_label(dictionary)
    said = [f"{label!r} is {' or '.join(dict.fromkeys(by_label[label]))}" for label in labels]
    listed = "; ".join(said[:MOST_NAMED]) + (f"; and {len(said) - MOST_NAMED} more" if len(said) > MOST_NAMED else "")
    return [found("label_headers", sheet.file, rows=[sheet.header], listed=listed)]
