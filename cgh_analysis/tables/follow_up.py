"""Who came back: seen at each planned visit, when, and whose outcomes are missing."""

from __future__ import annotations

from cgh_analysis.format import estimate
from cgh_analysis.labels import arm_label, column_label, day_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Record, cell, count_percent, distinct, foot, of_analysis, pick, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import arms_of
from cgh_analysis.tables.table import Table

NOTE = (
    "Percentages are of the arm. Missing counts everybody in the arm without a value, whether or not they were seen; "
    "an outcome that nobody has at a visit was not collected at it."
)


def follow_up(rows: Result, study: Study) -> Table:
    """Return people seen at each planned visit, the median day, and people without each outcome, by arm."""
    found = records(of_analysis(rows, "follow-up"), "count", "percent", "median", "missing")
    days, arms = sorted({r["time"] for r in found}), arms_of(found, study)
    body: list[Row] = []
    for outcome in distinct(found, "outcome"):
        own = [r for r in found if r["outcome"] == outcome]
        body.append(Row(cells=(_name(outcome, study), *[""] * len(days))))
        for arm in arms:
            there = [r for r in own if r["group"] == arm]
            texts = (_cell([r for r in there if r["time"] == day]) for day in days)
            body.append(Row(cells=(arm_label(arm, study), *texts), kind="level"))
    return Table(
        title="Follow-up",
        columns=("", *(day_label(day, study) for day in days)),
        body=tuple(body),
        notes=(NOTE, *foot(found, {})),
        source=rows,
    )


def _name(outcome: str, study: Study) -> str:
    known = {"visit": "Seen, n (%)", "day": "Day of the visit, median"}
    return known.get(outcome) or f"Missing: {column_label(outcome, study)}, n"


def _cell(own: list[Record]) -> str:
    count, percent = pick(own, statistic="count"), pick(own, statistic="percent")
    if count is not None:
        return count_percent(count, percent, {})
    return cell(own[0], {}, _whole) if own else ""


def _whole(row: Record) -> str:
    return estimate(row, 0)
