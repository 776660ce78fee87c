"""Rows against each other: who is there twice, who contradicts whom, and who belongs to nobody."""

from pathlib import Path

import pytest

from tests.raw import CASES, VISITS, check, no_errors, places, rule


def rows_of(tables: object, name: str) -> list[int | None]:
    return [p.row for p in rule(tables, name)]  # type: ignore[arg-type]


def test_a_visit_given_twice_alike_is_kept_once(tmp_path: Path) -> None:
    tables = check(tmp_path, visits=VISITS + "P1,week4,28,3\nP1,week4,28.0,3.0\n")
    assert places(tables, "duplicate") == [("note", "visits.csv", r, None, None) for r in (6, 7)]
    assert len(tables.visits) == 4
    assert (tables.files[1].read, tables.files[1].quarantined) == (6, 2)
    assert tables.ledger["severity"].tolist() == ["quarantine"] * 2


def test_a_visit_given_twice_differently_is_refused_twice(tmp_path: Path) -> None:
    tables = check(tmp_path, visits=VISITS + "P1,week4,28,8\n")
    assert places(tables, "conflicting_visit") == [("quarantine", "visits.csv", r, None, None) for r in (3, 6)]
    assert "pain_nprs" in rule(tables, "conflicting_visit")[0].message
    assert len(tables.visits) == 3


def test_a_row_that_is_refused_anyway_contradicts_nobody(tmp_path: Path) -> None:
    tables = check(tmp_path, visits=VISITS + "P1,week4,28,800\n")
    assert not rule(tables, "conflicting_visit")
    assert rows_of(tables, "out_of_range") == [6]


def test_a_patient_given_twice(tmp_path: Path) -> None:
    alike = check(tmp_path, cases=CASES + "P1,drug,40\n")
    assert rows_of(alike, "duplicate") == [5]
    assert alike.cases["patient_id"].tolist() == ["P1", "P2", "P3"]
    differing = check(tmp_path, cases=CASES + "P1,drug,41\n")
    assert rows_of(differing, "conflicting_patient") == [2, 5]
    assert "age_years" in rule(differing, "conflicting_patient")[0].message
    assert rows_of(differing, "patient_not_accepted") == [2, 3], "the patient's visits go with the case"


def test_a_patient_in_two_arms(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES + "P1,block,40\n")
    assert places(tables, "arm_conflict") == [("quarantine", "cases.csv", r, "arm", None) for r in (2, 5)]
    assert rows_of(tables, "patient_not_accepted") == [2, 3]


def test_visits_that_name_another_arm_than_the_case(tmp_path: Path) -> None:
    visits = "patient_id,visit,arm\nP1,baseline,drug\nP1,week4,block\nP2,baseline,Block\nP3,baseline,\n"
    tables = check(tmp_path, visits=visits)
    assert [(p.file, p.row) for p in rule(tables, "arm_conflict")] == [
        ("cases.csv", 2),
        ("visits.csv", 2),
        ("visits.csv", 3),
    ]
    assert tables.cases["patient_id"].tolist() == ["P2", "P3"]
    assert list(tables.visits.columns) == ["patient_id", "visit", "day"], "the arm stays with the case"


def test_rows_of_nobody(tmp_path: Path) -> None:
    events = "patient_id,day,kind\nP1,10,withdrawal\nP9,10,withdrawal\nP2,-3,withdrawal\n"
    tables = check(tmp_path, visits=VISITS + "P9,baseline,0,5\n", events=events)
    assert [(p.file, p.row) for p in rule(tables, "unknown_patient")] == [("visits.csv", 6), ("events.csv", 3)]
    assert places(tables, "before_baseline") == [("quarantine", "events.csv", 4, "day", "-3")]
    assert tables.events["day"].tolist() == [10.0]


@pytest.mark.parametrize(("case", "visit"), [("7", "007"), ("P7", "P07"), ("1-007", "1-7")])
def test_ids_that_differ_by_leading_zeros_are_not_joined(tmp_path: Path, case: str, visit: str) -> None:
    tables = check(
        tmp_path, cases=f"patient_id,arm\n{case},drug\n", visits=f"patient_id,visit\n{visit},baseline\nX9,baseline\n"
    )
    assert places(tables, "id_zero_padding") == [("error", "visits.csv", 2, "patient_id", None)]
    assert "once" in rule(tables, "id_zero_padding")[0].message


def test_ids_are_text(tmp_path: Path) -> None:
    cases = "patient_id,arm\n7,drug\n007,block\n7.0,drug\n"
    visits = "patient_id,visit\n7,baseline\n007,baseline\n7.0,baseline\n"
    told = rule(check(tmp_path, cases=cases, visits=visits), "alike_ids")
    assert [(p.severity, p.row) for p in told] == [("error", 2)]
    tables = check(tmp_path, cases=cases, visits=visits, of_cases={"accept": {"alike_ids": "three people"}})
    assert no_errors(tables)
    assert tables.visits["patient_id"].tolist() == ["7", "007", "7.0"]


def test_days_before_the_baseline(tmp_path: Path) -> None:
    visits = "patient_id,visit,day\nP1,baseline,10\nP1,week4,5\nP2,week4,-3\nP3,week4,5\n"
    tables = check(tmp_path, visits=visits)
    assert places(tables, "before_baseline") == [
        ("quarantine", "visits.csv", 3, "day", None),
        ("quarantine", "visits.csv", 4, "day", "-3"),
    ]


def test_a_blank_day_is_refused_where_the_file_has_days(tmp_path: Path) -> None:
    tables = check(tmp_path, visits="patient_id,visit,day\nP1,baseline,0\nP1,week4,\n")
    assert places(tables, "missing_value") == [("quarantine", "visits.csv", 3, "day", None)]


def test_days_outside_the_window_are_counted_once_a_visit(tmp_path: Path) -> None:
    visits = "patient_id,visit,day\nP1,baseline,0\nP1,week4,60\nP2,week4,43\nP3,week4,28\nP3,week12,84\n"
    tables = check(tmp_path, visits=visits)
    (note,) = rule(tables, "outside_window")
    assert (note.severity, note.row, note.column) == ("note", 3, "day")
    assert note.message == "2 of 3 'week4' visits lie outside days 14 to 42."
    assert len(tables.visits) == 5, "they are kept: the cohort decides"


def test_visits_under_other_names(tmp_path: Path) -> None:
    tables = check(tmp_path, visits="patient_id,visit\nP1,Baseline\nP1,Week 4\nP1,WEEK12\nP1,week 5\n")
    assert tables.visits["visit"].tolist() == ["baseline", "week4", "week12"]
    assert [p.value for p in rule(tables, "synonym")] == ["Baseline", "Week 4", "WEEK12"]
    assert places(tables, "undeclared_visit") == [("quarantine", "visits.csv", 5, "visit", "week 5")]


def test_events_given_twice_are_kept_once(tmp_path: Path) -> None:
    events = "patient_id,day,kind,detail\n" + "P1,10,recurrence,worse\n" * 2 + "P1,10,recurrence,again\n"
    tables = check(tmp_path, events=events)
    assert rows_of(tables, "duplicate") == [3]
    assert tables.events["detail"].tolist() == ["worse", "again"]


def test_required_cells(tmp_path: Path) -> None:
    tables = check(tmp_path, cases="patient_id,arm,site\n,drug,A\nP2,,A\nP3,drug,A\n,,\n")
    assert [(p.row, p.column) for p in rule(tables, "missing_value")] == [
        (2, "patient_id"),
        (3, "arm"),
        (5, "patient_id"),
    ]
    assert (tables.files[0].read, tables.files[0].accepted) == (4, 1)
