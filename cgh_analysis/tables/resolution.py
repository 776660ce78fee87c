"""Time to resolution: medians and the milestone by arm, ratios of hazards, odds and times, and log-rank tests."""

from __future__ import annotations

import math

from cgh_analysis.format import number
from cgh_analysis.labels import arm_label, milestone_label
from cgh_analysis.results import NOT_ESTIMABLE, SUPPRESSED, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, events, foot, limits_name, marks_of, p_text, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import (
    adjusted_name,
    arm_rows,
    arms_of,
    by_method,
    chi_square,
    comparison_name,
    failed,
    filled,
    left_open,
    methods_note,
    pair_name,
    under,
)
from cgh_analysis.tables.table import Table

WIDTH = 8
LIMITS = ("estimate", "conf_low", "conf_high")
CURVES = ("median_time", "resolved")
RATIOS = {"hazard_ratio": "Hazard ratios", "odds_ratio": "Odds ratios", "time_ratio": "Time ratios"}
ESTIMATORS = ("turnbull", "kaplan_meier", "interval_logrank", "logrank", "interval_cox", "cox", "aft")
OUTCOMES = ("resolution", "")
REACHED = "NR: not reached, because fewer than half had resolved, or the limit lies beyond the end of follow-up."
ABOVE = {
    "hazard_ratio": "A hazard ratio above 1 means faster resolution in the first named arm.",
    "odds_ratio": "An odds ratio above 1 means that more have resolved, at any time, in the first named arm.",
    "time_ratio": "A time ratio below 1 means that the first named arm takes that share of the time to resolve.",
}


def resolution(rows: Result, study: Study) -> Table:
    """Return median time and share resolved by arm, ratios between arms, and log-rank tests, overall and pairwise.

    Each method has its own part, so that curves by the day of a visit stand apart from those that know the interval.
    """
    found = [r for r in records(rows, *CURVES, *RATIOS, "logrank") if r["outcome"] in OUTCOMES]
    curves = _curves(found)
    compared = [r for r in found if r["statistic"] not in CURVES]
    shown, ci = [*curves, *compared], limits_name(rows)
    marks = marks_of(shown)
    milestones = {r["time"] for r in curves if r["statistic"] == "resolved"}
    by = f" by {milestone_label(milestones.pop())}" if len(milestones) == 1 else ""
    return Table(
        title="Time to resolution",
        columns=(
            "",
            "Resolved / n",
            f"Median, days ({ci})",
            f"Resolved{by}, % ({ci})",
            f"Ratio ({ci})",
            "χ² (df)",
            "p",
            adjusted_name(compared, study),
        ),
        body=tuple(_body(curves, compared, failed(rows, study, *ESTIMATORS), marks, study)),
        notes=(
            *(note for statistic, note in ABOVE.items() if any(r["statistic"] == statistic for r in compared)),
            REACHED,
            *left_open(curves, study),
            *methods_note(shown, study),
            *foot(shown, marks),
        ),
        source=rows,
    )


def _curves(found: list[Record]) -> list[Record]:
    """The rows of analyses that have a median: shares of other analyses are in the table of the milestone."""
    with_median = {r["analysis"] for r in found if r["statistic"] == "median_time"}
    of_curves = [r for r in found if r["statistic"] in CURVES]
    return [r for r in of_curves if r["analysis"] in with_median] if with_median else of_curves


def _body(curves: list[Record], compared: list[Record], broken: list[Record], marks: Marks, study: Study) -> list[Row]:
    body: list[Row] = []
    for method, own in by_method(curves).items():
        body += under(_named("By arm", method), [_arm(arm, own, marks, study) for arm in arms_of(own, study)])
    for statistic, name in RATIOS.items():
        for method, own in by_method([r for r in compared if r["statistic"] == statistic]).items():
            body += under(_named(name, method), [_ratio(r, marks, study) for r in own])
    for method, own in by_method([r for r in compared if r["statistic"] == "logrank"]).items():
        body += under(method or "Log-rank tests", [_test(r, marks, study) for r in own])
    return [*body, *under("Not estimable", [filled(WIDTH, f"{r['method']}: {r['note']}") for r in broken])]


def _named(name: str, method: str) -> str:
    return f"{name}: {method}" if method else name


def _arm(arm: str, curves: list[Record], marks: Marks, study: Study) -> Row:
    own = [r for r in curves if r["group"] == arm]
    median, resolved = (next(iter(arm_rows(own, s)), None) for s in ("median_time", "resolved"))
    return filled(WIDTH, arm_label(arm, study), events(median), median_cell(median, marks), cell(resolved, marks))


def median_cell(row: Record | None, marks: Marks) -> str:
    """Return a median with its limits; what the curve does not come down to is NaN without being held back: 'NR'."""
    if row is None or str(row["note"]).startswith((NOT_ESTIMABLE, SUPPRESSED)):
        return cell(row, marks)
    middle, low, high = (number(row[c], 0) if math.isfinite(row[c]) else "NR" for c in LIMITS)
    return middle if low == high == "NR" else f"{middle} ({low}, {high})"


def _ratio(row: Record, marks: Marks, study: Study) -> Row:
    shown = ("", cell(row, marks), "", p_text(row), p_text(row, "p_adjusted"))
    return filled(WIDTH, pair_name(row, study), events(row), "", *shown)


def _test(row: Record, marks: Marks, study: Study) -> Row:
    numbers = (cell(row, marks, chi_square), p_text(row), p_text(row, "p_adjusted"))
    return filled(WIDTH, comparison_name(row, study), events(row), "", "", "", *numbers)
