"""Cells: what is read as a number, a code or a flag, what is refused, and what no message may show."""

from pathlib import Path

import numpy as np
import pytest

from cgh_analysis.ingest import Tables
from tests.raw import check, no_errors, places, rule

ARMS = [
    {"id": "MTE", "label": "Manual therapy + exercise", "synonyms": ["mt/ex", "1"]},
    {"id": "drug", "label": "Drug", "reference": True},
]


def seen(folder: Path, column: str, *values: str, **options: object) -> Tables:
    """Read visits of one patient each, with values in one column."""
    cases = "patient_id,arm\n" + "".join(f"P{i},drug\n" for i in range(len(values)))
    rows = "".join(f'P{i},baseline,"{value}"\n' for i, value in enumerate(values))
    return check(folder, cases=cases, visits=f"patient_id,visit,{column}\n{rows}", of_visits=dict(options))


@pytest.mark.parametrize(
    ("text", "number"), [("4", 4.0), ("4.50", 4.5), (" 4 ", 4.0), ("+4", 4.0), (".5", 0.5), ("5e-1", 0.5), ("", np.nan)]
)
def test_numbers(tmp_path: Path, text: str, number: float) -> None:
    tables = seen(tmp_path, "pain_nprs", text)
    assert tables.visits["pain_nprs"].tolist() == pytest.approx([number], nan_ok=True)
    assert tables.problems == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3,5", "decimal_comma"),
        ("~4", "approximate"),
        ("4-5", "approximate"),
        ("<5", "approximate"),
        ("5+", "approximate"),
        ("about 5", "approximate"),
        ("NA", "not_a_number"),
        ("None", "not_a_number"),
        ("nan", "not_a_number"),
        ("inf", "not_a_number"),
        ("four", "not_a_number"),
        ("٤", "not_a_number"),
        ("1_0", "not_a_number"),
        ("105", "out_of_range"),
        ("-3", "out_of_range"),
        ("1e9", "out_of_range"),
    ],
)
def test_what_is_no_number_in_range_refuses_the_row(tmp_path: Path, text: str, name: str) -> None:
    tables = seen(tmp_path, "pain_nprs", "3", text)
    assert places(tables, name) == [("quarantine", "visits.csv", 3, "pain_nprs", text)]
    assert tables.visits["pain_nprs"].tolist() == [3.0]


def test_a_decimal_comma_says_what_to_write(tmp_path: Path) -> None:
    assert "3.5" in rule(seen(tmp_path, "pain_nprs", "3,5"), "decimal_comma")[0].remedy


def test_a_file_with_decimal_commas(tmp_path: Path) -> None:
    tables = seen(tmp_path, "pain_nprs", "3,5", "4", "2.5", decimal=",")
    assert tables.visits["pain_nprs"].tolist() == [3.5, 4.0]
    assert places(tables, "decimal_point") == [("quarantine", "visits.csv", 4, "pain_nprs", "2.5")]


def test_whole_numbers(tmp_path: Path) -> None:
    tables = seen(tmp_path, "hit6", "50", "50.0", "50.5")
    assert tables.visits["hit6"].tolist() == [50.0, 50.0]
    assert places(tables, "not_integer") == [("quarantine", "visits.csv", 4, "hit6", "50.5")]


def test_units_are_read_off_and_noted_once_a_spelling(tmp_path: Path) -> None:
    tables = seen(tmp_path, "rom_flexion_deg", "44°", "45 deg", "46 deg", "46 deg", "~44", "40-45", "44 mm")
    assert tables.visits["rom_flexion_deg"].tolist() == [44.0, 45.0, 46.0, 46.0]
    assert [(p.row, p.value) for p in rule(tables, "unit_suffix")] == [(2, "44°"), (3, "45 deg"), (4, "46 deg")]
    assert (tables.ledger["rule"] == "unit_suffix").sum() == 4, "every altered cell is in the ledger"
    assert [p.row for p in rule(tables, "approximate")] == [6, 7]
    assert [p.row for p in rule(tables, "not_a_number")] == [8]


def test_a_unit_of_another_column_is_refused(tmp_path: Path) -> None:
    assert rule(seen(tmp_path, "pain_nprs", "4 deg"), "not_a_number")


def test_a_column_of_radians_stops(tmp_path: Path) -> None:
    tables = seen(tmp_path, "rom_flexion_deg", "0.8", "1.05", "1.1", "0.9", "1.2")
    assert places(tables, "radians") == [("error", "visits.csv", None, "rom_flexion_deg", None)]
    assert no_errors(seen(tmp_path, "rom_flexion_deg", "0.8", "1.05", "1.1", "0.9", "12"))


def ages(folder: Path, *values: str) -> Tables:
    rows = "".join(f"P{i},drug,{value}\n" for i, value in enumerate(values))
    return check(folder, cases=f"patient_id,arm,age_years\n{rows}", visits="patient_id,visit\nP0,baseline\n")


def test_ages_over_90_are_told_as_90_or_stop(tmp_path: Path) -> None:
    tables = ages(tmp_path, "90+", "90", ">= 90", "89", "45 years")
    assert tables.cases["age_years"].tolist() == [90.0, 90.0, 90.0, 89.0, 45.0]
    assert no_errors(tables)
    tables = ages(tmp_path, "89", "93")
    assert places(tables, "age_over_90") == [("error", "cases.csv", 3, "age_years", "***")]
    assert not any("93" in f"{p.message}{p.value}" for p in tables.problems)


@pytest.mark.parametrize("text", ["-4", "0", "178"])
def test_impossible_ages_refuse_the_row(tmp_path: Path, text: str) -> None:
    assert places(ages(tmp_path, "40", text), "out_of_range") == [("quarantine", "cases.csv", 3, "age_years", text)]


def arms(folder: Path, *values: str, **options: object) -> Tables:
    rows = "".join(f'P{i},"{value}"\n' for i, value in enumerate(values))
    visits = "patient_id,visit\nP0,baseline\n"
    return check(folder, cases=f"patient_id,arm\n{rows}", visits=visits, arms=ARMS, of_cases=dict(options))


def test_spellings_of_an_arm_are_read_and_noted_once_each(tmp_path: Path) -> None:
    tables = arms(tmp_path, "MTE", "mte ", "Manual  Therapy + exercise", "MT/EX", "MT/EX", "drug")
    assert tables.cases["arm"].tolist() == ["MTE"] * 5 + ["drug"]
    notes = rule(tables, "synonym")
    assert [(p.severity, p.value) for p in notes] == [
        ("note", "mte"),
        ("note", "Manual Therapy + exercise"),
        ("note", "MT/EX"),
    ]
    assert "twice" in notes[-1].message


@pytest.mark.parametrize("text", ["MTX", "None", "NA", "N/A", "null"])
def test_an_arm_that_is_not_declared_refuses_the_row_and_is_never_missing(tmp_path: Path, text: str) -> None:
    tables = arms(tmp_path, "MTE", text)
    assert places(tables, "undeclared_arm") == [("quarantine", "cases.csv", 3, "arm", text)]
    assert tables.cases["arm"].tolist() == ["MTE"]


def test_the_nearest_arm_is_named(tmp_path: Path) -> None:
    assert "'MTE'" in rule(arms(tmp_path, "MTX"), "undeclared_arm")[0].message
    assert "'drug'" in rule(arms(tmp_path, "drugs"), "undeclared_arm")[0].message


def test_declared_words_for_missing_are_blank(tmp_path: Path) -> None:
    tables = arms(tmp_path, "MTE", "unknown", missing=["unknown"])
    assert places(tables, "missing_value") == [("quarantine", "cases.csv", 3, "arm", None)]
    tables = seen(tmp_path, "pain_nprs", "-99", "3", missing=["-99"])
    assert tables.visits["pain_nprs"].tolist() == pytest.approx([np.nan, 3.0], nan_ok=True)


def test_codes_of_the_schema(tmp_path: Path) -> None:
    cases = "patient_id,arm,onset,sex\nP1,drug,other_trauma,female\nP2,drug,Other trauma,Male\nP3,drug,fall,female\n"
    tables = check(tmp_path, cases=cases)
    assert tables.cases["onset"].tolist() == ["other_trauma", "other_trauma"]
    assert [p.value for p in rule(tables, "spelling")] == ["Other trauma", "Male"]
    assert places(tables, "undeclared_code") == [("quarantine", "cases.csv", 4, "onset", "fall")]


def test_flags(tmp_path: Path) -> None:
    texts = ["yes", "Y", "TRUE", "1", "1.0", "no", "n", "False", "0", "", "maybe", "2"]
    tables = seen(tmp_path, "headache_free", *texts)
    assert tables.visits["headache_free"].astype(object).fillna("-").tolist() == ["yes"] * 5 + ["no"] * 4 + ["-"]
    assert [(p.row, p.value) for p in rule(tables, "not_a_flag")] == [(12, "maybe"), (13, "2")]


def test_long_numbers_as_ids_stay_text(tmp_path: Path) -> None:
    tables = check(
        tmp_path,
        cases="patient_id,arm\n9007199254740993,drug\n",
        visits="patient_id,visit\n9007199254740993,baseline\n",
    )
    assert tables.cases["patient_id"].tolist() == ["9007199254740993"]
    assert [(p.severity, p.row, p.value) for p in rule(tables, "long_number_id")] == [("note", 2, None)] * 2


SECRETS = [
    ("e-mail addresses", "jo.doe@example.org"),
    ("phone numbers", "+44 20 7946 0958"),
    ("long numbers", "02079460958"),
    ("long numbers", "943 476 5919"),
    ("full dates", "2024-05-01"),
    ("full dates", "1/5/2024"),
    ("full dates", "01.05.1971"),
    ("full dates", "3 March 1971"),
]


@pytest.mark.parametrize(("what", "secret"), SECRETS)
@pytest.mark.parametrize("column", ["arm", "site", "shoe_size", "age_years"])
def test_what_could_name_a_person_stops_and_is_never_shown(tmp_path: Path, what: str, secret: str, column: str) -> None:
    values = {"arm": "drug", "site": "A", "shoe_size": "42", "age_years": "40", column: secret}
    cases = f"patient_id,{','.join(values)}\nP1,{','.join(values.values())}\n"
    tables = check(tmp_path, cases=cases, visits="patient_id,visit\nP1,baseline\n")
    assert [(p.row, p.column) for p in rule(tables, "identifier") if what in p.message] == [(2, column)]
    told = " ".join(f"{p.message} {p.remedy} {p.value}" for p in tables.problems) + tables.ledger.to_csv()
    assert secret not in told


@pytest.mark.parametrize(
    "value", ["45.23", "33.333333333", "1234", "S1-0042", "C2/C3", "12/24", "worse on 3 of 7 days"]
)
def test_plain_values_are_no_identifiers(tmp_path: Path, value: str) -> None:
    assert no_errors(check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,{value}\n"))


@pytest.mark.parametrize("name", ["Name", "patient name", "DOB", "date_of_birth", "E-Mail", "phoneNumber", "nhs_no"])
def test_columns_named_after_people_stop_unless_they_are_left_out(tmp_path: Path, name: str) -> None:
    cases = f"patient_id,arm,{name}\nP1,drug,x\n"
    assert places(check(tmp_path, cases=cases), "identifier_column") == [("error", "cases.csv", 1, name, None)]
    assert no_errors(check(tmp_path, cases=cases, of_cases={"ignore": [name]}))


def test_a_date_column_may_be_left_out(tmp_path: Path) -> None:
    cases = "patient_id,arm,seen_on\nP1,drug,2024-05-01\n"
    assert rule(check(tmp_path, cases=cases), "identifier")
    assert no_errors(check(tmp_path, cases=cases, of_cases={"ignore_rest": True}))


def test_no_message_shows_an_id(tmp_path: Path) -> None:
    cases = "patient_id,arm\nSECRET1,drug\nSECRET1,block\n,drug\n"
    tables = check(tmp_path, cases=cases, visits="patient_id,visit\nSECRET2,baseline\nSECRET1,baseline\n")
    assert {p.rule for p in tables.problems} == {
        "arm_conflict",
        "missing_value",
        "unknown_patient",
        "patient_not_accepted",
        "none_accepted",
    }
    told = " ".join(f"{p.message} {p.remedy} {p.value}" for p in tables.problems) + tables.ledger.to_csv()
    assert "SECRET" not in told


def test_long_values_are_cut(tmp_path: Path) -> None:
    ((_, _, _, _, value),) = places(arms(tmp_path, "a" * 100), "undeclared_arm")
    assert value is not None
    assert len(value) == 40


def test_cells_that_a_spreadsheet_would_run_are_noted(tmp_path: Path) -> None:
    events = "patient_id,day,kind,detail\nP1,3,recurrence,=HYPERLINK(x)\nP1,4,recurrence,-2+3\nP2,-1,recurrence,worse\n"
    tables = check(tmp_path, events=events)
    assert places(tables, "formula") == [("note", "events.csv", 2, "detail", None)]
    assert "twice" in rule(tables, "formula")[0].message
    assert tables.events["detail"].tolist() == ["=HYPERLINK(x)", "-2+3"]
