"""Parts of a table: one for each analysis, outcome and day, and what they, arms and comparisons are called."""

from __future__ import annotations

import math

from cgh_analysis.format import estimate
from cgh_analysis.labels import PROCEDURES, arm_label, column_label, day_label, unit, with_unit
from cgh_analysis.results import NOT_ESTIMABLE, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Record, records
from cgh_analysis.tables.layout import Row

# numbers that may lie between two visits
OPEN = {"median_time": "the median", "resolved": "the share", "rmst": "the mean"}
VERSUS = "A comparison is the first named arm minus the second."


def sections(found: list[Record]) -> list[list[Record]]:
    """Split rows by analysis, outcome and day, each part and its rows in the order in which they come."""
    parts: dict[tuple[str, str, float | None], list[Record]] = {}
    for row in found:
        day = None if math.isnan(row["time"]) else float(row["time"])
        parts.setdefault((row["analysis"], row["outcome"], day), []).append(row)
    return list(parts.values())


def failed(rows: Result, study: Study, *estimators: str) -> list[Record]:
    """Return the rows of what these estimators were planned for and could not estimate: no statistic, but a reason."""
    ids = {a.id for a in study.analyses if a.estimator in estimators}
    return [r for r in records(rows, "") if r["analysis"] in ids and str(r["note"]).startswith(NOT_ESTIMABLE)]


def heading(part: list[Record], study: Study) -> str:
    """Return 'Neck Disability Index (points), Week 12; primary analysis', as far as the rows say."""
    row = part[0]
    plan = next((a for a in study.analyses if a.id == row["analysis"]), None)
    name = plan.title or plan.id if plan else row["analysis"]
    what = outcome_name(row["outcome"], study) if row["outcome"] else name
    day = "" if math.isnan(row["time"]) else f", {day_label(row['time'], study)}"
    return f"{what}{day}{'; primary analysis' if plan and plan.primary else ''}"


def outcome_name(outcome: str, study: Study) -> str:
    """Return an outcome's label with its unit."""
    return with_unit(column_label(outcome, study), unit(outcome, study))


def arm_rows(part: list[Record], statistic: str) -> list[Record]:
    """Return the rows of single arms."""
    return [r for r in part if r["statistic"] == statistic and r["group"] and not r["reference"]]


def pair_rows(part: list[Record], statistic: str) -> list[Record]:
    """Return the rows that compare two arms."""
    return [r for r in part if r["statistic"] == statistic and r["reference"]]


def pair_name(row: Record, study: Study) -> str:
    """Return 'Nerve block vs Medication'."""
    return f"{arm_label(row['group'], study)} vs {arm_label(row['reference'], study)}"


def failure_line(part: list[Record], width: int) -> list[Row]:
    """Return the line that says why a part has no numbers; none where it has some."""
    if any(r["statistic"] for r in part):
        return []
    reason = str(part[0]["note"])
    return [Row(cells=(reason[:1].upper() + reason[1:], *[""] * (width - 1)))]


def arms_of(found: list[Record], study: Study) -> list[str]:
    """Return the arms that rows speak of, in the order of the study; arms that it does not know come last."""
    there = dict.fromkeys(r["group"] for r in found if r["group"])
    return [a for a in study.arm_ids if a in there] + [a for a in there if a not in study.arm_ids]


def methods_note(found: list[Record], study: Study) -> tuple[str, ...]:
    """Return 'Method: ...', with the outcomes that each one was used for where there are several."""
    used: dict[str, dict[str, None]] = {}
    for row in found:
        if row["method"]:
            used.setdefault(row["method"], {})[column_label(row["outcome"], study) if row["outcome"] else ""] = None
    if len(used) == 1:
        return (f"Method: {next(iter(used))}.",)
    alike = len({tuple(of) for of in used.values()}) == 1
    parts = (method if alike else f"{method} ({', '.join(filter(None, of))})" for method, of in used.items())
    return (f"Methods: {'; '.join(parts)}.",) if used else ()


def adjusted_name(found: list[Record], study: Study) -> str:
    """Return the header of adjusted p-values, with the procedure where it is one."""
    ids = {r["analysis"] for r in found}
    procedures = {a.multiplicity for a in study.analyses if a.id in ids}
    only = next(iter(procedures)) if len(procedures) == 1 else ""
    return f"p, {PROCEDURES[only]}" if only in PROCEDURES else "p, adjusted"


def by_method(found: list[Record]) -> dict[str, list[Record]]:
    """Split rows by their method, in the order in which the methods come."""
    parts: dict[str, list[Record]] = {}
    for row in found:
        parts.setdefault(row["method"], []).append(row)
    return parts


def under(name: str, lines: list[Row]) -> list[Row]:
    """Return lines below a head over the whole width; no lines give no head."""
    return [Row(cells=(name,), kind="head"), *lines] if lines else []


def filled(width: int, *cells: str) -> Row:
    """Return a line of these cells, filled up with empty ones."""
    return Row(cells=(*cells, *[""] * (width - len(cells))))


def comparison_name(row: Record, study: Study) -> str:
    """Return 'Nerve block vs Medication', and 'All arms' for a test of all of them."""
    return pair_name(row, study) if row["reference"] else "All arms"


def chi_square(row: Record) -> str:
    """Return a test's statistic with its degrees of freedom in brackets."""
    return f"{estimate(row)} ({row['df']:.0f})"


def left_open(found: list[Record], study: Study) -> tuple[str, ...]:
    """Say of which numbers the visits leave open what they are, and between what they lie, as far as it is told."""
    lying = [r for r in found if str(r["note"]).startswith("between ") and not r["reference"]]
    named = dict.fromkeys(f"{OPEN[r['statistic']]} of {arm_label(r['group'], study)} {r['note']}" for r in lying)
    told = "; ".join(named)
    return (f"Left open by the visits, and drawn as if resolution came evenly between them: {told}.",) if told else ()
