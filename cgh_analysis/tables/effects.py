"""Adjusted means by arm and differences between arms, one part for each outcome and visit."""

from __future__ import annotations

from cgh_analysis.format import number
from cgh_analysis.labels import arm_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, foot, limits_name, marks_of, p_text, people, records
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import (
    VERSUS,
    adjusted_name,
    arm_rows,
    failed,
    failure_line,
    heading,
    methods_note,
    pair_name,
    pair_rows,
    sections,
)
from cgh_analysis.tables.table import Table


def effects(rows: Result, study: Study) -> Table:
    """Return marginal means, their pairwise differences with limits and p-values, and the joint test of the arms."""
    found = records(rows, "marginal_mean", "mean_difference", "joint_test")
    broken = failed(rows, study, "ancova", "mmrm", "gee")
    marks, ci = marks_of(found), limits_name(rows)
    columns = ("", "n", f"Adjusted mean ({ci})", f"Difference ({ci})", "p", adjusted_name(found, study))
    body = [row for part in sections([*found, *broken]) for row in _part(part, marks, study, len(columns))]
    return Table(
        title="Adjusted means and differences between arms",
        columns=columns,
        body=tuple(body),
        notes=(VERSUS, *methods_note(found, study), *foot(found, marks)),
        source=rows,
    )


def _part(part: list[Record], marks: Marks, study: Study, width: int) -> list[Row]:
    means = [
        Row(cells=(arm_label(r["group"], study), people(r), cell(r, marks), "", "", ""))
        for r in arm_rows(part, "marginal_mean")
    ]
    pairs = [
        Row(cells=(pair_name(r, study), people(r), "", cell(r, marks), p_text(r), p_text(r, "p_adjusted")))
        for r in pair_rows(part, "mean_difference")
    ]
    joint = [
        Row(cells=("Any difference between arms", people(r), "", cell(r, marks, _joint), p_text(r), ""))
        for r in part
        if r["statistic"] == "joint_test"
    ]
    return [Row(cells=(heading(part, study),), kind="head"), *means, *pairs, *joint, *failure_line(part, width)]


def _joint(row: Record) -> str:
    return f"Wald statistic {number(row['estimate'], 2)}, {row['df']:.0f} df"
