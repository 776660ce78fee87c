"""Hypotheses tested together: p-values, adjusted for each other, and what was decided."""

from __future__ import annotations

from cgh_analysis.format import number
from cgh_analysis.labels import comparison_label, hypothesis_name
from cgh_analysis.results import NOT_ESTIMABLE, SUPPRESSED, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, foot, marks_of, p_text, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.table import Table


def multiplicity(rows: Result, study: Study) -> Table:
    """Return a line for each hypothesis, in the order of the plan."""
    found = records(rows, "gate", subgroups=True)
    marks = marks_of(found)
    methods = dict.fromkeys(str(r["method"]) for r in found if r["method"])
    return Table(
        title="Hypotheses tested together",
        columns=("Hypothesis", "Comparison", "p", "Local level", "p, adjusted", "Decision"),
        body=tuple(_row(r, marks, study) for r in found),
        notes=(
            "The local level is what a p-value was held against when it was decided.",
            *(f"Method: {method}." for method in methods),
            *foot(found, marks),
        ),
        source=rows,
    )


def _row(record: Record, marks: Marks, study: Study) -> Row:
    return Row(
        cells=(
            hypothesis_name(record, study),
            comparison_label(record, study),
            p_text(record),
            cell(record, marks, lambda r: number(r["estimate"], 4)),
            p_text(record, "p_adjusted"),
            _decision(str(record["note"])),
        )
    )


def _decision(note: str) -> str:
    if note.startswith(NOT_ESTIMABLE):
        return "Not rejected"
    return "" if note.startswith(SUPPRESSED) else note[:1].upper() + note[1:]
