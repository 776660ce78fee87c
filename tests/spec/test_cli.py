"""The commands as a user meets them: words, exit codes, files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cgh_analysis.cli import main
from cgh_analysis.report import run
from cgh_analysis.report.manifest import ingredients
from cgh_analysis.study import Study

STUDY = """
[study]
id = "small"
title = "A small study"
seed = 1
[sources]
cases = { path = "cases.csv" }
visits = { path = "visits.csv" }
events = { path = "events.csv" }
[[arms]]
id = "manual_exercise"
label = "Manual therapy + exercise"
synonyms = ["MTE", "Manual therapy + exercise"]
[[arms]]
id = "medication"
label = "Medication"
reference = true
[[arms]]
id = "nerve_block"
label = "Nerve block"
synonyms = ["Nerve Block"]
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week4"
day = 28
[[visits]]
id = "week8"
day = 56
[[visits]]
id = "week12"
day = 84
[[visits]]
id = "week26"
day = 182
[[visits]]
id = "week52"
day = 364
[population]
criteria = ["adult", "baseline_visit"]
[resolution]
outcome = "headache_days_28d"
competing = ["crossover"]
[[analyses]]
id = "ndi"
primary = true
estimator = "ancova"
outcome = "ndi"
at = "week12"
covariates = ["age_years"]
[[analyses]]
id = "curves"
estimator = "kaplan_meier"
"""


def cgh(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    assert cgh("simulate", "--patients", 120, "--seed", 7, "--out", folder).exit_code == 0
    return folder


@pytest.fixture
def study(export: Path, tmp_path: Path) -> Path:
    for name in ("cases.csv", "visits.csv", "events.csv"):
        (tmp_path / name).write_bytes((export / name).read_bytes())
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path


def test_help_needs_no_pandas() -> None:
    program = "import sys; from cgh_analysis.cli import main; main(['--help'], standalone_mode=False); "
    program += "assert not {'pandas', 'numpy', 'matplotlib', 'pydantic'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "a defensible comparison out" in " ".join(done.stdout.split())


def test_importing_the_package_is_lazy_and_unknown_names_are_refused() -> None:
    program = (
        "import sys, cgh_analysis as cgh; assert 'pandas' not in sys.modules; assert 'ancova' in dir(cgh)\n"
        "try: cgh.nothing\nexcept AttributeError as e: assert 'nothing' in str(e)\nelse: raise SystemExit(1)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_publishes_everything_and_the_next_one_does_nothing(study: Path) -> None:
    first = cgh("run", study)
    assert first.exit_code == 0, first.output
    current = study.parent / "current"
    for name in ("report.html", "results.parquet", "results.csv", "quarantine.csv", "manifest.json"):
        assert (current / name).stat().st_size > 0
    figures = {p.name for p in (current / "figures").iterdir()}
    assert {"flow.svg", "flow.pdf", "flow.png", "resolution.svg"} <= figures
    assert "Done" in first.output
    before = (current / "manifest.json").stat().st_mtime_ns
    second = cgh("run", study)
    assert second.exit_code == 0
    assert "Nothing has changed" in second.output
    assert (current / "manifest.json").stat().st_mtime_ns == before


def test_two_runs_give_the_same_bytes(study: Path, tmp_path: Path) -> None:
    cgh("run", study)
    manifest = (study.parent / "current" / "manifest.json").read_bytes()
    again = tmp_path / "again"
    again.mkdir()
    for name in ("study.toml", "cases.csv", "visits.csv", "events.csv"):
        (again / name).write_bytes((study.parent / name).read_bytes())
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-m", "cgh_analysis.cli", "run", str(again / "study.toml")]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    assert (again / "current" / "manifest.json").read_bytes() == manifest


def test_a_file_that_grows_while_it_is_read_stops_the_run(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hash_then_write(declared: Study) -> dict[str, Any]:
        made_of = ingredients(declared)
        events = study.parent / "events.csv"
        events.write_text(events.read_text() + "P0001,5,crossover,\n")
        return made_of

    monkeypatch.setattr(run, "ingredients", hash_then_write)
    done = cgh("run", study)
    assert done.exit_code == 2
    assert "changed while it was read" in done.output
    assert not (study.parent / "current").exists()


def test_a_broken_file_stops_the_run_and_keeps_the_last_report(study: Path) -> None:
    cgh("run", study)
    report = (study.parent / "current" / "report.html").read_bytes()
    (study.parent / "visits.csv").write_text("")
    failed = cgh("run", study)
    assert failed.exit_code == 2
    assert "Traceback" not in failed.output
    assert (study.parent / "current" / "report.html").read_bytes() == report


def test_a_missing_file_and_an_unknown_estimator_are_told_in_words(study: Path) -> None:
    study.write_text(STUDY.replace('estimator = "kaplan_meier"', 'estimator = "kaplan"'))
    unknown = cgh("run", study)
    assert unknown.exit_code == 2
    assert "the estimator 'kaplan' is not known" in unknown.output
    study.write_text(STUDY)
    (study.parent / "cases.csv").unlink()
    missing = cgh("run", study)
    assert missing.exit_code == 2
    assert "cases.csv cannot be read" in missing.output


def test_check_prints_json_in_which_nothing_is_lost(study: Path) -> None:
    done = cgh("check", study, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["status"] == "ok"
    assert [f["path"] for f in found["files"]] == ["cases.csv", "visits.csv", "events.csv"]
    assert all(f["read"] == f["accepted"] + f["quarantined"] for f in found["files"])
    keys = {"severity", "rule", "file", "row", "column", "value", "message", "remedy"}
    assert found["problems"]
    assert all(set(p) == keys for p in found["problems"])


def test_check_tells_faults_of_the_study_file_as_json_too(study: Path) -> None:
    study.write_text(STUDY.replace("seed = 1", "sead = 1"))
    done = cgh("check", study, "--json")
    assert done.exit_code == 2
    found = json.loads(done.output)
    assert found["status"] == "error"
    assert {p["column"] for p in found["problems"]} == {"sead", "seed"}


def test_check_in_words(study: Path) -> None:
    done = cgh("check", study)
    assert done.exit_code == 0
    assert "Records" in done.output


def test_the_log_of_a_run_names_no_patient(study: Path) -> None:
    import csv

    done = cgh("run", study)
    with (study.parent / "cases.csv").open(newline="") as handle:
        ids = {row["patient_id"] for row in csv.DictReader(handle) if row["patient_id"].startswith("P")}
    report = (study.parent / "current" / "report.html").read_text()
    results = (study.parent / "current" / "results.csv").read_text()
    ledger = (study.parent / "current" / "quarantine.csv").read_text()
    assert ids
    assert not [i for i in ids if any(i in text for text in (done.output, report, results, ledger))]
