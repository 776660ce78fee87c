"""What a study file leaves open: found by line, told by `cgh check`, waited for by `cgh run`."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgh_analysis.checked import check_study
from cgh_analysis.errors import StudyError
from cgh_analysis.report.run import run_study
from cgh_analysis.start import toml
from cgh_analysis.study import read_study
from cgh_analysis.study.undecided import open_questions, undecided

ROOT = Path(__file__).parents[2]


def lines(text: str) -> list[tuple[int, str, bool]]:
    return [(u.line, u.words, u.at_value) for u in undecided(text)]


def test_comment_behind_a_value_and_on_a_line_of_its_own_are_told_apart() -> None:
    text = 'design = "cohort"  # TODO: which?\n# TODO: who belongs in\ncriteria = []\n'
    assert lines(text) == [(1, "which?", True), (2, "who belongs in", False)]


def test_sign_inside_of_a_text_is_no_comment() -> None:
    assert lines('title = "# TODO: a"\nabout = """\n# TODO: b\n"""\npath = \'# TODO: c\'\n') == []


def test_value_that_is_still_todo_counts_without_a_comment() -> None:
    assert lines('title = "TODO"\nlabel = "TODO 2"\nabout = "TODOs are done"\n') == [
        (1, "the value is still TODO", True),
        (2, "the value is still TODO", True),
    ]


def test_comment_set_in_goes_on_with_the_one_above() -> None:
    assert lines("# TODO: choose\n#   one of these\n# no more\n#   nor this\n") == [(1, "choose one of these", False)]


def test_question_behind_a_commented_line_is_no_value() -> None:
    assert lines('# ndi = "x"  # TODO: is it?\n') == [(1, "is it?", False)]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_text_of_a_file_is_taken_for_a_question(text: str) -> None:
    written = f"name = {toml.text('-' + text)}\n"
    assert lines(written) == []
    assert tomllib.loads(written) == {"name": "-" + text}


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    text = (ROOT / "reports/demo/study.toml").read_text(encoding="utf-8")
    study = tmp_path / "study.toml"
    shutil.copytree(ROOT / "data/demo", tmp_path / "demo")
    study.write_text(text.replace("../../data/demo", "demo"), encoding="utf-8")
    return study


def test_question_beside_the_plan_is_a_note_and_lets_the_study_run(demo: Path) -> None:
    demo.write_text("# TODO: ask the ward\n" + demo.read_text(encoding="utf-8"), encoding="utf-8")
    todo = [p for p in check_study(demo).problems if p.rule == "todo"]
    assert [(p.severity, p.file, p.row, p.message) for p in todo] == [
        ("note", "study.toml", 1, "Line 1 is not decided: ask the ward.")
    ]
    assert not check_study(demo).failed
    assert run_study(demo).built


def test_question_at_a_value_is_an_error_and_keeps_the_study_from_running(demo: Path) -> None:
    text = demo.read_text(encoding="utf-8").replace('design = "cohort"', 'design = "cohort"  # TODO: or trial?')
    demo.write_text(text, encoding="utf-8")
    checked = check_study(demo)
    assert checked.failed
    assert checked.problems[0].message == f"Line {_line(text, 'or trial?')} is not decided: or trial?"
    assert checked.files, "the data are checked all the same"
    with pytest.raises(StudyError, match=r"leaves 1 value\(s\) open:\n  - Line \d+ is not decided: or trial\?"):
        run_study(demo)
    assert not (demo.parent / "runs").exists()


def test_questions_are_told_beside_the_faults_of_a_file_that_is_no_study(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[study]\nid = "a"  # TODO: a better one\n', encoding="utf-8")
    rules = [p.rule for p in check_study(study).problems]
    assert rules[0] == "todo"
    assert "study" in rules[1:]


def test_study_carries_its_questions(demo: Path) -> None:
    assert read_study(demo).undecided == ()
    demo.write_text(demo.read_text(encoding="utf-8") + "# TODO: more\n", encoding="utf-8")
    assert [u.words for u in read_study(demo).undecided] == ["more"]


def test_file_that_cannot_be_read_has_no_questions(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# TODO: \xff\n")
    assert open_questions(tmp_path / "none.toml") == ()
    assert open_questions(tmp_path / "latin.toml") == ()


def test_study_file_cannot_say_itself_what_is_undecided(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[study]\nid = "a"\nundecided = []\n', encoding="utf-8")
    with pytest.raises(StudyError, match="undecided cannot stand under"):
        read_study(study)


def _line(text: str, words: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if words in line)
