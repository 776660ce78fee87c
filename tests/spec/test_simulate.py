"""The simulated study: reproducible, confounded as said, resolved at visits only, with the effects that it states."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError
from cgh_analysis.schema import CASES, EVENTS, TABLES, VISITS
from cgh_analysis.simulate import Simulated, simulate_export, simulate_tables
from cgh_analysis.simulate.design import ARMS
from cgh_analysis.simulate.design import VISITS as PLANNED
from cgh_analysis.simulate.outcomes import baseline, draws
from cgh_analysis.simulate.people import people
from cgh_analysis.simulate.resolution import latent

DEMO = Path(__file__).parents[2] / "data" / "demo"
SEED = 20240611


@pytest.fixture(scope="module")
def demo() -> Simulated:
    return simulate_tables(420, SEED)


@pytest.fixture(scope="module")
def many() -> Simulated:
    return simulate_tables(20_000, 7)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


def contents(paths: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in paths.items()}


def test_same_seed_same_bytes_and_another_seed_other_bytes(tmp_path: Path) -> None:
    first = contents(simulate_export(60, 3, tmp_path / "a"))
    again = contents(simulate_export(60, 3, tmp_path / "b"))
    other = contents(simulate_export(60, 4, tmp_path / "c"))
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_committed_demo_is_what_the_command_makes(tmp_path: Path) -> None:
    made = contents(simulate_export(420, SEED, tmp_path))
    assert made == {
        name: (DEMO / path.name).read_bytes() for name, path in simulate_export(420, SEED, tmp_path).items()
    }


def test_global_random_state_is_left_alone() -> None:
    before = repr(np.random.get_state())
    simulate_tables(40, 1)
    assert repr(np.random.get_state()) == before


@pytest.mark.parametrize("seed", range(8))
def test_forty_patients_are_enough(tmp_path: Path, seed: int) -> None:
    paths = simulate_export(40, seed, tmp_path)
    assert set(paths) == {"cases", "visits", "events", "truth"}
    found = json.loads(paths["truth"].read_text(encoding="utf-8"))
    assert len(found["faults"]) == len(json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))["faults"])


@pytest.mark.parametrize(("patients", "seed"), [(39, 1), (0, 1), (40, -1)])
def test_too_few_patients_or_a_negative_seed_are_refused(patients: int, seed: int) -> None:
    with pytest.raises(ArgumentError, match="cannot be simulated"):
        simulate_tables(patients, seed)


def test_tables_have_the_canonical_columns_and_keys(demo: Simulated) -> None:
    assert list(demo.cases) == [c.name for c in CASES]
    assert list(demo.visits) == [c.name for c in VISITS]
    assert list(demo.events) == [c.name for c in EVENTS]
    assert demo.cases["patient_id"].is_unique
    assert not demo.visits.duplicated(["patient_id", "visit"]).any()
    assert set(demo.visits["patient_id"]) | set(demo.events["patient_id"]) <= set(demo.cases["patient_id"])


def test_every_value_is_inside_its_range_before_the_faults(many: Simulated) -> None:
    for name, columns in TABLES.items():
        frame = getattr(many, name)
        for column in columns:
            seen = frame[column.name].dropna()
            assert len(seen), column.name
            if column.low is not None:
                assert seen.between(column.low, column.high).all(), column.name
            if column.kind == "integer":
                assert (seen == seen.round()).all(), column.name
            allowed = ("yes", "no") if column.kind == "flag" else column.codes
            assert not allowed or set(seen) <= set(allowed), column.name


def test_arms_differ_in_age_duration_and_severity_as_in_the_literature(demo: Simulated, many: Simulated) -> None:
    age = demo.cases.groupby("arm")["age_years"].mean()
    assert 35 <= age["manual_exercise"] <= 45
    assert 46 <= age["medication"] <= 53
    assert 55 <= age["nerve_block"] <= 61
    start = many.visits.loc[many.visits["visit"] == "baseline"].merge(many.cases, on="patient_id")
    for column in ("symptom_duration_months", "headache_days_28d", "ndi"):
        mean = start.groupby("arm")[column].mean()
        assert mean["manual_exercise"] < mean["medication"] < mean["nerve_block"], column


def test_demo_has_enough_people_in_arms_and_subgroups(demo: Simulated) -> None:
    size = demo.cases["arm"].value_counts()
    assert [abs(size[arm] - aim) <= 10 for arm, aim in zip(ARMS, (150, 140, 130), strict=True)] == [True] * 3
    assert pd.crosstab(demo.cases["chronicity"], demo.cases["arm"]).to_numpy().min() >= 10
    assert demo.cases["onset"].value_counts().nlargest(3).min() >= 40


def test_chronicity_agrees_with_the_duration(many: Simulated) -> None:
    months, named = many.cases["symptom_duration_months"], many.cases["chronicity"]
    assert (months[named == "acute"].dropna() < 1).all()
    assert months[named == "subacute"].dropna().between(1, 3).all()
    assert (months[named == "chronic"].dropna() > 3).all()


def test_patient_numbers_say_nothing_of_the_arm(many: Simulated) -> None:
    number = many.cases["patient_id"].str.slice(1).astype(int)
    assert sorted(number) == list(range(1, 20_001))
    # The standard error of an arm's mean number is about 5800 / sqrt(6500) = 72; four of them.
    assert (number.groupby(many.cases["arm"]).mean() - 10_000).abs().max() < 290


def test_resolution_is_seen_at_visits_only(many: Simulated) -> None:
    both = many.visits.dropna(subset=["headache_free", "headache_days_28d"])
    assert ((both["headache_free"] == "yes") == (both["headache_days_28d"] == 0)).all()
    assert not (many.visits.loc[many.visits["visit"] == "baseline", "headache_free"] == "yes").any()
    free = many.visits["headache_free"] == "yes"
    assert (many.visits.loc[free, ["pain_nprs", "headache_hours_week"]].fillna(0) == 0).all(axis=None)


def test_headache_returns_only_with_a_recurrence_event(many: Simulated) -> None:
    seen = many.visits.dropna(subset=["headache_days_28d"]).copy()
    seen["free"] = seen["headache_days_28d"] == 0
    seen["was_free"] = seen.groupby("patient_id")["free"].cummax()
    back = set(seen.loc[seen["was_free"] & ~seen["free"], "patient_id"])
    recurrent = many.events.loc[many.events["kind"] == "recurrence"]
    assert back
    assert back <= set(recurrent["patient_id"])
    assert recurrent["patient_id"].is_unique


def test_share_resolved_by_weeks_13_and_52(demo: Simulated, many: Simulated) -> None:
    by_visit = many.visits.assign(free=many.visits["headache_free"] == "yes").groupby("visit")["free"].mean()
    assert 0.20 <= by_visit["week12"] <= 0.35
    assert 0.45 <= by_visit["week52"] <= 0.60
    ever = demo.visits.loc[demo.visits["headache_free"] == "yes", "patient_id"].nunique() / len(demo.cases)
    assert 0.45 <= ever <= 0.60


def test_visit_days_are_in_order_and_mostly_in_their_windows(many: Simulated) -> None:
    window = {v.id: v.window for v in PLANNED}
    assert (many.visits.groupby("patient_id")["day"].diff().dropna() >= 7).all()
    low, high = (many.visits["visit"].map({v: w[i] for v, w in window.items()}) for i in (0, 1))
    inside = many.visits["day"].between(low, high).mean()
    assert 0.97 < inside < 1


def test_people_leave_because_of_the_last_headache_days_seen(many: Simulated) -> None:
    days = many.visits.pivot(index="patient_id", columns="visit", values="headache_days_28d")
    gone = days[["week26", "week52"]].isna().all(axis=1)
    assert days.loc[gone, "week12"].mean() > days.loc[~gone, "week12"].mean() + 1


def test_truth_is_what_adjustment_finds_and_a_crude_comparison_does_not(many: Simulated) -> None:
    start = many.visits.loc[many.visits["visit"] == "baseline", ["patient_id", "ndi", "headache_days_28d"]]
    seen = many.visits.loc[many.visits["visit"] == "week12", ["patient_id", "ndi"]]
    data = many.cases.merge(start, on="patient_id").merge(seen, on="patient_id", suffixes=("_before", ""))
    data = data.dropna(subset=["ndi", "ndi_before", "headache_days_28d", "symptom_duration_months"])
    arm = np.column_stack([data["arm"] == a for a in ("manual_exercise", "nerve_block")]).astype(float)
    covariates = np.column_stack(
        [data["age_years"], np.log(data["symptom_duration_months"]), data["ndi_before"], data["headache_days_28d"]]
    ).astype(float)
    covariates -= covariates.mean(axis=0)
    crossed = [covariates * arm[:, [k]] for k in (0, 1)]
    model = np.column_stack([np.ones(len(data)), arm, covariates, *crossed])
    adjusted = np.linalg.lstsq(model, data["ndi"].to_numpy(float), rcond=None)[0][1:3]
    mean = data.groupby("arm")["ndi"].mean()
    crude = (mean[["manual_exercise", "nerve_block"]] - mean["medication"]).to_numpy()
    true = many.truth["mean_difference"]["ndi"]["week12"]
    true = np.array([true["manual_exercise"], true["nerve_block"]])
    # Standard error of a difference about 0.1 (SD 6, 5500 people an arm), and drop-out adds a little: four of them.
    assert np.abs(adjusted - true).max() < 0.4
    assert np.abs(crude - true).min() > 0.4


def test_effects_run_as_designed(truth: dict[str, Any]) -> None:
    ndi, pain = truth["mean_difference"]["ndi"], truth["mean_difference"]["pain_nprs"]
    rotation = truth["mean_difference"]["rom_rotation_left_deg"]
    assert ndi["week4"]["manual_exercise"] > ndi["week12"]["manual_exercise"] > ndi["week52"]["manual_exercise"] > -6
    assert pain["week4"]["nerve_block"] < pain["week26"]["nerve_block"] < pain["week52"]["nerve_block"] < 0
    assert pain["week4"]["nerve_block"] < pain["week4"]["manual_exercise"]
    assert all(v["manual_exercise"] > v["nerve_block"] > 0 for v in rotation.values())
    resolved = truth["resolved_by_day_91"]
    assert resolved["manual_exercise"] > resolved["nerve_block"] > resolved["medication"]


@pytest.mark.parametrize("code", range(3))
def test_milestone_probability_is_the_share_of_latent_days_before_it(many: Simulated, code: int) -> None:
    who, own = people(20_000, 7), draws(20_000, 7)
    days = latent(who, baseline(who, own)["headache_days_28d"], np.full(20_000, code), own.luck).resolved
    # The standard error of a share of 20,000 is at most 0.0035; four of them.
    assert abs((days <= 91).mean() - many.truth["resolved_by_day_91"][ARMS[code]]) < 0.014


def test_counts_are_those_before_the_faults(demo: Simulated, truth: dict[str, Any]) -> None:
    assert truth["counts"]["patients"]["all"] == len(demo.cases) == 420
    assert truth["counts"]["visits"]["all"] == len(demo.visits)
    assert truth["counts"]["events"] == {"all": len(demo.events), **demo.events["kind"].value_counts().to_dict()}


def test_a_few_people_are_not_eligible(demo: Simulated) -> None:
    cases = demo.cases
    items = cases[["temporal_relation", "parallel_improvement", "reduced_rom_and_provocation", "block_abolishes"]]
    for few in (
        cases["age_years"] < 18,
        cases["red_flag"] != "none",
        cases["not_better_accounted"] == "no",
        (items == "yes").sum(axis=1) < 2,
        ~cases["patient_id"].isin(demo.visits.loc[demo.visits["visit"] == "baseline", "patient_id"]),
    ):
        assert 2 <= few.sum() <= 25


def test_events_fall_into_the_follow_up(many: Simulated) -> None:
    last = many.visits.groupby("patient_id")["day"].max()
    seen = many.events.loc[many.events["kind"].isin(["recurrence", "adverse_event"])]
    assert (seen["day"].to_numpy() <= last.reindex(seen["patient_id"], fill_value=0).to_numpy()).all()
    assert set(many.events["kind"]) == {"recurrence", "rescue_treatment", "crossover", "withdrawal", "adverse_event"}
    assert (many.events["day"] > 0).all()
