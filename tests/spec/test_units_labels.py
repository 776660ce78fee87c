"""Units and value labels: used where the study file declares them, or the file itself does, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgh_analysis.ingest.readers import files
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.ingest.typing.units import CONVERSIONS, conversion
from cgh_analysis.schema import TABLES, column
from cgh_analysis.study import Source
from tests.raw import check, no_errors, rule


def visits_of(tmp_path: Path, header: str, cell: str, where: dict[str, Any]) -> Any:
    visits = f"patient_id,visit,day,{header}\nP1,baseline,0,{cell}\n"
    return check(tmp_path, visits=visits, of_visits={"columns": where})


@pytest.mark.parametrize(
    ("name", "unit", "cell", "value"),
    [
        ("pain_nprs", "mm", "33", 3.3),
        ("ndi", "%", "46", 23.0),
        ("headache_days_28d", "per week", "3", 12.0),
        ("headache_days_28d", "per 30 days", "15", 14.0),
        ("rom_flexion_deg", "radians", "0.5", np.rad2deg(0.5)),
        ("headache_hours_week", "per day", "2", 14.0),
        ("day", "weeks", "4", 28.0),
        ("day", "study day", "29", 28.0),
    ],
)
def test_a_declared_unit_becomes_the_columns_own(tmp_path: Path, name: str, unit: str, cell: str, value: float) -> None:
    visits = f"patient_id,visit,x\nP1,baseline,{cell}\n"
    tables = check(tmp_path, visits=visits, of_visits={"columns": {name: {"column": "x", "unit": unit}}})
    assert no_errors(tables)
    assert tables.visits[name].tolist() == [value]


def test_a_unit_that_is_not_declared_is_not_guessed(tmp_path: Path) -> None:
    tables = visits_of(tmp_path, "pain_nprs", "33", {})
    assert rule(tables, "out_of_range")


def test_an_unknown_unit_names_the_known_ones(tmp_path: Path) -> None:
    tables = visits_of(tmp_path, "x", "33", {"pain_nprs": {"column": "x", "unit": "furlongs"}})
    problem = rule(tables, "unknown_unit")[0]
    assert problem.severity == "error" and "'mm'" in problem.remedy


def test_the_range_is_checked_after_conversion(tmp_path: Path) -> None:
    tables = visits_of(tmp_path, "x", "133", {"pain_nprs": {"column": "x", "unit": "mm"}})
    assert [p.value for p in rule(tables, "out_of_range")] == ["133"]


def test_unit_and_multiply_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="unit or multiply"):
        visits_of(tmp_path, "x", "33", {"pain_nprs": {"column": "x", "unit": "mm", "multiply": 0.1}})


def test_every_conversion_belongs_to_a_unit_of_the_schema() -> None:
    assert set(CONVERSIONS) <= {c.unit for table in TABLES.values() for c in table}


def test_study_days_have_no_day_zero() -> None:
    day = column("visits", "day")
    assert day is not None
    convert = conversion(day, "study day")
    assert convert is not None
    assert convert(np.array([-2.0, -1.0, 1.0, 2.0])).tolist() == [-2.0, -1.0, 0.0, 1.0]


@pytest.fixture
def labelled(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """Value labels that the reader of every file shall report."""
    labels: dict[str, dict[str, str]] = {}
    reader = files.READERS[".csv"]

    def read(data: bytes, source: Source) -> Sheet:
        return replace(reader(data, source), labels=labels)

    monkeypatch.setitem(files.READERS, ".csv", read)
    return labels


CODED = "patient_id,arm,gender,migraine,age_years\nP1,1,1,1,1\nP2,2,2,2,50\n"


def test_labels_are_what_codes_mean(tmp_path: Path, labelled: dict[str, dict[str, str]]) -> None:
    labelled |= {"arm": {"1": "Drug", "2": "Block"}, "gender": {"1": "Female", "2": "male"}}
    labelled |= {"migraine": {"1": "No", "2": "Yes"}, "age_years": {"1": "one"}}
    tables = check(tmp_path, cases=CODED, of_cases={"columns": {"sex": "gender"}})
    assert tables.cases["arm"].tolist() == ["drug", "block"]
    assert tables.cases["sex"].tolist() == ["female", "male"]
    assert tables.cases["migraine"].tolist() == ["no", "yes"]
    # a number stays one, whatever its label
    assert tables.cases["age_years"].tolist() == [1.0, 50.0]


def test_labels_that_are_no_yes_and_no_are_not_guessed(tmp_path: Path, labelled: dict[str, dict[str, str]]) -> None:
    labelled |= {"arm": {"1": "Drug", "2": "Block"}, "migraine": {"1": "absent", "2": "present"}}
    tables = check(tmp_path, cases=CODED, of_cases={"ignore": ["gender"]})
    assert len(rule(tables, "not_a_flag")) == 2


def test_the_study_file_may_name_the_code_or_its_label(tmp_path: Path, labelled: dict[str, dict[str, str]]) -> None:
    labelled |= {"arm": {"1": "Group A", "2": "Group B"}, "migraine": {"1": "absent", "2": "present"}}
    columns = {
        "arm": {"column": "arm", "codes": {"Group A": "drug", "2": "block"}},
        "migraine": {"column": "migraine", "codes": {"absent": "no", "present": "yes"}},
    }
    tables = check(tmp_path, cases=CODED, of_cases={"columns": columns, "ignore": ["gender"]})
    assert tables.cases["arm"].tolist() == ["drug", "block"]
    assert tables.cases["migraine"].tolist() == ["no", "yes"]
