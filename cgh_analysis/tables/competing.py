"""Competing events: cumulative incidence by arm at the milestone and at the end, with tests and ratios."""

from __future__ import annotations

import math

from cgh_analysis.format import MISSING
from cgh_analysis.labels import arm_label, day_label, milestone_label, words
from cgh_analysis.results import SUPPRESSED, Result
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
from cgh_analysis.tables.sections import (
    adjusted_name,
    arms_of,
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
ESTIMATORS = ("cumulative_incidence", "fine_gray")
STATISTICS = ("cumulative_incidence", "gray", "subdistribution_hazard_ratio")
FIRST = "Shares are of those who had the event, and none of the others before it."
ABOVE = "A subdistribution hazard ratio above 1 means that more of the first named arm come to have the event."
MERGED = f"{MISSING}: too few had the event by then; a share is of the last day at which enough of them had."


def competing(rows: Result, study: Study) -> Table:
    """Return for each event the share that had it first, by the milestone and by the last visit, and comparisons."""
    found = records(rows, *STATISTICS)
    curves = [r for r in found if r["statistic"] == "cumulative_incidence"]
    marks, ci = marks_of(found), limits_name(rows)
    days = _days(curves, study)
    heads = [f"By {milestone_label(days[0])}, % ({ci})", f"By {day_label(days[-1], study).lower()}, % ({ci})"]
    compared = [r for r in found if r["statistic"] != "cumulative_incidence"]
    broken = [filled(WIDTH, f"{r['method']}: {r['note']}") for r in failed(rows, study, *ESTIMATORS)]
    body = [row for cause in distinct(found, "outcome") for row in _cause(cause, found, days, marks, study)]
    ratios = any(r["statistic"] == "subdistribution_hazard_ratio" for r in found)
    return Table(
        title="Resolution and competing events",
        columns=("", *heads, f"Ratio ({ci})", "χ² (df)", "p", adjusted_name(compared, study)),
        body=(*body, *under("Not estimable", broken)),
        notes=(
            FIRST,
            *((ABOVE,) if ratios else ()),
            *((MERGED,) if any(MISSING in row.cells for row in body) else ()),
            *methods_note(found, study),
            *foot(found, marks),
        ),
        source=rows,
    )


def _days(curves: list[Record], study: Study) -> tuple[float, float]:
    """The milestone and the last planned visit, or the last day of the rows where that comes before."""
    last = max((r["time"] for r in curves if not math.isnan(r["time"])), default=math.nan)
    end = max((float(v.day) for v in study.visits), default=last)
    mid = float(study.resolution.milestone_days) if study.resolution else end
    return mid, end


def _cause(cause: str, found: list[Record], days: tuple[float, float], marks: Marks, study: Study) -> list[Row]:
    own = [r for r in found if r["outcome"] == cause]
    curves = [r for r in own if r["statistic"] == "cumulative_incidence"]
    lines = []
    for arm in arms_of(curves, study):
        steps = [r for r in curves if r["group"] == arm]
        lines.append(filled(WIDTH, arm_label(arm, study), *(_at(steps, day, marks) for day in days)))
    for r in own:
        p = (p_text(r), p_text(r, "p_adjusted"))
        if r["statistic"] == "gray":
            lines.append(
                filled(WIDTH, f"{comparison_name(r, study)}, Gray", "", "", "", cell(r, marks, chi_square), *p)
            )
        if r["statistic"] == "subdistribution_hazard_ratio":
            lines.append(filled(WIDTH, f"{pair_name(r, study)}, {events(r)}", "", "", cell(r, marks), "", *p))
    return under("Resolved" if cause == "resolution" else words(cause), lines)


def _at(steps: list[Record], day: float, marks: Marks) -> str:
    """What a curve says at a day: its last step until then; one that is held back until then says so."""
    until = [r for r in steps if math.isnan(r["time"]) or r["time"] <= day]
    if not until:
        return ""
    held_back = [r for r in steps if str(r["note"]).startswith(SUPPRESSED)]
    known = [r for r in until if not math.isnan(r["estimate"])]
    started = [r for r in known if r["time"] > 0]
    if not started and (held_back or _merged(steps)):
        return cell(held_back[-1], marks) if held_back else MISSING
    return cell((known or until)[-1], marks)


def _merged(steps: list[Record]) -> bool:
    """Whether the steps of a curve were merged to protect people: their events are then taken out."""
    return all(math.isnan(r["events"]) for r in steps if not str(r["note"]).startswith(SUPPRESSED))
