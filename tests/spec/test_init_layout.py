"""How `cgh init` finds out whether a file has one record a patient or one a visit, and at which visits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cgh_analysis.checked import check_study
from cgh_analysis.study import read_study
from tests import drafts
from tests.drafts import answered, draft, numbers, people
from tests.raw import workbook

N = 45
IDS = [f"P{i:03d}" for i in range(N)]


def visits(content: dict[str, Any]) -> list[tuple[str, int]]:
    return [(visit["id"], visit["day"]) for visit in content["visits"]]


def wide(content: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {block["visit"]: block["columns"] for block in content["sources"]["visits"]["wide"]}


def long(visit: str, texts: list[object], **more: list[object]) -> dict[str, list[Any]]:
    """A file with a record for each patient and visit."""
    rows = people()
    times = len(texts)
    return {
        "patient_id": [i for i in IDS for _ in texts],
        visit: texts * N,
        **{name: [cell for cell in rows[name] for _ in texts] for name in ("Group", "Age", "Gender")},
        "ndi": numbers(N * times, 0, 50),
        **more,
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [("ndi_w0", "ndi_w12"), ("NDI_baseline", "NDI_12w"), ("baseline_ndi", "week12_ndi"), ("ndi_bl", "ndi_fu_12w")],
)
def test_columns_of_one_stem_are_visits(tmp_path: Path, first: str, second: str) -> None:
    content, _ = draft(tmp_path, people(**{first: numbers(N, 0, 50), second: numbers(N, 0, 50)}))
    assert visits(content) == [("baseline", 0), ("week12", 84)]
    assert wide(content) == {"baseline": {"ndi": first}, "week12": {"ndi": second}}


def test_numbers_behind_a_stem_are_visits_whose_days_are_asked_for(tmp_path: Path) -> None:
    rows = people(**{f"{stem}{i}": numbers(N, 0, 10) for stem in ("nprs", "pf") for i in (1, 2, 5)})
    content, text = draft(tmp_path, rows)
    assert list(wide(content)) == ["visit_1", "visit_2", "visit_5"]
    assert wide(content)["visit_5"] == {"pain_nprs": "nprs5"}
    assert "day = 0  # TODO: '1' may not be the baseline; the visit on day 0 is" in text
    assert text.count("only keeps the file valid") == 2


def test_items_of_a_questionnaire_are_no_visits(tmp_path: Path) -> None:
    content, _ = draft(tmp_path, people(**{f"ndi_{i}": numbers(N, 0, 5) for i in range(1, 11)}))
    assert visits(content) == [("baseline", 0)]


def test_column_without_a_visit_in_its_name_is_asked_about(tmp_path: Path) -> None:
    content, text = draft(tmp_path, people(NDI=numbers(N, 0, 50), NDI_12w=numbers(N, 0, 50)))
    assert wide(content) == {"baseline": {"ndi": "NDI"}, "week12": {"ndi": "NDI_12w"}}
    assert 'visit = "baseline"  # TODO: the names of the columns do not say when' in text


def test_question_is_asked_at_the_first_visit_that_has_the_column(tmp_path: Path) -> None:
    rows = people(ndi_w0=numbers(N, 0, 50), ndi_w12=numbers(N, 0, 50), vas_w12=numbers(N, 0, 100))
    _, text = draft(tmp_path, {**rows, "vas_w26": numbers(N, 0, 100)})
    assert text.count("TODO: pain_nprs (vas_w12)") == 1
    assert text.count('# pain_nprs = { column = "vas_w') == 2


def test_no_baseline_among_the_visits_is_asked_about(tmp_path: Path) -> None:
    content, text = draft(tmp_path, people(ndi_w4=numbers(N, 0, 50), ndi_w12=numbers(N, 0, 50)))
    assert visits(content) == [("baseline", 0), ("week4", 28), ("week12", 84)]
    assert "# TODO: no visit of the file is called a baseline" in text


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("visit", ["baseline", "week4", "week12"], [("baseline", 0), ("week4", 28), ("week12", 84)]),
        ("Week", [0, 4, 12], [("baseline", 0), ("week4", 28), ("week12", 84)]),
        ("Zeitpunkt", ["Baseline", "3 Monate"], [("baseline", 0), ("month3", 91)]),
        ("timepoint", ["T0", "T1"], [("t0", 0), ("t1", 1)]),
    ],
)
def test_file_with_a_record_a_visit_is_recognised(
    tmp_path: Path, name: str, texts: list[object], expected: list[tuple[str, int]]
) -> None:
    content, _ = draft(tmp_path, long(name, texts))
    assert content["sources"]["cases"]["repeated"] is True
    assert visits(content) == expected
    assert read_study(tmp_path / "study.toml")


def test_draft_of_a_long_file_reads_all_of_it(tmp_path: Path) -> None:
    _, text = draft(tmp_path, long("Week", [0, 4, 12]))
    study = tmp_path / "study.toml"
    study.write_text(answered(text), encoding="utf-8")
    checked = check_study(study)
    assert not checked.failed
    assert [(f.read, f.accepted) for f in checked.files] == [(3 * N, 3 * N)] * 2


def test_ids_that_begin_anew_at_every_site_are_joined_with_it(tmp_path: Path) -> None:
    rows = {**long("Week", [0, 4, 12]), "site": [s for s in ("A", "B", "C") for _ in range(N)]}
    rows["id"] = [i for _ in range(3) for i in range(15) for _ in range(3)]
    del rows["patient_id"]
    content, _ = draft(tmp_path, rows)
    assert content["sources"]["cases"]["columns"]["patient_id"] == {"column": ["site", "id"]}
    assert content["sources"]["visits"]["columns"]["patient_id"] == {"column": ["site", "id"]}


def test_several_records_at_a_visit_are_asked_about(tmp_path: Path) -> None:
    content, text = draft(tmp_path, long("Week", [0, 0, 12, 12]))
    assert content["sources"]["visits"]["visit_from"]["column"] == "Week"
    assert "# TODO: people have several records with the same value here" in text


def test_own_outcome_is_offered_and_its_range_is_not_the_files(tmp_path: Path) -> None:
    content, text = draft(tmp_path, long("Week", [0, 4], Twstrs=numbers(2 * N, 13, 71)))
    assert "outcomes" not in content
    assert "# TODO: Twstrs is measured several times" in text
    assert '# id = "twstrs"' in text
    assert '# twstrs = "Twstrs"' in text
    assert "71" not in text


def test_two_files_are_cases_and_visits(tmp_path: Path) -> None:
    first = drafts.write(tmp_path / "people.csv", people())
    second = drafts.write(
        tmp_path / "seen.csv", {"patient_id": IDS * 2, "event": ["BL"] * N + ["W12"] * N, "nprs": numbers(2 * N, 0, 10)}
    )
    content, _ = draft(tmp_path, first, visits=second)
    assert content["sources"]["visits"]["visit_from"] == {
        "column": "event",
        "codes": {"BL": "baseline", "W12": "week12"},
    }
    assert content["sources"]["visits"]["columns"]["pain_nprs"] == "nprs"
    assert "repeated" not in content["sources"]["cases"]


def test_sheet_that_says_what_the_columns_are_is_found_and_used(tmp_path: Path) -> None:
    head = ["patient_id", "group", "q1", "q2"]
    body = [[IDS[i], ("drug", "block")[i % 2], int(i % 10), int(i % 9)] for i in range(N)]
    book = [["Name", "Label"], ["patient_id", "Patient"], ["group", "Arm"]]
    book += [["q1", "Numeric pain rating (baseline)"], ["q2", "Numeric pain rating (12 weeks)"]]
    workbook(tmp_path / "clinic.xlsx", {"Data": [head, *body], "Codebook": book})
    content, text = draft(tmp_path, tmp_path / "clinic.xlsx", sheet="Data")
    assert content["sources"]["visits"]["codebook"] == {"sheet": "Codebook", "column": "Name", "label": "Label"}
    assert "'Numeric pain rating (baseline)'" in text
