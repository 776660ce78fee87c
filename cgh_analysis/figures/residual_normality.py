"""Whether a model's residuals look normal: their quantiles against those of the normal distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from cgh_analysis.figures.panels import make_sheet, place
from cgh_analysis.figures.place import axes_at
from cgh_analysis.figures.rows import frame_of, not_shown, nothing, numbers, reason, told
from cgh_analysis.figures.style import FAINT, INK, styled
from cgh_analysis.labels import column_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Normality of residuals"
PROBABILITY = "probability="
TITLE_MM, LEFT_MM, BELOW_MM, PLOT_MM = 5.0, 11.0, 10.0, 46.0
FOOT = "On the line, residuals would be normal; the outermost 2% on either side are not shown."


def residual_normality(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw quantiles of whitened residuals against normal ones, one panel an outcome.

    >>> from cgh_analysis.results import rows as make
    >>> q = {"analysis": "a", "outcome": "ndi", "statistic": "residual_quantile"}
    >>> made = make([{**q, "reference": f"probability={p}", "estimate": p} for p in (0.1, 0.5, 0.9)])
    >>> residual_normality(made).axes[0].get_xlabel()
    'Normal quantile'
    """
    frame = _quantiles(frame_of(rows))
    if frame["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(frame))
    models = list(frame.groupby(["analysis", "outcome"], sort=False))
    height = TITLE_MM + PLOT_MM + BELOW_MM
    with styled():
        sheet = make_sheet(len(models), height, styles=(), foot=f"{FOOT} {not_shown(frame)}".strip(), title=TITLE)
        for k, ((_, outcome), part) in enumerate(models):
            left, top = place(sheet, k)
            size = (sheet.panel_mm - LEFT_MM - 2, PLOT_MM)
            axes = axes_at(sheet.figure, left + LEFT_MM, top - TITLE_MM - PLOT_MM, size)
            _panel(axes, part, column_label(str(outcome), study))
    return sheet.figure


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    return (
        "Quantiles of residuals against those of the normal distribution; residuals are made independent with variance "
        f"1 by the fitted covariance. {FOOT}{told(_quantiles(frame))}"
    )


def _quantiles(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.loc[frame["statistic"] == "residual_quantile"]
    share = found["reference"].str.removeprefix(PROBABILITY).astype(float)
    return found.assign(time=stats.norm.ppf(share))


def _panel(axes: Axes, part: pd.DataFrame, title: str) -> None:
    normal, own = numbers(part, "time", "estimate")
    far = 1.05 * np.nanmax(np.abs([normal, own]))
    axes.plot([-far, far], [-far, far], color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.plot(normal, own, marker="o", markersize=2.2, linestyle="none", color=INK)
    axes.set_xlim(-far, far)
    axes.set_ylim(-far, far)
    axes.set_title(title)
    axes.set_xlabel("Normal quantile")
    axes.set_ylabel("Residual quantile")
