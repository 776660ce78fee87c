"""What tables over visits share: a part for each outcome, a line for each visit, arms side by side."""

from __future__ import annotations

from collections.abc import Callable

from cgh_analysis.labels import arm_label, day_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, distinct, foot, marks_of, records
from cgh_analysis.tables.sections import arms_of, methods_note, outcome_name
from cgh_analysis.tables.table import Row, Table

Cells = Callable[[list[Record], Marks], tuple[str, ...]]


def by_visit(
    rows: Result, study: Study, *, title: str, statistics: tuple[str, ...], header: tuple[str, ...], cells: Cells
) -> Table:
    """Make a table of which `cells` gives the texts of one outcome, visit and arm, as many as `header` has names."""
    found = records(rows, *statistics)
    marks, arms = marks_of(found), arms_of(found, study)
    body: list[Row] = []
    for outcome in distinct(found, "outcome"):
        own = [r for r in found if r["outcome"] == outcome]
        body.append(Row(cells=(outcome_name(outcome, study),), kind="head"))
        for day in sorted({r["time"] for r in own}):
            by_arm = [cells([r for r in own if r["time"] == day and r["group"] == arm], marks) for arm in arms]
            body.append(Row(cells=(day_label(day, study), *(text for texts in by_arm for text in texts))))
    return Table(
        title=title,
        columns=("", *header * len(arms)),
        spans=(("", 1), *((arm_label(arm, study), len(header)) for arm in arms)),
        body=tuple(body),
        notes=(*methods_note(found, study), *foot(found, marks)),
        source=rows,
    )
