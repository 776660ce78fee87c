"""What comes of checks: status, threshold, what is off and why, and how it is printed."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from cgh_analysis.cli import main
from cgh_analysis.ingest.quality import CHECKS
from cgh_analysis.ingest.quality.printed import as_data, as_lines
from cgh_analysis.study import Checks
from tests import quality, raw
from tests.quality import cohort
from tests.spec.test_quality_expected import STUDY


def test_shares_are_judged_against_the_threshold_of_the_study(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits = visits.astype({"ndi": object})
    visits.loc[[3, 40, 90], "ndi"] = "n/k"
    tables = quality.check(tmp_path, cases, visits)
    result = quality.one(tables, "numbers", "ndi")
    assert (result.table, result.looked_at, result.failing) == ("visits", 144, 3)
    assert (result.share, result.threshold, result.status) == (3 / 144, 0.01, "fail")
    let = quality.check(tmp_path, cases, visits, checks={"numbers": 0.05})
    assert (quality.one(let, "numbers", "ndi").threshold, quality.failed(let)) == (0.05, set())


def test_blank_cells_are_not_looked_at(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits.loc[:43, "ndi"] = np.nan
    assert quality.one(quality.check(tmp_path, cases, visits), "value_range", "ndi").looked_at == 100


def test_notes_have_no_threshold_and_do_not_fail(tmp_path: Path) -> None:
    cases, visits = cohort()
    tables = quality.check(tmp_path, cases.assign(arm=cases["arm"].str.upper()), visits)
    result = quality.one(tables, "spellings", "arm")
    assert (result.failing, result.threshold, result.status) == (48, None, "pass")


def test_rows_are_counted_once_however_many_rules_refuse_them(tmp_path: Path) -> None:
    tables = raw.check(tmp_path, visits=raw.VISITS + "P1,baseline,0,6\nP9,baseline,0,5\nP2,week4\n")
    (records,) = [r for r in quality.results(tables, "whole_records") if r.table == "visits"]
    assert (records.looked_at, records.failing, records.status) == (7, 1, "fail")
    (known,) = [r for r in quality.results(tables, "known_patients") if r.table == "visits"]
    assert (known.failing, known.status) == (1, "fail")


def test_a_file_that_cannot_be_read_is_an_error_of_its_checks_and_no_pass(tmp_path: Path) -> None:
    tables = raw.check(tmp_path, visits="")
    of_visits = [r for r in tables.quality if r.table == "visits"]
    assert {r.check for r in of_visits if r.status == "fail"} == {"file_opens"}
    unread = {r.check for r in of_visits if r.status == "error"}
    assert {"value_range", "missing_outcome", "unit_by_site", "scale", "one_record"} <= unread
    assert not {"missing_outcome", "value_range"} & {r.check for r in of_visits if r.status == "pass"}
    assert {r.message for r in of_visits if r.status == "error"} == {"The file could not be read as this table."}
    assert all(r.status != "error" for r in tables.quality if r.table == "cases")


def test_cases_that_cannot_be_read_leave_the_visits_their_checks(tmp_path: Path) -> None:
    cases, visits = cohort()
    tables = quality.check(tmp_path, cases.drop(columns="arm"), visits)
    assert quality.one(tables, "scale", "ndi").status == "pass"
    assert {r.status for r in quality.results(tables, "unit_by_site") if r.table == "visits"} == {"not applicable"}
    (absent,) = quality.results(tables, "visits_absent")
    assert (absent.status, absent.message) == ("error", "The cases could not be read.")


def test_what_the_study_accepts_does_not_fail(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits.loc[visits.index[:30], "pain_nprs"] = 35.5
    faulty = quality.check(tmp_path, cases, visits)
    assert quality.one(faulty, "scale", "pain_nprs").status == "fail"
    tables = quality.check(tmp_path, cases, visits, of_visits={"accept": {"scale": "a slip of one day"}})
    result = quality.one(tables, "scale", "pain_nprs")
    assert (result.status, result.failing, result.message) == ("pass", 30, "Accepted: a slip of one day")
    (line,) = [line for line in as_lines(tables.quality) if line.split()[0] == "scale"]
    assert line.endswith("accepted")
    decided = next(r for r in quality.results(tables, "decisions") if r.table == "visits")
    assert (decided.failing, decided.status) == (1, "pass")


def test_a_check_that_is_off_is_not_run_and_says_why(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits.loc[1, "day"] = 90
    tables = quality.check(tmp_path, cases, visits, checks={"off": {"visit_order": "days were estimated"}})
    (result,) = quality.results(tables, "visit_order")
    assert (result.status, result.message) == ("not applicable", "Off: days were estimated")
    assert raw.rule(tables, "visit_order") == []
    assert raw.rule(tables, "check_off")[0].message == "The check visit_order is off: days were estimated"


@pytest.mark.parametrize(
    ("off", "words"),
    [
        ({"visit_ordr": "why"}, "'visit_ordr' is no check to switch off of this study: the nearest is 'visit_order'."),
        ({"value_range": "why"}, "'value_range' is no check to switch off"),
        ({"missing_codes": {"nid": "why"}}, "'nid' is no column that missing_codes looks at of this study: "),
    ],
)
def test_what_cannot_be_off_is_refused_with_the_nearest(tmp_path: Path, off: dict[str, object], words: str) -> None:
    tables = quality.check(tmp_path, *cohort(), checks={"off": off})
    (problem,) = raw.rule(tables, "unknown_target")
    assert problem.message.startswith(words)
    assert problem.severity == "error"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"visit_window": 0.1}, "the nearest is 'visit_windows'"),
        ({"visit_windows": 2}, "less than or equal to 1"),
        ({"off": {"scale": " "}}, "say why 'scale' is off"),
    ],
)
def test_thresholds_that_there_are_not_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Checks(**wrong)


def test_lines_fit_a_narrow_terminal_and_failures_come_first(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits = visits.drop(index=visits.index[visits["visit"] == "week12"][:30])
    tables = quality.check(tmp_path, cases, visits)
    lines = as_lines(tables.quality)
    assert max(map(len, lines)) <= 80
    heads = [i for i, line in enumerate(lines) if line.strip().startswith(("Conformance", "Completeness", "Plausib"))]
    first = lines[heads[1] + 1].split()
    assert (first[0], first[-1]) == ("visits_absent", "fail")
    assert lines[heads[1] + 2].strip() == "warning: Each case has each planned visit."
    assert "do not apply" in lines[-1]
    shown = {line.split()[0] for line in lines}
    judged = {r.check for r in tables.quality if r.status in ("pass", "fail")}
    assert judged <= shown


def test_cgh_check_prints_the_checks_and_gives_them_as_data(tmp_path: Path) -> None:
    cases, visits = cohort()
    block = (
        '[[arms]]\nid = "block"\nlabel = "Block"\n[[visits]]\nid = "week12"\nday = 84\n[checks]\nvisits_absent = 0.5\n'
    )
    (tmp_path / "study.toml").write_text(STUDY + block)
    cases.to_csv(tmp_path / "cases.csv", index=False)
    visits.drop(columns="vas").to_csv(tmp_path / "visits.csv", index=False)
    path = str(tmp_path / "study.toml")
    text = CliRunner().invoke(main, ["check", path])
    assert text.exit_code == 0, text.output
    assert text.output.index("Records") < text.output.index("Checks") < text.output.index("Completeness")
    data = json.loads(CliRunner().invoke(main, ["check", path, "--json"]).output)["checks"]
    assert {d["check"] for d in data} == set(CHECKS)
    absent = next(d for d in data if d["check"] == "visits_absent")
    assert absent["threshold"] == 0.5
    assert (absent["aspect"], absent["subaspect"], absent["severity"]) == ("completeness", "", "warning")


def test_data_have_every_field_of_a_result(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *cohort())
    assert json.dumps(as_data(tables.quality))
    assert as_lines(()) == []


def test_what_is_accepted_does_not_cover_other_faults_of_the_same_check(tmp_path: Path) -> None:
    rows = [["patient_id", "arm"], ["P1", "drug"], ["P2", "block"]]
    raw.workbook(tmp_path / "cases.xlsx", {"a": rows, "b": rows}, hidden="b", merged="B2:B3")
    accept = {"hidden_sheet": "an old copy"}
    of_cases = {"path": "cases.xlsx", "sheet": "a", "accept": accept}
    tables = raw.check(tmp_path, cases=None, of_cases=of_cases)
    (result,) = [r for r in quality.results(tables, "hidden_content") if r.table == "cases"]
    assert raw.rule(tables, "merged_cells") != []
    assert result.status == "fail"
    raw.workbook(tmp_path / "cases.xlsx", {"a": rows, "b": rows}, hidden="b")
    tables = raw.check(tmp_path, cases=None, of_cases=of_cases)
    (result,) = [r for r in quality.results(tables, "hidden_content") if r.table == "cases"]
    assert (result.status, result.message) == ("pass", "Accepted: an old copy")


@pytest.mark.parametrize(
    ("cases", "visits"),
    [
        ("patient_id,arm,site\nP1,drug,\n", "patient_id,visit,day\nP1,baseline,0\n"),
        ("patient_id,arm,site\nP1,nobody,a\n", "patient_id,visit,day,ndi\nP1,baseline,0,4\n"),
        ("patient_id,arm,site\nP1,drug,a\n", "patient_id,visit,day,ndi\nP9,baseline,0,4\n"),
        ("patient_id,arm,site\nP1,drug,a\n", "patient_id,visit,day,ndi\nP1,never,0,4\nP1,baseline,0,\n"),
        ("patient_id,arm,age_years\nP1,drug,\nP2,drug,\n", "patient_id,visit,day,ndi\nP1,baseline,,999\n"),
        ("patient_id,arm,site\n", "patient_id,visit,day,ndi\n"),
    ],
)
def test_hardly_any_data_are_no_trouble(tmp_path: Path, cases: str, visits: str) -> None:
    tables = raw.check(tmp_path, cases=cases, visits=visits)
    assert {r.check for r in tables.quality} == set(CHECKS)
    assert all(0 <= r.share <= 1 for r in tables.quality)
    assert as_lines(tables.quality)
