"""Change from baseline against the minimal detectable change of the instrument."""

from __future__ import annotations

from dataclasses import replace

from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.by_visit import by_visit
from cgh_analysis.tables.cells import Marks, Record, cell, limits_name, of_analysis, people, pick
from cgh_analysis.tables.table import Table

MDC = "MDC: minimal detectable change of the instrument; counted are changes for the better that exceed it."


def change(rows: Result, study: Study) -> Table:
    """Return mean change from baseline, and the share that improved by more than the instrument's MDC, by arm."""
    ci = limits_name(rows)
    header = ("n", f"Mean change ({ci})", f"Beyond MDC, % ({ci})")
    own = of_analysis(rows, "change")
    title, statistics = "Change from baseline", ("mean", "percent")
    table = by_visit(own, study, title=title, statistics=statistics, header=header, cells=_cells)
    return replace(table, notes=(MDC, *table.notes))


def _cells(own: list[Record], marks: Marks) -> tuple[str, ...]:
    mean, share = pick(own, statistic="mean"), pick(own, statistic="percent")
    return people(mean), cell(mean, marks), cell(share, marks)
