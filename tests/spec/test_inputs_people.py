"""What formulas, identifiers and data that determine nothing get: for each row of the table in test_inputs_table.py."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cgh_analysis as cgh
from cgh_analysis.checked import as_json, as_text, check_study
from cgh_analysis.ingest import Tables
from cgh_analysis.study import Study, read_study
from cgh_analysis.tables.text import neutral
from tests.raw import check, no_errors, places, rule

FORMULAS = ['=HYPERLINK("http:x","a")', "@SUM(1+9)", "-2+3", "+2+3", "=cmd|' /C calc'!A0", "\t=1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_noted_and_neutralised_on_the_way_out(tmp_path: Path, text: str) -> None:
    rows = io.StringIO()
    csv.writer(rows).writerows([["patient_id", "arm", "site"], ["P1", "drug", text], ["P2", "block", "x"]])
    tables = check(tmp_path, cases=rows.getvalue(), visits="patient_id,visit\nP1,baseline\n")
    assert [p[:4] for p in places(tables, "formula")] == [("note", "cases.csv", 2, "site")]
    assert tables.cases["site"].tolist() == [text.strip(), "x"]
    assert neutral(text)[0] == "'"


@pytest.mark.parametrize("text", ["-2.5", "+3", "-", "a=b", "n@2", "-1e5", "x@y"])
def test_what_a_spreadsheet_would_not_run_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    tables = check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,{text}\nP2,block,x\nP3,drug,x\n")
    assert tables.problems == ()


# of nobody: the domain, the numbers and the postcode are those that are kept for examples
SECRETS = (
    *("jo.doe@example.org", "+44 20 7946 0958", "943 476 5919", "SW1A 1AA", "https://clinic.example.org/p/12"),
    *("192.168.10.22", "seen with Mr Smith", "MRN 00482913", "078-05-1120", "14/03/1957", "Dr. Wu"),
)


def said(tables: Tables) -> str:
    return f"{tables.problems}{tables.ledger.to_json()}{tables.quality}{tables.files}"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("column", ["site", "note", "arm", "sex"])
def test_who_is_named_in_any_column_stops_it_and_is_never_repeated(tmp_path: Path, secret: str, column: str) -> None:
    head = ["patient_id", "arm", *([column] if column != "arm" else [])]
    row = ["P1", *([secret] if column == "arm" else ["drug", secret])]
    cases = f"{','.join(head)}\n{','.join(row)}\nP2,block{',male' if column != 'arm' else ''}\n"
    tables = check(tmp_path, cases=cases, visits="patient_id,visit\nP2,baseline\n")
    assert [p[:4] for p in places(tables, "identifier")] == [("error", "cases.csv", 2, column)]
    assert secret not in said(tables)


@pytest.mark.parametrize("change", ["\u00a0", "\u2009", "\u202f", "\u2007", "\t"])
def test_space_of_any_kind_hides_nobody(tmp_path: Path, change: str) -> None:
    for secret in (s for s in SECRETS if " " in s):
        told = secret.replace(" ", change)
        tables = check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,{told}\nP2,block,x\nP3,drug,x\n")
        assert [p.row for p in rule(tables, "identifier")] == [2], secret
        assert told not in said(tables)


@pytest.mark.parametrize(
    "text",
    [
        *("943\u2011476\u20115919", "2024\u201305\u201301", "14\u204403\u20441957", "14\u201003\u20101957"),
        *("jo.doe\uff20example.org", "jo\u200b.doe@exam\u200bple.org", "https:\u200b//clinic.example.org"),
        *("１４/０３/１９５７", "٠١/٠٥/١٩٧١", "+44\u00a020\u00a07946\u20110958", "M\u00adrs Quigley", "ＳＷ１Ａ 1AA"),
    ],
)
def test_other_signs_for_the_same_hide_nobody(tmp_path: Path, text: str) -> None:
    for cases in (f"patient_id,arm,site\nP1,drug,{text}\nP2,block,x\n", f"patient_id,arm\nP1,{text}\nP2,drug\n"):
        tables = check(tmp_path, cases=cases, visits="patient_id,visit\nP2,baseline\n")
        assert [p.row for p in rule(tables, "identifier")] == [2]
        assert text not in said(tables)


@pytest.mark.parametrize(
    "text", ["C2–C3", "10–12 mg", "1\u00a0000", "½ tablet", "5 × 10⁹", "−3", "Übelkeit – 2 Tage", "α", "頭痛", "1⁄2"]
)
def test_signs_of_other_kinds_name_nobody(tmp_path: Path, text: str) -> None:
    assert no_errors(check(tmp_path, cases=f"patient_id,arm,site\nP1,drug,{text}\nP2,block,x\nP3,drug,x\n"))


@pytest.mark.parametrize("name", ["mrn", "NHS number", "record_number", "Patient Name", "date_of_birth", "e-mail"])
def test_a_column_that_is_named_after_people_stops(tmp_path: Path, name: str) -> None:
    tables = check(tmp_path, cases=f"patient_id,arm,{name}\nP1,drug,7\nP2,block,\nP3,drug,\n")
    assert [p.severity for p in rule(tables, "identifier_column")] == ["error"]
    left = check(
        tmp_path, cases=f"patient_id,arm,{name}\nP1,drug,7\nP2,block,\nP3,drug,\n", of_cases={"ignore": [name]}
    )
    assert no_errors(left)


STUDY = """
[study]
id = "small"
title = "A small study"
seed = 1
[sources]
cases = { path = "cases.csv" }
visits = { path = "visits.csv" }
[[arms]]
id = "drug"
label = "Drug"
reference = true
[[arms]]
id = "block"
label = "Block"
[[arms]]
id = "rest"
label = "Rest"
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week12"
day = 84
[population]
criteria = ["adult", "baseline_visit"]
[resolution]
outcome = "headache_days_28d"
[[analyses]]
id = "pain"
estimator = "ancova"
outcome = "pain_nprs"
at = "week12"
covariates = ["age_years", "site"]
[[analyses]]
id = "responders"
estimator = "responder"
outcome = "pain_nprs"
at = "week12"
response = { percent = 50 }
covariates = ["age_years"]
[[analyses]]
id = "curves"
estimator = "kaplan_meier"
[[analyses]]
id = "hazards"
estimator = "cox"
covariates = ["age_years"]
"""


def people(**columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forty patients in two of three arms, seen twice."""
    n = np.arange(40)
    cases = pd.DataFrame(
        {
            "patient_id": [f"P{i:02d}" for i in n],
            "arm": np.where(n % 2, "drug", "block"),
            "age_years": 25 + n,
            "site": np.where(n % 3, "north", "south"),
        }
    )
    first = pd.DataFrame({"patient_id": cases["patient_id"], "visit": "baseline", "day": 0, "pain_nprs": 4 + n % 5})
    then = pd.DataFrame({"patient_id": cases["patient_id"], "visit": "week12", "day": 84, "pain_nprs": 1 + n % 7})
    visits = pd.concat([first.assign(headache_days_28d=10 + n % 9), then.assign(headache_days_28d=n % 6)])
    return cases, visits.assign(**columns)


def carried_out(folder: Path, cases: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Check, then run the whole plan; the command's own words can be told of it too."""
    cases.to_csv(folder / "cases.csv", index=False)
    visits.to_csv(folder / "visits.csv", index=False)
    (folder / "study.toml").write_text(STUDY)
    checked = check_study(folder / "study.toml")
    assert as_json(checked)["status"] == "ok", as_text(checked)
    study: Study = read_study(folder / "study.toml")
    return cgh.run_plan(study, cgh.build_cohort(cgh.read_tables(study), study)).frame


def notes(frame: pd.DataFrame, analysis: str) -> str:
    return " ".join(frame.loc[frame["analysis"] == analysis, "note"].astype(str))


def test_data_that_determine_little_are_run_and_say_why(tmp_path: Path) -> None:
    cases, visits = people()
    assert "not estimable: nobody" in notes(carried_out(tmp_path, cases, visits), "pain"), "one arm is empty"
    alone = cases.assign(arm=["rest", *cases["arm"][1:]])
    assert "not estimable: 1 row(s) determine" in notes(carried_out(tmp_path, alone, visits), "pain"), "an arm of one"
    censored = carried_out(tmp_path, *people(headache_days_28d=12))
    assert "not estimable: no " in notes(censored, "hazards"), "all censored"
    cases, visits = people()
    early = visits.assign(day=np.where(visits["day"] > 0, 1, 0), headache_days_28d=np.where(visits["day"] > 0, 0, 12))
    carried_out(tmp_path, cases, early)
    flat = carried_out(tmp_path, cases, visits.assign(pain_nprs=np.where(visits["day"] > 0, visits["pain_nprs"], 5)))
    assert "not estimable: " in notes(flat, "pain"), "no variance at baseline"


def test_data_that_cannot_tell_effects_apart_name_the_columns(tmp_path: Path) -> None:
    cases, visits = people()
    by_site = carried_out(tmp_path, cases.assign(site=cases["arm"]), visits)
    assert "site" in notes(by_site, "pain"), "site = arm"
    old = visits["patient_id"].map(cases.set_index("patient_id")["age_years"]) > 45
    well = visits.assign(pain_nprs=np.where(visits["day"] == 0, 5 + visits["pain_nprs"] % 4, np.where(old, 0, 9)))
    told = notes(carried_out(tmp_path, cases, well), "responders")
    assert "perfect separation of responded by" in told
    assert "age_years" in told
