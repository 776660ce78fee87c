"""What a model of repeated outcomes fitted between visits: standard deviations, and correlations as a heat map."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgh_analysis.figures.panels import make_sheet, place
from cgh_analysis.figures.place import axes_at
from cgh_analysis.figures.rows import frame_of, not_shown, nothing, reason, told
from cgh_analysis.figures.style import INK, styled
from cgh_analysis.labels import column_label, day_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Covariance over visits"
TITLE_MM, LEFT_MM, BELOW_MM, CELL_MM = 5.0, 24.0, 7.0, 8.5
FOOT = "On the diagonal the residual standard deviation at a visit, below it correlations of visits."
# dark enough for white figures
DARK = 0.55


def visit_covariance(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the fitted covariance over visits, one panel an outcome: standard deviations and correlations.

    >>> from cgh_analysis.results import rows as make
    >>> sd = {"analysis": "a", "outcome": "ndi", "statistic": "residual_sd"}
    >>> visit_covariance(make([{**sd, "time": day, "estimate": 6.0} for day in (28, 84)])).get_label()
    'Covariance over visits'
    """
    frame = _fitted(frame_of(rows))
    if frame["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(frame))
    models = list(frame.groupby(["analysis", "outcome"], sort=False))
    most = max(part["time"].nunique() for _, part in models)
    height = TITLE_MM + most * CELL_MM + BELOW_MM
    with styled():
        sheet = make_sheet(len(models), height, styles=(), foot=f"{FOOT} {not_shown(frame)}".strip(), title=TITLE)
        for k, ((_, outcome), part) in enumerate(models):
            left, top = place(sheet, k)
            size = (sheet.panel_mm - LEFT_MM, part["time"].nunique() * CELL_MM)
            axes = axes_at(sheet.figure, left + LEFT_MM, top - TITLE_MM - size[1], size)
            days = sorted(part["time"].unique())
            _panel(axes, part, column_label(str(outcome), study), {day: day_label(day, study) for day in days})
    return sheet.figure


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    return f"The fitted covariance of an outcome over visits. {FOOT}{told(_fitted(frame))}"


def _fitted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[frame["statistic"].isin(["residual_sd", "residual_correlation"])]


def _panel(axes: Axes, part: pd.DataFrame, title: str, names: dict[float, str]) -> None:
    days = list(names)
    spread = part.loc[part["statistic"] == "residual_sd"].set_index("time")["estimate"]
    together = part.loc[part["statistic"] == "residual_correlation"]
    # the rows of a later visit tell its correlations with earlier ones in their order
    grid = np.full((len(days), len(days)), np.nan)
    for day, own in together.groupby("time"):
        grid[days.index(float(str(day))), : len(own)] = own["estimate"].to_numpy()
    axes.imshow(grid, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(grid):
        if np.isfinite(value):
            colour = "white" if value > DARK else INK
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", color=colour)
    for i, day in enumerate(days):
        if np.isfinite(spread.get(day, np.nan)):
            axes.text(i, i, f"SD {spread[day]:.1f}", ha="center", va="center", weight="bold")
    axes.set_title(title)
    axes.set_xticks(range(len(days)), list(names.values()))
    axes.set_yticks(range(len(days)), list(names.values()))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
