"""A published or expected table held against the data: rounding decides, and every deviation is told."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from cgh_analysis.errors import StudyError
from cgh_analysis.ingest import Tables, check_tables
from cgh_analysis.study import Expect, read_study
from cgh_analysis.study.quality import as_written
from tests import quality, raw
from tests.conftest import ROOT
from tests.quality import cohort

PAPER = {"source": "Somebody 2001", "visit": "week4", "column": "ndi", "arm": "drug"}


def checked(folder: Path, *expect: dict[str, Any], **parts: Any) -> Tables:
    return quality.check(folder, *cohort(), expect=[{**PAPER, **e} for e in expect], **parts)


def truth() -> pd.Series:
    cases, visits = cohort()
    drug = visits["patient_id"].map(cases.set_index("patient_id")["arm"]) == "drug"
    return visits.loc[drug & (visits["visit"] == "week4"), "ndi"]


def test_numbers_as_they_are_printed_agree(tmp_path: Path) -> None:
    ndi = truth()
    said = f"{ndi.mean():.1f} ({ndi.std():.1f})"
    tables = checked(tmp_path, {"n": len(ndi), "mean": said}, {"mean": round(ndi.mean(), 2), "digits": 2})
    assert raw.no_errors(tables)
    assert [(r.looked_at, r.failing, r.status) for r in quality.results(tables, "expected", "ndi")] == [
        (3, 0, "pass"),
        (1, 0, "pass"),
    ]


def test_every_deviation_is_told_with_what_is_expected_and_what_is_there(tmp_path: Path) -> None:
    tables = checked(tmp_path, {"n": 25, "mean": "9.9 (9.9)"})
    messages = [p.message for p in raw.rule(tables, "deviates")]
    who = "the number of patients with ndi in arm 'drug' at visit 'week4'"
    assert messages[0] == f"Somebody 2001 expects {who} to be 25; the data give 24."
    assert f"to be 9.9; the data give {truth().mean():.2f}." in messages[1]
    assert "the SD of ndi" in messages[2]
    result = quality.one(tables, "expected", "ndi")
    assert (result.looked_at, result.failing, result.status) == (3, 3, "fail")
    assert quality.stopped(tables) == {"deviates"}


@pytest.mark.parametrize(("written", "agrees"), [("2.3", True), ("2.2", True), ("2.30", False), ("2.25", True)])
def test_rounding_decides(tmp_path: Path, written: str, agrees: bool) -> None:
    visits = raw.VISITS.replace("baseline,0,6", "baseline,0,2.25").replace("baseline,0,7", "baseline,0,2.25")
    expect = [{"source": "A", "visit": "baseline", "column": "pain_nprs", "mean": written}]
    tables = raw.check(tmp_path, visits=visits.replace("P3,baseline,0,5", "P3,baseline,0,2.25"), expect=expect)
    assert raw.no_errors(tables) == agrees


def test_a_deviation_may_be_accepted_with_its_reason(tmp_path: Path) -> None:
    tables = checked(tmp_path, {"n": 25, "deviates_because": "one withdrew consent"})
    assert raw.no_errors(tables)
    (problem,) = raw.rule(tables, "deviation_known")
    assert problem.message.endswith("Accepted: one withdrew consent")
    assert quality.one(tables, "expected", "ndi").status == "pass"


def test_numbers_of_few_people_are_not_told(tmp_path: Path) -> None:
    visits = raw.VISITS.replace("P1,week4,28,3", "P1,week4,28,3.3")
    week4 = {"source": "A", "visit": "week4", "column": "pain_nprs", "mean": "5.0", "n": 4}
    tables = raw.check(tmp_path, visits=visits, expect=[week4])
    messages = " ".join(p.message for p in raw.rule(tables, "deviates"))
    assert "the data give fewer than 10." in messages
    assert "not shown: it rests on fewer than 10 patients" in messages
    assert "3.3" not in messages


def test_percentages_of_levels_and_numbers_of_arms(tmp_path: Path) -> None:
    cases, visits = cohort()
    cases["sex"] = ["female"] * 34 + ["male"] * 14
    expect = [
        {"source": "A", "column": "sex", "level": "female", "percent": "71 %"},
        {"source": "A", "column": "sex", "level": "female", "percent": 70, "n": 48},
        {"source": "A", "arm": "drug", "n": 24},
    ]
    tables = quality.check(tmp_path, cases, visits, expect=expect)
    assert [(r.looked_at, r.failing) for r in quality.results(tables, "expected") if r.looked_at] == [
        (1, 0),
        (2, 1),
        (1, 0),
    ]
    (problem,) = raw.rule(tables, "deviates")
    assert "the percentage of sex (female) to be 70; the data give 70.8" in problem.message


def test_a_mean_of_a_category_cannot_be_checked(tmp_path: Path) -> None:
    cases, visits = cohort()
    expect = [{"source": "A", "column": "arm", "mean": "1"}, {"source": "A", "column": "sex", "percent": "1"}]
    tables = quality.check(tmp_path, cases, visits, expect=expect)
    assert [(r.status, r.message) for r in quality.results(tables, "expected") if r.table == "cases"] == [
        ("error", "Means need numbers, percentages a category."),
        ("error", "The table has no such column."),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"mean": 6.4}, "as text"),
        ({"mean": "about 6"}, "is no number"),
        ({}, "at least one"),
        ({"mean": "6.4 (1.6)", "sd": "1.6"}, "given twice"),
        ({"level": "yes", "n": 3}, "goes with a percent"),
        ({"table": "cases", "n": 3}, "only with it"),
        ({"column": "", "mean": "6"}, "of which `column`"),
    ],
)
def test_expectations_that_say_nothing_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Expect(**{**PAPER, **wrong})


def test_minus_signs_and_raised_points_are_read() -> None:
    assert as_written("\N{MINUS SIGN}1\N{MIDDLE DOT}25") == (-1.25, 2)
    assert Expect(**PAPER, mean="-1.2 (SD 3.10)").numbers == {"mean": (-1.2, 1), "sd": (3.1, 2)}


@pytest.mark.parametrize(
    ("field", "name", "nearest"), [("arm", "drugs", "drug"), ("visit", "week_4", "week4"), ("column", "nid", "ndi")]
)
def test_names_that_are_not_known_are_refused_with_the_nearest(
    tmp_path: Path, field: str, name: str, nearest: str
) -> None:
    block = "\n".join(f'{k} = "{v}"' for k, v in {**PAPER, field: name}.items())
    path = tmp_path / "study.toml"
    path.write_text(STUDY + f"[[expect]]\nn = 3\n{block}\n")
    with pytest.raises(StudyError, match=f"{field} {name!r}, which is not known.*{nearest!r}"):
        read_study(path)


STUDY = """
[study]
id = "small"
title = "Small"
seed = 1
[sources]
cases = { path = "cases.csv" }
visits = { path = "visits.csv" }
[[arms]]
id = "drug"
label = "Drug"
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week4"
day = 28
"""


def test_the_published_score_of_vickers_2004_is_in_its_data(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGH_DATA_DIR", str(real_data))
    tables = check_tables(read_study(ROOT / "reports" / "vickers2004" / "study.toml"))
    assert [(r.looked_at, r.failing) for r in quality.results(tables, "expected") if r.looked_at] == [(3, 0), (3, 0)]


def test_stored_noughts_would_break_the_published_number(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGH_DATA_DIR", str(real_data))
    study = read_study(ROOT / "reports" / "vickers2004" / "study.toml")
    days = Expect(source="the diaries sent in", visit="month12", column="headache_days_28d", n=301)
    tables = check_tables(study.model_copy(update={"expect": (days,)}))
    assert raw.rule(tables, "deviates") == []
    wide = tuple(w.model_copy(update={"filled_if": None}) for w in study.sources.visits.wide)
    visits = study.sources.visits.model_copy(update={"wide": wide})
    armed = study.model_copy(update={"expect": (days,), "sources": study.sources.model_copy(update={"visits": visits})})
    assert "to be 301; the data give 401" in raw.rule(check_tables(armed), "deviates")[0].message


def test_reversed_arm_codes_break_an_expected_number(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGH_DATA_DIR", str(real_data))
    study = read_study(ROOT / "reports" / "cdystonia" / "study.toml")
    assert raw.rule(check_tables(study), "deviates") == []
    arm = study.sources.cases.columns["arm"].model_copy(
        update={"codes": {"1": "placebo", "2": "units_5000", "3": "units_10000"}}
    )
    cases = study.sources.cases.model_copy(update={"columns": {**study.sources.cases.columns, "arm": arm}})
    reversed_codes = study.model_copy(update={"sources": study.sources.model_copy(update={"cases": cases})})
    (problem,) = raw.rule(check_tables(reversed_codes), "deviates")
    assert "in arm 'units_10000' to be 37; the data give 36" in problem.message
