"""Figures, drawn from result rows alone: a new one is a file, with its `caption(frame, study)`, and a line in FIGURES.

`figures.NAME(rows, study=None)` returns a matplotlib Figure; without a study, labels come from instruments and ids.
`save_all` writes one as SVG, PDF and 300-dpi PNG, with the same bytes each time.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.errors import ArgumentError
from cgh_analysis.figures.age_distribution import age_distribution
from cgh_analysis.figures.age_response import age_response
from cgh_analysis.figures.balance import balance
from cgh_analysis.figures.competing_events import competing_events
from cgh_analysis.figures.course import course
from cgh_analysis.figures.flow import flow
from cgh_analysis.figures.forest import forest
from cgh_analysis.figures.forest_subgroups import forest_subgroups
from cgh_analysis.figures.milestone import milestone
from cgh_analysis.figures.multiplicity import multiplicity
from cgh_analysis.figures.parallel import parallel
from cgh_analysis.figures.ph_check import ph_check
from cgh_analysis.figures.repeated import repeated
from cgh_analysis.figures.residual_normality import residual_normality
from cgh_analysis.figures.resolution import resolution
from cgh_analysis.figures.responders import responders
from cgh_analysis.figures.rom import rom
from cgh_analysis.figures.rom_change import rom_change
from cgh_analysis.figures.rows import frame_of
from cgh_analysis.figures.schedule import schedule
from cgh_analysis.figures.state_occupation import state_occupation
from cgh_analysis.figures.style import arm_styles, palette, save, save_all
from cgh_analysis.figures.visit_covariance import visit_covariance
from cgh_analysis.results import Result
from cgh_analysis.study import Study

FIGURES: Final[dict[str, Callable[..., Figure]]] = {
    "flow": flow,
    "age_distribution": age_distribution,
    "age_response": age_response,
    "balance": balance,
    "rom": rom,
    "rom_change": rom_change,
    "course": course,
    "resolution": resolution,
    "milestone": milestone,
    "ph_check": ph_check,
    "competing_events": competing_events,
    "state_occupation": state_occupation,
    "schedule": schedule,
    "parallel": parallel,
    "forest": forest,
    "forest_subgroups": forest_subgroups,
    "responders": responders,
    "multiplicity": multiplicity,
    "repeated": repeated,
    "visit_covariance": visit_covariance,
    "residual_normality": residual_normality,
}
__all__ = [
    "FIGURES",
    "age_distribution",
    "age_response",
    "arm_styles",
    "balance",
    "caption",
    "competing_events",
    "course",
    "flow",
    "forest",
    "forest_subgroups",
    "milestone",
    "multiplicity",
    "palette",
    "parallel",
    "ph_check",
    "repeated",
    "residual_normality",
    "resolution",
    "responders",
    "rom",
    "rom_change",
    "save",
    "save_all",
    "schedule",
    "state_occupation",
    "visit_covariance",
]


def caption(name: str, rows: Result | pd.DataFrame, study: Study | None = None) -> str:
    """Return a figure's caption: what is shown, by which method, of how many, at which confidence level.

    It serves as <figcaption> and as the text for readers who cannot see the figure. Raises ArgumentError for a name
    that is not in FIGURES.

    >>> from cgh_analysis.results import rows as make
    >>> caption("balance", make([])).startswith("Absolute standardised mean differences")
    True
    """
    if name not in FIGURES:
        raise ArgumentError(f"There is no figure {name!r}.", remedy=f"Figures: {', '.join(FIGURES)}.")
    return str(import_module(FIGURES[name].__module__).caption(frame_of(rows), study))
