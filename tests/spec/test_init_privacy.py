"""A draft is written to be shown: nothing in it, nor in a message of `cgh init`, could identify somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cgh_analysis.errors import DataError
from cgh_analysis.start import Files, init_study
from tests import drafts
from tests.drafts import draft, numbers, people

N = 45


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("contact", ["jane.doe@example.org"] * N),
        ("note", ["seen by Mr Smith"] * N),
        ("since", ["1957-03-12"] * N),
        ("link", ["https://example.org/jane"] * N),
        ("remarks", ["Lives above the bakery with her sister, plays the organ on Sundays"] * N),
        ("Birth date", ["a"] * N),
        ("Surname", ["Archer", "Baker", "Cooper"] * 15),
        ("visit", ["Mr Archer"] * 20 + ["Mrs Baker"] * 25),
        ("treatment", ["jane.doe@example.org"] * 20 + ["joe.doe@example.org"] * 25),
    ],
)
def test_column_of_people_is_left_out_and_not_quoted(tmp_path: Path, name: str, cells: list[str]) -> None:
    content, text = draft(tmp_path, people(**{name: cells}))
    assert name in content["sources"]["cases"]["ignore"]
    assert "could identify people" in text
    assert [cell for cell in set(cells) if len(cell) > 1 and cell in text] == []


def test_column_of_dates_is_left_out_with_a_word_on_how_days_are_made(tmp_path: Path) -> None:
    content, text = draft(tmp_path, people(seen=["2024-05-01"] * N))
    assert content["sources"]["cases"]["ignore"] == ["seen"]
    assert "Calendar dates stand in seen." in text
    assert "2024" not in text


def test_no_id_and_no_extreme_age_is_told(tmp_path: Path) -> None:
    ages = [97, 96, 95, 94, 93, *numbers(N - 5, 20, 60)]
    _, text = draft(tmp_path, {**people(), "Age": ages, "subject": [f"QX{i}" for i in range(N)]})
    assert not [word for word in ("97", "96", "95", "94", "93", "QX") if word in text]


@pytest.mark.parametrize("age", [0.5, 1000])
def test_age_that_does_not_fit_is_told_without_its_range(tmp_path: Path, age: float) -> None:
    _, text = draft(tmp_path, {**people(), "Age": [age + i for i in range(N)]})
    assert "# TODO: age_years (Age): " in text
    assert str(age) not in text


def test_level_of_few_records_is_not_told(tmp_path: Path) -> None:
    groups = ["drug"] * 21 + ["block"] * 22 + ["his own way"] * 2
    content, text = draft(tmp_path, {**people(), "Group": groups})
    assert len(content["arms"]) == 2
    assert "his own way" not in text
    assert "Names that fewer than 3 records have are not told here" in text


def test_visit_of_few_records_is_not_told(tmp_path: Path) -> None:
    rows: dict[str, list[Any]] = {
        "patient_id": [f"P{i}" for i in range(30) for _ in (0, 1)] + ["P1"],
        "visit": ["baseline", "week 4"] * 30 + ["after her wedding"],
        "Group": [g for g in ("a", "b") for _ in range(30)] + ["a"],
    }
    content, text = draft(tmp_path, rows)
    assert [visit["id"] for visit in content["visits"]] == ["baseline", "week4"]
    assert "wedding" not in text
    assert "Values that fewer than 3 records have are not told here" in text


def test_file_whose_header_names_somebody_is_refused_without_the_name(tmp_path: Path) -> None:
    file = drafts.write(tmp_path / "clinic.csv", people(**{"jane.doe@example.org": [1] * N}))
    with pytest.raises(DataError) as told:
        init_study(Files(file=file), tmp_path / "study.toml")
    assert "The name of column 5 looks like e-mail addresses" in str(told.value)
    assert "jane" not in str(told.value)
    assert not (tmp_path / "study.toml").exists()


def test_file_whose_name_names_somebody_is_refused_without_the_name(tmp_path: Path) -> None:
    file = drafts.write(tmp_path / "jane.doe@example.org.csv", people())
    with pytest.raises(DataError) as told:
        init_study(Files(file=file), tmp_path / "study.toml")
    assert "jane" not in str(told.value)


def test_label_that_names_somebody_is_not_repeated(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    import pandas as pd

    frame = pd.DataFrame({"id": [f"P{i}" for i in range(N)], "ndi": numbers(N, 0, 90), "grp": [1, 2, 1] * 15})
    titles = ["Id", "NDI as Dr Miller asks for it", "Group"]
    values = {"grp": {1: "call jane.doe@example.org", 2: "drug"}}
    pyreadstat.write_sav(frame, tmp_path / "clinic.sav", column_labels=titles, variable_value_labels=values)
    content, text = draft(tmp_path, tmp_path / "clinic.sav")
    assert "grp" in content["sources"]["cases"]["ignore"]
    assert not [word for word in ("jane", "Miller") if word in text]
