"""What a workbook says beside its cells: who made it, its title, comments on cells. It is looked at, and not kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree

import numpy as np

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import identifying
from cgh_analysis.ingest.readers.workbooks.container import parts_of

PROPERTIES: Final = ("docProps/core", "docProps/app", "docProps/custom", "meta.xml")
COMMENTS: Final = ("xl/comments", "xl/threadedComments/", "xl/persons/")
# only these are looked at: dates of saving and versions of programs look like a person's, and are not
PEOPLE: Final = ("creator", "lastModifiedBy", "initial-creator", "printed-by", "Manager", "author", "person")
TEXTS: Final = (
    *("title", "subject", "description", "keywords", "keyword", "category", "contentStatus", "Company"),
    *("HyperlinkBase", "property", "user-defined", "comment", "threadedComment"),
)
LINKS: Final = "xl/externalLinks/"


def office_findings(data: bytes, file: str, remarks: Iterable[tuple[str, str]] = ()) -> list[Finding]:
    """Find people in what a workbook says beside its cells, and values that come from other workbooks.

    `remarks` are author and text of the comments of an .ods, which stand among its cells.
    """
    try:
        properties = _said(parts_of(data, *PROPERTIES).values())
        comments = [*_said(parts_of(data, *COMMENTS).values()), *_remarks(remarks)]
    except ElementTree.ParseError:
        return [found("unreadable", file, reason="what it says of itself is no XML")]
    faults = [*_identified("Its properties", properties, file), *_identified("Comments on its cells", comments, file)]
    if any(tag in PEOPLE and text for tag, text in (*properties, *comments)):
        faults.append(found("properties_name", file))
    if parts_of(data, LINKS):
        faults.append(found("external_links", file))
    return faults


def _said(parts: Iterable[bytes]) -> list[tuple[str, str]]:
    """What stands under each name that is looked at, and in the attributes of persons."""
    said = []
    for part in parts:
        for element in ElementTree.fromstring(part).iter():
            tag = element.tag.rpartition("}")[2]
            if tag in PEOPLE or tag in TEXTS:
                own = [element.get("displayName", ""), element.get("userId", "")] if tag == "person" else []
                said.append((tag, " ".join([*element.itertext(), *own]).strip()))
    return said


def _remarks(remarks: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for author, text in remarks for pair in (("author", author), ("comment", text))]


def _identified(where: str, said: list[tuple[str, str]], file: str) -> list[Finding]:
    hits = identifying(np.array([text for _, text in said], dtype=object))
    return [found("notes_identify", file, where=where, what=what) for what, mask in hits.items() if mask.any()]
