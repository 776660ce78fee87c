"""Workbooks beside their cells: locks, bombs, entities, macros, who wrote them, and what is hidden in an .ods."""

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty

from cgh_analysis.ingest.readers.workbooks.container import container_fault
from cgh_analysis.ingest.readers.workbooks.excel import read_excel, read_grid
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source
from tests.raw import check, no_errors, places, rule, workbook

ROWS = [["patient_id", "arm", "age_years"], ["P1", "drug", 40], ["P2", "block", 50]]
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def book(rows: list[list[Any]] = ROWS) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.properties.creator = None
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def read(data: bytes, path: str = "a.xlsx", **source: Any) -> Sheet:
    return read_excel(data, Source(path=path, **source))


def rules(sheet: Sheet) -> list[str]:
    return [f.rule for f in sheet.findings]


def with_part(data: bytes, name: str, content: bytes | str) -> bytes:
    """Return an archive with one more part, or another content of one."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("field", ["creator", "lastModifiedBy"])
def test_properties_that_name_somebody_are_noted_and_not_shown(field: str) -> None:
    made = book()
    setattr(made.properties, field, "Somebody Known")
    sheet = read(saved(made))
    assert rules(sheet) == ["properties_name"]
    assert "Somebody" not in sheet.findings[0].message + sheet.findings[0].remedy
    assert sheet.columns
    assert not read(saved(book())).findings


@pytest.mark.parametrize("field", ["creator", "title", "subject", "description", "keywords", "category"])
def test_properties_that_identify_somebody_stop(field: str) -> None:
    made = book()
    setattr(made.properties, field, "a.person@example.org")
    told = read(saved(made)).findings
    assert ("notes_identify", "error") in [(f.rule, f.kind.severity) for f in told]
    assert "example.org" not in " ".join(f.message + f.remedy for f in told)


def test_properties_of_ones_own_are_looked_at() -> None:
    made = book()
    made.custom_doc_props.append(StringProperty(name="Contact", value="020 7946 0958"))
    assert rules(read(saved(made))) == ["notes_identify"]


@pytest.mark.parametrize(("text", "stops"), [("called on 12/03/2024", True), ("checked", False)])
def test_comments_on_cells_are_looked_at(text: str, stops: bool) -> None:
    made = book()
    made.active["A2"].comment = Comment(text, "Somebody Known")
    assert rules(read(saved(made))) == (["notes_identify", "properties_name"] if stops else ["properties_name"])


def test_threads_of_comments_are_looked_at() -> None:
    main = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    thread = (
        f'<ThreadedComments xmlns="{main}"><threadedComment><text>Mr Smith</text></threadedComment></ThreadedComments>'
    )
    people = f'<personList xmlns="{main}"><person displayName="Somebody" userId="1"/></personList>'
    data = with_part(saved(book()), "xl/threadedComments/threadedComment1.xml", thread)
    assert rules(read(with_part(data, "xl/persons/person.xml", people))) == ["notes_identify", "properties_name"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/sharedStrings.xml", "docProps/core.xml", "xl/other.xml"])
def test_entities_are_refused_before_any_parser_sees_them(part: str, encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'.encode(encoding)
    data = with_part(saved(book()), part, bomb)
    assert rules(read(data)) == ["entities"]
    assert [f.rule for f in read_grid(data, "a.xlsx", "Sheet")[1]] == ["entities"]


def test_a_part_that_swells_is_refused_even_where_the_whole_does_not() -> None:
    noise = b"".join(i.to_bytes(4, "big") for i in range(200_000))
    data = with_part(with_part(saved(book()), "xl/noise.bin", noise), "xl/zeros.xml", bytes(8_000_000))
    assert rules(read(data)) == ["oversize"]


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    data = with_part(saved(book()), "xl/lies.xml", b"a" * 5000)
    size = (5000).to_bytes(4, "little")
    assert data.count(size) == 2
    assert rules(read(data.replace(size, (500).to_bytes(4, "little")))) == ["unreadable"]


@pytest.mark.parametrize("name", ["../out.xml", "/etc/passwd", "xl/../../out.xml", "C:\\out.xml", "XL/WORKBOOK.XML"])
def test_parts_that_leave_their_place_are_refused(name: str) -> None:
    assert rules(read(with_part(saved(book()), name, b"x"))) == ["unreadable"]


def test_thousands_of_parts_are_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for i in range(10_001):
            archive.writestr(f"{i}", b"")
    fault = container_fault(target.getvalue(), "a.xlsx")
    assert fault is not None
    assert fault.rule == "oversize"


def test_locked_workbooks_are_told_in_plain_words() -> None:
    locked = OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    assert rules(read(locked)) == ["locked"]
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    assert rules(read(with_part(ods([]), "META-INF/manifest.xml", manifest), "a.ods")) == ["locked"]
    assert rules(read(OLE + bytes(600))) == ["unreadable"]


def test_a_locked_xls_is_told_in_plain_words(real_data: Path) -> None:
    data = (real_data / "vickers" / "13063_2006_152_MOESM1_ESM.xls").read_bytes()
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    # the record after the first one becomes the one that says that the rest is encrypted
    locked = data[:start] + b"\x2f\x00" + data[start + 2 :]
    assert rules(read(locked, "a.xls", sheet="Data")) == ["locked"]
    assert not read(data, "a.xls", sheet="Data").findings


def test_macros_and_links_to_other_workbooks() -> None:
    assert rules(read(with_part(saved(book()), "xl/vbaProject.bin", b"x"))) == ["macros"]
    sheet = read(with_part(saved(book()), "xl/externalLinks/externalLink1.xml", "<externalLink/>"))
    assert (rules(sheet), bool(sheet.columns)) == (["external_links"], True)


def test_hidden_columns_stop_until_the_study_says_why_they_may_come_in(tmp_path: Path) -> None:
    made = book()
    made.active.column_dimensions["C"].hidden = True
    made.active.column_dimensions["Z"].hidden = True
    (tmp_path / "book.xlsx").write_bytes(saved(made))
    (problem,) = rule(check(tmp_path, of_cases={"path": "book.xlsx"}), "hidden_columns")
    assert (problem.severity, problem.message) == ("error", "Columns are hidden: C.")
    accepted = {"path": "book.xlsx", "accept": {"hidden_columns": "hidden to print the others"}}
    assert no_errors(check(tmp_path, of_cases=accepted))


def test_hidden_columns_where_nothing_stands_do_no_harm() -> None:
    made = book()
    made.active.column_dimensions.group("D", "XFD", hidden=True)
    assert not read(saved(made)).findings


NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)


def cell(value: str | float, more: str = "", inside: str = "") -> str:
    kind = (
        'office:value-type="string"' if isinstance(value, str) else f'office:value-type="float" office:value="{value}"'
    )
    return f"<table:table-cell {kind} {more}>{inside}<text:p>{value}</text:p></table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def ods(rows: list[str], columns: str = "<table:table-column/>", meta: str = "") -> bytes:
    """Write an .ods of one sheet out of the XML of its rows."""
    sheet = f'<table:table table:name="data">{columns}{"".join(rows)}</table:table>'
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest/>",
        "meta.xml": f"<office:document-meta {NAMES}><office:meta>{meta}</office:meta></office:document-meta>",
        "content.xml": f"<office:document-content {NAMES}><office:body><office:spreadsheet>{sheet}"
        "</office:spreadsheet></office:body></office:document-content>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


HEAD = row(*(cell(name) for name in ROWS[0]))
FIRST = row(cell("P1"), cell("drug"), cell(40.0))
REST = row('<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="1048573"')


def test_an_ods_is_read(tmp_path: Path) -> None:
    (tmp_path / "cases.ods").write_bytes(ods([HEAD, FIRST, row(cell("P2"), cell("block"), cell(50.0)), REST]))
    tables = check(tmp_path, of_cases={"path": "cases.ods"})
    assert (no_errors(tables) or places(tables, "unknown_patient"), len(tables.cases)) == (True, 2)


@pytest.mark.parametrize(
    ("rows", "columns", "name", "listed"),
    [
        ([HEAD, row(cell("P1"), more='table:visibility="collapse"')], "", "hidden_rows", "2"),
        ([HEAD, FIRST, row(cell("P1"), more='table:visibility="filter"')], "", "hidden_rows", "3"),
        (
            [HEAD, FIRST],
            '<table:table-column/><table:table-column table:visibility="collapse" table:number-columns-repeated="99"/>',
            "hidden_columns",
            "B, C.",
        ),
        ([HEAD, row(cell("", 'calcext:value-type="error"'))], "", "lost_value", "A2"),
        ([HEAD, row(cell("x"), '<table:table-cell table:formula="of:=1+1"/>')], "", "lost_value", "B2"),
        ([HEAD, row(cell("x", 'table:number-rows-spanned="2" table:number-columns-spanned="1"'))], "", "merged", "A2"),
    ],
)
def test_what_an_ods_hides_or_has_lost_stops(rows: list[str], columns: str, name: str, listed: str) -> None:
    told = [f for f in read(ods(rows, columns), "a.ods").findings if f.rule.startswith(name)]
    assert [f.kind.severity for f in told] == ["error"]
    assert listed in told[0].message


def test_hidden_rows_where_nothing_stands_do_no_harm() -> None:
    hidden = REST.replace("table:number-rows", 'table:visibility="collapse" table:number-rows')
    assert not read(ods([HEAD, FIRST, hidden]), "a.ods").findings


def test_a_repeated_row_of_an_ods_does_not_fill_the_memory() -> None:
    wide = cell("x", 'table:number-columns-repeated="16384"')
    bomb = row(wide, more='table:number-rows-repeated="1048576"')
    assert rules(read(ods([HEAD, bomb]), "a.ods")) == ["oversize"]


def test_people_in_an_ods_are_found() -> None:
    said = "<dc:creator>Somebody</dc:creator><dc:date>2024-05-01</dc:date><text:p>{}</text:p>"
    remark = f"<office:annotation>{said}</office:annotation>"
    told = read(ods([HEAD, row(cell("P1", inside=remark.format("ring 020 7946 0958")))]), "a.ods")
    assert rules(told) == ["notes_identify", "properties_name"]
    quiet = read(ods([HEAD, row(cell("P1", inside=remark.format("checked")))]), "a.ods")
    assert rules(quiet) == ["properties_name"]
    meta = "<meta:initial-creator>Somebody</meta:initial-creator><meta:generator>Office/7.3.7.2</meta:generator>"
    assert rules(read(ods([HEAD, FIRST], meta=meta + "<dc:date>2024-05-01</dc:date>"), "a.ods")) == ["properties_name"]
    assert rules(read(ods([HEAD, FIRST], meta="<dc:title>p.q@example.org</dc:title>"), "a.ods")) == ["notes_identify"]


def test_a_broken_content_is_told(tmp_path: Path) -> None:
    broken = with_part(ods([HEAD]), "content.xml", b"<office:document-content")
    assert rules(read(broken, "a.ods")) == ["unreadable"]
    workbook(tmp_path / "a.xlsx", {"data": ROWS})
    data = with_part((tmp_path / "a.xlsx").read_bytes(), "docProps/core.xml", b"<no")
    assert "unreadable" in rules(read(data))
