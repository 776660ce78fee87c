"""Tables of result rows. A new one is a file with a function (rows, study) -> Table, and a line in TABLES."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.baseline import baseline, baseline_layout, clinical, treatment
from cgh_analysis.tables.change import change
from cgh_analysis.tables.competing import competing
from cgh_analysis.tables.effects import effects
from cgh_analysis.tables.follow_up import follow_up
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.means import means
from cgh_analysis.tables.milestone import milestone
from cgh_analysis.tables.multiplicity import multiplicity
from cgh_analysis.tables.parallel import parallel
from cgh_analysis.tables.ph import ph
from cgh_analysis.tables.relief import relief
from cgh_analysis.tables.resolution import resolution
from cgh_analysis.tables.responders import responders
from cgh_analysis.tables.schedule import schedule
from cgh_analysis.tables.subgroups import subgroups
from cgh_analysis.tables.table import Table

__all__ = ["TABLES", "Row", "Table", "baseline_layout"]

TABLES: Final[dict[str, Callable[[Result, Study], Table]]] = {
    "baseline": baseline,
    "clinical": clinical,
    "treatment": treatment,
    "follow_up": follow_up,
    "means": means,
    "change": change,
    "effects": effects,
    "responders": responders,
    "resolution": resolution,
    "milestone": milestone,
    "competing": competing,
    "relief": relief,
    "schedule": schedule,
    "parallel": parallel,
    "ph": ph,
    "multiplicity": multiplicity,
    "subgroups": subgroups,
}
