"""Time to resolution: medians and the milestone by arm, hazard ratios, log-rank tests."""

from __future__ import annotations

import math

from cgh_analysis.format import estimate, number
from cgh_analysis.labels import arm_label, milestone_label
from cgh_analysis.results import NOT_ESTIMABLE, SUPPRESSED, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import (
    Marks,
    Record,
    cell,
    events,
    foot,
    limits_name,
    marks_of,
    p_text,
    records,
)
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import adjusted_name, arm_rows, arms_of, failed, methods_note, pair_name
from cgh_analysis.tables.table import Table

WIDTH = 8
LIMITS = ("estimate", "conf_low", "conf_high")
STATISTICS = ("median_time", "resolved", "hazard_ratio", "logrank")
ESTIMATORS = ("kaplan_meier", "logrank", "cox")
REACHED = "NR: not reached, because fewer than half had resolved, or the limit lies beyond the end of follow-up."


def resolution(rows: Result, study: Study) -> Table:
    """Return median time and share resolved by arm, hazard ratios, and log-rank tests, overall and pairwise."""
    found = records(rows, *STATISTICS)
    marks, ci = marks_of(found), limits_name(rows)
    milestones = {r["time"] for r in found if r["statistic"] == "resolved"}
    by = f" by {milestone_label(milestones.pop())}" if len(milestones) == 1 else ""
    tests = [r for r in found if r["statistic"] in ("hazard_ratio", "logrank")]
    return Table(
        title="Time to resolution",
        columns=(
            "",
            "Resolved / n",
            f"Median, days ({ci})",
            f"Resolved{by}, % ({ci})",
            f"Hazard ratio ({ci})",
            "χ² (df)",
            "p",
            adjusted_name(tests, study),
        ),
        body=tuple(_body(found, failed(rows, study, *ESTIMATORS), marks, study)),
        notes=(
            "A hazard ratio above 1 means faster resolution in the first named arm.",
            REACHED,
            *methods_note(found, study),
            *foot(found, marks),
        ),
        source=rows,
    )


def _body(found: list[Record], broken: list[Record], marks: Marks, study: Study) -> list[Row]:
    curves = [r for r in found if r["statistic"] in ("median_time", "resolved")]
    ratios = [_ratio(r, marks, study) for r in found if r["statistic"] == "hazard_ratio"]
    tests = [_test(r, marks, study) for r in found if r["statistic"] == "logrank"]
    arms = [_arm(arm, curves, marks, study) for arm in arms_of(curves, study)]
    reasons = [_line(f"{r['method']}: {r['note']}") for r in broken]
    parts = (("By arm", arms), ("Hazard ratios", ratios), ("Log-rank tests", tests), ("Not estimable", reasons))
    return [row for name, lines in parts if lines for row in (Row(cells=(name,), kind="head"), *lines)]


def _arm(arm: str, curves: list[Record], marks: Marks, study: Study) -> Row:
    own = [r for r in curves if r["group"] == arm]
    median, resolved = (next(iter(arm_rows(own, s)), None) for s in ("median_time", "resolved"))
    return _line(arm_label(arm, study), events(median), _median(median, marks), cell(resolved, marks))


def _median(row: Record | None, marks: Marks) -> str:
    """A median, or a limit, that the curve does not come down to is NaN without being held back: 'NR'."""
    if row is None or str(row["note"]).startswith((NOT_ESTIMABLE, SUPPRESSED)):
        return cell(row, marks)
    middle, low, high = (number(row[c], 0) if math.isfinite(row[c]) else "NR" for c in LIMITS)
    return middle if low == high == "NR" else f"{middle} ({low}, {high})"


def _ratio(row: Record, marks: Marks, study: Study) -> Row:
    shown = ("", cell(row, marks), "", p_text(row), p_text(row, "p_adjusted"))
    return _line(pair_name(row, study), events(row), "", *shown)


def _test(row: Record, marks: Marks, study: Study) -> Row:
    name = pair_name(row, study) if row["reference"] else "All arms"
    return _line(name, events(row), "", "", "", cell(row, marks, _chi_square), p_text(row), p_text(row, "p_adjusted"))


def _chi_square(row: Record) -> str:
    return f"{estimate(row)} ({row['df']:.0f})"


def _line(*cells: str) -> Row:
    return Row(cells=(*cells, *[""] * (WIDTH - len(cells))))
