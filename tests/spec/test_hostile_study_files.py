"""Study files with mistakes that people make: each is told in words and at once, none ends in a traceback."""

import codecs
from pathlib import Path

import pytest

from cgh_analysis.errors import StudyError
from cgh_analysis.study import read_study

VALID = """
[study]
id = "s"
title = "t"
seed = 1
[sources]
cases = { path = "cases.csv" }
visits = { path = "visits.csv" }
[[arms]]
id = "drug"
label = "Drug"
synonyms = ["D"]
[[arms]]
id = "block"
label = "Nerve block"
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week12"
day = 84
window = [70, 98]
[resolution]
outcome = "ndi"
milestone_days = 91
[describe]
median = ["age_years"]
[[analyses]]
id = "a"
estimator = "ancova"
outcome = "ndi"
at = "week12"
"""
SCORE = '[[outcomes]]\nid = "{id}"\nlabel = "x"\nunit = "x"\nlow = {low}\nhigh = 9\nbetter = "lower"\n'


def told(folder: Path, text: str | bytes) -> str:
    path = folder / "study.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    with pytest.raises(StudyError) as caught:
        read_study(path)
    return str(caught.value)


def test_the_file_itself_is_fine_also_with_the_mark_that_windows_puts_before_it(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(codecs.BOM_UTF8 + VALID.encode())
    assert read_study(path).arm_ids == ("drug", "block")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[study]", "study = 3\n[x]", "study is no block"),
        ("[study]", "[[study]]", "study is no block"),
        ('title = "t"', 'title = "t"\nfolder = "data"', "folder cannot stand under [study]"),
        ("[study]", 'title = "other"\n[study]', "title cannot stand under [study]"),
        ("seed = 1", 'seed = "one"', "seed: write a whole number"),
        ("seed = 1", "", "seed: this is missing"),
        ("day = 84", "", "visits.week12.day: this is missing"),
        ("window = [70, 98]", "window = 70", "visits.week12.window: write a list"),
        ("seed = 1", 'seed = 1\ndesign = "rct"', "design: write 'cohort' or 'trial'"),
        ("[[arms]]", "[[arms]]\nid = 3\n[[arms]]", "arms.3.id: write text, in quotes"),
        ('id = "drug"', 'id = ""', "The arm id of number 1 is blank"),
        ('label = "Drug"', 'label = " "', "The arm label of number 1 is blank"),
        ('synonyms = ["D"]', 'synonyms = ["nerve  BLOCK"]', "'nerve  BLOCK' stands for the arms 'drug' and 'block'"),
        ('label = "Drug"', 'label = "Nerve block"', "'Nerve block' stands for the arms"),
        (
            'id = "week12"',
            'id = "week12"\nlabel = "Baseline"',
            "'baseline' stands for the visits",
        ),
        ("day = 84\nwindow = [70, 98]", "day = 0", "2 visits are on day 0"),
        ("day = 0", "day = 3", "No visit is on day 0"),
        ("[70, 98]", "[98, 70]", "does not hold its day 84"),
        ("[70, 98]", "[90, 98]", "does not hold its day 84"),
        ("milestone_days = 91", "milestone_days = 0", "resolution.milestone_days: "),
        ("milestone_days = 91", 'competing = ["death"]', "'death', which is no kind of event"),
        ("milestone_days = 91", 'competing = ["crossover"]', "names events, and no file has them"),
        ('median = ["age_years"]', 'median = ["age"]', "describe.median names 'age'"),
        ("[describe]", '[describe]\nbaseline = ["patient_id"]', "names 'patient_id', which describes nobody"),
        ("[describe]", '[describe]\nchange_at = "baseline"', "a change from baseline to baseline"),
        ('at = "week12"', 'at = "week12"\ncovariates = ["patient_id"]', "names 'patient_id', which describes nobody"),
        ('at = "week12"', 'at = "week12"\nsubgroups = ["arm"]', "names 'arm', which describes nobody"),
        ('at = "week12"', 'at = "week12"\nsubgroups = ["age_years"]', "the number 'age_years' as a subgroup"),
        ('at = "week12"', 'at = "baseline"', "it compares the baseline with itself"),
        ('at = "week12"', 'at = "week12"\nresponse = { percent = -5 }', "analyses.a.response.percent: "),
        ('at = "week12"', 'at = "week12"\nresponse = { by = "much" }', "analyses.a.response.by: write a number"),
        ('"ndi"\nat = "week12"', '"groc"\nat = "week12"\nresponse = { by = "mcid" }', "important change of 'groc'"),
        ('path = "cases.csv"', 'path = "/srv/data/cases.csv"', "begins at the root"),
        ('path = "cases.csv"', 'path = "C:/data/cases.csv"', "begins at the root"),
        ('path = "cases.csv"', 'path = "cases.csv", decimal = ","', "both as separator and as decimal sign"),
        ("[resolution]", SCORE.format(id="day", low=0) + "[resolution]", "'day' is a column of its own already"),
        ("[resolution]", SCORE.format(id="new", low=9) + "[resolution]", "'new' lies between 9 and 9"),
        ("[resolution]", '[[covariates]]\nid = "arm"\nlabel = "x"\n[resolution]', "covariate id 'arm' is a column"),
        (
            "[resolution]",
            '[population]\ncriteria = ["adult", "adult"]\n[resolution]',
            "id 'adult' is given 2",
        ),
    ],
)
def test_a_mistake_is_told_in_words(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in VALID
    assert words in told(tmp_path, VALID.replace(old, new, 1))


def test_a_study_without_arms_is_told(tmp_path: Path) -> None:
    start, end = VALID.index("[[arms]]"), VALID.index("[[visits]]")
    assert "No arm is declared" in told(tmp_path, "arms = []\n" + VALID[:start] + VALID[end:])


def test_a_path_of_this_machine_is_not_repeated(tmp_path: Path) -> None:
    assert "/srv" not in told(tmp_path, VALID.replace('path = "cases.csv"', 'path = "/srv/data/cases.csv"'))


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    assert "is not UTF-8 text: see line 4" in told(tmp_path, VALID.replace('"t"', '"Füße"').encode("latin-1"))
