"""Study files that are sound in themselves and do not fit data or estimators: `check` finds what `run` would."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import cgh_analysis as cgh
from cgh_analysis.analysis import rehearse
from cgh_analysis.checked import check_study
from cgh_analysis.cli import main
from cgh_analysis.errors import DataError, StudyError
from cgh_analysis.models import ESTIMATORS
from cgh_analysis.report.methods import methods
from cgh_analysis.study import Analysis
from tests.builders import study_text, write_study

LINE = '[[analyses]]\nid = "line"\nestimator = "ancova"\noutcome = "ndi"\nat = "week12"\n'
SCORE = '[[outcomes]]\nid = "score"\nlabel = "Score"\nunit = "points"\nlow = 0\nhigh = 9\nbetter = "lower"\n'
VISITS = (("baseline", 0), ("week12", 84))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    people = [(f"P{i}", ("drug", "block")[i % 2], 30 + i) for i in range(20)]
    cases = "".join(f"{p},{a},{y}\n" for p, a, y in people)
    rows = [f"{p},{v},{d},{(i * 7 + d) % 40}\n" for i, (p, _, _) in enumerate(people) for v, d in VISITS]
    visits = "patient_id,visit,day,ndi\n" + "".join(rows)
    write_study(tmp_path, cases=f"patient_id,arm,age_years\n{cases}", visits=visits, days=VISITS)
    return tmp_path


def checked(folder: Path, more: str) -> str:
    (folder / "study.toml").write_text(study_text(VISITS) + more)
    return " ".join(f"{p.message} {p.remedy}" for p in check_study(folder / "study.toml").problems)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[population]\ncriteria = ["adlt"]\n', "The criterion 'adlt' is not known. Known: adult"),
        ('[population]\ncriteria = ["no_migraine"]\n', "'no_migraine' needs migraine, which the data do not have"),
        (LINE + 'covariates = ["migraine"]\n', "analysis 'line' names 'migraine', which the data do not have"),
        (LINE + 'covariates = ["pain_nprs_baseline"]\n', "names 'pain_nprs_baseline', which the data do not have"),
        (LINE + 'subgroups = ["chronicity"]\n', "names 'chronicity', which the data do not have"),
        (SCORE + LINE.replace("ndi", "score"), "names 'score', which the data do not have"),
        ('[resolution]\noutcome = "headache_days_28d"\n', "resolution.outcome names 'headache_days_28d'"),
        ('[describe]\ncourses = ["hit6"]\n', "describe.courses names 'hit6', which the data do not have"),
        ('[describe]\nbaseline = ["sex"]\n', "describe.baseline names 'sex', which the data do not have"),
        (LINE.replace('at = "week12"\n', ""), "Analysis 'line' names no visit"),
        (LINE.replace('outcome = "ndi"\n', ""), "Analysis 'line' names no outcome"),
        (LINE + 'covariance = "HC9"\n', "Analysis 'line': covariance='HC9' is not known"),
        (LINE.replace("ancova", "responder"), "Analysis 'line' says not who responds"),
        (LINE.replace("ancova", "anova"), "Analysis 'line': the estimator 'anova' is not known"),
    ],
)
def test_check_finds_it_and_so_does_run(folder: Path, more: str, words: str) -> None:
    assert words in checked(folder, more)
    done = CliRunner().invoke(main, ["run", str(folder / "study.toml")])
    assert done.exit_code == 2
    assert words in done.output
    assert not (folder / "current").exists()


def test_everything_is_told_at_once(folder: Path) -> None:
    checked(folder, LINE + 'covariates = ["migraine"]\n' + '[population]\ncriteria = ["adlt"]\n')
    done = CliRunner().invoke(main, ["check", "--json", str(folder / "study.toml")])
    found = json.loads(done.stdout)
    assert [(p["rule"], p["file"], p["severity"]) for p in found["problems"]] == [("study", "study.toml", "error")] * 2
    assert [f["read"] for f in found["files"]] == [20, 40]


def test_what_the_study_file_does_not_ask_for_need_not_be_there(folder: Path) -> None:
    assert checked(folder, LINE) == ""
    study = cgh.read_study(folder / "study.toml")
    rows = cgh.run_plan(study, cgh.build_cohort(cgh.read_tables(study), study)).frame
    assert "age_years" in set(rows.loc[rows["analysis"] == "baseline", "outcome"])


def test_a_criterion_that_leaves_nobody_stops(folder: Path) -> None:
    (folder / "cases.csv").write_text("patient_id,arm,age_years\nP0,drug,9\nP1,block,9\n")
    assert "'adult' leaves nobody" in checked(folder, '[population]\ncriteria = ["adult"]\n')
    study = cgh.read_study(folder / "study.toml")
    with pytest.raises(DataError):
        cgh.build_cohort(cgh.read_tables(study), study)


def test_a_study_without_criteria_says_so(folder: Path) -> None:
    assert checked(folder, "[population]\ncriteria = []\n") == ""
    people = next(p for p in methods(cgh.read_study(folder / "study.toml")) if p.title == "People")
    assert people.text == "No criterion of eligibility was applied."


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_estimator_can_be_tried_on_nobody(folder: Path, name: str) -> None:
    """The rehearsal rests on this: of nobody nothing is estimable, and only a line that is wrong is refused."""
    checked(folder, LINE)
    study = cgh.read_study(folder / "study.toml")
    cohort = cgh.build_cohort(cgh.read_tables(study), study)
    line = Analysis.model_validate({"id": "x", "estimator": name, "outcome": "ndi", "at": "week12"})
    plan = study.model_copy(update={"analyses": (line,)})
    if name == "responder":
        with pytest.raises(StudyError, match="says not who responds"):
            rehearse(plan, cohort)
    else:
        rehearse(plan, cohort)
