"""How the arms were looked at: gaps between looks, looks, time observed, and what counting from a look makes of it."""

from __future__ import annotations

import math

from cgh_analysis.labels import arm_label, milestone_label
from cgh_analysis.results import NOT_ESTIMABLE, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, foot, marks_of, people, pick, point, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import arms_of, filled, methods_note, under
from cgh_analysis.tables.table import Table

COLUMNS = (
    "",
    "n",
    "Days between looks, median (Q1, Q3)",
    "Looks per person",
    "Looks per 12 weeks",
    "Time observed, %",
    "Kaplan-Meier less NPMLE, points",
)
STATISTICS = ("median", "q1", "q3", "mean", "percent", "schedule_artefact")
OUTCOMES = ("visit_gap", "looks", "looks_per_12_weeks", "observed_time", "resolution")
ARTEFACT = (
    "Kaplan-Meier less NPMLE: the share still with headache by a curve that counts from the day of a look, less that "
    "by one that knows the interval only."
)


def schedule(rows: Result, study: Study) -> Table:
    """Return how often each arm was looked at, up to the milestone and over all follow-up, and the artefact of it."""
    found = [r for r in records(rows, *STATISTICS) if r["outcome"] in OUTCOMES]
    marks = marks_of(found)
    flags = [str(r["note"]) for r in records(rows, "schedule_flag") if not math.isnan(r["estimate"]) and r["note"]]
    told = [r for r in found if not str(r["note"]).startswith(NOT_ESTIMABLE)]
    late = [r for r in found if r["statistic"] == "schedule_artefact"]
    looked = [r for r in found if r["statistic"] != "schedule_artefact"]
    windows = sorted({r["time"] for r in looked if not math.isnan(r["time"])})
    body: list[Row] = []
    for window in windows:
        own = [r for r in looked if r["time"] == window]
        body += under(f"Up to {milestone_label(window)}", _arms(own, late, window, marks, study))
    body += under("All follow-up", _arms([r for r in looked if math.isnan(r["time"])], [], math.nan, marks, study))
    notes = (*flags, *((ARTEFACT,) if late else ()), *methods_note(told, study), *foot(found, marks))
    return Table(title="How the arms were looked at", columns=COLUMNS, body=tuple(body), notes=notes, source=rows)


def _arms(found: list[Record], late: list[Record], day: float, marks: Marks, study: Study) -> list[Row]:
    lines = []
    for arm in arms_of(found, study):
        own = [r for r in found if r["group"] == arm]
        looks, rate, seen = (pick(own, outcome=name) for name in ("looks", "looks_per_12_weeks", "observed_time"))
        shown = (people(looks), _gap(own, marks), *(cell(r, marks, point) for r in (looks, rate, seen)))
        lines.append(
            filled(len(COLUMNS), arm_label(arm, study), *shown, cell(pick(late, group=arm, time=day), marks, point))
        )
    return lines


def _gap(own: list[Record], marks: Marks) -> str:
    middle, low, high = (pick(own, outcome="visit_gap", statistic=name) for name in ("median", "q1", "q3"))
    text = cell(middle, marks, point)
    known = all(r is not None and not math.isnan(r["estimate"]) for r in (middle, low, high))
    return f"{text} ({cell(low, marks, point)}, {cell(high, marks, point)})" if known else text
