"""`cgh init`: a commented study file of the files that somebody has, and what it says of them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from cgh_analysis.checked import check_study
from cgh_analysis.cli import main
from cgh_analysis.errors import DataError, StudyError
from cgh_analysis.report.run import run_study
from cgh_analysis.start import Files, init_study, toml
from cgh_analysis.study import read_study
from tests import drafts
from tests.drafts import answered, draft, numbers, people

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"
N = 45


def init(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["init", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "study.toml"
    return init_study(Files(file=DEMO / "cases.csv", visits=DEMO / "visits.csv"), out)


def test_draft_of_the_demo_recognises_every_column_arm_and_visit(demo: Path) -> None:
    study = read_study(demo)
    assert study.arm_ids == ("manual_exercise", "medication", "nerve_block")
    assert [(v.id, v.day) for v in study.visits] == [
        ("baseline", 0),
        ("week4", 28),
        ("week8", 56),
        ("week12", 84),
        ("week26", 182),
        ("week52", 364),
    ]
    assert study.sources.cases.columns == {}
    assert study.sources.visits.ignore == ()
    assert study.describe.courses[:2] == ("pain_nprs", "ndi")


def test_draft_of_the_demo_runs_once_its_questions_are_answered(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="leaves 4 value"):
        run_study(demo)
    study = tmp_path / "study.toml"
    init_study(Files(file=DEMO / "cases.csv", visits=DEMO / "visits.csv"), study)
    study.write_text(answered(study.read_text(encoding="utf-8")), encoding="utf-8")
    assert not check_study(study).failed
    published = run_study(study)
    assert (published.folder / "report.html").is_file()


def test_check_lists_what_a_draft_leaves_open(demo: Path) -> None:
    todo = [p for p in check_study(demo).problems if p.rule == "todo"]
    words = " ".join(p.message for p in todo)
    for asked in ("what is compared", 'chance decide who got what ("trial")', "compared with this one", '"MTE"'):
        assert asked in words
    assert {p.severity for p in todo} == {"error", "note"}


def test_draft_is_valid_under_the_schema_that_lies_beside_it(demo: Path) -> None:
    text = demo.read_text(encoding="utf-8")
    assert text.startswith("#:schema ./study.schema.json\n\n")
    schema = json.loads((demo.parent / "study.schema.json").read_text(encoding="utf-8"))
    assert list(Draft4Validator(schema).iter_errors(tomllib.loads(text))) == []


def test_study_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text("mine", encoding="utf-8")
    code, output = init("--file", DEMO / "cases.csv", "--out", study)
    assert code == 2
    assert "study.toml is there already, and is not written over." in output
    assert study.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [study]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--file", "a.csv", "--redcap", "b.csv", "--dictionary", "c.csv"),
        ("--redcap", "b.csv"),
        ("--file", "a.csv", "--dictionary", "c.csv"),
    ],
)
def test_file_or_project_with_its_dictionary_is_asked_for(arguments: tuple[str, ...]) -> None:
    code, output = init(*arguments)
    assert code == 2
    assert "Give either --file, or --redcap together with --dictionary." in output


def test_file_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    code, output = init("--file", tmp_path / "none.csv", "--out", tmp_path / "study.toml")
    assert (code, output) == (2, "Stopped. There is no file none.csv. Check the path.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"id,age\n", b"id,id\n1,2\n", b"\xff\xfe\x00", b"PK\x03\x04"])
def test_file_that_cannot_be_read_leaves_no_draft(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cases.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"cases\.csv cannot be used:\n  - "):
        init_study(Files(file=tmp_path / "cases.csv"), tmp_path / "study.toml")
    assert not (tmp_path / "study.toml").exists()


def test_paths_are_relative_to_the_study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw" / "deep").mkdir(parents=True)
    first = drafts.write(tmp_path / "raw" / "people.csv", people())
    second = drafts.write(
        tmp_path / "raw" / "deep" / "visits.csv", {"subject": [f"P{i:03d}" for i in range(N)], "ndi": [1] * N}
    )
    monkeypatch.chdir(tmp_path)
    study = init_study(Files(file=first, visits=second), Path("studies/neck/study.toml"))
    content = tomllib.loads(study.read_text(encoding="utf-8"))
    assert content["sources"]["folder"] == "../../raw"
    assert content["sources"]["visits"]["path"] == "deep/visits.csv"
    assert str(tmp_path) not in study.read_text(encoding="utf-8")


def test_draft_says_neither_when_it_was_made_nor_when_the_export_was(tmp_path: Path) -> None:
    file = drafts.write(tmp_path / "Neck_DATA_2024-05-01_1530.csv", people())
    content, _ = draft(tmp_path, file)
    assert content["study"]["id"] == "neck"


def test_same_files_give_the_same_draft(tmp_path: Path) -> None:
    file = drafts.write(tmp_path / "clinic.csv", people())
    texts = [init_study(Files(file=file), tmp_path / name).read_text(encoding="utf-8") for name in ("a.toml", "b.toml")]
    assert texts[0] == texts[1]


def test_separator_that_was_found_out_is_written_down(tmp_path: Path) -> None:
    rows = people(ndi_w0=numbers(N, 0, 50), ndi_w12=numbers(N, 0, 50))
    content, _ = draft(tmp_path, drafts.write(tmp_path / "clinic.csv", rows, ";"))
    assert content["sources"]["cases"]["separator"] == ";"
    assert "encoding" not in content["sources"]["cases"]


def test_decimal_sign_that_is_in_doubt_is_asked_for(tmp_path: Path) -> None:
    rows = people(ndi_w0=["1,5", "2.5"] * 22 + ["3"], ndi_w12=numbers(N, 0, 50))
    content, text = draft(tmp_path, rows)
    assert content["sources"]["cases"]["decimal"] == "."
    assert 'decimal = "."  # TODO: some cells have a decimal comma, and some a decimal point' in text


def test_workbook_with_several_sheets_asks_for_one(tmp_path: Path, real_data: Path) -> None:
    file = real_data / "vickers" / "13063_2006_152_MOESM1_ESM.xls"
    with pytest.raises(DataError, match="Say --sheet with its name"):
        init_study(Files(file=file), tmp_path / "study.toml")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_round_trips(text: str) -> None:
    written = f"{toml.line('a', toml.texts({text: text}), text)}\n{toml.key(text)} = {toml.array([text])}\n"
    expected = {"a": {text: text}, text: [text]} if text != "a" else None
    if expected is not None:
        assert tomllib.loads(written) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_comment_stays_one(text: str) -> None:
    assert tomllib.loads("\n".join([*toml.said(text), *toml.said(f"TODO: {text}")]) + "\n") == {}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=30))
def test_any_list_round_trips_over_lines(texts: list[str]) -> None:
    assert tomllib.loads("\n".join(toml.listed("a", texts)) + "\n") == {"a": texts}


@pytest.mark.parametrize("name", ['a "b"', "a\\b", "a#b", "a]b = [", "naïve", "x" * 300, "ndi = 'x'"])
def test_any_header_gives_a_draft_that_reads(tmp_path: Path, name: str) -> None:
    content, text = draft(tmp_path, people(**{name: numbers(N, 0, 9)}))
    assert name in content["sources"]["cases"]["ignore"]
    assert tomllib.loads(text)
    assert read_study(tmp_path / "study.toml")
