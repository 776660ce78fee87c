"""Relief and recurrence: how long relief lasts, how often headache comes back, and mean days in each state."""

from __future__ import annotations

from cgh_analysis.labels import arm_label, words
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import (
    Marks,
    Record,
    cell,
    distinct,
    events,
    foot,
    limits_name,
    marks_of,
    p_text,
    records,
)
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.resolution import OUTCOMES, median_cell
from cgh_analysis.tables.sections import (
    VERSUS,
    adjusted_name,
    chi_square,
    comparison_name,
    failed,
    filled,
    methods_note,
    pair_name,
    under,
)
from cgh_analysis.tables.table import Table

WIDTH = 7
ESTIMATORS = ("relief", "recurrence", "state_occupation")
NAMES = {
    "median_time": "Days of {}, median",
    "logrank": "Log-rank tests, {}",
    "mean_count": "Mean number, {}",
    "rate_ratio": "Rate ratios, {}",
    "hazard_ratio": "Hazard ratios, {}",
    "days_in_state": "Mean days in the state: {}",
    "days_in_state_difference": "Difference in mean days in the state: {}",
}
REACHED = "NR: not reached during follow-up."


def relief(rows: Result, study: Study) -> Table:
    """Return median days of relief, mean numbers and rate ratios of recurrence, and mean days in each state."""
    found = [r for r in records(rows, *NAMES) if r["outcome"] not in OUTCOMES]
    marks, ci = marks_of(found), limits_name(rows)
    body: list[Row] = []
    for statistic, name in NAMES.items():
        own = [r for r in found if r["statistic"] == statistic]
        for outcome in distinct(own, "outcome"):
            lines = [_line(r, marks, study) for r in own if r["outcome"] == outcome]
            body += under(_named(name, outcome, own), lines)
    broken = [filled(WIDTH, f"{r['method']}: {r['note']}") for r in failed(rows, study, *ESTIMATORS)]
    compared = [r for r in found if r["reference"]]
    medians = any(r["statistic"] == "median_time" for r in found)
    return Table(
        title="Relief and recurrence",
        columns=(
            "",
            "Events / n",
            f"By arm ({ci})",
            f"Comparison ({ci})",
            "χ² (df)",
            "p",
            adjusted_name(compared, study),
        ),
        body=(*body, *under("Not estimable", broken)),
        notes=(VERSUS, *((REACHED,) if medians else ()), *methods_note(found, study), *foot(found, marks)),
        source=rows,
    )


def _named(name: str, outcome: str, own: list[Record]) -> str:
    days = {r["time"] for r in own if r["time"] == r["time"]}
    until = f", until day {days.pop():g}" if len(days) == 1 else ""
    return f"{name.format(words(outcome).lower())}{until}"


def _line(row: Record, marks: Marks, study: Study) -> Row:
    p = (p_text(row), p_text(row, "p_adjusted"))
    if row["statistic"] == "logrank":
        test = cell(row, marks, chi_square)
        return filled(WIDTH, comparison_name(row, study), events(row), "", "", test, *p)
    text = median_cell(row, marks) if row["statistic"] == "median_time" else cell(row, marks)
    if row["reference"]:
        return filled(WIDTH, pair_name(row, study), events(row), "", text, "", *p)
    return filled(WIDTH, arm_label(row["group"], study), events(row), text)
