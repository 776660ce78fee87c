"""Workbooks: which sheet, what its cells are, and what only a spreadsheet can do to data."""

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cgh_analysis.ingest import Tables
from cgh_analysis.ingest.readers.workbooks.excel import read_excel
from cgh_analysis.study import Source
from tests.raw import check, no_errors, places, rule, workbook

HEADER = ["id", "arm", "seen", "s0", "s4"]
ROWS = [HEADER, [1, "drug", ("date", 45000), 30, 15.5], [2, "block", ("date", 45001), 40, ""]]
SCORE = {"id": "score", "label": "Score", "unit": "points", "low": 0, "high": 100, "better": "lower"}
BOOK = [["Name", "", "Label"], ["s0", "", "score pack 1"], ["s~", "", "score Pack4 (week 4)"]]


def read(
    folder: Path, sheets: dict[str, list[list[Any]]], *, hidden: str = "", merged: str = "", **more: Any
) -> Tables:
    workbook(folder / "book.xlsx", sheets, hidden=hidden, merged=merged)
    source = {"path": "book.xlsx", "columns": {"patient_id": "id"}, "ignore_rest": True}
    source |= {"sheet": "data"} if "data" in sheets else {}
    visits = [
        {"visit": "baseline", "columns": {"score": "s0"}, "codebook_says": "pack 1"},
        {"visit": "week4", "columns": {"score": "s4"}, "codebook_says": "pack 4", "filled_if": "s4"},
    ]
    return check(folder, of_cases=source, of_visits={**source, "wide": visits, **more}, outcomes=[SCORE])


def test_whole_numbers_are_codes_and_not_decimals(tmp_path: Path) -> None:
    tables = read(tmp_path, {"data": ROWS})
    assert no_errors(tables)
    assert tables.cases["patient_id"].tolist() == ["1", "2"]
    assert tables.visits["score"].tolist() == [30.0, 15.5, 40.0]
    assert [(f.read, f.accepted) for f in tables.files] == [(2, 2), (2, 2)]


def test_rows_are_those_of_the_sheet(tmp_path: Path) -> None:
    blank = [""] * 5
    tables = read(tmp_path, {"data": [HEADER, ROWS[1], blank, [2, "nothing", "", 40, ""], ["Total", "", "", 70, ""]]})
    refused = [(p.rule, p.row) for p in tables.problems if p.severity == "quarantine"]
    assert refused == [("undeclared_arm", 4), ("footer", 5)]
    assert rule(tables, "blank_lines")
    assert tables.files[0].read == 3


def test_the_sheet_is_asked_for_and_not_guessed(tmp_path: Path) -> None:
    two = read(tmp_path, {"one": ROWS, "two": ROWS})
    assert "'one', 'two'" in rule(two, "sheet")[0].remedy
    near = check(tmp_path, of_cases={"path": "book.xlsx", "sheet": "tow"})
    assert "'two'" in rule(near, "sheet")[0].message


def test_dates_of_two_kinds_stop_even_in_a_column_that_is_left_out(tmp_path: Path) -> None:
    mixed = [HEADER, [1, "drug", ("date", 45000), 30, 15], [2, "block", "24/03/2000", 40, ""]]
    tables = read(tmp_path, {"data": mixed})
    assert places(tables, "mixed_dates") == [("error", "book.xlsx", 3, "seen", None)]
    assert "1 dates and 1 dates as text" in rule(tables, "mixed_dates")[0].message
    defended = read(tmp_path, {"data": mixed}, accept={"mixed_dates": "no time is taken from it"})
    assert no_errors(defended)
    assert "no time is taken" in rule(defended, "accepted")[0].message


def test_dates_that_come_in_are_identifiers(tmp_path: Path) -> None:
    tables = read(tmp_path, {"data": ROWS}, ignore_rest=False)
    assert {(p.column, p.row) for p in rule(tables, "identifier")} == {("seen", 2)}


@pytest.mark.parametrize(
    ("label", "stops"),
    [
        ("score Pack4 (week 4)", False),
        ("score pack 4", False),
        ("the score", False),
        ("score pack 3", True),
        ("Pack 40 score", True),
    ],
)
def test_labels_of_the_codebook(tmp_path: Path, label: str, stops: bool) -> None:
    codebook = {"codebook": {"sheet": "variables", "column": "Name", "label": "Label"}}
    sheets = {"data": ROWS, "variables": [["About"], *BOOK[:2], ["s4", "", label]]}
    tables = read(tmp_path, sheets, **codebook)
    assert [(p.severity, p.column) for p in rule(tables, "codebook")] == ([("error", "s4")] if stops else [])
    if stops:
        assert f"'{label}'" in rule(tables, "codebook")[0].message
        defended = read(tmp_path, sheets, **codebook, accept={"codebook": "the sheet says so elsewhere"})
        assert "elsewhere" in rule(defended, "accepted")[0].message
        assert no_errors(defended)


def test_a_label_that_names_another_visit(tmp_path: Path) -> None:
    codebook = {"codebook": {"sheet": "variables", "column": "Name", "label": "Label"}}
    visits = [
        {"visit": "baseline", "columns": {"score": "s0"}, "codebook_says": "before"},
        {"visit": "week4", "columns": {"score": "s4"}, "codebook_says": "after"},
    ]
    sheets = {"data": ROWS, "variables": [["Name", "Label"], ["s0", "score before"], ["s4", "score before"]]}
    assert [p.column for p in rule(read(tmp_path, sheets, wide=visits, **codebook), "codebook")] == ["s4"]


def test_names_of_the_codebook_may_be_shortened(tmp_path: Path) -> None:
    codebook = {"codebook": {"sheet": "variables", "column": "Name", "label": "Label"}}
    wrong = [*BOOK[:2], ["s~4", "", "score pack 3"]]
    assert [p.column for p in rule(read(tmp_path, {"data": ROWS, "variables": wrong}, **codebook), "codebook")] == [
        "s4"
    ]


@pytest.mark.parametrize(
    ("book", "name"),
    [
        ({"sheet": "variable", "column": "Name", "label": "Label"}, "sheet"),
        ({"sheet": "variables", "column": "Nam", "label": "Label"}, "missing_column"),
    ],
)
def test_a_codebook_that_is_not_there_stops(tmp_path: Path, book: dict[str, str], name: str) -> None:
    tables = read(tmp_path, {"data": ROWS, "variables": BOOK}, codebook=book)
    assert [p.severity for p in rule(tables, name)] == ["error"]


def test_merged_cells_stop(tmp_path: Path) -> None:
    tables = read(tmp_path, {"data": ROWS}, merged="B2:B3")
    assert places(tables, "merged_cells") == [("error", "book.xlsx", 2, None, None)]
    assert "B2:B3" in rule(tables, "merged_cells")[0].message


def test_hidden_sheets_stop_unless_defended(tmp_path: Path) -> None:
    sheets = {"data": ROWS, "notes": [["x"]]}
    assert "'notes'" in rule(read(tmp_path, sheets, hidden="notes"), "hidden_sheet")[0].message
    assert no_errors(read(tmp_path, sheets, hidden="notes", accept={"hidden_sheet": "only units"}))


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cases.xlsx").write_bytes(content)
    tables = check(tmp_path, of_cases={"path": "cases.xlsx"})
    assert rule(tables, "unreadable" if content else "empty")


def test_a_workbook_that_unpacks_to_far_more_is_not_unpacked(tmp_path: Path) -> None:
    workbook(tmp_path / "cases.xlsx", {"data": [["patient_id", "arm"], ["P1", "x" * 10]]})
    with zipfile.ZipFile(tmp_path / "cases.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b"0" * 20_000_000)
    tables = check(tmp_path, of_cases={"path": "cases.xlsx"})
    assert places(tables, "oversize") == [("error", "cases.xlsx", None, None, None)]


def test_an_empty_sheet_and_a_header_alone(tmp_path: Path) -> None:
    for rows, name in (([], "empty"), ([["patient_id", "arm"]], "header_only")):
        workbook(tmp_path / "cases.xlsx", {"data": rows})
        assert places(check(tmp_path, of_cases={"path": "cases.xlsx"}), name)


def saved(folder: Path, rows: list[list[Any]], **settings: Any) -> dict[str, str]:
    made = openpyxl.Workbook()
    for name, value in settings.items():
        setattr(made, name, value)
    for row in rows:
        made.active.append(row)
    made.save(folder / "book.xlsx")
    return {"path": "book.xlsx"}


PATIENTS = [["patient_id", "arm", "site"], ["P1", "drug", "A"], ["P2", "nothing", "B"], ["P3", "drug", "A"]]


def test_the_row_of_the_header_may_be_named_and_what_is_above_it_is_not_used(tmp_path: Path) -> None:
    above = [["Export of the clinic"], [], ["asked for by", "a.person@example.org"]]
    source = {**saved(tmp_path, [*above, *PATIENTS]), "header": 4}
    tables = check(tmp_path, of_cases=source)
    assert [(p.row, p.severity) for p in rule(tables, "preamble")] == [(1, "note")]
    assert [p.row for p in rule(tables, "undeclared_arm")] == [6]
    assert (tables.files[0].read, tables.cases["patient_id"].tolist()) == (3, ["P1", "P3"])
    assert not rule(tables, "identifier")


@pytest.mark.parametrize("header", [2, 9])
def test_a_header_that_is_not_where_the_study_says_stops(tmp_path: Path, header: int) -> None:
    source = saved(tmp_path, [["Export"], [], *PATIENTS])
    tables = check(tmp_path, of_cases={**source, "header": header})
    assert [p.severity for p in rule(tables, "header_row")] == ["error"]
    assert not len(tables.cases)


def test_faults_of_a_header_stand_in_its_row(tmp_path: Path) -> None:
    source = saved(tmp_path, [["Export"], ["patient_id", "arm", "ARM"], ["P1", "drug", "drug"]])
    assert places(check(tmp_path, of_cases={**source, "header": 2}), "duplicate_header")[0][2] == 2


def test_dates_counted_from_1904_are_the_same_dates(tmp_path: Path) -> None:
    rows = [["id", "seen", "at"], ["P1", datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5)]]
    saved(tmp_path, rows, epoch=CALENDAR_MAC_1904)
    sheet = read_excel((tmp_path / "book.xlsx").read_bytes(), Source(path="book.xlsx"))
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        assert b'date1904="1"' in archive.read("xl/workbook.xml")
    assert sheet.columns["seen"].values.tolist() == ["2020-01-02"]
    assert sheet.columns["at"].values.tolist() == ["2020-01-02T03:04:05"]


def test_spans_of_time_are_clocks(tmp_path: Path) -> None:
    saved(tmp_path, [["id", "worn"], ["P1", datetime.timedelta(hours=30)]])
    sheet = read_excel((tmp_path / "book.xlsx").read_bytes(), Source(path="book.xlsx"))
    assert sheet.columns["worn"].values.tolist() == ["30:00:00"]


@pytest.mark.parametrize("sign", [".", ",", "detect"])
def test_numbers_of_a_workbook_are_read_right_whatever_decimal_sign_is_declared(tmp_path: Path, sign: str) -> None:
    source = saved(tmp_path, [["patient_id", "arm", "symptom_duration_months"], ["P1", "drug", 4.5]])
    assert check(tmp_path, of_cases={**source, "decimal": sign}).cases["symptom_duration_months"].tolist() == [4.5]


def test_more_columns_than_are_read_are_refused(tmp_path: Path) -> None:
    source = saved(tmp_path, [[f"c{i}" for i in range(10_001)], [1] * 10_001])
    assert "10001 columns" in rule(check(tmp_path, of_cases=source), "oversize")[0].message
