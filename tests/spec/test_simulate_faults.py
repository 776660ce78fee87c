"""The raw files' faults are where the truth says, the rest is as simulated, and the study knows the spellings."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cgh_analysis.schema import CASES
from cgh_analysis.simulate import Simulated, simulate_tables
from cgh_analysis.simulate.design import ARMS
from cgh_analysis.simulate.design import VISITS as PLANNED
from cgh_analysis.study import read_study

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"


@pytest.fixture(scope="module")
def demo() -> Simulated:
    return simulate_tables(420, 20240611)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


def raw_rows(name: str) -> dict[int, list[str]]:
    """Rows as a person counts them: the header is row 1, a blank line is a row."""
    lines = (DEMO / name).read_bytes().decode("utf-8").splitlines()
    return {number: next(csv.reader([line]), []) for number, line in enumerate(lines, start=1)}


def test_cell_faults_are_where_the_truth_says(truth: dict[str, Any]) -> None:
    cells = [f for f in truth["faults"] if "column" in f]
    assert len(cells) >= 12
    for fault in cells:
        rows = raw_rows(fault["file"])
        assert rows[fault["row"]][rows[1].index(fault["column"])] == fault["value"], fault


def test_row_faults_are_where_the_truth_says(truth: dict[str, Any], demo: Simulated) -> None:
    rows = raw_rows("visits.csv")
    place = {f["fault"]: f["row"] for f in truth["faults"] if "column" not in f and f["file"] == "visits.csv"}
    width = len(rows[1])
    assert all(raw_rows(f["file"])[f["row"]] == [] for f in truth["faults"] if f["fault"] == "blank_line")
    assert rows[place["footer"]][0].startswith("Total")
    assert place["footer"] == max(rows)
    assert 0 < len(rows[place["short_row"]]) < width
    twice, conflict = place["duplicate_identical"], place["duplicate_conflicting"]
    assert rows[twice] == rows[twice - 1]
    assert rows[conflict][:2] == rows[conflict - 1][:2]
    assert rows[conflict] != rows[conflict - 1]
    assert rows[place["unknown_patient"]][0] not in set(demo.cases["patient_id"])


def test_faults_are_of_a_dozen_kinds_and_one_a_row(truth: dict[str, Any]) -> None:
    assert {f["fault"] for f in truth["faults"]} == {
        "age_impossible",
        "arm_synonym",
        "arm_undeclared",
        "blank_line",
        "decimal_comma",
        "duplicate_conflicting",
        "duplicate_identical",
        "footer",
        "negative_day",
        "out_of_range",
        "short_row",
        "trailing_spaces",
        "unit_in_cell",
        "unknown_patient",
    }
    places = [(f["file"], f["row"]) for f in truth["faults"]]
    assert len(places) == len(set(places))


def test_all_other_rows_are_as_simulated(truth: dict[str, Any], demo: Simulated) -> None:
    faulty = {f["row"] for f in truth["faults"] if f["file"] == "cases.csv"}
    rows = {number: row for number, row in raw_rows("cases.csv").items() if number not in faulty}
    width = {len(row) for row in rows.values()}
    assert width == {len(CASES)}
    assert len(rows) - 1 == len(demo.cases) - len(faulty) + 1  # the blank line is a faulty row and nobody's


def test_demo_study_declares_the_arms_visits_and_spellings(truth: dict[str, Any]) -> None:
    study = read_study(ROOT / "reports" / "demo" / "study.toml")
    assert {a.id for a in study.arms} == set(ARMS)
    assert study.reference == "medication"
    assert [(v.id, v.day, v.window) for v in study.visits] == [(v.id, v.day, v.window) for v in PLANNED]
    known = {spelling for arm in study.arms for spelling in (arm.id, *arm.synonyms)}
    spelt = {f["value"].strip() for f in truth["faults"] if f["fault"] == "arm_synonym"}
    assert len(spelt) >= 4
    assert spelt <= known
    assert not {f["value"] for f in truth["faults"] if f["fault"] == "arm_undeclared"} & known
