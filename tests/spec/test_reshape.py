"""Long files: records that a table takes, and values that stand one to a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.raw import check, no_errors, places, rule

CASES = "patient_id,arm,age_years\nP1,drug,40\nP2,block,50\n"
LONG = (
    "id,when,day,item,value\n"
    "P1,baseline,0,pain_nprs,6\n"
    "P1,baseline,0,ndi,20\n"
    "P1,week4,28,pain_nprs,3\n"
    "P2,baseline,0,pain_nprs,7\n"
    "P2,baseline,0,ndi,30\n"
)
SPREAD = {
    "columns": {"patient_id": "id", "visit": "when"},
    "spread": {"names": "item", "values": "value", "by": ["id", "when"]},
}


def test_where_takes_records_and_counts_the_others(tmp_path: Path) -> None:
    whole = "record,event,arm,age_years\nP1,intake,drug,40\nP1,week4,,\nP2,intake,block,50\n"
    of_cases = {"columns": {"patient_id": "record"}, "where": {"event": "intake"}, "ignore": ["event"]}
    tables = check(tmp_path, cases=whole, of_cases=of_cases)
    assert tables.cases["patient_id"].tolist() == ["P1", "P2"]
    assert tables.files[0].read == 3 and tables.files[0].quarantined == 1
    assert [p.severity for p in rule(tables, "not_selected")] == ["note"]
    assert tables.ledger.loc[tables.ledger["rule"] == "not_selected", "row"].tolist() == [3]


def test_where_takes_several_values_and_meets_numbers(tmp_path: Path) -> None:
    whole = "patient_id,arm,flag\nP1,drug,1.0\nP2,block,2\nP3,drug,\nP4,drug,3\n"
    tables = check(tmp_path, cases=whole, of_cases={"where": {"flag": ["1", "2", ""]}, "ignore": ["flag"]})
    assert tables.cases["patient_id"].tolist() == ["P1", "P2", "P3"]


def test_where_needs_its_column(tmp_path: Path) -> None:
    tables = check(tmp_path, of_cases={"where": {"age_year": "40"}})
    assert [(p.severity, p.column) for p in rule(tables, "missing_column")] == [("error", "age_year")]
    assert "age_years" in rule(tables, "missing_column")[0].message


def test_values_of_one_row_stand_side_by_side(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=LONG, of_visits=SPREAD)
    assert no_errors(tables)
    assert tables.visits[["patient_id", "visit", "day"]].astype(str).to_numpy().tolist() == [
        ["P1", "baseline", "0.0"],
        ["P1", "week4", "28.0"],
        ["P2", "baseline", "0.0"],
    ]
    assert tables.visits["pain_nprs"].tolist() == [6.0, 3.0, 7.0]
    assert tables.visits["ndi"].isna().tolist() == [False, True, False]
    assert (tables.files[1].read, tables.files[1].accepted) == (5, 5)


def test_a_refused_row_takes_all_its_records_along(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=LONG.replace("pain_nprs,7", "pain_nprs,45"), of_visits=SPREAD)
    assert [p.row for p in rule(tables, "out_of_range")] == [5, 6]
    assert (tables.files[1].accepted, tables.files[1].quarantined) == (3, 2)
    assert set(tables.ledger["row"]) == {5, 6}


def test_the_same_value_twice_and_two_values_of_the_same(tmp_path: Path) -> None:
    again = LONG + "P2,baseline,0,ndi,30\nP1,week4,28,pain_nprs,4\n"
    tables = check(tmp_path, cases=CASES, visits=again, of_visits=SPREAD)
    assert places(tables, "duplicate") == [("note", "visits.csv", 7, None, None)]
    assert [p.row for p in rule(tables, "conflicting_value")] == [4, 8]
    assert tables.visits["visit"].tolist() == ["baseline", "baseline"]
    assert (tables.files[1].accepted, tables.files[1].quarantined) == (4, 3)


def test_a_column_that_differs_within_a_row_is_not_used(tmp_path: Path) -> None:
    torn = LONG.replace("P1,baseline,0,ndi", "P1,baseline,1,ndi")
    tables = check(tmp_path, cases=CASES, visits=torn, of_visits=SPREAD)
    assert [p.column for p in rule(tables, "varying_column")] == ["day"]
    assert tables.visits["day"].tolist() == [0.0, 28.0, 0.0]  # as planned, since the file gives no day any more


def test_a_record_that_does_not_say_what_it_holds(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=LONG + "P2,week4,28,,5\n,week4,28,ndi,5\n", of_visits=SPREAD)
    assert [(p.row, p.column) for p in rule(tables, "missing_value")] == [(7, "item"), (8, "id")]
    assert (tables.files[1].accepted, tables.files[1].quarantined) == (5, 2)


@pytest.mark.parametrize("name", ["item", "value", "when"])
def test_spread_needs_its_columns(tmp_path: Path, name: str) -> None:
    tables = check(tmp_path, cases=CASES, visits=LONG.replace(name, "other", 1), of_visits=SPREAD)
    assert next(p.column for p in rule(tables, "missing_column")) == name
    assert tables.files[1].accepted == 0


def test_a_name_that_is_a_column_already(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=LONG.replace("ndi,20", "day,20"), of_visits=SPREAD)
    assert [p.severity for p in rule(tables, "duplicate_header")] == ["error"]


def test_selected_then_spread(tmp_path: Path) -> None:
    flagged = LONG.replace("value\n", "value,use\n", 1).replace("0,", "0,", 1)
    head, *rows = flagged.splitlines()
    lines = [f"{row},{'Y' if 'ndi' not in row else ''}" for row in rows]
    of_visits = {**SPREAD, "where": {"use": "Y"}, "ignore": ["use"]}
    tables = check(tmp_path, cases=CASES, visits="\n".join([head, *lines, ""]), of_visits=of_visits)
    assert "ndi" not in tables.visits
    assert (tables.files[1].accepted, tables.files[1].quarantined) == (3, 2)
