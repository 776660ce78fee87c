"""Signs of another unit: each kind is found at its site and named, and clean cohorts raise no alarm."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.ingest import check_tables
from cgh_analysis.ingest.quality import CHECKS
from cgh_analysis.ingest.quality.sites import compare, group
from cgh_analysis.simulate import simulate_tables
from cgh_analysis.study import read_study
from tests import quality, raw
from tests.conftest import ROOT
from tests.quality import at_site, cohort

TOLD_OF_UNITS = {rule for check in CHECKS.values() if check.severity == "error" and check.look for rule in check.rules}
Frames = tuple[pd.DataFrame, pd.DataFrame]


def spoilt(column: str, change: Callable[[pd.DataFrame], pd.Series], site: str = "S1", each: int = 12) -> Frames:
    """A cohort in which one site's column is something else."""
    cases, visits = cohort(each=each)
    mine = at_site(cases, visits, site)
    visits.loc[mine, column] = change(visits.loc[mine])
    return cases, visits


def months_as_years(cases: pd.DataFrame) -> pd.DataFrame:
    mine = cases["site"] == "S1"
    months = cases["symptom_duration_months"]
    return cases.assign(symptom_duration_months=months.where(~mine, (months / 12).round(2)))


def test_a_site_on_another_scale_is_named(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *spoilt("vas", lambda v: (v["vas"] / 10).round(1)))
    (problem,) = raw.rule(tables, "unit_by_site")
    assert "at site 'S1'" in problem.message
    assert "0.1 times" in problem.message
    assert (problem.severity, problem.column) == ("error", "vas")
    assert quality.one(tables, "unit_by_site", "vas").failing == 1
    assert quality.stopped(tables) == {"unit_by_site"}


def test_millimetres_in_a_column_of_0_to_10_name_their_site(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *spoilt("pain_nprs", lambda v: v["vas"]))
    (problem,) = raw.rule(tables, "scale")
    assert "outside the range, at site 'S1'" in problem.message
    assert quality.one(tables, "scale", "pain_nprs").status == "fail"


def test_slips_at_every_site_name_none(tmp_path: Path) -> None:
    cases, visits = cohort()
    visits.loc[visits.index % 7 == 0, "pain_nprs"] = 35.5
    (problem,) = raw.rule(quality.check(tmp_path, cases, visits), "scale")
    assert "site" not in problem.message


def test_years_among_months_are_found_where_the_sites_are_large(tmp_path: Path) -> None:
    cases, visits = cohort(each=60)
    tables = quality.check(tmp_path, months_as_years(cases), visits)
    assert [p.column for p in raw.rule(tables, "unit_by_site")] == ["symptom_duration_months"]


def test_percent_in_a_column_of_points(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *spoilt("ndi", lambda v: 2 * v["ndi"].clip(upper=25)))
    (problem,) = raw.rule(tables, "percent_points")
    assert "at site 'S1'" in problem.message
    assert 'unit = "%"' in problem.remedy


def test_percent_in_a_whole_file(tmp_path: Path) -> None:
    cases, visits = cohort()
    tables = quality.check(tmp_path, cases.drop(columns="site"), visits.assign(ndi=2 * visits["ndi"].clip(upper=25)))
    (problem,) = raw.rule(tables, "percent_points")
    assert "site" not in problem.message


def test_a_site_that_is_even_by_chance_and_no_higher_is_no_site_in_percent(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *spoilt("ndi", lambda v: 2 * (v["ndi"] // 2)))
    assert quality.failed(tables) == set()


def test_radians_at_one_site(tmp_path: Path) -> None:
    column = "rom_rotation_left_deg"
    tables = quality.check(tmp_path, *spoilt(column, lambda v: np.deg2rad(v[column]).round(2)))
    (problem,) = raw.rule(tables, "radians_by_site")
    assert (problem.column, "'S1'" in problem.message) == (column, True)


@pytest.mark.parametrize("column", ["rom_rotation_left_deg", "frt_right_deg"])
def test_left_and_right_added_up_at_one_site(tmp_path: Path, column: str) -> None:
    other = column.replace("left", "x").replace("right", "left").replace("x", "right")
    tables = quality.check(tmp_path, *spoilt(column, lambda v: v[column] + v[other]))
    assert [(p.column, "'S1'" in p.message) for p in raw.rule(tables, "summed_sides")] == [(column, True)]


def test_left_and_right_added_up_in_a_file_without_sites(tmp_path: Path) -> None:
    cases, visits = cohort()
    both = visits["rom_rotation_left_deg"] + visits["rom_rotation_right_deg"]
    spoilt_visits = visits.assign(rom_rotation_left_deg=(0.9 * both).clip(upper=110).round())
    tables = quality.check(tmp_path, cases.drop(columns="site"), spoilt_visits)
    assert [p.column for p in raw.rule(tables, "summed_sides")] == ["rom_rotation_left_deg"]


def test_sides_that_a_headache_makes_unlike_are_not_added_up(tmp_path: Path) -> None:
    cases, visits = cohort()
    tables = quality.check(tmp_path, cases, visits.assign(frt_left_deg=(visits["frt_right_deg"] / 2).round()))
    assert quality.failed(tables) == set()


def test_a_scale_of_100_that_goes_to_10(tmp_path: Path) -> None:
    cases, visits = cohort()
    tables = quality.check(tmp_path, cases, visits.assign(vas=visits["pain_nprs"]))
    assert [p.column for p in raw.rule(tables, "tenth_of_scale")] == ["vas"]


def test_centimetres_among_millimetres_from_visit_to_visit(tmp_path: Path) -> None:
    cases, visits = cohort()
    at_times = visits.index % 5 == 0
    tables = quality.check(tmp_path, cases, visits.assign(vas=visits["vas"].where(~at_times, visits["vas"] / 10)))
    assert [p.column for p in raw.rule(tables, "jumps")] == ["vas"]
    assert quality.one(tables, "jumps", "vas").failing >= 5


def test_a_headache_that_gets_ten_times_better_is_no_jump(tmp_path: Path) -> None:
    cases, visits = cohort()
    late = visits["visit"] == "week12"
    tables = quality.check(tmp_path, cases, visits.assign(vas=visits["vas"].where(~late, visits["vas"] / 10)))
    assert raw.rule(tables, "jumps") == []


def test_a_wide_range_of_an_outcome_of_the_study_is_no_scale(tmp_path: Path) -> None:
    cases, visits = cohort()
    dose = {"id": "vas", "label": "Dose", "unit": "mg", "low": 0, "high": 5000, "better": "lower"}
    assert raw.no_errors(quality.check(tmp_path, cases, visits, outcomes=[dose]))


def test_few_patients_say_nothing(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *spoilt("vas", lambda v: (v["vas"] / 10).round(1), each=5))
    assert raw.rule(tables, "unit_by_site") == []
    assert quality.results(tables, "unit_by_site", "vas")[0].status == "not applicable"


def test_of_two_sites_the_one_with_the_larger_values_is_named(tmp_path: Path) -> None:
    cases, visits = cohort(sites=2, each=20)
    mine = at_site(cases, visits, "S1")
    tables = quality.check(tmp_path, cases, visits.assign(vas=visits["vas"].where(~mine, visits["vas"] / 10)))
    (problem,) = raw.rule(tables, "unit_by_site")
    assert "'S0'" in problem.message
    assert "'S1'" not in problem.message


def test_a_reason_switches_the_check_off_for_a_column(tmp_path: Path) -> None:
    frames = spoilt("vas", lambda v: (v["vas"] / 10).round(1))
    tables = quality.check(tmp_path, *frames, checks={"off": {"unit_by_site": {"vas": "another device"}}})
    assert quality.stopped(tables) == set()
    (result,) = quality.results(tables, "unit_by_site", "vas")
    assert (result.status, result.message) == ("not applicable", "Off: another device")
    assert raw.rule(tables, "check_off")[0].message.endswith("for vas: another device")


def test_a_site_is_compared_with_the_median_of_the_others() -> None:
    values = np.concatenate([np.full(10, 10.0), np.full(10, 1.0), np.full(10, 1.0), np.full(3, 99.0)])
    places = np.repeat([0, 1, 2, 3], [10, 10, 10, 3])
    sites = group(("a", "b", "c", "d"), places, places)
    found = {a.site: round(a.times, 3) for a in compare(values, sites)}
    # of two others the median lies between them
    assert found == {"a": 10.0, "b": 0.316, "c": 0.316}


@pytest.mark.parametrize("seed", range(6))
def test_simulated_cohorts_raise_no_alarm(tmp_path: Path, seed: int) -> None:
    simulated = simulate_tables((40, 90, 200)[seed % 3], seed)
    for name in ("cases", "visits", "events"):
        getattr(simulated, name).to_csv(tmp_path / f"{name}.csv", index=False)
    demo = read_study(ROOT / "reports" / "demo" / "study.toml")
    sources = demo.sources.model_copy(update={"folder": "."})
    tables = check_tables(demo.model_copy(update={"folder": tmp_path, "sources": sources}))
    assert quality.stopped(tables) == set()
    assert not any(p.rule in TOLD_OF_UNITS for p in tables.problems)
