"""Tests of the assumption that hazards are proportional."""

from __future__ import annotations

from cgh_analysis.format import estimate
from cgh_analysis.labels import column_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import cell, foot, marks_of, p_text, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import methods_note
from cgh_analysis.tables.table import Table

GLOBAL = "GLOBAL"


def ph(rows: Result, study: Study) -> Table:
    """Return the test of proportional hazards of each term, and of all together."""
    found = records(rows, "ph_test")
    marks = marks_of(found)
    body = [
        Row(
            cells=(
                _term(r["group"], study),
                cell(r, marks, estimate),
                "" if r["df"] != r["df"] else f"{r['df']:.0f}",
                p_text(r),
            )
        )
        for r in found
    ]
    return Table(
        title="Proportional hazards",
        columns=("Term", "χ²", "df", "p"),
        body=tuple(body),
        notes=(
            "A small p-value says that a hazard ratio changes over time; it is then an average over follow-up.",
            *methods_note(found, study),
            *foot(found, marks),
        ),
        source=rows,
    )


def _term(name: str, study: Study) -> str:
    """A column's label; a transformed term stays as the formula has it."""
    if name == GLOBAL:
        return "All terms together"
    return column_label(name, study) if name.isidentifier() else name
