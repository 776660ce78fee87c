"""Calendar dates at the door: only days since baseline come in, and no order is guessed."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgh_analysis.ingest.typing.dates import type_dates
from tests.raw import check, no_errors, places, rule

CASES = "patient_id,arm\nP1,drug\nP2,block\n"
HEAD = "patient_id,visit,seen,pain_nprs\n"
VISITS = HEAD + "P1,baseline,03/01/2024,6\nP1,week4,31/01/2024,3\nP2,baseline,10/02/2024,7\n"
DMY = {"columns": {"day": {"column": "seen", "date": "dmy"}}}


def test_days_since_each_patients_baseline_visit(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=VISITS, of_visits=DMY)
    assert no_errors(tables)
    assert tables.visits["day"].tolist() == [0.0, 28.0, 0.0]
    assert "2024" not in tables.visits.to_csv() + tables.cases.to_csv()


def test_days_since_a_date_that_the_cases_give(tmp_path: Path) -> None:
    cases = "patient_id,arm,begun\nP1,drug,2024-01-02\nP2,block,2024-02-10\n"
    of_cases = {"baseline_date": {"column": "begun", "date": "ymd"}}
    tables = check(tmp_path, cases=cases, visits=VISITS, of_cases=of_cases, of_visits=DMY)
    assert no_errors(tables)
    assert tables.visits["day"].tolist() == [1.0, 29.0, 0.0]
    assert list(tables.cases.columns) == ["patient_id", "arm"]


def test_events_count_from_the_same_day(tmp_path: Path) -> None:
    events = "patient_id,when,kind\nP1,05.01.2024,rescue_treatment\nP2,01.02.2024,withdrawal\n"
    tables = check(
        tmp_path,
        cases=CASES,
        visits=VISITS,
        of_visits=DMY,
        events=events,
        of_events={"columns": {"day": {"column": "when", "date": "dmy"}}},
    )
    assert tables.events["day"].tolist() == [2.0]
    assert places(tables, "before_baseline") == [("quarantine", "events.csv", 3, "when", None)]


def test_an_order_that_nobody_declared_is_asked_for(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=VISITS, of_visits={"columns": {"day": "seen"}})
    assert [(p.severity, p.column, p.value) for p in rule(tables, "date_order")] == [("error", "seen", None)]
    assert not rule(tables, "identifier")


def test_dates_elsewhere_are_still_identifiers(tmp_path: Path) -> None:
    visits = VISITS.replace("pain_nprs", "remark").replace(",6\n", ",born 01/02/1960\n")
    tables = check(tmp_path, cases=CASES, visits=visits, of_visits=DMY)
    assert [p.column for p in rule(tables, "identifier")] == ["remark"]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("31/02/2024", "no_such_date"),
        ("30/02/2023", "no_such_date"),
        ("45292", "excel_serial"),
        ("in May", "not_a_date"),
        ("3/1/24", "not_a_date"),
        ("12/31/2024", "no_such_date"),
        ("00/01/2024", "no_such_date"),
    ],
)
def test_what_is_no_date_is_quarantined(tmp_path: Path, cell: str, name: str) -> None:
    tables = check(tmp_path, cases=CASES, visits=VISITS.replace("31/01/2024", cell), of_visits=DMY)
    assert [(p.severity, p.row, p.column) for p in rule(tables, name)] == [("quarantine", 3, "seen")]
    assert len(tables.visits) == 2


def test_an_excel_serial_offers_the_date_that_it_may_be(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=VISITS.replace("31/01/2024", "45292"), of_visits=DMY)
    assert "2024-01-01" in rule(tables, "excel_serial")[0].message


def test_a_patient_without_a_baseline_date(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES, visits=VISITS + "P2,week4,", of_visits=DMY)
    lost = HEAD + "P1,baseline,03/01/2024,6\nP2,week4,10/02/2024,7\n"
    tables = check(tmp_path, cases=CASES, visits=lost, of_visits=DMY)
    assert places(tables, "no_baseline_date") == [("quarantine", "visits.csv", 3, "seen", None)]


def test_a_visit_before_baseline_and_one_ten_years_after(tmp_path: Path) -> None:
    visits = VISITS + "P2,week4,09/02/2024,5\n"
    tables = check(tmp_path, cases=CASES, visits=visits, of_visits=DMY)
    assert [p.row for p in rule(tables, "before_baseline")] == [5]
    tables = check(tmp_path, cases=CASES, visits=visits.replace("09/02/2024", "09/02/2044"), of_visits=DMY)
    assert [p.row for p in rule(tables, "out_of_range")] == [5]


def test_a_date_for_what_is_no_day(tmp_path: Path) -> None:
    cases = "patient_id,arm,dob\nP1,drug,1960-02-01\nP2,block,1970-02-01\n"
    of_cases = {"columns": {"age_years": {"column": "dob", "date": "ymd"}}}
    tables = check(tmp_path, cases=cases, of_cases=of_cases)
    assert [p.severity for p in rule(tables, "date_not_kept")] == ["error"]
    assert rule(tables, "identifier")


def test_dates_of_visits_in_columns(tmp_path: Path) -> None:
    whole = "patient_id,arm,d0,p0,d4,p4\nP1,drug,2024-01-03,6,2024-01-31,3\nP2,block,2024-02-10,7,,\n"
    wide = [
        {"visit": "baseline", "columns": {"day": {"column": "d0", "date": "ymd"}, "pain_nprs": "p0"}},
        {"visit": "week4", "columns": {"day": {"column": "d4", "date": "ymd"}, "pain_nprs": "p4"}, "filled_if": "d4"},
    ]
    of_cases = {"ignore_rest": True}
    of_visits = {"path": "cases.csv", "wide": wide, "ignore_rest": True}
    tables = check(tmp_path, cases=whole, of_cases=of_cases, of_visits=of_visits)
    assert no_errors(tables)
    assert tables.visits["day"].tolist() == [0.0, 28.0, 0.0]


@given(st.dates(datetime.date(1000, 1, 1), datetime.date(9999, 12, 31)), st.sampled_from(["-", "/", "."]))
def test_every_date_is_read_back_in_its_order(date: datetime.date, mark: str) -> None:
    for order, pattern in {"ymd": "%Y{}%m{}%d", "dmy": "%d{}%m{}%Y", "mdy": "%m{}%d{}%Y"}.items():
        text = date.strftime(pattern.format(mark, mark)).zfill(10)
        numbers, verdicts = type_dates(np.array([text], dtype=object), order)  # type: ignore[arg-type]
        assert numbers[0] == date.toordinal() and not verdicts


@pytest.mark.parametrize(
    "text", ["3 Jan 2024", "03-JAN-2024", "03JAN2024", "2024-01-03", "2024-01-03T10:00:00", "03.01.2024 08:15"]
)
def test_months_by_name_iso_and_clock_times(text: str) -> None:
    numbers, _ = type_dates(np.array([text], dtype=object), "dmy")
    assert numbers[0] == datetime.date(2024, 1, 3).toordinal()
