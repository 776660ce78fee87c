"""The course of the outcomes: means at each visit, as they were seen."""

from __future__ import annotations

from cgh_analysis.format import interval
from cgh_analysis.results import STATISTICS, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.by_visit import by_visit
from cgh_analysis.tables.cells import Marks, Record, cell, limits_name, of_analysis, people, pick, point
from cgh_analysis.tables.table import Table


def means(rows: Result, study: Study) -> Table:
    """Return n, mean (SD) and limits of the mean of each outcome at each visit, by arm."""
    header = ("n", "Mean (SD)", limits_name(rows))
    own = of_analysis(rows, "course")
    return by_visit(own, study, title="Means over visits", statistics=("mean", "sd"), header=header, cells=_cells)


def _cells(own: list[Record], marks: Marks) -> tuple[str, ...]:
    mean, sd = pick(own, statistic="mean"), pick(own, statistic="sd")
    known = sd is not None and sd["estimate"] == sd["estimate"]
    spread = f" ({cell(sd, marks, point)})" if known else ""
    return people(mean), f"{cell(mean, marks, point)}{spread}", cell(mean, marks, _limits)


def _limits(row: Record) -> str:
    return interval(row["conf_low"], row["conf_high"], STATISTICS[row["statistic"]].digits)
