"""Text files whose separator, encoding or decimal sign is found out, and whose header is not the first row."""

from pathlib import Path

import pytest

from tests.raw import CASES, VISITS, check, no_errors, places, rule

DETECT = {"separator": "detect", "encoding": "detect", "decimal": "detect"}
SITES = "patient_id,arm,site\nP1,drug,Zürich\nP2,block,Köln\nP3,drug,Genève\n"
DECIMALS = VISITS.replace("baseline,0,6", "baseline,0,6.5").replace("28,3", "28,3.5")


def told(problems: list) -> list[str]:
    return [f"{p.severity}: {p.message} {p.remedy}" for p in problems]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_sign_that_parts_all_rows_alike_and_is_said(tmp_path: Path, separator: str) -> None:
    tables = check(tmp_path, cases=CASES.replace(",", separator), of_cases={"separator": "detect"})
    assert len(tables.cases) == 3
    written = "\\t" if separator == "\t" else separator
    assert told(rule(tables, "detected")) == [
        f"note: `separator` was found out from the file: {separator!r}."
        f' Write separator = "{written}" under [sources] to fix it.'
    ]


def test_a_separator_is_never_looked_for_unasked(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace(",", ";"))
    assert rule(tables, "separator")
    assert not rule(tables, "detected")


def test_signs_within_cells_do_not_hide_the_separator(tmp_path: Path) -> None:
    cases = 'patient_id;arm;site\nP1;drug;"A, B; C"\nP2;block;"a, b"\nP3;drug;c, d\n'
    tables = check(tmp_path, cases=cases, of_cases={"separator": "detect"})
    assert tables.cases["site"].tolist() == ["A, B; C", "a, b", "c, d"]


def test_one_footer_does_not_hide_the_separator(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace(",", ";") + "Total: 3\n", of_cases={"separator": "detect"})
    assert (tables.files[0].read, tables.files[0].accepted) == (4, 3)


@pytest.mark.parametrize(
    ("cases", "why"),
    [
        ("patient_id,arm;site\nP1,drug;A\nP2,block;B\nP3,drug;A\n", "commas as well as semicolons part it into cells"),
        ("patient_id\nP1\nP2\n", "no comma, semicolon, tab or bar parts its rows alike"),
        ("patient_id,arm\nP1,drug,\nP2,block,\nP3,drug,\n", "no comma, semicolon, tab or bar parts its rows alike"),
        ("patient_id,arm\n", "no comma, semicolon, tab or bar parts its rows alike"),
    ],
)
def test_a_separator_that_is_not_certain_is_asked_for(tmp_path: Path, cases: str, why: str) -> None:
    tables = check(tmp_path, cases=cases, of_cases={"separator": "detect"})
    assert told(rule(tables, "undetected")) == [
        f"error: The file does not say for certain what its separator is: {why}. Say `separator` under [sources]."
    ]
    assert len(tables.cases) == 0


@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")]
)
def test_the_encoding_is_that_of_the_mark_else_utf8_else_windows(tmp_path: Path, encoding: str, found: str) -> None:
    tables = check(tmp_path, cases=SITES.encode(encoding), of_cases={"encoding": "detect"})
    assert tables.cases["site"].tolist() == ["Zürich", "Köln", "Genève"]
    (note,) = rule(tables, "detected")
    assert f'encoding = "{found}"' in note.remedy


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "utf-16-le", "shift_jis", "cp1251"])
def test_what_does_not_read_well_is_asked_for(tmp_path: Path, encoding: str) -> None:
    word = {"shift_jis": "東京都", "cp1251": "Москва"}.get(encoding, "Müller")
    cases = CASES.replace("drug", word)
    tables = check(tmp_path, cases=cases.encode(encoding), of_cases={"encoding": "detect"})
    (fault,) = rule(tables, "undetected")
    assert (fault.severity, fault.file) == ("error", "cases.csv")
    assert len(tables.cases) == 0


def test_a_file_of_two_encodings_is_asked_for(tmp_path: Path) -> None:
    cases = SITES.encode().replace("Köln".encode(), "Köln".encode("cp1252"))
    assert rule(check(tmp_path, cases=cases, of_cases={"encoding": "detect"}), "undetected")


def test_degrees_are_no_sign_of_another_encoding(tmp_path: Path) -> None:
    cases = "patient_id,arm,site\nP1,drug,44° ± 2\nP2,block,B\nP3,drug,B\n".encode("cp1252")
    tables = check(tmp_path, cases=cases, of_cases={"encoding": "detect"})
    assert tables.cases["site"].tolist() == ["44° ± 2", "B", "B"]


def test_the_decimal_sign_is_the_one_that_numbers_have(tmp_path: Path) -> None:
    comma = DECIMALS.replace(",", ";").replace(".", ",")
    for content, sign in ((comma, ","), (DECIMALS, ".")):
        tables = check(tmp_path, visits=content, of_visits={"separator": "detect", "decimal": "detect"})
        assert tables.visits["pain_nprs"].tolist() == [6.5, 3.5, 7, 5]
        assert [p.remedy for p in rule(tables, "detected")][1] == f'Write decimal = "{sign}" under [sources] to fix it.'


def test_numbers_without_a_fraction_are_read_with_a_point(tmp_path: Path) -> None:
    tables = check(tmp_path, of_visits={"decimal": "detect"})
    assert 'decimal = "."' in rule(tables, "detected")[0].remedy
    assert no_errors(tables)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("6,5", "3.5"), "some cells have a decimal comma, and some a decimal point"),
        (("1,234", "3"), "its numbers may have a sign between thousands"),
        (("1.234", "3"), "its numbers may have a sign between thousands"),
    ],
)
def test_a_decimal_sign_that_is_not_certain_is_asked_for(tmp_path: Path, cells: tuple[str, str], why: str) -> None:
    visits = f"patient_id;visit;day;pain_nprs\nP1;baseline;0;{cells[0]}\nP1;week4;28;{cells[1]}\n"
    tables = check(tmp_path, visits=visits, of_visits={"separator": ";", "decimal": "detect"})
    (fault,) = rule(tables, "undetected")
    assert why in fault.message
    assert len(tables.visits) == 0


def test_three_places_are_a_fraction_where_other_numbers_say_so(tmp_path: Path) -> None:
    visits = "patient_id;visit;day;pain_nprs\nP1;baseline;0;6,125\nP1;week4;28;3,5\n"
    tables = check(tmp_path, visits=visits, of_visits={"separator": ";", "decimal": "detect"})
    assert tables.visits["pain_nprs"].tolist() == [6.125, 3.5]


def test_everything_may_be_found_out_at_once(tmp_path: Path) -> None:
    visits = DECIMALS.replace(",", ";").replace(".", ",").encode("utf-16")
    tables = check(tmp_path, visits=visits, of_visits=DETECT)
    assert tables.visits["pain_nprs"].tolist() == [6.5, 3.5, 7, 5]
    assert [p.rule for p in tables.problems] == ["utf16", "detected", "detected", "detected"]


def test_the_header_may_stand_below_other_rows(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=f'Export of the "study\n\n{CASES}', of_cases={"header": 3})
    assert tables.cases["patient_id"].tolist() == ["P1", "P2", "P3"]
    assert places(tables, "preamble") == [("note", "cases.csv", 1, None, None)]
    assert "(2)" in rule(tables, "preamble")[0].message
    assert (tables.files[0].read, tables.files[0].accepted) == (3, 3)


def test_rows_are_counted_from_the_top_of_the_file(tmp_path: Path) -> None:
    cases = f"About\n{CASES.replace('block', 'surgery')}P9,drug\n"
    tables = check(tmp_path, cases=cases, of_cases={"header": 2})
    assert places(tables, "undeclared_arm")[0][2] == 4
    assert places(tables, "short_row")[0][2] == 6
    unclosed = check(tmp_path, cases=f'About\n{CASES}P9,"drug,40\n', of_cases={"header": 2})
    assert places(unclosed, "unclosed_quote")[0][2] == 6
    doubled = check(tmp_path, cases="About\npatient_id,arm,arm\nP1,drug,drug\n", of_cases={"header": 2})
    assert places(doubled, "duplicate_header")[0][2] == 2
    lacking = check(tmp_path, cases="About\npatient,arm\nP1,drug\n", of_cases={"header": 2})
    assert places(lacking, "missing_column")[0][2] == 2


@pytest.mark.parametrize("content", [f"About\n\n{CASES}", "About", "About\n", f"About\n \n{CASES}"])
def test_a_header_row_with_nothing_in_it_stops(tmp_path: Path, content: str) -> None:
    tables = check(tmp_path, cases=content, of_cases={"header": 2})
    assert told(rule(tables, "header_row")) == [
        "error: There is nothing in row 2 to name the columns."
        " Say under [sources] which row names the columns (`header`), counted from 1."
    ]


def test_a_byte_that_is_not_of_the_encoding_is_placed_under_the_right_column(tmp_path: Path) -> None:
    cases = f"About\n{SITES}".encode("cp1252")
    tables = check(tmp_path, cases=cases, of_cases={"header": 2})
    assert places(tables, "encoding") == [("error", "cases.csv", 3, "site", None)]
