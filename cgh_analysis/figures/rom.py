"""Range of motion over visits: the six directions and the flexion-rotation test, each side as it was measured."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.course import foot_of, mean_rows
from cgh_analysis.figures.rows import frame_of, nothing, reason, told
from cgh_analysis.figures.style import styled, styles_of
from cgh_analysis.figures.visits import draw_courses
from cgh_analysis.instruments import FLEXION_ROTATION, ROM_DIRECTIONS
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Cervical range of motion over visits"
MOVEMENTS = (*ROM_DIRECTIONS, *FLEXION_ROTATION)


def rom(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the mean of each direction and of the flexion-rotation test over visits by arm, with the people behind them.

    Means are the observed ones (analysis 'course') where the rows have them, else adjusted ones. Sides are not
    averaged; a left and a right panel have the same axis.

    >>> from cgh_analysis.results import rows as make
    >>> mean = {"analysis": "course", "outcome": "frt_left_deg", "group": "sham", "statistic": "mean"}
    >>> rom(make([{**mean, "time": day, "estimate": 30 + day / 14} for day in (0, 84)])).get_label()
    'Cervical range of motion over visits'
    """
    frame = frame_of(rows)
    means = _movements(mean_rows(frame))
    if means["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(means))
    with styled():
        return draw_courses(means, styles_of(means, study), title=TITLE, foot=foot_of(means), study=study)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    means = _movements(mean_rows(frame))
    return (
        "Cervical range of motion in six directions and the flexion-rotation test (FRT) over visits by arm, each side "
        f"as measured. Points are means, vertical lines their intervals.{told(means)} "
        "The numbers below each panel are the people behind each mean."
    )


def _movements(means: pd.DataFrame) -> pd.DataFrame:
    order = {name: k for k, name in enumerate(MOVEMENTS)}
    movements = means.loc[means["outcome"].isin(MOVEMENTS)]
    return movements.sort_values("outcome", key=lambda s: s.map(order), kind="stable")
