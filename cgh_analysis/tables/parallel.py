"""Resolution by the criteria: in parallel with the cervical lesion (ICHD-3), within three months (ICHD-2)."""

from __future__ import annotations

import math

from cgh_analysis.labels import arm_label, milestone_label, parallel_bound, words
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, distinct, foot, limits_name, marks_of, people, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import arms_of, failed, filled, methods_note, under
from cgh_analysis.tables.table import Table

WIDTH = 5
NAMES = {
    "ichd3_parallel": "ICHD-3: headache and lesion resolved in parallel",
    "ichd2_three_months": "ICHD-2: headache resolved within three months of treatment",
}
RANGE = (
    "Certain: of those of whom the days of their visits leave no doubt; possible: of those of whom they leave it open."
)


def parallel(rows: Result, study: Study) -> Table:
    """Return the shares that resolved as either edition of the criteria asks: certain, estimated, possible."""
    found = records(rows, "parallel_share")
    marks, ci = marks_of(found), limits_name(rows)
    known = distinct(found, "outcome")
    outcomes = [o for o in NAMES if o in known] + [o for o in known if o not in NAMES]
    body = [row for outcome in outcomes for row in _outcome(outcome, found, marks, study)]
    broken = [filled(WIDTH, f"{r['method']}: {r['note']}") for r in failed(rows, study, "parallel_resolution")]
    return Table(
        title="Resolution by the diagnostic criteria",
        columns=("", "n", f"Certain, % ({ci})", f"Estimate, % ({ci})", f"Possible, % ({ci})"),
        body=(*body, *under("Not estimable", broken)),
        notes=(RANGE, *methods_note(found, study), *foot(found, marks)),
        source=rows,
    )


def _outcome(outcome: str, found: list[Record], marks: Marks, study: Study) -> list[Row]:
    own = [r for r in found if r["outcome"] == outcome]
    day = next((r["time"] for r in own if not math.isnan(r["time"])), math.nan)
    within = f", no more than {milestone_label(day)} apart" if outcome == "ichd3_parallel" and day == day else ""
    lines = []
    for arm in arms_of(own, study):
        by = {parallel_bound(str(r["method"])): r for r in own if r["group"] == arm}
        shown = [cell(by.get(word), marks) for word in ("certain", "estimate", "possible")]
        lines.append(filled(WIDTH, arm_label(arm, study), people(next(iter(by.values()))), *shown))
    return under(f"{NAMES.get(outcome, words(outcome))}{within}", lines)
