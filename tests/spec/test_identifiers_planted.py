"""A hundred identifiers of nobody, planted in every place of the input: none is ever seen again."""

from __future__ import annotations

import csv
import io
import logging
import traceback
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner

from cgh_analysis.cli import main
from cgh_analysis.errors import CghError
from cgh_analysis.ingest import check_tables, read_tables
from cgh_analysis.study import read_study
from tests.identifiers import DATES, NUMBERED, PATTERNED

SECRETS = [*(text for _, text in PATTERNED), *DATES, *(valid for _, valid, _ in NUMBERED)]
STUDY = """
[study]
id = "small"
title = "A small study"
seed = 1
[sources]
{sources}
[[arms]]
id = "drug"
label = "Drug"
[[arms]]
id = "block"
label = "Block"
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week4"
day = 28
"""
CASES: dict[str, Any] = {
    "patient_id": "P{i}",
    "arm": "drug",
    "site": "A",
    "age_years": "40",
    "sex": "female",
    "nausea": "no",
}
VISITS: dict[str, Any] = {
    "patient_id": "P{i}",
    "visit": "baseline",
    "day": "0",
    "pain_nprs": "5",
    "headache_free": "no",
}
EVENTS: dict[str, Any] = {"patient_id": "P{i}", "day": "3", "kind": "recurrence", "detail": "worse"}
TABLES = {"cases": CASES, "visits": VISITS, "events": EVENTS}
PLACES = [(table, column) for table, columns in TABLES.items() for column in (*columns, "remark")]


def written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def plant(folder: Path, table: str, column: str) -> Path:
    """Write a study with one record for each secret, which stands in one column of one table."""
    for name, columns in TABLES.items():
        cells = {**columns, **({column: ""} if name == table else {})}
        rows = [
            [secret if (name, c) == (table, column) else cell.format(i=i) for c, cell in cells.items()]
            for i, secret in enumerate(SECRETS)
        ]
        (folder / f"{name}.csv").write_text(written([list(cells), *rows]), encoding="utf-8")
    return study(folder, *(f'{name} = {{ path = "{name}.csv" }}' for name in TABLES))


def study(folder: Path, *sources: str) -> Path:
    path = folder / "study.toml"
    path.write_text(STUDY.format(sources="\n".join(sources)), encoding="utf-8")
    return path


def everything_said(path: Path, inputs: set[str]) -> str:
    """Return all that checking and running a study say and leave behind: words, JSON, problems, ledger, files."""
    given = {p for p in path.parent.rglob("*") if p.is_file()}
    said = [CliRunner().invoke(main, args) for args in (["check", str(path)], ["check", "--json", str(path)])]
    refused = CliRunner().invoke(main, ["run", str(path)])
    assert [r.exit_code for r in said] == [2, 2]
    assert refused.exit_code == 2
    tables = check_tables(read_study(path))
    assert {p.rule for p in tables.problems} & {f"identifier{x}" for x in ("", "_header", "_label", "_file")}
    words = [r.output for r in (*said, refused)] + [repr(tables.problems), tables.ledger.to_csv()]
    words += [repr(tables.files), repr(getattr(tables, "quality", ""))]
    try:
        read_tables(read_study(path))
    except CghError as error:
        words += [*traceback.format_exception(error), repr(error), repr(vars(error))]
        assert error.__cause__ is None
    left = [p for p in path.parent.rglob("*") if p.is_file() and p not in given and p.name not in inputs]
    return "\n".join(words + [p.read_text(encoding="utf-8") for p in left] + [p.name for p in left])


def seen(said: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in said]


def test_there_are_more_than_sixty() -> None:
    assert len(set(SECRETS)) > 100


@pytest.mark.parametrize(("table", "column"), PLACES, ids=[f"{t}-{c}" for t, c in PLACES])
def test_cells_of_every_column(tmp_path: Path, caplog: pytest.LogCaptureFixture, table: str, column: str) -> None:
    caplog.set_level(logging.DEBUG)
    said = everything_said(plant(tmp_path, table, column), set())
    assert seen(said + caplog.text, SECRETS) == []


def test_every_secret_in_a_category_is_found(tmp_path: Path) -> None:
    tables = check_tables(read_study(plant(tmp_path, "cases", "site")))
    (found,) = [p for p in tables.problems if p.rule == "identifier"]
    assert f"({len(SECRETS)} times)" in found.message


def test_names_of_columns(tmp_path: Path) -> None:
    names = [f"x{i}" if "\n" in s else s for i, s in enumerate(dict.fromkeys(SECRETS))]
    cases = written([["patient_id", "arm", *names], ["P1", "drug", *("1" for _ in names)]])
    (tmp_path / "cases.csv").write_text(cases, encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    path = study(tmp_path, 'cases = { path = "cases.csv" }', 'visits = { path = "visits.csv" }')
    assert seen(everything_said(path, set()), SECRETS) == []
    told = [p.message for p in check_tables(read_study(path)).problems if p.rule == "identifier_header"]
    assert len(told) == len(names)
    assert told[0].startswith("The name of column 3 looks like e-mail addresses")


def test_names_of_columns_that_the_study_file_needs(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("id,arm,jo.doe@example.org\nP1,drug,1\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient_id,visit,jo.doe@example.org\nP1,baseline,1\n", encoding="utf-8")
    path = study(tmp_path, 'cases = { path = "cases.csv" }', 'visits = { path = "visits.csv" }')
    assert seen(everything_said(path, set()), ["jo.doe"]) == []


@pytest.mark.parametrize(
    "name",
    [
        "Smith_John_1957-03-12",
        "jo.doe@example.org",
        "NHS 943 476 5919",
        "Mr Smith",
        "Frau_Özil",
        "131052-308T",
        "MRN 12345",
    ],
)
def test_names_of_files(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.csv").write_text("patient_id,arm\nP1,drug\nP2,strange\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    path = study(tmp_path, f'cases = {{ path = "{name}.csv" }}', 'visits = { path = "visits.csv" }')
    assert seen(everything_said(path, {f"{name}.csv"}), [name]) == []


def test_a_file_that_is_missing_is_not_named_either(tmp_path: Path) -> None:
    (tmp_path / "Mr Smith.csv").write_text("patient_id,arm\nP1,drug\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    path = study(tmp_path, 'cases = { path = "Mr Smit.csv" }', 'visits = { path = "visits.csv" }')
    said = CliRunner().invoke(main, ["check", str(path)]).output + CliRunner().invoke(main, ["run", str(path)]).output
    assert "Smi" not in said


def test_an_export_may_bear_its_date(tmp_path: Path) -> None:
    (tmp_path / "Neck_DATA_2024-03-12_1543.csv").write_text("patient_id,arm\nP1,drug\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    path = study(tmp_path, 'cases = { path = "Neck_DATA_2024-03-12_1543.csv" }', 'visits = { path = "visits.csv" }')
    assert not [p for p in check_tables(read_study(path)).problems if p.severity == "error"]


def test_value_labels(tmp_path: Path) -> None:
    secrets = [s for s in SECRETS if len(s) < 100]
    frame = pd.DataFrame({"patient_id": [f"P{i}" for i in range(3)], "arm": ["drug"] * 3, "therapist": [0.0, 1.0, 2.0]})
    labels = {"therapist": dict(enumerate(secrets))}
    pyreadstat.write_sav(frame, tmp_path / "cases.sav", variable_value_labels=labels)
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    path = study(tmp_path, 'cases = { path = "cases.sav" }', 'visits = { path = "visits.csv" }')
    assert seen(everything_said(path, set()), secrets) == []


def test_labels_of_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame({"patient_id": ["P1"], "arm": ["drug"], "q7": ["x"], "q8": ["y"]})
    titles = ["", "", "Please enter your date of birth", "Does it hurt when you phone?"]
    pyreadstat.write_sav(frame, tmp_path / "cases.sav", column_labels=titles)
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    path = study(tmp_path, 'cases = { path = "cases.sav" }', 'visits = { path = "visits.csv" }')
    told = [p for p in check_tables(read_study(path)).problems if p.rule == "identifier_title"]
    assert [p.column for p in told] == ["q7"]


DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?\n'
    "record_id,f,,text,Record,,,,,,\narm,f,,text,Arm,,,,,,\nvillage,f,,text,Home,,,,,,y\n"
)


@pytest.mark.parametrize(("ignored", "rules"), [("", ["flagged_column"]), (', ignore = ["village"]', [])])
def test_columns_that_a_dictionary_flags(tmp_path: Path, ignored: str, rules: list[str]) -> None:
    (tmp_path / "dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    (tmp_path / "cases.csv").write_text("record_id,arm,village\nP1,drug,Ambridge\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("patient_id,visit\nP1,baseline\n", encoding="utf-8")
    mapped = f'dictionary = "dictionary.csv", columns = {{ patient_id = "record_id" }}{ignored}'
    path = study(tmp_path, f'cases = {{ path = "cases.csv", {mapped} }}', 'visits = { path = "visits.csv" }')
    problems = check_tables(read_study(path)).problems
    assert [p.rule for p in problems if p.severity == "error"] == rules
    assert "Ambridge" not in repr(problems)
