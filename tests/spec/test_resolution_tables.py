"""Tables of time to resolution: what stands in the cells of rows written out by hand."""

from __future__ import annotations

import math
from typing import Any

from cgh_analysis.disclosure import release
from cgh_analysis.results import Result, concat, not_estimable, rows
from cgh_analysis.study import Disclosure
from cgh_analysis.tables import TABLES, Table
from tests import figure_rows
from tests.builders import study as small

NAN = math.nan
STUDY = small(
    arms=[{"id": "block", "label": "Nerve block"}, {"id": "drug", "label": "Medication", "reference": True}],
    resolution={"outcome": "headache_days_28d", "milestone_days": 91},
    analyses=[
        {"id": "np", "estimator": "turnbull"},
        {"id": "km", "estimator": "kaplan_meier"},
        {"id": "aft", "estimator": "aft", "multiplicity": "none"},
    ],
)
PAIR = {"group": "block", "reference": "drug"}


def row(statistic: str, estimate: float, **columns: Any) -> dict[str, Any]:
    return {"statistic": statistic, "estimate": estimate, "outcome": "resolution", **columns}


def limits(low: float, high: float) -> dict[str, float]:
    return {"conf_low": low, "conf_high": high}


def cells(table: Table) -> list[tuple[str, ...]]:
    return [tuple(text for text in line.cells if text) for line in table.body]


def test_each_method_has_its_own_part() -> None:
    arm = {"group": "drug", "n": 40, "events": 20}
    found = [
        row(
            "median_time", 84, analysis="np", method="NPMLE", note="between day 81 and day 88", **arm, **limits(60, NAN)
        ),
        row("resolved", 0.4, analysis="np", method="NPMLE", time=91, **arm, **limits(0.3, 0.5)),
        row("median_time", 98, analysis="km", method="Kaplan-Meier", **arm, **limits(70, 120)),
        row("resolved", 0.3, analysis="m", method="AFT", time=91, **arm),
        row("hazard_ratio", 1.5, analysis="ic", method="Interval-censored Cox", n=80, events=30, **PAIR),
        row("time_ratio", 0.7, analysis="aft", method="AFT", p_value=0.02, n=80, events=30, **PAIR, **limits(0.5, 0.9)),
        row("logrank", 5.2, analysis="lr", method="Interval log-rank test", df=1, p_value=0.02, n=80, events=30),
    ]
    table = TABLES["resolution"](concat([rows(found), not_estimable("no events", analysis="aft", method="aft")]), STUDY)
    assert cells(table) == [
        ("By arm: NPMLE",),
        ("Medication", "20/40", "84 (60, NR)", "40.0 (30.0, 50.0)"),
        ("By arm: Kaplan-Meier",),
        ("Medication", "20/40", "98 (70, 120)"),
        ("Hazard ratios: Interval-censored Cox",),
        ("Nerve block vs Medication", "30/80", "1.50"),
        ("Time ratios: AFT",),
        ("Nerve block vs Medication", "30/80", "0.70 (0.50, 0.90)", "0.020"),
        ("Interval log-rank test",),
        ("All arms", "30/80", "5.20 (1)", "0.020"),
        ("Not estimable",),
        ("aft: not estimable: no events",),
    ]
    assert any(note.startswith("A time ratio below 1") for note in table.notes)
    assert not any(note.startswith("An odds ratio") for note in table.notes)
    boxed = "the median of Medication between day 81 and day 88."
    assert any(note.startswith("Left open by the visits") and note.endswith(boxed) for note in table.notes)


def test_other_events_than_resolution_are_not_in_its_table() -> None:
    back = row("median_time", 120, group="drug", n=30, events=12, **limits(90, NAN)) | {"outcome": "recurrence"}
    assert TABLES["resolution"](rows([back]), STUDY).body == ()
    assert ("Medication", "12/30", "120 (90, NR)") in cells(TABLES["relief"](rows([back]), STUDY))


def test_the_milestone_has_a_line_for_each_method_and_ratios_beside_differences() -> None:
    def numbers(method: str, p: float) -> list[dict[str, Any]]:
        at = {"method": method, "time": 91}
        return [
            row("resolved", 0.4, group="drug", n=40, **at, **limits(0.3, 0.5)),
            row("resolved_difference", 0.1, n=80, p_value=p, **PAIR, **at, **limits(-0.05, 0.25)),
            row("resolved_ratio", 1.25, n=80, p_value=p, **PAIR, **at, **limits(0.9, 1.7)),
        ]

    mean = row("rmst", 70.26, group="drug", n=40, method="NPMLE", time=91, **limits(65, 75.5))
    table = TABLES["milestone"](rows([*numbers("NPMLE", 0.2), *numbers("Kaplan-Meier", 0.3), mean]), STUDY)
    assert cells(table) == [
        ("Resolved by 3 months, %",),
        ("Medication", "NPMLE", "40", "40.0 (30.0, 50.0)"),
        ("Kaplan-Meier", "40", "40.0 (30.0, 50.0)"),
        ("Nerve block vs Medication", "NPMLE", "80", "10.0 (−5.0, 25.0)", "1.25 (0.90, 1.70)", "0.200"),
        ("Kaplan-Meier", "80", "10.0 (−5.0, 25.0)", "1.25 (0.90, 1.70)", "0.300"),
        ("Mean days to resolution within 3 months",),
        ("Medication", "NPMLE", "40", "70.3 (65.0, 75.5)"),
    ]


def step(cause: str, time: float, estimate: float, **more: Any) -> dict[str, Any]:
    place = {"outcome": cause, "group": "drug", "n": 50, "events": 3}
    return {**row("cumulative_incidence", estimate, time=time), **place, **more}


def test_cumulative_incidence_is_read_at_the_milestone_and_at_the_last_visit() -> None:
    curve = [step("crossover", t, p) for t, p in ((0, 0.0), (30, 0.1), (83, 0.2), (90, 0.3), (400, 0.9))]
    gray = {**row("gray", 4.1, df=1, p_value=0.04, n=90), "outcome": "crossover"}
    ratio = {**row("subdistribution_hazard_ratio", 1.4, n=90, events=25, **PAIR), "outcome": "crossover"}
    table = TABLES["competing"](rows([*curve, gray, ratio]), STUDY)
    assert table.columns[1:3] == ("By 3 months, % (95% CI)", "By week 12, % (95% CI)")
    assert cells(table) == [
        ("Crossover",),
        ("Medication", "30.0", "20.0"),
        ("All arms, Gray", "4.10 (1)", "0.040"),
        ("Nerve block vs Medication, 25/90", "1.40"),
    ]


def test_a_share_of_too_few_is_not_read_as_none() -> None:
    late = [step("crossover", t, p, events=NAN) for t, p in ((0, 0.0), (200, 0.3))]
    few = [
        step("resolution", 0, 0.0, events=NAN),
        step("resolution", 60, NAN, events=NAN, n=NAN, note="suppressed: fewer than 10"),
    ]
    shown = TABLES["competing"](rows([*late, *few]), STUDY)
    assert cells(shown) == [
        ("Crossover",),
        ("Medication", "–", "–"),
        ("Resolved",),
        ("Medication", "n<10", "n<10"),
    ]
    assert any(note.startswith("–: too few had the event by then") for note in shown.notes)


def test_the_schedule_shows_gaps_and_what_they_do_at_the_milestone() -> None:
    table = TABLES["schedule"](figure_rows.all_rows(), figure_rows.study())
    assert cells(table)[1] == ("Medication", "138", "28.0 (25.2, 36.4)", "3.2", "3.0", "4.9")
    assert cells(table)[5] == ("Medication", "138", "61.6 (55.4, 80.1)", "3.2", "1.4")
    assert table.notes[0].startswith("Arms were looked at on different schedules")


def test_both_editions_of_the_criteria_are_reported() -> None:
    share = {"group": "drug", "n": 50, "time": 28}
    found = [
        {**row("parallel_share", p, method=f"Parallel, {way}"), **share, "outcome": outcome}
        for outcome in ("ichd2_three_months", "ichd3_parallel")
        for way, p in (("possible", 0.6), ("certain", 0.2), ("estimate", 0.4))
    ]
    assert cells(TABLES["parallel"](rows(found), STUDY)) == [
        ("ICHD-3: headache and lesion resolved in parallel, no more than 28 days apart",),
        ("Medication", "50", "20.0", "40.0", "60.0"),
        ("ICHD-2: headache resolved within three months of treatment",),
        ("Medication", "50", "20.0", "40.0", "60.0"),
    ]


def test_the_least_and_the_most_that_a_difference_can_be_stand_below_the_shares() -> None:
    place = {**PAIR, "outcome": "ichd3_parallel", "n": 90}
    found = [
        {**row("parallel_share_difference", d, method=f"{way} difference: the certain less the possible"), **place}
        for way, d in (("Least", -0.3), ("Most", 0.4))
    ]
    table = TABLES["parallel"](rows(found), STUDY)
    assert table.columns == ("", "n", "Certain, % (95% CI)", "Possible, % (95% CI)")
    assert cells(table)[1] == ("Nerve block vs Medication", "90", "−30.0", "40.0")


def test_relief_is_compared_by_its_own_test() -> None:
    test = row("logrank", 4.52, df=1, p_value=0.03, n=80, events=30) | {"outcome": "relief"}
    median = row("median_time", 120, group="drug", n=30, events=12) | {"outcome": "relief"}
    shown = cells(TABLES["relief"](rows([median, test]), STUDY))
    assert shown == [
        ("Days of relief, median",),
        ("Medication", "12/30", "120"),
        ("Log-rank tests, relief",),
        ("All arms", "30/80", "4.52 (1)", "0.030"),
    ]


def test_released_rows_make_tables_without_a_missing_number() -> None:
    given = release(figure_rows.all_rows(), Disclosure(threshold=60, round_to=5))
    for name in ("resolution", "milestone", "competing", "relief", "schedule", "parallel"):
        text = TABLES[name](given, figure_rows.study()).to_text()
        assert "nan" not in text
        assert "n<60" in text or name == "schedule"


def test_rows_of_subgroups_are_in_none_of_these_tables() -> None:
    frame = figure_rows.all_rows().frame.assign(subgroup="chronicity=acute")
    for name in ("resolution", "milestone", "competing", "relief", "schedule", "parallel"):
        assert TABLES[name](Result(frame), figure_rows.study()).body == ()
