"""What a study file may say, and what it is told when it says something else."""

from pathlib import Path

import pytest

from cgh_analysis.errors import StudyError
from cgh_analysis.study import read_study

VALID = """
[study]
id = "s"
title = "t"
seed = 1
[sources.cases]
path = "cases.csv"
[sources.visits]
path = "visits.csv"
[[arms]]
id = "a"
label = "A"
synonyms = ["1"]
[[arms]]
id = "b"
label = "B"
synonyms = ["2"]
reference = true
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week12"
day = 84
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(StudyError) as caught:
        read_study(written(folder, text))
    return str(caught.value)


def test_a_valid_file_is_read_and_the_reference_comes_first(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, VALID))
    assert study.arm_ids == ("b", "a")
    assert study.reference == "b"
    assert [v.title for v in study.visits] == ["Baseline", "Week 12"]
    assert study.folder == tmp_path
    assert len(study.sha256) == 64


def test_the_hash_follows_the_bytes(tmp_path: Path) -> None:
    one = read_study(written(tmp_path, VALID)).sha256
    assert one != read_study(written(tmp_path, VALID + "# a comment\n")).sha256


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ("[disclosure]\nthreshhold = 5\n", "disclosure.threshhold: this name is not known here"),
        (
            '[[analyses]]\nid = "x"\nestimator = "ancova"\noutcome = "ndi"\nat = "week13"\n',
            "'week13', which is not known",
        ),
        ('[[analyses]]\nid = "x"\nestimator = "ancova"\noutcome = "ndj"\n', "did you mean 'ndi'"),
        ('[[analyses]]\nid = "x"\nestimator = "ancova"\noutcome = "ndi"\ncovariates = ["agee"]\n', "'agee'"),
        ('[[arms]]\nid = "a"\nlabel = "again"\n', "The arm id 'a' is given 2 times"),
        ('[[arms]]\nid = "c"\nlabel = "C"\nreference = true\n', "More than one arm is marked as reference"),
        ("[disclosure]\nthreshold = 10\nround_to = 1\n", "a threshold without rounding"),
        ('[resolution]\noutcome = "headache"\n', "resolution.outcome names 'headache'"),
        ('[[analyses]]\nid = "x"\nestimator = "cox"\nof = "crossover"\n', "Declare [resolution]"),
        (
            '[resolution]\noutcome = "ndi"\n[[analyses]]\nid = "x"\nestimator = "cox"\nof = "crossover"\n',
            "is of 'crossover', which is no resolution and not in resolution.competing. Known: resolution.",
        ),
        ("[[arms]\n", "is not valid TOML"),
    ],
)
def test_a_fault_is_told_in_words(tmp_path: Path, addition: str, words: str) -> None:
    assert words in refused(tmp_path, VALID + addition)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    message = refused(tmp_path, VALID + '[resolution]\noutcome = "x"\n[describe]\nchange_at = "never"\n')
    assert "has 2 problem(s)" in message
    assert "'x'" in message
    assert "'never'" in message


def test_a_missing_file_is_told_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        read_study(tmp_path / "nowhere.toml")
    assert "nowhere.toml cannot be read" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_codes_that_contradict_the_documentation_need_a_reason(tmp_path: Path) -> None:
    document = '[[documentation]]\ncolumn = "treat"\nsource = "The manual"\nsays = { "1" = "b", "2" = "a" }\n'
    assert "The manual says that treat 1 is 'b'; the study takes it as 'a'" in refused(tmp_path, VALID + document)
    defended = VALID + document + 'wrong_because = "The published means fit the other reading only."\n'
    assert read_study(written(tmp_path, defended)).documentation[0].wrong_because
