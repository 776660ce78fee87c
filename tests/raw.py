"""Raw files written out by hand, for tests of what reading them gives."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from cgh_analysis.errors import Problem
from cgh_analysis.ingest import Tables, check_tables
from tests import builders

CASES = "patient_id,arm,age_years\nP1,drug,40\nP2,block,50\nP3,drug,60\n"
VISITS = "patient_id,visit,day,pain_nprs\nP1,baseline,0,6\nP1,week4,28,3\nP2,baseline,0,7\nP3,baseline,0,5\n"


def check(
    folder: Path,
    *,
    cases: str | bytes = CASES,
    visits: str | bytes = VISITS,
    events: str | None = None,
    of_cases: dict[str, Any] | None = None,
    of_visits: dict[str, Any] | None = None,
    of_events: dict[str, Any] | None = None,
    **parts: Any,
) -> Tables:
    """Write the files, check them under a two-arm study, and see that every record is counted once."""
    sources = {
        "cases": {"path": "cases.csv", **(of_cases or {})},
        "visits": {"path": "visits.csv", **(of_visits or {})},
    }
    for name, content in (("cases", cases), ("visits", visits), ("events", events)):
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode("utf-8")
            (folder / f"{name}.csv").write_bytes(data)
    if events is not None:
        sources["events"] = {"path": "events.csv", **(of_events or {})}
    tables = check_tables(builders.study(folder=folder, sources=sources, **parts))
    for count in tables.files:
        assert count.read == count.accepted + count.quarantined
    return tables


def rule(tables: Tables, name: str) -> list[Problem]:
    """Return the problems of one rule."""
    return [p for p in tables.problems if p.rule == name]


def places(tables: Tables, name: str) -> list[tuple[str, str, int | None, str | None, str | None]]:
    """Return severity, file, row, column and value of the problems of one rule."""
    return [(p.severity, p.file, p.row, p.column, p.value) for p in rule(tables, name)]


def no_errors(tables: Tables) -> bool:
    """Say whether nothing stops the run."""
    return all(p.severity != "error" for p in tables.problems)


DATE_STYLE = 1
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(path: Path, sheets: dict[str, list[list[Any]]], *, hidden: str = "", merged: str = "") -> None:
    """Write a minimal .xlsx: text, numbers, and dates as `("date", serial)`; `merged` is a range of the first sheet."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr("_rels/.rels", _relations(["officeDocument"], ["xl/workbook.xml"]))
        kinds = ["worksheet"] * len(names) + ["styles"]
        targets = [f"worksheets/sheet{i}.xml" for i in range(len(names))] + ["styles.xml"]
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(kinds, targets))
        listed = "".join(
            f'<sheet name="{n}" sheetId="{i + 1}" r:id="rId{i}" state="{"hidden" if n == hidden else "visible"}"/>'
            for i, n in enumerate(names)
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for i, rows in enumerate(sheets.values()):
            body = "".join(f"<row>{''.join(_cell(c) for c in row)}</row>" for row in rows)
            joined = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged and i == 0 else ""
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{joined}</worksheet>',
            )


def _relations(kinds: list[str], targets: list[str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{i}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(zip(kinds, targets, strict=True))
    )
    return f'<Relationships xmlns="{RELATIONS}">{each}</Relationships>'


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return f'<c s="{DATE_STYLE}"><v>{value[1]}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>' if value else "<c/>"
    return f"<c><v>{value}</v></c>"
