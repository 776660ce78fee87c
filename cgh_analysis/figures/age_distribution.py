"""Age by arm: five-year bands, with median and quartiles."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cgh_analysis.figures.place import EDGE, LINE_MM, axes_at, foot_height, foot_lines, wrap, write_foot, write_lines
from cgh_analysis.figures.rows import chosen, frame_of, nothing, ordered, reason
from cgh_analysis.figures.style import SINGLE, ArmStyle, canvas, styled, styles_of
from cgh_analysis.format import blank, number
from cgh_analysis.results import SUPPRESSED, Result
from cgh_analysis.study import Study

TITLE = "Age by arm"
LEFT_MM, RIGHT_MM, PLOT_MM, GAP_MM, BELOW_MM = 11.0, 1.5, 21.0, 2.5, 8.4
BAND = 5


def age_distribution(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw one histogram an arm on a common axis, with the median and the quartiles above its bars.

    A band that is held back is drawn as an open, hatched bar as high as the number that it is below.

    >>> from cgh_analysis.results import rows as make
    >>> band = {"analysis": "age-distribution", "group": "sham", "subgroup": "age_years=30-34"}
    >>> age_distribution(make([{**band, "statistic": "count", "estimate": 12}])).axes[0].get_xlabel()
    'Age (years)'
    """
    frame = frame_of(rows)
    ages = frame.loc[frame["analysis"] == "age-distribution"]
    bands = chosen(ages, ("count",), subgroup=True)
    if bands["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(bands))
    bands = bands.assign(start=bands["subgroup"].map(_start), top=[_height(row) for _, row in bands.iterrows()])
    styles = styles_of(bands, study)
    with styled():
        return _draw(bands, chosen(ages, ("median", "q1", "q3")), styles)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    n = chosen(frame.loc[frame["analysis"] == "age-distribution"], ("median",))["n"].sum()
    people = f" of {number(n, 0)} people" if n > 0 else ""
    return (
        f"Age{people} in five-year bands by arm. Above the bars, the marker is the median and the line runs from the "
        "lower to the upper quartile."
    )


def _start(subgroup: str) -> float:
    found = re.search(r"=(\d+)", subgroup)
    return float(found.group(1)) if found else np.nan


def _height(row: pd.Series) -> float:
    """Return a bar's height; of a count that is held back, the number that it is below."""
    if pd.notna(row["estimate"]):
        return float(row["estimate"])
    below = re.search(r"\d+", str(row["note"]))
    return float(below.group()) if below and str(row["note"]).startswith(SUPPRESSED) else np.nan


def _draw(bands: pd.DataFrame, quartiles: pd.DataFrame, styles: dict[str, ArmStyle]) -> Figure:
    notes = foot_lines(_foot(bands), SINGLE)
    room = SINGLE - 2 * EDGE
    heads = [
        wrap(_head(style, quartiles.loc[quartiles["group"] == arm]), room, "bold") for arm, style in styles.items()
    ]
    head_mm = LINE_MM * max(map(len, heads)) + 1.0
    pitch = head_mm + PLOT_MM + GAP_MM
    figure = canvas(SINGLE, 2 * EDGE + pitch * len(styles) - GAP_MM + BELOW_MM + foot_height(notes))
    figure.set_label(TITLE)
    write_foot(figure, notes)
    for k, (arm, style) in enumerate(styles.items()):
        top = figure.get_figheight() * 25.4 - EDGE - k * pitch
        write_lines(figure, EDGE, top, heads[k], weight="bold")
        axes = axes_at(figure, EDGE + LEFT_MM, top - head_mm - PLOT_MM, (room - LEFT_MM - RIGHT_MM, PLOT_MM))
        _dress(axes, bands, last=k == len(styles) - 1)
        _draw_bars(axes, bands.loc[bands["group"] == arm], style)
        _draw_quartiles(axes, quartiles.loc[quartiles["group"] == arm], style, 1.14 * bands["top"].max())
    return figure


def _foot(bands: pd.DataFrame) -> str:
    held_back = bands.loc[bands["estimate"].isna() & bands["top"].notna(), "note"]
    limits = ", ".join(ordered(held_back.map(blank)))
    return f"Hatched: a count that is held back ({limits}), drawn as high as it could be." if limits else ""


def _dress(axes: Axes, bands: pd.DataFrame, *, last: bool) -> None:
    axes.set_xlim(bands["start"].min() - 2, bands["start"].max() + BAND + 2)
    axes.set_ylim(0, 1.28 * bands["top"].max())
    axes.set_ylabel("People")
    axes.set_xlabel("Age (years)" if last else "")
    axes.tick_params(labelbottom=last)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _head(style: ArmStyle, quartiles: pd.DataFrame) -> str:
    value = quartiles.set_index("statistic")["estimate"]
    if value.reindex(["median", "q1", "q3"]).isna().any():
        return style.label
    middle, low, high = (number(value[k], 0) for k in ("median", "q1", "q3"))
    return f"{style.label}: median {middle} (quartiles {low}, {high})"


def _draw_bars(axes: Axes, bands: pd.DataFrame, style: ArmStyle) -> None:
    known = bands["estimate"].notna()
    common: dict[str, Any] = {"width": BAND, "align": "edge", "edgecolor": style.colour, "linewidth": 0.7}
    axes.bar(bands.loc[known, "start"], bands.loc[known, "top"], facecolor=style.colour, alpha=0.55, **common)
    axes.bar(bands.loc[~known, "start"], bands.loc[~known, "top"].fillna(0), facecolor="none", hatch="/////", **common)


def _draw_quartiles(axes: Axes, quartiles: pd.DataFrame, style: ArmStyle, y: float) -> None:
    value = quartiles.set_index("statistic")["estimate"].reindex(["median", "q1", "q3"])
    axes.plot([value["q1"], value["q3"]], [y, y], color=style.colour, linewidth=1.4, solid_capstyle="butt")
    axes.plot(value["median"], y, marker=style.marker, color=style.colour, linestyle="none", markersize=4.4)
