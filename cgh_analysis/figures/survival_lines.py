"""Survival curves drawn on axes of percentages: steps of Kaplan and Meier, and the NPMLE with its boxes.

An NPMLE is known up to boxes: from (left, survival before) to (right, survival after) it may fall in any way. A wide
box is shaded, with a thin line from corner to corner; a narrow one is as good as a step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from cgh_analysis.figures.rows import numbers
from cgh_analysis.figures.style import ArmStyle
from cgh_analysis.numerics.arrays import FloatArray

# a box of less than this share of the axis is drawn as a step would be
NARROW = 0.012
BAND_ALPHA, BOX_ALPHA, WIDTH, THIN = 0.11, 0.16, 1.3, 0.7


def draw_steps(axes: Axes, rows: pd.DataFrame, style: ArmStyle, followed: float) -> None:
    """Draw steps and their band; limits that are missing where nothing has happened yet are the curve itself."""
    rows = rows.sort_values("time", kind="stable")
    time, *values = numbers(rows, "time", "estimate", "conf_low", "conf_high")
    end = max(float(time[-1]), followed)
    corners = np.append(np.repeat(time, 2)[1:], end)
    curve, low, high = (100 * np.repeat(v, 2) for v in values)
    low, high = (np.where(np.isnan(limit) & (curve == 100), curve, limit) for limit in (low, high))
    axes.fill_between(corners, low, high, color=style.colour, alpha=0.13, linewidth=0)
    axes.plot(corners, curve, color=style.colour, linestyle=style.line, linewidth=WIDTH)
    axes.plot(end, curve[-1], color=style.colour, marker=style.marker, clip_on=False, zorder=3)


def draw_behind(axes: Axes, rows: pd.DataFrame, style: ArmStyle) -> None:
    """Draw steps faint and without a band, to be held against another curve."""
    time, curve = numbers(rows.sort_values("time", kind="stable"), "time", "estimate")
    axes.plot(time, 100 * curve, color=style.colour, linewidth=THIN, alpha=0.55, drawstyle="steps-post", zorder=1.5)


def draw_npmle(axes: Axes, rows: pd.DataFrame, style: ArmStyle, followed: float) -> None:
    """Draw flat lines, boxes for what is not determined, and limits; of pairs of rows in the order of time."""
    # both rows of a box without width are of one day: the higher one comes first
    rows = rows.sort_values(["time", "estimate"], ascending=[True, False], kind="stable")
    known = np.flatnonzero(rows["estimate"].notna())
    if not len(known):
        return
    followed = followed if known[-1] == len(rows) - 1 else 0.0
    rows = rows.iloc[: known[-1] + 1]
    time, curve, low, high = numbers(rows, "time", "estimate", "conf_low", "conf_high")
    curve, low, high = 100 * curve, 100 * low, 100 * high
    _draw_limits(axes, (time, curve, low, high), style)
    wide = np.flatnonzero((np.diff(curve) < 0) & (np.diff(time) > NARROW * np.diff(axes.get_xlim())[0]))
    shapes = [Rectangle((time[k], curve[k + 1]), time[k + 1] - time[k], curve[k] - curve[k + 1]) for k in wide]
    look: dict[str, Any] = {
        "facecolor": to_rgba(style.colour, BOX_ALPHA),
        "edgecolor": to_rgba(style.colour, 0.6),
        "linewidth": 0.4,
    }
    axes.add_collection(PatchCollection(shapes, zorder=1, **look))
    end = max(float(time[-1]), followed)
    # a line that is broken at the wide boxes, so that dashes run on through the narrow ones
    xs, ys = (np.insert(v, wide + 1, np.nan) for v in (time, curve))
    axes.plot(np.append(xs, end), np.append(ys, curve[-1]), color=style.colour, linestyle=style.line, linewidth=WIDTH)
    for k in wide:
        axes.plot(time[k : k + 2], curve[k : k + 2], color=style.colour, linestyle=":", linewidth=THIN)
    axes.plot(end, curve[-1], color=style.colour, marker=style.marker, clip_on=False, zorder=3)


def _draw_limits(axes: Axes, points: tuple[FloatArray, ...], style: ArmStyle) -> None:
    """Draw a band where limits are known all along the curve, else a line at each day that has them."""
    time, curve, low, high = points
    certain = np.isnan(low) & np.isnan(high) & ((curve == 100) | (curve == 0))
    low, high = (np.where(certain, curve, limit) for limit in (low, high))
    known = np.isfinite(low) & np.isfinite(high)
    if 2 * known.sum() > np.isfinite(curve).sum():
        axes.fill_between(time[known], low[known], high[known], color=style.colour, alpha=BAND_ALPHA, linewidth=0)
    else:
        shown = known & ~certain
        axes.vlines(time[shown], low[shown], high[shown], color=style.colour, linewidth=THIN)
