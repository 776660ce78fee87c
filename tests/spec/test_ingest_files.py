"""Faults of whole files and of their rows: each is told with its place, and no record is lost."""

from pathlib import Path

import pytest

from tests.raw import CASES, VISITS, check, no_errors, places, rule


def test_a_missing_file_is_named_as_in_the_study_file(tmp_path: Path) -> None:
    tables = check(tmp_path, of_visits={"path": "visit.csv"})
    (problem,) = rule(tables, "file_missing")
    assert (problem.severity, problem.file) == ("error", "visit.csv")
    assert "visits.csv" in problem.message
    assert len(tables.cases) == 3


@pytest.mark.parametrize(
    ("content", "name"),
    [("", "empty"), ("  \n\n", "empty"), ("patient_id,arm\n", "header_only"), ("patient_id,arm", "header_only")],
)
def test_nothing_in_it(tmp_path: Path, content: str, name: str) -> None:
    assert places(check(tmp_path, cases=content), name) == [("error", "cases.csv", None, None, None)]


def test_a_byte_order_mark_is_taken_off_and_said(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=b"\xef\xbb\xbf" + CASES.encode())
    assert [p.rule for p in tables.problems] == ["bom"]
    assert len(tables.cases) == 3


def test_utf16_is_read_by_its_mark_only(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.encode("utf-16"))
    assert [(p.severity, p.rule) for p in tables.problems] == [("note", "utf16")]
    assert len(tables.cases) == 3
    bare = check(tmp_path, cases=CASES.encode("utf-16-le"))
    assert places(bare, "binary") == [("error", "cases.csv", None, None, None)]
    assert "encoding" in rule(bare, "binary")[0].remedy
    assert len(check(tmp_path, cases=CASES.encode("utf-16-le"), of_cases={"encoding": "utf-16-le"}).cases) == 3


def test_an_encoding_is_never_guessed(tmp_path: Path) -> None:
    cases = "patient_id,arm,site\nP1,drug,A\nP2,drug,Z\xfcrich\n".encode("cp1252")
    tables = check(tmp_path, cases=cases)
    assert places(tables, "encoding") == [("error", "cases.csv", 3, "site", None)]
    assert "0xfc" in rule(tables, "encoding")[0].message
    assert "cp1252" in rule(tables, "encoding")[0].remedy
    assert check(tmp_path, cases=cases, of_cases={"encoding": "cp1252"}).cases["site"].tolist() == ["A", "Zürich"]
    for no_text in ("utf-9", "rot13", "undefined"):
        assert rule(check(tmp_path, of_cases={"encoding": no_text}), "unknown_encoding")


@pytest.mark.parametrize(("ends", "noted"), [("\r\n", []), ("\r", ["line_ends"]), ("mixed", ["line_ends"]), ("\n", [])])
def test_line_ends(tmp_path: Path, ends: str, noted: list[str]) -> None:
    cases = CASES.replace("\n", "\r\n", 2) if ends == "mixed" else CASES.replace("\n", ends)
    tables = check(tmp_path, cases=cases)
    assert [p.rule for p in tables.problems] == noted
    assert len(tables.cases) == 3


def test_the_wrong_separator_is_named(tmp_path: Path) -> None:
    cases = CASES.replace(",", ";")
    tables = check(tmp_path, cases=cases)
    assert places(tables, "separator") == [("error", "cases.csv", 1, None, None)]
    assert "';'" in rule(tables, "separator")[0].remedy
    assert len(check(tmp_path, cases=cases, of_cases={"separator": ";"}).cases) == 3


def test_a_trailing_separator_on_every_row(tmp_path: Path) -> None:
    tables = check(tmp_path, cases="patient_id,arm\nP1,drug,\nP2,block,\n")
    assert places(tables, "trailing_separator") == [("error", "cases.csv", 2, None, None)]
    also_in_header = check(tmp_path, cases="patient_id,arm,\nP1,drug,\n")
    assert places(also_in_header, "blank_header") == [("error", "cases.csv", 1, None, None)]


def test_short_and_long_rows_are_refused_and_nothing_is_padded(tmp_path: Path) -> None:
    tables = check(tmp_path, cases='patient_id,arm,site\nP1,"drug",A\nP2,block\nP3,drug,A,extra\n"P4","block","B"\n')
    assert places(tables, "short_row") == [("quarantine", "cases.csv", 3, None, None)]
    assert places(tables, "long_row") == [("quarantine", "cases.csv", 4, None, None)]
    assert tables.cases["patient_id"].tolist() == ["P1", "P4"]
    assert (tables.files[0].read, tables.files[0].quarantined) == (4, 2)


def test_rows_are_physical_lines_where_cells_hold_line_ends(tmp_path: Path) -> None:
    cases = 'patient_id,arm,site\n\nP1,drug,"a\nb"\nP2,block\nP3,nothing,"c"\n'
    tables = check(tmp_path, cases=cases)
    assert places(tables, "short_row")[0][2] == 5
    assert places(tables, "undeclared_arm")[0][2] == 6
    assert "the file has 1" in rule(tables, "blank_lines")[0].message
    assert tables.files[0].read == 3


def test_a_file_cut_in_a_row_stops(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES[:-4])
    assert places(tables, "truncated") == [("error", "cases.csv", 4, None, None)]
    assert places(tables, "short_row") == [("quarantine", "cases.csv", 4, None, None)]


def test_a_missing_last_line_end_is_said(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES[:-1])
    assert [(p.severity, p.rule, p.row) for p in tables.problems] == [("note", "no_final_newline", 4)]
    assert len(tables.cases) == 3


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('"A', "unclosed_quote"),
        ('A"', "unclosed_quote"),
        ('"A"B', "stray_quote"),
        ('A "big" B', "stray_quote"),
    ],
)
def test_a_quote_out_of_place_stops_with_its_row(tmp_path: Path, cell: str, name: str) -> None:
    tables = check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,A\nP2,drug,{cell}\nP3,drug,A\n")
    assert places(tables, name) == [("error", "cases.csv", 3, None, None)]
    assert len(tables.cases) == 0


def test_the_row_is_where_the_quote_opened_and_not_where_it_was_noticed(tmp_path: Path) -> None:
    tables = check(tmp_path, cases='patient_id,arm,site\nP1,drug,"A\nP2,drug,"B"\nP3,drug,"C"\n')
    assert places(tables, "unclosed_quote") == [("error", "cases.csv", 2, None, None)]


def test_doubled_quotes_are_one(tmp_path: Path) -> None:
    tables = check(tmp_path, cases='patient_id,arm,site\nP1,drug,"5"" tall, in A"\n')
    assert tables.cases["site"].tolist() == ['5" tall, in A']


@pytest.mark.parametrize("header", ["patient_id,arm,arm", "patient_id,arm,Arm ", "patient_id,arm,\u00a0ARM"])
def test_headers_that_a_person_could_not_tell_apart(tmp_path: Path, header: str) -> None:
    tables = check(tmp_path, cases=f"{header}\nP1,drug,block\n")
    assert places(tables, "duplicate_header") == [("error", "cases.csv", 1, None, None)]
    assert "'arm'" in rule(tables, "duplicate_header")[0].message


def test_a_missing_column_is_named_with_its_nearest(tmp_path: Path) -> None:
    tables = check(tmp_path, cases="patient_nr,arm\nP1,drug\n")
    assert places(tables, "missing_column") == [("error", "cases.csv", 1, "patient_id", None)]
    assert "'patient_nr'" in rule(tables, "missing_column")[0].message
    assert len(tables.cases) == 0
    assert not rule(tables, "unknown_patient"), "without cases nothing is said of whom visits belong to"


def test_a_column_that_nothing_uses_is_noted_unless_it_is_ignored(tmp_path: Path) -> None:
    cases = "patient_id,arm,shoe_size\nP1,drug,42\n"
    assert places(check(tmp_path, cases=cases), "unknown_column") == [("note", "cases.csv", None, "shoe_size", None)]
    for leave_out in ({"ignore": ["shoe_size"]}, {"ignore_rest": True}):
        tables = check(tmp_path, cases=cases, of_cases=leave_out)
        assert not rule(tables, "unknown_column")
        assert "1" in rule(tables, "ignored")[0].message


@pytest.mark.parametrize(
    "footer", ["Total,,210\n", "Total: 3\n", "Generated on 2024-05-01 by a.b@example.org", "Sum,3,3\n", "n = 3\n"]
)
def test_footers_are_no_records(tmp_path: Path, footer: str) -> None:
    tables = check(tmp_path, cases=CASES + footer)
    ((severity, _, row, _, value),) = places(tables, "footer")
    assert (severity, row) == ("quarantine", 5)
    assert "2024" not in str(value)
    assert no_errors(tables)
    assert (tables.files[0].read, tables.files[0].accepted) == (4, 3)


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    wide = ",".join(f"c{i}" for i in range(20_000))
    tables = check(tmp_path, cases=f"patient_id,arm,{wide}\nP1,drug{',' * 20_000}\n")
    assert places(tables, "oversize") == [("error", "cases.csv", None, None, None)]
    long = check(tmp_path, visits=VISITS + f"P1,{'x' * 200_000},0,1\n")
    assert places(long, "oversize") == [("error", "visits.csv", None, None, None)]
