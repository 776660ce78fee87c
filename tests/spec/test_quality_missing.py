"""Codes for missing that nobody declared, and what is blank of what the plan needs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.ingest.readers import registry as readers
from cgh_analysis.ingest.typing.missing import like_missing
from tests import quality, raw
from tests.quality import cohort


def with_codes(column: str, code: object, rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    cases, visits = cohort()
    spread = np.linspace(0, len(visits) - 2, rows).astype(int)
    changed = visits.astype({column: object})
    changed.loc[spread, column] = code
    return cases, changed


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("pain_nprs", -99),
        ("pain_nprs", "99.0"),
        ("ndi", -9),
        ("ndi", 777),
        ("vas", 999),
        ("rom_rotation_left_deg", 999),
    ],
)
def test_a_code_outside_of_the_range_that_comes_often_must_be_declared(
    tmp_path: Path, column: str, code: object
) -> None:
    tables = quality.check(tmp_path, *with_codes(column, code, 4))
    (problem,) = raw.rule(tables, "missing_codes")
    assert (problem.column, problem.severity) == (column, "error")
    assert problem.message.startswith(f"{code} stands apart")
    assert "`missing`" in problem.remedy
    assert quality.one(tables, "missing_codes", column).failing == 4
    assert quality.results(tables, "scale", column)[0].status == "pass", "codes are no other scale"


def test_a_declared_code_is_missing_and_nothing_more(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *with_codes("ndi", -9, 4), of_visits={"missing": ["-9"]})
    assert quality.stopped(tables) == set()
    assert tables.visits["ndi"].isna().sum() == 4


def test_one_cell_alone_is_quarantined_with_a_hint(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *with_codes("pain_nprs", -99, 1))
    (problem,) = raw.rule(tables, "like_missing")
    assert (problem.severity, problem.value) == ("quarantine", "-99")
    assert "looks like a code for missing" in problem.message
    assert raw.rule(tables, "out_of_range") == []
    assert quality.stopped(tables) == set()


@pytest.mark.parametrize("value", ["105", "-3", "13"])
def test_other_numbers_outside_of_the_range_are_no_codes(tmp_path: Path, value: str) -> None:
    tables = quality.check(tmp_path, *with_codes("pain_nprs", value, 1))
    assert [p.value for p in raw.rule(tables, "out_of_range")] == [value]


def test_a_spike_at_the_edge_of_the_range(tmp_path: Path) -> None:
    """999 months of symptoms can be, and nobody else has more than a few years."""
    cases, visits = cohort()
    cases.loc[[3, 17, 30], "symptom_duration_months"] = 999
    tables = quality.check(tmp_path, cases, visits)
    assert [p.column for p in raw.rule(tables, "missing_codes")] == ["symptom_duration_months"]


def test_one_patient_with_the_same_value_at_every_visit_is_no_spike(tmp_path: Path) -> None:
    cases, visits = cohort()
    column = "rom_rotation_left_deg"
    same = visits["patient_id"].isin(["P0007", "P0021"])
    tables = quality.check(tmp_path, cases, visits.assign(**{column: visits[column].mask(same, 88)}))
    assert "missing_codes" not in quality.stopped(tables)
    several = visits["patient_id"].isin([f"P000{i}" for i in range(1, 7)]) & (visits["visit"] == "week4")
    tables = quality.check(tmp_path, cases, visits.assign(**{column: visits[column].mask(several, 88)}))
    assert "missing_codes" in quality.stopped(tables)


def test_values_among_others_are_values(tmp_path: Path) -> None:
    cases, visits = cohort()
    tables = quality.check(tmp_path, cases, visits.assign(vas=np.resize([55, 66, 70, 77, 80, 88, 92, 99], len(visits))))
    assert raw.rule(tables, "missing_codes") == []


def test_millimetres_are_no_codes(tmp_path: Path) -> None:
    cases, visits = cohort()
    mine = quality.at_site(cases, visits, "S1")
    marks = pd.Series(np.resize([45, 52, 66, 71, 77, 83, 88, 97], len(visits)))
    tables = quality.check(tmp_path, cases, visits.assign(pain_nprs=visits["pain_nprs"].where(~mine, marks)))
    assert "missing_codes" not in quality.stopped(tables)
    assert like_missing(np.array(["66", "71", "83", "52"])).tolist() == [False] * 4


def test_an_age_is_not_shown_even_as_a_code(tmp_path: Path) -> None:
    cases, visits = cohort()
    cases.loc[[3, 17, 30, 31, 32], "age_years"] = 99
    tables = quality.check(tmp_path, cases, visits)
    (problem,) = raw.rule(tables, "missing_codes")
    assert "99" not in problem.message
    assert raw.rule(tables, "age_over_90") != []


def test_a_reason_lets_a_code_be_a_value(tmp_path: Path) -> None:
    cases, visits = cohort()
    cases.loc[[3, 17, 30], "symptom_duration_months"] = 999
    off = {"missing_codes": {"symptom_duration_months": "the form's highest answer"}}
    tables = quality.check(tmp_path, cases, visits, checks={"off": off})
    assert quality.stopped(tables) == set()


def test_dates_that_are_none(tmp_path: Path) -> None:
    visits = raw.VISITS.replace(",0,", ",01/02/2024,").replace(",28,", ",01/01/1900,")
    tables = raw.check(tmp_path, visits=visits, of_visits={"columns": {"day": {"column": "day", "date": "dmy"}}})
    (problem,) = raw.rule(tables, "missing_codes")
    assert (problem.column, problem.severity) == ("day", "error")
    assert "1900" not in problem.message


def labelled(monkeypatch: pytest.MonkeyPatch, **parts: object) -> None:
    """Let CSV files come with what a dictionary says of them."""
    plain = readers.READERS[".csv"]
    monkeypatch.setitem(readers.READERS, ".csv", lambda *given: replace(plain(*given), **parts))


def test_a_code_whose_label_says_that_there_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled(monkeypatch, labels={"ndi": {"7": "Refused to answer", "8": "Eight"}})
    cases, visits = cohort()
    visits.loc[[5, 9], "ndi"] = 7
    tables = quality.check(tmp_path, cases, visits)
    (problem,) = raw.rule(tables, "missing_label")
    assert "'Refused to answer'" in problem.message
    again = quality.check(tmp_path, cases, visits, of_visits={"missing": ["7.0"]})
    assert raw.rule(again, "missing_label") == []


def test_values_without_a_label_where_others_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled(monkeypatch, labels={"sex": {"1": "female", "2": "male"}})
    cases, visits = cohort()
    cases["sex"] = np.where(np.arange(len(cases)) % 2, 1, 2)
    cases.loc[[3, 4], "sex"] = 3
    tables = quality.check(tmp_path, cases, visits)
    result = quality.one(tables, "value_labels", "sex")
    assert (result.looked_at, result.failing, result.status) == (len(cases), 2, "fail")
    assert raw.rule(tables, "unlabelled")[0].row == 5


def test_numbers_beyond_the_limits_of_the_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled(monkeypatch, limits={"age_years": (18.0, None), "ndi": (None, 20.0)})
    cases, visits = cohort()
    cases.loc[2, "age_years"] = 17
    tables = quality.check(tmp_path, cases, visits)
    beyond = int((visits["ndi"] > 20).sum())
    assert quality.one(tables, "dictionary_limits", "ndi").failing == beyond > 0
    assert quality.one(tables, "dictionary_limits", "age_years").failing == 1
    assert raw.no_errors(tables)


def test_outcomes_that_are_blank_are_counted_by_visit(tmp_path: Path) -> None:
    cases, visits = cohort()
    late = visits.index[visits["visit"] == "week12"]
    visits.loc[late[:12], "ndi"] = np.nan
    tables = quality.check(tmp_path, cases, visits)
    result = quality.one(tables, "missing_outcome", "ndi", "week12")
    assert (result.looked_at, result.failing, result.share, result.status) == (48, 12, 0.25, "fail")
    assert quality.one(tables, "missing_outcome", "ndi", "week4").status == "pass"
    assert raw.no_errors(tables)
    let = quality.check(tmp_path, cases, visits, checks={"missing_outcome": 0.25})
    assert quality.one(let, "missing_outcome", "ndi", "week12").status == "pass"


PLAN = [{"id": "a", "estimator": "ancova", "outcome": "ndi", "at": "week12"}]


@pytest.mark.parametrize(("analyses", "status"), [([], "not applicable"), (PLAN, "fail")])
def test_an_outcome_that_nobody_has_fails_where_the_plan_needs_it(
    tmp_path: Path, analyses: list[dict[str, str]], status: str
) -> None:
    cases, visits = cohort()
    visits.loc[visits["visit"] == "week12", "ndi"] = np.nan
    tables = quality.check(tmp_path, cases, visits, analyses=analyses)
    assert [r.status for r in quality.results(tables, "missing_outcome", "ndi", "week12")] == [status]


def test_baseline_columns_of_the_plan(tmp_path: Path) -> None:
    cases, visits = cohort()
    cases.loc[:7, "symptom_duration_months"] = np.nan
    tables = quality.check(tmp_path, cases, visits)
    duration = quality.one(tables, "missing_baseline", "symptom_duration_months")
    assert (duration.looked_at, duration.failing, duration.status) == (48, 8, "fail")
    (sex,) = quality.results(tables, "missing_baseline", "sex")
    assert (sex.status, sex.message) == ("not applicable", "The table has no such column.")


def test_visits_that_are_not_there_are_counted_against_the_cases(tmp_path: Path) -> None:
    cases, visits = cohort()
    gone = visits.index[visits["visit"] == "week4"][:20]
    tables = quality.check(tmp_path, cases, visits.drop(gone))
    result = quality.one(tables, "visits_absent", visit="week4")
    assert (result.looked_at, result.failing, result.status) == (48, 20, "fail")
    assert quality.one(tables, "visits_absent", visit="baseline").failing == 0


def test_drop_outs_stored_as_0_in_a_long_file(tmp_path: Path) -> None:
    cases, visits = cohort()
    lost = visits.index[visits["visit"] == "week12"][:9]
    outcomes = [c for c in visits if c not in ("patient_id", "visit", "day")]
    visits.loc[lost, outcomes] = np.nan
    visits.loc[lost, "pain_nprs"] = 0
    tables = quality.check(tmp_path, cases, visits)
    (problem,) = raw.rule(tables, "zero_alone")
    assert (problem.column, problem.severity) == ("pain_nprs", "error")
    assert "'week12' 9 patients" in problem.message
    why = {"off": {"stored_zero": "a phone call asked for pain alone"}}
    assert raw.no_errors(quality.check(tmp_path, cases, visits, checks=why))


def test_drop_outs_stored_as_0_in_one_arm_alone(tmp_path: Path) -> None:
    cases, visits = cohort()
    late = visits["visit"] == "week12"
    arm = visits["patient_id"].map(cases.set_index("patient_id")["arm"])
    outcomes = [c for c in visits if c not in ("patient_id", "visit", "day", "pain_nprs")]
    for name, value in (("block", 0.0), ("drug", 4.0)):
        lost = visits.index[late & (arm == name)][:7]
        visits.loc[lost, outcomes] = np.nan
        visits.loc[lost, "pain_nprs"] = value
    (problem,) = raw.rule(quality.check(tmp_path, cases, visits), "zero_alone")
    assert "'week12' 7 patients" in problem.message


def test_noughts_of_people_with_other_outcomes_are_noughts(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits.loc[visits["visit"] == "week12", "pain_nprs"] = 0
    assert raw.no_errors(quality.check(tmp_path, cases, visits))


def test_the_drop_outs_of_a_wide_file_are_counted(tmp_path: Path) -> None:
    rows = [f"{i},drug,9,{5 if i > 8 else ''},{3 if i > 8 else 0}" for i in range(20)]
    wide = [
        {"visit": "baseline", "columns": {"ndi": "n0"}},
        {"visit": "week4", "columns": {"ndi": "n4", "headache_days_28d": "d4"}},
    ]
    tables = raw.check(
        tmp_path,
        cases="\n".join(["patient_id,arm,n0,n4,d4", *rows, ""]),
        visits=None,
        of_cases={"ignore": ["n0", "n4", "d4"]},
        of_visits={"path": "cases.csv", "wide": wide, "ignore": ["arm"]},
    )
    result = quality.one(tables, "stored_zero")
    assert (result.failing, result.status) == (9, "fail")


def test_a_table_of_results_has_no_patient(tmp_path: Path) -> None:
    checked = quality.check(tmp_path, *with_codes("pain_nprs", -99, 4))
    assert not any("P00" in str(result) for result in checked.quality)
