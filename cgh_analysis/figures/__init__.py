"""Figures, drawn from result rows alone: a new one is a file and a line in each of the two dicts.

`figures.NAME(rows, study=None)` returns a matplotlib Figure; without a study, labels come from instruments and ids.
`save_all` writes one as SVG, PDF and 300-dpi PNG, with the same bytes each time.
"""

from collections.abc import Callable
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.errors import ArgumentError
from cgh_analysis.figures.age_distribution import age_distribution
from cgh_analysis.figures.age_distribution import caption as _age_distribution_caption
from cgh_analysis.figures.age_response import age_response
from cgh_analysis.figures.age_response import caption as _age_response_caption
from cgh_analysis.figures.balance import balance
from cgh_analysis.figures.balance import caption as _balance_caption
from cgh_analysis.figures.course import caption as _course_caption
from cgh_analysis.figures.course import course
from cgh_analysis.figures.flow import caption as _flow_caption
from cgh_analysis.figures.flow import flow
from cgh_analysis.figures.forest import caption as _forest_caption
from cgh_analysis.figures.forest import caption_subgroups as _forest_subgroups_caption
from cgh_analysis.figures.forest import forest, forest_subgroups
from cgh_analysis.figures.resolution import caption as _resolution_caption
from cgh_analysis.figures.resolution import resolution
from cgh_analysis.figures.responders import caption as _responders_caption
from cgh_analysis.figures.responders import responders
from cgh_analysis.figures.rom import caption as _rom_caption
from cgh_analysis.figures.rom import rom
from cgh_analysis.figures.rom_change import caption as _rom_change_caption
from cgh_analysis.figures.rom_change import rom_change
from cgh_analysis.figures.rows import frame_of
from cgh_analysis.figures.style import arm_styles, palette, save, save_all
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
    "forest": forest,
    "forest_subgroups": forest_subgroups,
    "responders": responders,
}
CAPTIONS: Final[dict[str, Callable[[pd.DataFrame, Study | None], str]]] = {
    "flow": _flow_caption,
    "age_distribution": _age_distribution_caption,
    "age_response": _age_response_caption,
    "balance": _balance_caption,
    "rom": _rom_caption,
    "rom_change": _rom_change_caption,
    "course": _course_caption,
    "resolution": _resolution_caption,
    "forest": _forest_caption,
    "forest_subgroups": _forest_subgroups_caption,
    "responders": _responders_caption,
}
__all__ = [
    "CAPTIONS",
    "FIGURES",
    "age_distribution",
    "age_response",
    "arm_styles",
    "balance",
    "caption",
    "course",
    "flow",
    "forest",
    "forest_subgroups",
    "palette",
    "resolution",
    "responders",
    "rom",
    "rom_change",
    "save",
    "save_all",
]


def caption(name: str, rows: Result | pd.DataFrame, study: Study | None = None) -> str:
    """Return a figure's caption: what is shown, by which method, of how many, at which confidence level.

    It serves as <figcaption> and as the text for readers who cannot see the figure. Raises ArgumentError for a name
    that is not in FIGURES.

    >>> from cgh_analysis.results import rows as make
    >>> caption("balance", make([])).startswith("Absolute standardised mean differences")
    True
    """
    if name not in CAPTIONS:
        raise ArgumentError(f"There is no figure {name!r}.", remedy=f"Figures: {', '.join(CAPTIONS)}.")
    return CAPTIONS[name](frame_of(rows), study)
