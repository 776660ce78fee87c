"""The commands on folders, terminals and interruptions as they come."""

import errno
import io
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result

from cgh_analysis.checked import Checked, as_text
from cgh_analysis.cli import main
from cgh_analysis.errors import BusyError, Problem
from cgh_analysis.progress import Stages
from cgh_analysis.report import publish
from tests.builders import write_study

CASES = "patient_id,arm,age_years\nP1,drug,40\nP2,block手,50\nP3,[/x],60\n"
VISITS = "patient_id,visit,day\nP1,baseline,0\nP2,baseline,0\nP3,baseline,0\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path, cases=CASES, visits=VISITS)


def cgh(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def fails(error: BaseException) -> object:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


def test_a_place_that_cannot_be_written_to_is_told_without_its_path(study: Path) -> None:
    (study.parent / "runs").write_text("a file where the folder should be")
    done = cgh("run", study)
    assert done.exit_code == 2
    assert "Stopped. File exists (runs)." in done.output
    assert str(study.parent) not in done.output


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 2, "Stopped. No space left on device."),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/x/runs"), 2, "Permission denied (runs)."),
        (KeyboardInterrupt(), 130, "Stopped. Interrupted; the last good run"),
    ],
)
def test_what_the_machine_refuses_is_no_bug_of_ours(
    study: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    monkeypatch.setattr("cgh_analysis.report.run.build_report", fails(error))
    monkeypatch.setattr("cgh_analysis.report.run.run_plan", lambda *_, **__: None)
    done = cgh("run", study)
    assert (done.exit_code, words in done.output) == (code, True), done.output
    assert "/srv" not in done.output
    assert not list((study.parent / "runs").glob(".building*"))


def test_a_bug_is_not_hidden(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgh_analysis.report.run.run_plan", fails(KeyError("x")))
    done = cgh("run", study)
    assert done.exit_code == 1
    assert isinstance(done.exception, KeyError)


def test_a_file_system_without_locks_is_not_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_lock", fails(OSError(errno.ENOLCK, "No locks available")))
    with pytest.raises(OSError, match="No locks"), publish.held(tmp_path / ".lock"):
        pass
    monkeypatch.setattr(publish, "_lock", fails(BlockingIOError(errno.EAGAIN, "held")))
    with pytest.raises(BusyError), publish.held(tmp_path / ".lock"):
        pass


def test_simulating_does_not_write_over_data_that_are_there(study: Path) -> None:
    done = cgh("simulate", "--patients", 40, "--out", study.parent)
    assert done.exit_code == 2
    assert "holds cases.csv, visits.csv already" in done.output
    assert (study.parent / "cases.csv").read_text(encoding="utf-8") == CASES


def test_a_simulation_may_be_made_again(tmp_path: Path) -> None:
    assert cgh("simulate", "--patients", 40, "--out", tmp_path).exit_code == 0
    assert cgh("simulate", "--patients", 41, "--out", tmp_path).exit_code == 0


def test_warnings_are_told_once_and_without_our_folder(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*_: object, **__: object) -> NoReturn:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            for _ in range(3):
                warnings.warn("a letter is missing", stacklevel=1)
        raise KeyboardInterrupt

    monkeypatch.setattr("cgh_analysis.report.run.run_plan", warn)
    assert cgh("run", study).output.count("Note: a letter is missing\n") == 1


def test_words_keep_their_brackets_and_say_the_same_thing_once() -> None:
    problem = {"severity": "error", "rule": "r", "file": "a.csv", "message": "No.", "remedy": "See [sources], [/x]."}
    rows = [Problem(**problem, row=row, column="arm") for row in range(2, 9)]
    assert as_text(Checked(problems=tuple(rows))).splitlines() == [
        "Findings",
        "  error: a.csv, rows 2, 3, 4, 5, 6 and 2 more, arm (r)",
        "    No. See [sources], [/x].",
    ]


def test_lines_fit_a_narrow_terminal() -> None:
    long = Problem(severity="note", rule="r", file="a.csv", message="word " * 40, remedy="Nothing to do.")
    assert max(map(len, as_text(Checked(problems=(long,)), width=60).splitlines())) <= 60


def test_a_terminal_without_our_letters_is_no_reason_to_fail(study: Path) -> None:
    command = [sys.executable, "-m", "cgh_analysis.cli", "check", str(study)]
    western = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    words = subprocess.run(command, capture_output=True, env=western, check=False)
    assert words.returncode == 0, words.stderr
    assert b"'block?' is no arm" in words.stdout
    found = subprocess.run([*command, "--json"], capture_output=True, env=western, check=False)
    values = [p["value"] for p in json.loads(found.stdout)["problems"] if p["rule"] == "undeclared_arm"]
    assert values == ["block手", "[/x]"]


def test_a_stage_may_be_called_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", terminal)
    with Stages() as stages:
        tell = stages.begin("Running the plan")
        assert tell is not None
        tell(1, 2, "ndi [/x]")
        # the bars are drawn ten times a second, by themselves
        time.sleep(0.3)
    assert "ndi [/x]" in terminal.getvalue()
