"""From a file's own names, codes and shape to the canonical tables, as the study file says."""

from pathlib import Path
from typing import Any

import pytest

from cgh_analysis.ingest import Tables
from tests.raw import check, no_errors, places, rule

SCORE = {"id": "score", "label": "Score", "unit": "points", "low": 0, "high": 100, "better": "lower"}


def test_columns_codes_and_factors(tmp_path: Path) -> None:
    tables = check(
        tmp_path,
        cases="no,grp,yrs,gender\n1,1.0,2,F\n2,2,0.5,M\n",
        visits="no,visit\n1,baseline\n",
        of_cases={
            "columns": {
                "patient_id": "no",
                "arm": {"column": "grp", "codes": {"1": "drug", "2": "block"}},
                "symptom_duration_months": {"column": "yrs", "multiply": 12},
                "sex": {"column": "gender", "codes": {"F": "female", "M": "male"}},
            }
        },
        of_visits={"columns": {"patient_id": "no"}},
    )
    assert tables.problems == ()
    assert tables.cases["arm"].tolist() == ["drug", "block"], "1 meets 1.0"
    assert tables.cases["symptom_duration_months"].tolist() == [24.0, 6.0]
    assert tables.cases["sex"].tolist() == ["female", "male"]


def test_findings_name_the_files_own_column_and_value(tmp_path: Path) -> None:
    tables = check(
        tmp_path,
        cases="patient_id,grp,yrs\nP1,3,2\nP2,1,200\n",
        of_cases={
            "columns": {
                "arm": {"column": "grp", "codes": {"1": "drug"}},
                "symptom_duration_months": {"column": "yrs", "multiply": 12},
            }
        },
    )
    assert places(tables, "undeclared_arm") == [("quarantine", "cases.csv", 2, "grp", "3")]
    assert places(tables, "out_of_range") == [("quarantine", "cases.csv", 3, "yrs", "200")]


def test_a_mapped_column_wins_over_one_of_the_same_name(tmp_path: Path) -> None:
    cases = "patient_id,arm,group\nP1,x,drug\n"
    tables = check(tmp_path, cases=cases, of_cases={"columns": {"arm": "group"}})
    assert tables.cases["arm"].tolist() == ["drug"]
    assert places(tables, "unknown_column") == [("note", "cases.csv", None, "arm", None)]


@pytest.mark.parametrize(
    ("columns", "name", "near"),
    [
        ({"age_years": "agee"}, "missing_column", "'age'"),
        ({"age_yeers": "age"}, "unknown_target", "'age_years'"),
    ],
)
def test_a_mapping_that_leads_nowhere_stops(tmp_path: Path, columns: dict[str, str], name: str, near: str) -> None:
    tables = check(tmp_path, cases="patient_id,arm,age\nP1,drug,40\n", of_cases={"columns": columns})
    (problem,) = rule(tables, name)
    assert problem.severity == "error"
    assert near in problem.message


def test_an_id_joined_of_site_and_number(tmp_path: Path) -> None:
    join = {"columns": {"patient_id": {"column": ["centre", "no"]}}}
    tables = check(
        tmp_path,
        cases="centre,no,arm\n1,1,drug\n2,1,block\n,2,drug\n",
        visits="centre,no,visit\n1,1,baseline\n2,1,baseline\n",
        of_cases=join,
        of_visits=join,
    )
    assert tables.cases["patient_id"].tolist() == ["1-1", "2-1"]
    assert tables.visits["patient_id"].tolist() == ["1-1", "2-1"]
    assert places(tables, "missing_value") == [("quarantine", "cases.csv", 4, "centre + no", None)]


LONG = "patient_id,arm,age_years,week,pain_nprs\nP1,drug,40,0,6\nP1,drug,40,4.0,4\nP2,block,50,0.0,7\nP2,block,,4,5\n"
WEEKS = {"visit_from": {"column": "week", "codes": {"0": "baseline", "4": "week4"}}}


def one_file(folder: Path, content: str) -> Tables:
    both = {"path": "cases.csv"}
    return check(folder, cases=content, of_cases={**both, "repeated": True}, of_visits={**both, **WEEKS})


def test_one_file_with_a_row_a_visit_feeds_both_tables(tmp_path: Path) -> None:
    tables = one_file(tmp_path, LONG)
    assert tables.problems == ()
    assert tables.cases["patient_id"].tolist() == ["P1", "P2"]
    assert tables.cases["age_years"].tolist() == [40.0, 50.0], "what one row leaves blank another says"
    assert tables.visits[["patient_id", "visit", "day"]].to_numpy().tolist() == [
        ["P1", "baseline", 0.0],
        ["P1", "week4", 28.0],
        ["P2", "baseline", 0.0],
        ["P2", "week4", 28.0],
    ]
    assert [(f.path, f.read, f.accepted) for f in tables.files] == [("cases.csv", 4, 4), ("cases.csv", 4, 4)]


def test_repeated_values_that_contradict_each_other_refuse_the_patient(tmp_path: Path) -> None:
    tables = one_file(tmp_path, LONG.replace("P1,drug,40,4.0", "P1,block,40,4.0"))
    assert places(tables, "arm_conflict") == [("quarantine", "cases.csv", r, "arm", None) for r in (2, 3)]
    assert tables.cases["patient_id"].tolist() == ["P2"]
    assert [(f.accepted, f.quarantined) for f in tables.files] == [(2, 2), (2, 2)]
    ages = one_file(tmp_path, LONG.replace("P1,drug,40,4.0", "P1,drug,41,4.0"))
    assert [p.row for p in rule(ages, "conflicting_patient")] == [2, 3]


def test_an_arm_that_no_row_of_a_patient_says(tmp_path: Path) -> None:
    tables = one_file(tmp_path, LONG.replace("P2,block", "P2,"))
    assert [p.row for p in rule(tables, "missing_value")] == [4, 5]
    said_once = one_file(tmp_path, LONG.replace("P2,block,,4", "P2,,,4"))
    assert said_once.cases["arm"].tolist() == ["drug", "block"]


def wide(folder: Path, rows: list[str], visits: list[dict[str, Any]] | None = None, **options: Any) -> Tables:
    content = "id,arm,s0,d0,s4,d4\n" + "".join(f"{row}\n" for row in rows)
    visits = visits or [
        {"visit": "baseline", "columns": {"score": "s0", "headache_days_28d": "d0"}},
        {"visit": "week4", "columns": {"score": "s4", "headache_days_28d": "d4"}, "filled_if": "s4"},
    ]
    ids = {"columns": {"patient_id": "id"}, "ignore_rest": True}
    of_visits = {"path": "cases.csv", **ids, "wide": visits, **options}
    return check(folder, cases=content, visits="", of_cases=ids, of_visits=of_visits, outcomes=[SCORE])


def test_visits_spread_over_columns(tmp_path: Path) -> None:
    tables = wide(tmp_path, ["1,drug,30,20,15,9", "2,block,40,25,,0", "3,drug,50,28,,7"])
    columns = ["patient_id", "visit", "day", "headache_days_28d", "score"]
    assert tables.visits[columns].to_numpy().tolist() == [
        ["1", "baseline", 0.0, 20.0, 30.0],
        ["1", "week4", 28.0, 9.0, 15.0],
        ["2", "baseline", 0.0, 25.0, 40.0],
        ["3", "baseline", 0.0, 28.0, 50.0],
    ]
    (note,) = rule(tables, "visit_not_made")
    assert note.message == (
        "'week4' was not made by 2 patients (s4 is blank); other columns have values of 1 of them, which are left out."
    )
    assert [(f.read, f.accepted) for f in tables.files] == [(3, 3), (3, 3)], "records are counted, not visits"


def test_a_bad_cell_of_one_visit_refuses_the_record(tmp_path: Path) -> None:
    tables = wide(tmp_path, ["1,drug,30,20,15,9", "2,block,40,25,10,95"])
    assert places(tables, "out_of_range") == [("quarantine", "cases.csv", 3, "d4", "95")]
    assert set(tables.visits["patient_id"]) == {"1"}
    assert tables.files[1].quarantined == 1


def test_records_of_one_patient_in_a_wide_file(tmp_path: Path) -> None:
    same = wide(tmp_path, ["1,drug,30,20,15,9", "1,drug,30,20,15,9"])
    assert [(p.rule, p.row) for p in same.problems if p.rule == "duplicate"] == [("duplicate", 3)]
    assert len(same.visits) == 2
    differing = wide(tmp_path, ["1,drug,30,20,15,9", "1,drug,30,20,16,9"])
    assert [p.row for p in rule(differing, "conflicting_visit")] == [2, 3]
    assert "s4" in rule(differing, "conflicting_visit")[0].message


def test_columns_that_only_some_visits_have(tmp_path: Path) -> None:
    visits = [
        {"visit": "baseline", "columns": {"score": "s0", "headache_free": "d0"}},
        {"visit": "week4", "columns": {"score": "s4", "day": "d4"}},
    ]
    tables = wide(tmp_path, ["1,drug,30,no,15,30"], visits)
    assert tables.visits["score"].tolist() == [30.0, 15.0]
    assert tables.visits["day"].tolist() == [0.0, 30.0]
    assert list(tables.visits["headache_free"].cat.categories) == ["no", "yes"]
    assert tables.visits["headache_free"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("visit", "name"),
    [
        ({"visit": "week5", "columns": {"score": "s0"}}, "unknown_target"),
        ({"visit": "week4", "columns": {"scores": "s0"}}, "unknown_target"),
        ({"visit": "week4", "columns": {"score": "s9"}}, "missing_column"),
        ({"visit": "week4", "columns": {"score": "s4"}, "filled_if": "s9"}, "missing_column"),
    ],
)
def test_a_wide_visit_that_leads_nowhere_stops(tmp_path: Path, visit: dict[str, Any], name: str) -> None:
    tables = wide(tmp_path, ["1,drug,30,20,15,9"], [visit])
    assert [p.severity for p in rule(tables, name)] == ["error"]


DROPOUTS = [f"{i},drug,{20 + i},{10 + i},{15 + i},{5 + i}" for i in range(8)] + [
    f"{i},drug,{20 + i},10,,0" for i in range(8, 13)
]
NAIVE = [
    {"visit": "baseline", "columns": {"score": "s0", "headache_days_28d": "d0"}},
    {"visit": "week4", "columns": {"score": "s4", "headache_days_28d": "d4"}},
]


def test_drop_outs_stored_as_zero_stop_unless_declared_or_defended(tmp_path: Path) -> None:
    naive = wide(tmp_path, DROPOUTS, NAIVE)
    assert places(naive, "stored_zero") == [("error", "cases.csv", 10, "d4", None)]
    assert 'filled_if = "s4"' in rule(naive, "stored_zero")[0].remedy
    assert no_errors(wide(tmp_path, DROPOUTS))
    defended = wide(tmp_path, DROPOUTS, NAIVE, accept={"stored_zero": "they had a remission, by telephone"})
    assert no_errors(defended)
    assert "by telephone" in rule(defended, "accepted")[0].message


def test_only_traps_can_be_accepted(tmp_path: Path) -> None:
    tables = wide(tmp_path, ["1,drug,30,20,15,9"], accept={"stored_zeros": "x", "identifier": "y"})
    assert [(p.severity, "'stored_zero'" in p.message) for p in rule(tables, "unknown_target")] == [
        ("error", True),
        ("error", False),
    ]


def test_zeros_that_are_no_trap(tmp_path: Path) -> None:
    few = DROPOUTS[:-1]
    assert no_errors(wide(tmp_path, few, NAIVE)), "four drop-outs prove nothing"
    one_differs = [*DROPOUTS[:-1], "12,drug,20,10,,3"]
    assert no_errors(wide(tmp_path, one_differs, NAIVE))
    common = [row if i >= 8 else row.rpartition(",")[0] + ",0" for i, row in enumerate(DROPOUTS)]
    assert no_errors(wide(tmp_path, common, NAIVE)), "where 0 is common it says nothing"


def test_documents_that_are_not_followed_are_noted(tmp_path: Path) -> None:
    document = {"column": "arm", "says": {"1": "drug"}, "source": "The manual", "wrong_because": "it was reversed"}
    (note,) = check(tmp_path, documentation=[document]).problems
    assert (note.severity, note.rule) == ("note", "documentation")
    assert note.message == "The manual is not followed for arm: it was reversed"
