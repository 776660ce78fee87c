"""Visits in their windows and in order, and angles that change as angles do."""

from pathlib import Path

import numpy as np

from cgh_analysis.ingest import check_tables
from cgh_analysis.study import Visit
from tests import builders, quality, raw
from tests.quality import cohort


def test_visits_outside_of_their_windows_are_counted_by_visit(tmp_path: Path) -> None:
    cases, visits = cohort()
    late = visits.index[visits["visit"] == "week4"][:6]
    visits.loc[late, "day"] = 60
    tables = quality.check(tmp_path, cases, visits)
    result = quality.one(tables, "visit_windows", visit="week4")
    assert (result.looked_at, result.failing, result.status) == (48, 6, "fail")
    assert quality.one(tables, "visit_windows", visit="week12").failing == 0
    assert raw.no_errors(tables)


def test_a_visit_without_a_window_cannot_lie_outside_of_it(tmp_path: Path) -> None:
    cases, visits = cohort()
    without = builders.study().model_copy(update={"visits": tuple(Visit(id=v, day=d) for v, d in quality.DAYS.items())})
    for name, frame in (("cases", cases), ("visits", visits)):
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    tables = check_tables(without.model_copy(update={"folder": tmp_path}))
    assert {(r.status, r.message) for r in quality.results(tables, "visit_windows")} == {
        ("not applicable", "The visit has no window.")
    }


def test_a_later_visit_on_an_earlier_day(tmp_path: Path) -> None:
    cases, visits = cohort()
    # the first patient's fourth week after the twelfth, the second's two visits on one day
    visits.loc[(visits["patient_id"] == "P0000") & (visits["visit"] == "week4"), "day"] = 90
    visits.loc[(visits["patient_id"] == "P0001") & (visits["visit"] == "week4"), "day"] = 84
    tables = quality.check(tmp_path, cases, visits)
    (early,), (same,) = raw.rule(tables, "visit_order"), raw.rule(tables, "same_day")
    assert (early.severity, early.row, early.column) == ("note", 4, "day")
    assert same.row == 7
    result = quality.one(tables, "visit_order")
    assert (result.looked_at, result.failing, result.status) == (96, 2, "fail")
    assert len(tables.visits) == 144, "told, and accepted"


def test_the_order_of_rows_in_the_file_does_not_matter(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits.loc[(visits["patient_id"] == "P0000") & (visits["visit"] == "week4"), "day"] = 90
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    mixed = visits.sample(frac=1, random_state=1)
    straight, shuffled = (quality.check(tmp_path / f, cases, v) for f, v in (("a", visits), ("b", mixed)))
    for check in ("visit_order", "natural_variation", "jumps", "missing_outcome"):
        assert quality.results(straight, check) == quality.results(shuffled, check)
    (problem,) = raw.rule(shuffled, "visit_order")
    assert mixed.iloc[problem.row - 2][["patient_id", "visit"]].tolist() == ["P0000", "week12"]


def test_a_file_without_days_has_no_order_to_check(tmp_path: Path) -> None:
    wide = [{"visit": v, "columns": {"ndi": f"n{i}"}} for i, v in enumerate(quality.DAYS)]
    tables = raw.check(
        tmp_path,
        cases="patient_id,arm,n0,n1,n2\nP1,drug,9,8,7\nP2,block,9,8,7\n",
        visits=None,
        of_cases={"ignore": ["n0", "n1", "n2"]},
        of_visits={"path": "cases.csv", "wide": wide, "ignore": ["arm"]},
    )
    (result,) = quality.results(tables, "visit_order")
    assert (result.status, result.message) == (
        "not applicable",
        "The file has no days: each visit stands on its planned day.",
    )


def test_changes_beyond_natural_variation_are_counted_and_accepted(tmp_path: Path) -> None:
    cases, visits = cohort()
    first = visits["patient_id"] == "P0000"
    visits.loc[first, "rom_rotation_left_deg"] = [60, 75, 60.5]
    visits.loc[visits["patient_id"] == "P0001", "rom_rotation_left_deg"] = [60, 74, np.nan]
    tables = quality.check(tmp_path, cases, visits, checks={"natural_variation": 0})
    rows = quality.one(tables, "natural_variation", "rom_rotation_left_deg")
    steps = visits.groupby("patient_id")["rom_rotation_left_deg"].diff().abs()
    assert rows.failing == int((steps > 14).sum()) >= 2
    assert rows.looked_at == int(steps.notna().sum())
    assert rows.status == "fail"
    problem = next(p for p in raw.rule(tables, "natural_variation") if p.column == "rom_rotation_left_deg")
    assert (problem.severity, problem.row) == ("note", 3)
    assert "14 degrees" in problem.message
    assert len(tables.visits) == len(visits)


def test_a_step_from_one_patient_to_the_next_is_no_change(tmp_path: Path) -> None:
    visits = (
        "patient_id,visit,day,rom_flexion_deg\nP1,baseline,0,20\nP1,week4,28,22\nP2,baseline,0,70\nP2,week4,28,71\n"
    )
    tables = raw.check(tmp_path, visits=visits)
    result = quality.one(tables, "natural_variation", "rom_flexion_deg")
    assert (result.looked_at, result.failing) == (2, 0)
