"""`cgh init` on labelled files, on REDCap projects and on published data: the draft reads, and asks what is open."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from cgh_analysis.checked import check_study
from cgh_analysis.start import Files, init_study
from cgh_analysis.study import read_study
from tests.drafts import answered, draft, numbers

N = 45
LABELS = {
    "gruppe": {1: "Manuelle Therapie und Übungen", 2: "Medikamente", 3: "Nervenblockade"},
    "geschlecht": {1: "weiblich", 2: "männlich"},
    "seite": {1: "links", 2: "rechts", 3: "beidseitig"},
    "migraene": {0: "nein", 1: "ja"},
}
TITLES = {"ndi_t0": "Neck Disability Index, Baseline", "ndi_t1": "Neck Disability Index nach 12 Wochen"}


@pytest.fixture
def clinic() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patnr": [f"P{i:03d}" for i in range(N)],
            "gruppe": [1, 2, 3] * 15,
            "geschlecht": [1, 2, 1] * 15,
            "alter": numbers(N, 20, 80),
            "seite": [1, 2, 3] * 15,
            "migraene": [0, 1, 0] * 15,
            "ndi_t0": numbers(N, 0, 50),
            "ndi_t1": numbers(N, 0, 50),
        }
    )


def labelled(folder: Path, frame: pd.DataFrame, kind: str) -> Path:
    file = folder / f"clinic{kind}"
    titles = [TITLES.get(name, name) for name in frame.columns]
    if kind == ".sav":
        pyreadstat.write_sav(frame, file, column_labels=titles, variable_value_labels=LABELS)
    else:
        pyreadstat.write_dta(frame, file, column_labels=titles, variable_value_labels=LABELS)
    return file


@pytest.mark.parametrize("kind", [".sav", ".dta"])
def test_value_labels_become_codes_arms_and_levels(tmp_path: Path, clinic: pd.DataFrame, kind: str) -> None:
    content, _ = draft(tmp_path, labelled(tmp_path, clinic, kind))
    columns = content["sources"]["cases"]["columns"]
    assert columns["arm"]["codes"] == {"1": "manuelle_therapie_und_ubungen", "2": "medikamente", "3": "nervenblockade"}
    assert columns["sex"]["codes"] == {"1": "female", "2": "male"}
    assert columns["side"]["codes"] == {"1": "left", "2": "right", "3": "bilateral"}
    assert columns["migraine"]["codes"] == {"0": "no", "1": "yes"}
    assert [arm["label"] for arm in content["arms"]] == list(LABELS["gruppe"].values())


@pytest.mark.parametrize("kind", [".sav", ".dta"])
def test_labels_of_columns_say_when_they_are(tmp_path: Path, clinic: pd.DataFrame, kind: str) -> None:
    content, _ = draft(tmp_path, labelled(tmp_path, clinic, kind))
    assert [(visit["id"], visit["day"]) for visit in content["visits"]] == [("baseline", 0), ("week12", 84)]


@pytest.mark.parametrize("kind", [".sav", ".dta"])
def test_draft_of_a_labelled_file_reads_all_of_it(tmp_path: Path, clinic: pd.DataFrame, kind: str) -> None:
    _, text = draft(tmp_path, labelled(tmp_path, clinic, kind))
    (tmp_path / "study.toml").write_text(answered(text), encoding="utf-8")
    checked = check_study(tmp_path / "study.toml")
    assert [(f.read, f.accepted) for f in checked.files] == [(N, N)] * 2
    assert not checked.failed


def test_parquet_is_drafted_like_text(tmp_path: Path, clinic: pd.DataFrame) -> None:
    clinic.to_parquet(tmp_path / "clinic.parquet")
    content, _ = draft(tmp_path, tmp_path / "clinic.parquet")
    assert content["sources"]["cases"]["columns"]["age_years"] == "alter"
    assert read_study(tmp_path / "study.toml")


PROJECTS = (
    *("arm-single-longitudinal", "checkboxes-1", "clinical-trial-1", "decimal-comma", "longitudinal"),
    *("potentially-problematic-values", "repeating-instruments", "validation-types-1"),
)


def project(real_data: Path, name: str, out: Path) -> tuple[dict[str, Any], str]:
    folder = real_data / "redcap" / name
    dictionary = folder / "dictionary.csv"
    files = Files(file=folder / "data.csv", dictionary=dictionary if dictionary.is_file() else None)
    text = init_study(files, out / "study.toml").read_text(encoding="utf-8")
    return tomllib.loads(text), text


@pytest.mark.parametrize("name", PROJECTS)
def test_draft_of_every_project_is_a_study_that_can_be_checked(real_data: Path, name: str, tmp_path: Path) -> None:
    content, _ = project(real_data, name, tmp_path)
    assert content["study"]["id"] == name
    assert read_study(tmp_path / "study.toml")
    assert check_study(tmp_path / "study.toml").files


@pytest.mark.parametrize("name", PROJECTS)
def test_draft_repeats_no_cell_that_is_no_level(real_data: Path, name: str, tmp_path: Path) -> None:
    content, text = project(real_data, name, tmp_path)
    cells = pd.read_csv(real_data / "redcap" / name / "data.csv", dtype=str, keep_default_na=False)
    told = {*content["sources"]["visits"].get("visit_from", {}).get("codes", {})}
    names = " ".join(cells.columns)
    long = {text for column in cells for text in cells[column] if len(text) > 5 and text not in told}
    assert [cell for cell in long if cell in text and cell not in names] == []


def test_events_of_a_project_are_its_visits(real_data: Path, tmp_path: Path) -> None:
    content, text = project(real_data, "longitudinal", tmp_path)
    visit_from = content["sources"]["visits"]["visit_from"]
    assert visit_from["column"] == "redcap_event_name"
    assert visit_from["codes"]["enrollment_arm_1"] == visit_from["codes"]["enrollment_arm_2"] == "enrollment"
    assert content["sources"]["cases"]["repeated"] is True
    assert content["sources"]["cases"]["dictionary"] == "dictionary.csv"
    assert "The arms of REDCap's events need not be the treatments" in text


def test_repeated_instruments_are_parted_from_the_record(real_data: Path, tmp_path: Path) -> None:
    content, _ = project(real_data, "repeating-instruments", tmp_path)
    assert content["sources"]["cases"]["where"] == {"redcap_repeat_instrument": ""}
    assert content["sources"]["visits"]["where"] == {"redcap_repeat_instrument": "bp"}
    assert content["sources"]["visits"]["visit_from"]["column"] == "redcap_repeat_instance"


def test_export_with_one_value_a_record_is_drafted_like_a_flat_one(tmp_path: Path) -> None:
    lines = ["record,redcap_event_name,field_name,value"]
    for i in range(N):
        lines += [f"{i},baseline_arm_1,group,{'drug' if i % 2 else 'block'}", f"{i},baseline_arm_1,age,{20 + i}"]
        lines += [f"{i},{event}_arm_1,ndi,{(i * 7) % 51}" for event in ("baseline", "week_12")]
    (tmp_path / "eav.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    content, text = draft(tmp_path, tmp_path / "eav.csv")
    by = ["record", "redcap_event_name"]
    assert content["sources"]["visits"]["spread"] == {"names": "field_name", "values": "value", "by": by}
    assert [(visit["id"], visit["day"]) for visit in content["visits"]] == [("baseline", 0), ("week12", 84)]
    (tmp_path / "study.toml").write_text(answered(text), encoding="utf-8")
    checked = check_study(tmp_path / "study.toml")
    assert not checked.failed
    assert {(f.read, f.quarantined) for f in checked.files} == {(4 * N, 0)}


def test_what_the_dictionary_marks_is_left_out(real_data: Path, tmp_path: Path) -> None:
    content, text = project(real_data, "clinical-trial-1", tmp_path)
    assert {"name_last", "name_first", "address", "phone", "dob", "email"} <= set(content["sources"]["cases"]["ignore"])
    assert "could identify people (marked as an identifier)" in text
    assert content["sources"]["cases"]["columns"]["sex"] == {
        "column": "gender",
        "codes": {"0": "female", "1": "male"},
    }


def test_acupuncture_trial_is_recognised_and_its_trap_not_stepped_into(real_data: Path, tmp_path: Path) -> None:
    file = real_data / "vickers" / "13063_2006_152_MOESM1_ESM.xls"
    content, text = draft(tmp_path, file, sheet="Data")
    assert content["study"]["id"] == "vickers"
    assert content["sources"]["visits"]["codebook"]["sheet"] == "Description of variables"
    assert [block["visit"] for block in content["sources"]["visits"]["wide"]] == ["baseline", "visit_2", "visit_5"]
    assert content["visits"][0] == {"id": "baseline", "day": 0}
    assert "severity score pack5 (one year followup)" in text
    assert "# TODO: sex: holds numbers, and nothing says which is which" in text
    assert "0 is control, 1 is acupuncture" in text
    assert "date_randomized" in content["sources"]["cases"]["ignore"]
    assert "headache_days_28d" not in str(content["sources"])


def test_dystonia_trial_is_recognised(real_data: Path, tmp_path: Path) -> None:
    content, text = draft(tmp_path, real_data / "cdystonia" / "cdystonia.csv")
    assert content["sources"]["cases"]["columns"]["patient_id"] == {"column": ["site", "id"]}
    weeks = {"0": "baseline", **{str(w): f"week{w}" for w in (2, 4, 8, 12, 16)}}
    assert content["sources"]["visits"]["visit_from"]["codes"] == weeks
    assert "# TODO: twstrs is measured several times" in text
    checked = check_study(tmp_path / "study.toml")
    assert [(f.read, f.accepted) for f in checked.files] == [(631, 631)] * 2
    assert {p.rule for p in checked.problems if p.severity == "error"} == {"todo"}


def test_pilot_of_two_files_is_recognised(real_data: Path, tmp_path: Path) -> None:
    cdisc = real_data / "cdisc"
    content, _ = draft(tmp_path, cdisc / "adsl.csv", visits=cdisc / "adqscibc.csv")
    assert content["sources"]["visits"]["visit_from"]["column"] == "AVISIT"
    assert [(visit["id"], visit["day"]) for visit in content["visits"]][1:] == [
        ("week8", 56),
        ("week16", 112),
        ("week24", 168),
    ]
    assert len(content["arms"]) == 3


@pytest.mark.parametrize("name", PROJECTS)
def test_no_date_stands_in_a_draft(real_data: Path, name: str, tmp_path: Path) -> None:
    _, text = project(real_data, name, tmp_path)
    assert not re.search(r"(19|20)\d{2}-\d{2}-\d{2}", text)
