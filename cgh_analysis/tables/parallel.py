"""Resolution by the criteria: in parallel with the cervical lesion (ICHD-3), within three months (ICHD-2)."""

from __future__ import annotations

import math

from cgh_analysis.labels import arm_label, milestone_label, parallel_bound, words
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, distinct, foot, limits_name, marks_of, people, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import arms_of, failed, filled, methods_note, pair_name, under
from cgh_analysis.tables.table import Table

BOUNDS = {"certain": "Certain", "estimate": "Estimate", "possible": "Possible"}
NAMES = {
    "ichd3_parallel": "ICHD-3: headache and lesion resolved in parallel",
    "ichd2_three_months": "ICHD-2: headache resolved within three months of treatment",
}
RANGE = (
    "Certain: of those of whom the days of their visits leave no doubt; possible: of those of whom they leave it open."
)

LEAST = "A comparison is in percentage points, first named arm minus the second: the least and the most that it can be."


def parallel(rows: Result, study: Study) -> Table:
    """Return the shares that resolved as either edition of the criteria asks, and differences: certain to possible."""
    found = records(rows, "parallel_share", "parallel_share_difference")
    marks, ci = marks_of(found), limits_name(rows)
    known = distinct(found, "outcome")
    bounds = [b for b in BOUNDS if b != "estimate" or any(parallel_bound(r["method"]) == b for r in found)]
    outcomes = [o for o in NAMES if o in known] + [o for o in known if o not in NAMES]
    body = [row for outcome in outcomes for row in _outcome(outcome, found, bounds, marks, study)]
    broken = [
        filled(2 + len(bounds), f"{r['method']}: {r['note']}") for r in failed(rows, study, "parallel_resolution")
    ]
    compared = any(r["reference"] for r in found)
    return Table(
        title="Resolution by the diagnostic criteria",
        columns=("", "n", *(f"{BOUNDS[b]}, % ({ci})" for b in bounds)),
        body=(*body, *under("Not estimable", broken)),
        notes=(RANGE, *((LEAST,) if compared else ()), *methods_note(found, study), *foot(found, marks)),
        source=rows,
    )


def _outcome(outcome: str, found: list[Record], bounds: list[str], marks: Marks, study: Study) -> list[Row]:
    own = [r for r in found if r["outcome"] == outcome]
    day = next((r["time"] for r in own if not math.isnan(r["time"])), math.nan)
    within = f", no more than {milestone_label(day)} apart" if outcome == "ichd3_parallel" and day == day else ""
    shares, compared = ([r for r in own if bool(r["reference"]) == pair] for pair in (False, True))
    lines = [
        _line(arm_label(arm, study), [r for r in shares if r["group"] == arm], bounds, marks)
        for arm in arms_of(shares, study)
    ]
    for a, b in dict.fromkeys((r["group"], r["reference"]) for r in compared):
        pair = [r for r in compared if (r["group"], r["reference"]) == (a, b)]
        lines.append(_line(pair_name(pair[0], study), pair, bounds, marks))
    return under(f"{NAMES.get(outcome, words(outcome))}{within}", lines)


def _line(name: str, own: list[Record], bounds: list[str], marks: Marks) -> Row:
    by = {parallel_bound(str(r["method"])): r for r in own}
    shown = (cell(by.get(bound), marks) for bound in bounds)
    behind = next((r for r in own if not math.isnan(r["n"])), own[0])
    return filled(2 + len(bounds), name, people(behind), *shown)
