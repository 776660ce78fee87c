"""What reading gives: typed tables, every record counted, every finding with its place."""

import hashlib
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import DataError
from cgh_analysis.ingest import READERS, check_tables, read_tables
from cgh_analysis.ingest.rules import RULES
from tests import builders
from tests.raw import CASES, VISITS, check, no_errors, places, rule


def test_sound_files_are_read_whole(tmp_path: Path) -> None:
    tables = check(tmp_path)
    assert tables.problems == ()
    assert [(f.path, f.read, f.accepted, f.quarantined) for f in tables.files] == [
        ("cases.csv", 3, 3, 0),
        ("visits.csv", 4, 4, 0),
    ]
    assert tables.inputs == {
        "cases.csv": hashlib.sha256(CASES.encode()).hexdigest(),
        "visits.csv": hashlib.sha256(VISITS.encode()).hexdigest(),
    }
    assert len(tables.ledger) == 0


def test_columns_are_typed_by_the_schema(tmp_path: Path) -> None:
    cases = "patient_id,site,arm,age_years,sex,migraine\n007,B,drug,40,female,Y\nP2,A,block,,,0\n"
    tables = check(tmp_path, cases=cases, visits="patient_id,visit,ndi\n007,week12,20\n007,baseline,30\n")
    by = tables.cases
    assert by["patient_id"].dtype == object
    assert by["patient_id"].tolist() == ["007", "P2"]
    assert by["age_years"].dtype == "float64"
    assert np.isnan(by["age_years"].iloc[1])
    assert list(by["arm"].cat.categories) == ["drug", "block"], "the reference comes first"
    assert list(by["site"].cat.categories) == ["A", "B"], "sites are sorted"
    assert list(by["sex"].cat.categories) == ["female", "male", "other"], "codes keep the order of the schema"
    assert list(by["migraine"].cat.categories) == ["no", "yes"]
    assert by["migraine"].tolist() == ["yes", "no"]
    assert by["sex"].isna().tolist() == [False, True]
    assert list(tables.visits["visit"].cat.categories) == ["baseline", "week4", "week12"], "visits by day"
    assert tables.visits["day"].tolist() == [84.0, 0.0], "without a day column the planned day is taken"
    assert "pain_nprs" not in tables.visits, "a column that the file does not have is absent"
    assert list(tables.events.columns) == ["patient_id", "day", "kind"]


def test_the_studys_own_columns_come_in(tmp_path: Path) -> None:
    outcome = {"id": "hds", "label": "HDS", "unit": "points", "low": 0, "high": 10, "better": "lower"}
    covariate = {"id": "job", "label": "Job", "codes": ["sitting", "moving"]}
    tables = check(
        tmp_path,
        cases="patient_id,arm,job\nP1,drug,moving\nP2,drug,lying\n",
        visits="patient_id,visit,hds\nP1,baseline,4\nP1,week4,11\n",
        outcomes=[outcome],
        covariates=[covariate],
    )
    assert tables.cases["job"].tolist() == ["moving"]
    assert list(tables.cases["job"].cat.categories) == ["sitting", "moving"]
    assert tables.visits["hds"].tolist() == [4.0]
    assert places(tables, "undeclared_code") == [("quarantine", "cases.csv", 3, "job", "lying")]
    assert places(tables, "out_of_range") == [("quarantine", "visits.csv", 3, "hds", "11")]


def test_the_ledger_has_every_refused_row_and_every_altered_cell(tmp_path: Path) -> None:
    cases = 'patient_id,arm,age_years\nP1,DRUG,40\nP2,drug,400\nP3,drug,"4,5"\n'
    tables = check(tmp_path, cases=cases, visits="patient_id,visit\nP1,baseline\nP2,baseline\n")
    assert list(tables.ledger.columns) == ["file", "row", "column", "rule", "severity", "value", "message", "remedy"]
    assert tables.ledger[["file", "row", "rule", "severity", "value"]].to_numpy().tolist() == [
        ["cases.csv", 2, "synonym", "note", "DRUG"],
        ["cases.csv", 3, "out_of_range", "quarantine", "400"],
        ["cases.csv", 4, "decimal_comma", "quarantine", "4,5"],
        ["visits.csv", 3, "patient_not_accepted", "quarantine", None],
    ]


def test_read_tables_says_every_error_at_once(tmp_path: Path) -> None:
    columns = ",".join(f"phone_{i}" for i in range(30))
    (tmp_path / "cases.csv").write_text(f"patient_id,arm,{columns}\nP1,drug{',' * 30}\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient,visit\nP1,baseline\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_tables(builders.study(folder=tmp_path))
    lines = str(caught.value).splitlines()
    assert lines[0] == "The data have 31 problem(s):"
    assert lines[1].startswith(
        "  - cases.csv, row 1, column phone_0: The column's name says that it identifies people."
    )
    assert lines[-1] == "  - and 11 more."
    assert len(lines) == 22
    assert len([p for p in caught.value.problems if p.severity == "error"]) == 31
    assert str(tmp_path) not in str(caught.value), "paths are those of the study file"


def test_read_tables_returns_what_check_tables_accepts(tmp_path: Path) -> None:
    checked = check(tmp_path, cases=CASES + "P4,nothing,30\n")
    tables = read_tables(builders.study(folder=tmp_path))
    pd.testing.assert_frame_equal(tables.cases, checked.cases)
    assert len(rule(tables, "undeclared_arm")) == 1


def test_checking_twice_gives_the_same(tmp_path: Path) -> None:
    one, two = (check(tmp_path, cases=CASES + "P1,drug,41\n") for _ in range(2))
    assert one.problems == two.problems
    pd.testing.assert_frame_equal(one.ledger, two.ledger)
    pd.testing.assert_frame_equal(one.visits, two.visits)


def test_every_rule_can_be_told() -> None:
    own = {"rule", "file", "column", "rows", "values"}
    for name, each in RULES.items():
        fields = {f for text in (each.message, each.remedy) for _, f, _, _ in Formatter().parse(text) if f}
        assert not fields & own, f"{name} uses a word that is a finding's own"
        assert each.message.endswith((".", "}", "?")), name
        assert each.remedy.endswith((".", "}")), name


def test_readers_are_named_by_ending(tmp_path: Path) -> None:
    assert list(READERS)[:4] == [".csv", ".tsv", ".csv.gz", ".tsv.gz"]
    (tmp_path / "cases.docx").write_bytes(b"PK")
    tables = check(tmp_path, of_cases={"path": "cases.docx"})
    assert places(tables, "file_kind") == [("error", "cases.docx", None, None, None)]
    assert ".csv" in rule(tables, "file_kind")[0].remedy


def test_a_tsv_has_tabs(tmp_path: Path) -> None:
    (tmp_path / "cases.tsv").write_text(CASES.replace(",", "\t"), encoding="utf-8")
    assert len(check(tmp_path, of_cases={"path": "cases.tsv"}).cases) == 3


def test_the_folder_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    check(elsewhere)
    sources = {"folder_env": "SOME_DIR", "cases": {"path": "cases.csv"}, "visits": {"path": "visits.csv"}}
    study = builders.study(folder=tmp_path, sources=sources)
    assert "SOME_DIR" in rule(check_tables(study), "file_missing")[0].remedy
    monkeypatch.setenv("SOME_DIR", str(elsewhere))
    assert no_errors(check_tables(study))
