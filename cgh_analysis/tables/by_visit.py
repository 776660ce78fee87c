"""What tables over visits share: a part for each outcome, a line for each visit, arms side by side."""

from __future__ import annotations

from collections.abc import Callable

from cgh_analysis.labels import arm_label, day_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, distinct, foot, marks_of, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import arms_of, methods_note, outcome_name
from cgh_analysis.tables.table import Table

Cells = Callable[[list[Record], Marks], tuple[str, ...]]


def by_visit(
    rows: Result, study: Study, *, title: str, statistics: tuple[str, ...], header: tuple[str, ...], cells: Cells
) -> Table:
    """Make a table of which `cells` gives the texts of one outcome, visit and arm, as many as `header` has names.

    Where there is one visit only, the title names it and each outcome is one line.
    """
    found = records(rows, *statistics)
    marks, arms, days = marks_of(found), arms_of(found, study), sorted({r["time"] for r in found})

    def line(name: str, own: list[Record]) -> Row:
        by_arm = (cells([r for r in own if r["group"] == arm], marks) for arm in arms)
        return Row(cells=(name, *(text for texts in by_arm for text in texts)))

    body: list[Row] = []
    for outcome in distinct(found, "outcome"):
        name, own = outcome_name(outcome, study), [r for r in found if r["outcome"] == outcome]
        if len(days) == 1:
            body.append(line(name, own))
        else:
            body.append(Row(cells=(name,), kind="head"))
            there = ((day, [r for r in own if r["time"] == day]) for day in days)
            body += [line(day_label(day, study), seen) for day, seen in there if seen]
    return Table(
        title=f"{title}, {day_label(days[0], study)}" if len(days) == 1 else title,
        columns=("", *header * len(arms)),
        spans=(("", 1), *((arm_label(arm, study), len(header)) for arm in arms)),
        body=tuple(body),
        notes=(*methods_note(found, study), *foot(found, marks)),
        source=rows,
    )
