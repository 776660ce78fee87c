"""Raw files spoilt as people and programs spoil them: a whole file that is wrong stops, with what to do about it."""

import gzip
import zipfile
from pathlib import Path

import pytest

from tests.raw import CASES, DOCUMENT, MAIN, VISITS, check, no_errors, places, rule, workbook

PEOPLE = [f"P{i}" for i in range(40)]
HEADS = "patient_id,visit,day,"


def visits(column: str, values: list[object]) -> str:
    rows = [f"{p},baseline,0,{v}\n" for p, v in zip(PEOPLE, values, strict=True)]
    return "".join([f"{HEADS}{column}\n", *rows])


def everybody() -> str:
    return "patient_id,arm\n" + "".join(f"{p},drug\n" for p in PEOPLE)


def test_a_file_of_which_nothing_is_accepted_stops(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace("drug", "x").replace("block", "y"))
    assert [p.file for p in rule(tables, "none_accepted")] == ["cases.csv", "visits.csv"]
    assert "None of the 3 records" in rule(tables, "none_accepted")[0].message


def test_events_may_all_be_of_people_who_were_refused(tmp_path: Path) -> None:
    events = "patient_id,day,kind\nP1,3,crossover\n"
    tables = check(tmp_path, cases=CASES.replace("P1,drug", "P1,x"), events=events)
    assert not rule(tables, "none_accepted")


def test_trailing_separators_are_found_under_a_footer_too(tmp_path: Path) -> None:
    rows = CASES.splitlines()
    text = "\n".join([rows[0], *(f"{row}," for row in rows[1:]), "Total,3", ""])
    assert places(check(tmp_path, cases=text), "trailing_separator") == [("error", "cases.csv", 2, None, None)]


def test_a_file_that_is_no_text_is_named_for_what_it_is(tmp_path: Path) -> None:
    (problem,) = rule(check(tmp_path, cases=gzip.compress(CASES.encode())), "not_text")
    assert "gzip" in problem.message
    assert problem.column is None
    assert rule(check(tmp_path, cases=b"PK\x03\x04" + bytes(40)), "not_text")


def test_an_encoding_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (problem,) = rule(check(tmp_path, of_cases={"encoding": "klingon"}), "unknown_encoding")
    assert "'klingon'" in problem.message


def test_a_site_on_another_scale_stops_until_the_study_says_that_these_are_slips(tmp_path: Path) -> None:
    mixed = visits("pain_nprs", [70 if i % 5 == 0 else 7 for i in range(40)])
    (problem,) = rule(check(tmp_path, cases=everybody(), visits=mixed), "scale")
    assert "8 of 40 values lie outside" in problem.message
    defended = check(tmp_path, cases=everybody(), visits=mixed, of_visits={"accept": {"scale": "typing errors"}})
    assert no_errors(defended)
    few = visits("pain_nprs", [70 if i < 4 else 7 for i in range(40)])
    assert no_errors(check(tmp_path, cases=everybody(), visits=few)), "four slips are refused one by one"


def test_one_slip_does_not_hide_a_column_in_radians(tmp_path: Path) -> None:
    angles = visits("rom_rotation_left_deg", [71, *(1.05 + i / 1000 for i in range(39))])
    assert rule(check(tmp_path, cases=everybody(), visits=angles), "radians")


@pytest.mark.parametrize(
    "value",
    ["SW1A 1AA", "https://clinic.example.org/p/12", "www.example.org", "192.168.10.22", "seen with Mr Smith", "Dr. Wu"],
)
def test_what_points_at_a_person_stops_and_is_not_repeated(tmp_path: Path, value: str) -> None:
    tables = check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,{value}\nP2,block,x\nP3,drug,x\n")
    assert [(p.column, p.row, p.value) for p in rule(tables, "identifier")] == [("site", 2, None)]
    assert value not in " ".join(f"{p.message} {p.remedy} {p.value}" for p in tables.problems)


@pytest.mark.parametrize("value", ["C2 3rd", "1.5.2", "MS clinic", "Drug", "mrs", "A1 B2"])
def test_what_only_looks_like_it_comes_in(tmp_path: Path, value: str) -> None:
    assert no_errors(check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,{value}\nP2,block,x\nP3,drug,x\n"))


def test_a_header_that_is_the_label_is_offered(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace("arm", "Treatment arm (1)", 1).replace("age_years", "arm_pain", 1))
    assert "'Treatment arm (1)'" in rule(tables, "missing_column")[0].message


def test_what_is_near_nothing_is_told_what_there_is(tmp_path: Path) -> None:
    tables = check(tmp_path, visits=VISITS.replace("week4", "7"))
    assert "there are baseline, week4, week12" in rule(tables, "undeclared_visit")[0].message


def book(folder: Path, rows: str) -> None:
    """Write a workbook whose one sheet is this XML."""
    workbook(folder / "empty.xlsx", {"data": []})
    with zipfile.ZipFile(folder / "empty.xlsx") as source, zipfile.ZipFile(folder / "book.xlsx", "w") as target:
        for name in source.namelist():
            sheet = f'<worksheet xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheetData>{rows}</sheetData></worksheet>'
            target.writestr(name, sheet if "sheets/" in name else source.read(name))


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


HEADER = f'<row r="1">{text("A1", "patient_id")}{text("B1", "arm")}{text("C1", "age_years")}</row>'
FIRST = f'<row r="2">{text("A2", "P1")}{text("B2", "drug")}<c r="C2"><v>40</v></c></row>'
OF_BOOK = {"path": "book.xlsx"}


def third(age: str, *, hidden: str = "") -> str:
    return f'{HEADER}{FIRST}<row r="3"{hidden}>{text("A3", "P2")}{text("B3", "block")}{age}</row>'


@pytest.mark.parametrize(
    ("age", "stops"),
    [
        ('<c r="C3" t="e"><v>#DIV/0!</v></c>', True),
        ('<c r="C3"><f>20+20</f></c>', True),
        ('<c r="C3"><f>20+20</f><v></v></c>', True),
        ('<c r="C3"><f>20+20</f><v>40</v></c>', False),
        ('<c r="C3" t="str"><f>""</f><v></v></c>', False),
    ],
)
def test_values_that_a_workbook_has_lost_stop_and_are_listed(tmp_path: Path, age: str, stops: bool) -> None:
    book(tmp_path, third(age))
    tables = check(tmp_path, of_cases=OF_BOOK)
    assert places(tables, "lost_value") == ([("error", "book.xlsx", 3, None, None)] if stops else [])
    assert not stops or ": C3;" in rule(tables, "lost_value")[0].message
    assert no_errors(check(tmp_path, of_cases={**OF_BOOK, "accept": {"lost_value": "not analysed"}}))


def test_hidden_rows_stop_until_the_study_says_why_they_may_come_in(tmp_path: Path) -> None:
    book(tmp_path, third('<c r="C3"><v>50</v></c>', hidden=' hidden="1"'))
    assert places(check(tmp_path, of_cases=OF_BOOK), "hidden_rows") == [("error", "book.xlsx", 3, None, None)]
    assert no_errors(check(tmp_path, of_cases={**OF_BOOK, "accept": {"hidden_rows": "a filter was left on"}}))


def test_one_cell_far_away_does_not_fill_the_memory(tmp_path: Path) -> None:
    book(tmp_path, third('<c r="C3"><v>50</v></c>') + f'<row r="1048576">{text("XFD1048576", "x")}</row>')
    (problem,) = rule(check(tmp_path, of_cases=OF_BOOK), "oversize")
    assert "XFD1048576" in problem.message
