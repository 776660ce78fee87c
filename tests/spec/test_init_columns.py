"""What `cgh init` takes a column for: certain only where name or label and values agree, else a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgh_analysis.schema import LABELS
from cgh_analysis.start.aliases import ALIASES, HINTS, PHRASES
from cgh_analysis.start.points import point
from cgh_analysis.start.spelling import spelt
from tests.drafts import ARMS, draft, numbers, people

N = 45


def columns(folder: Path, table: str = "cases", **more: list[object]) -> tuple[dict[str, object], str]:
    content, text = draft(folder, people(**more))
    source = content["sources"][table]
    return source["wide"][0]["columns"] if table == "visits" else source["columns"], text


def test_names_of_clinics_are_taken_for_canonical_ones(tmp_path: Path) -> None:
    content, text = draft(tmp_path, {**people(), "centre": ["A", "B", "C"] * 15})
    assert content["sources"]["cases"]["columns"] == {
        "patient_id": "subject",
        "arm": "Group",
        "site": "centre",
        "age_years": "Age",
        "sex": {"column": "Gender", "codes": {"F": "female", "M": "male"}},
    }
    assert 'age_years = "Age"  # by its name; values fit' in text


def test_levels_of_the_arm_become_arms_under_their_own_labels(tmp_path: Path) -> None:
    content, text = draft(tmp_path, people())
    assert [(arm["id"], arm["label"]) for arm in content["arms"]] == [(spelt(name), name) for name in ARMS]
    assert content["arms"][0]["reference"] is True
    assert "reference = true  # TODO: are the others compared with this one?" in text


def test_arm_codes_without_labels_are_asked_for(tmp_path: Path) -> None:
    content, text = draft(tmp_path, {**people(), "Group": [1, 2, 3] * 15})
    assert content["sources"]["cases"]["columns"]["arm"]["codes"] == {"1": "arm_1", "2": "arm_2", "3": "arm_3"}
    assert text.count("# TODO: what is this treatment called") == 3


def test_spellings_of_an_arm_are_one_arm_and_rare_names_are_asked_about(tmp_path: Path) -> None:
    groups = ["manual"] * 200 + ["Manual "] * 3 + ["medication"] * 200 + ["physio?"] * 3 + ["one person's own"]
    content, text = draft(tmp_path, people(407, Group=groups))
    assert [arm["id"] for arm in content["arms"]] == ["manual", "medication"]
    assert '# TODO: few records have "physio?"' in text
    assert "one person" not in text


def test_two_columns_that_may_be_the_arm_are_a_question_at_its_value(tmp_path: Path) -> None:
    _, text = draft(tmp_path, {**people(), "treatment": [ARMS[i % 3] for i in range(N)]})
    assert 'arm = "Group"  # TODO: arm: 2 columns may be it: Group, treatment' in text


def test_file_without_an_arm_asks_and_names_columns_with_few_levels(tmp_path: Path) -> None:
    rows = people(ward=["x", "y", "z"] * 15)
    del rows["Group"]
    content, text = draft(tmp_path, rows)
    assert content["sources"]["cases"]["columns"]["arm"] == "TODO"
    assert 'which column says who got which treatment? These have few levels: "ward"' in text
    assert len(content["arms"]) == 2


@pytest.mark.parametrize(
    ("name", "low", "high", "target"),
    [
        ("NPRS", 0, 10, "pain_nprs"),
        ("vas", 0, 10, "pain_nprs"),
        ("ndi_total", 0, 50, "ndi"),
        ("HIT_6", 36, 78, "hit6"),
        ("rot_l", 0, 90, "rom_rotation_left_deg"),
        ("crom_rotation_right", 0, 90, "rom_rotation_right_deg"),
        ("FRT_left", 0, 55, "frt_left_deg"),
        ("schmerz", 0, 10, "pain_nprs"),
        ("dolor", 0, 10, "pain_nprs"),
    ],
)
def test_alias_with_values_that_fit_is_certain(tmp_path: Path, name: str, low: int, high: int, target: str) -> None:
    found, text = columns(tmp_path, "visits", **{name: numbers(N, low, high)})
    assert found == {target: name}
    assert f"{target} = " in text
    assert "by its name; values fit" in text


@pytest.mark.parametrize(
    ("name", "low", "high", "asked"),
    [
        ("vas", 0, 100, '0 to 100 in the file, pain_nprs holds 0 to 10: is its unit "mm" or "0-100"?'),
        ("ndi", 0, 100, "0 to 100 in the file, ndi holds 0 to 50: is its unit"),
        ("vas_mm", 0, 100, "its name or label speaks of another unit: is it this one?"),
        ("headache_days", 0, 7, "is it Headache days, days / 28 days?"),
        ("hit6", 0, 60, "0 to 60 in the file, hit6 holds 36 to 78"),
    ],
)
def test_unit_is_asked_for_and_never_guessed(tmp_path: Path, name: str, low: int, high: int, asked: str) -> None:
    content, text = draft(tmp_path, people(**{name: numbers(N, low, high)}))
    assert content["sources"]["visits"]["wide"][0]["columns"] == {}
    assert asked in " ".join(text.replace("\n#   ", " ").split())
    assert name in content["sources"]["cases"]["ignore"]


def test_canonical_name_with_other_values_does_not_come_in_by_itself(tmp_path: Path) -> None:
    content, text = draft(tmp_path, people(ndi=numbers(N, 0, 100)))
    assert content["sources"]["visits"]["ignore"] == ["ndi"]
    assert '# ndi = { column = "ndi", unit = "%" }' in text


def test_codes_that_nothing_explains_are_asked_for(tmp_path: Path) -> None:
    content, text = draft(tmp_path, {**people(), "Gender": [0, 1, 0] * 15})
    assert "sex" not in content["sources"]["cases"]["columns"]
    assert "# TODO: sex (Gender): holds numbers, and nothing says which is which of female, male, other" in text
    assert '# sex = { column = "Gender", codes = { "0" = "?", "1" = "?" } }' in text


def test_slips_do_not_make_a_column_a_question(tmp_path: Path) -> None:
    found, _ = columns(tmp_path, Age=[500, *numbers(N - 1, 20, 70)])
    assert found["age_years"] == "Age"


def test_texts_where_numbers_belong_are_no_match(tmp_path: Path) -> None:
    found, text = columns(tmp_path, Age=["young", "old", "older"] * 15)
    assert "age_years" not in found
    assert "# TODO: age_years (Age): holds no numbers, age_years does" in text


def test_words_and_numbers_for_missing_are_told_and_not_taken(tmp_path: Path) -> None:
    scores = ["NA", -99, *numbers(N - 2, 0, 50)]
    content, text = draft(tmp_path, people(ndi_w0=scores, ndi_w12=numbers(N, 0, 50)))
    assert "missing" not in content["sources"]["visits"]
    assert '"NA" in ndi_w0' in text
    assert '"-99" in ndi_w0' in text
    assert '# missing = ["NA", "-99"]' in text
    assert content["sources"]["visits"]["wide"][0]["columns"] == {"ndi": "ndi_w0"}


def test_number_that_a_column_can_hold_is_no_code_for_missing(tmp_path: Path) -> None:
    _, text = draft(tmp_path, people(groc=[-7, -1, *numbers(N - 2, -7, 7)]))
    assert "missing" not in text


def test_more_columns_than_one_reads_are_left_out_as_a_whole(tmp_path: Path) -> None:
    content, text = draft(tmp_path, people(**{f"x{i}y": ["a", "b", "c"] * 15 for i in range(61)}))
    assert content["sources"]["cases"]["ignore_rest"] is True
    assert "TODO: 61 columns were not recognised" in text


def test_names_mean_one_column_each() -> None:
    sure = [spelt(name) for names in ALIASES.values() for name in names] + [spelt(name) for name in LABELS]
    assert len(sure) == len(set(sure))
    assert set(HINTS) | set(ALIASES) | set(PHRASES) <= set(LABELS)
    for names in (*ALIASES.values(), *HINTS.values()):
        assert [spelt(name) for name in names] == list(names)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Baseline", 0),
        ("BL", 0),
        ("week 12", 84),
        ("12w", 84),
        ("fu_6m", 183),
        ("month 3", 91),
        ("3 Monate", 91),
        ("12 semaines", 84),
        ("six weeks", 42),
        ("one year follow-up", 365),
        ("Day 1", 1),
        ("visit 3", None),
        ("T1", None),
        ("post", None),
        ("pack 5", None),
    ],
)
def test_day_is_certain_where_a_unit_is_named(text: str, day: int | None) -> None:
    assert point(text).day == day
