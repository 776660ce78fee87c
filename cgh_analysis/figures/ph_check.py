"""Whether a hazard ratio is one number: how it goes over time, against the one that was fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cgh_analysis.figures.effects import contrast
from cgh_analysis.figures.panels import make_sheet, panel_width, place
from cgh_analysis.figures.place import LINE_MM, axes_at, widest, wrap, write_lines
from cgh_analysis.figures.rows import (
    chosen,
    failures,
    frame_of,
    level_text,
    not_shown,
    nothing,
    numbers,
    p_text,
    reason,
    told,
)
from cgh_analysis.figures.style import FAINT, INK, styled
from cgh_analysis.figures.time_axis import WEEKS, apart, mark_milestone, milestone_of, planned_days
from cgh_analysis.figures.visits import weeks_text
from cgh_analysis.labels import milestone_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Hazard ratio over time"
ESTIMATORS = ("cox",)
LEFT_MM, RIGHT_MM, PLOT_MM, AXIS_MM = 12.5, 1.5, 34.0, 9.2
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
CLOSE_TICKS = (0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5)
# a band that is much wider than this (as a ratio of hazard ratios) is cut by the axis
REACH = 1.6
TERMS = {"arm": "arms", "GLOBAL": "all terms"}


def ph_check(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw how each hazard ratio goes over time (Grambsch and Therneau 1994), with the fitted one as a dashed line.

    Where hazards are proportional, the curve runs along the dashed line. `ph_effect` is a log hazard ratio at a time;
    the axis has hazard ratios, on a log scale.

    >>> from cgh_analysis.results import rows as make
    >>> at = {"group": "sham", "reference": "drug", "statistic": "ph_effect"}
    >>> ph_check(make([{**at, "time": day, "estimate": 0.2} for day in (28, 84)])).axes[0].get_yscale()
    'log'
    """
    frame = frame_of(rows)
    found = chosen(frame, ("ph_effect",))
    if found["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(found, failures(frame, ESTIMATORS, study)))
    with styled():
        return _draw(frame, found, study)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    found = chosen(frame, ("ph_effect",))
    day = milestone_of(frame, study)
    mark = f" The dotted line marks {milestone_label(day)}." if day is not None else ""
    return (
        "Hazard ratios of resolution as they go over time, one panel a comparison; the dashed line is the fitted one, "
        f"which is a mean over follow-up where they do not run along it.{told(found)}{mark}"
    )


def _draw(frame: pd.DataFrame, found: pd.DataFrame, study: Study | None) -> Figure:
    parts = [part for _, part in found.groupby(["analysis", "group", "reference"], sort=False)]
    width = panel_width(len(parts))
    titles = [wrap(contrast(part.iloc[0], study), width, "bold") for part in parts]
    head = LINE_MM * max(map(len, titles)) + 1.6
    sheet = make_sheet(len(parts), head + PLOT_MM + AXIS_MM, styles=[], foot=_foot(frame, found), title=TITLE)
    ratios, limits, day = chosen(frame, ("hazard_ratio",)), _limits(found), milestone_of(frame, study)
    for k, part in enumerate(parts):
        left, top = place(sheet, k)
        write_lines(sheet.figure, left, top, titles[k], weight="bold")
        corner = (left + LEFT_MM, top - head - PLOT_MM)
        across = width - LEFT_MM - RIGHT_MM
        axes = axes_at(sheet.figure, *corner, (across, PLOT_MM))
        _scale(axes, limits, _days(found, study, across), float(found["time"].max()))
        if day is not None and day <= found["time"].max():
            mark_milestone(axes, day)
        _draw_effect(axes, part, _fitted(ratios, part))
    return sheet.figure


def _fitted(ratios: pd.DataFrame, part: pd.DataFrame) -> float:
    same = ratios[["analysis", "group", "reference"]].eq(part[["analysis", "group", "reference"]].iloc[0]).all(axis=1)
    return float(ratios.loc[same, "estimate"].iloc[0]) if same.any() else np.nan


def _draw_effect(axes: Axes, part: pd.DataFrame, fitted: float) -> None:
    time, log, low, high = numbers(part.sort_values("time", kind="stable"), "time", "estimate", "conf_low", "conf_high")
    axes.axhline(1.0, color=FAINT, linewidth=0.7, zorder=0.6)
    axes.fill_between(time, np.exp(low), np.exp(high), color=INK, alpha=0.12, linewidth=0)
    axes.plot(time, np.exp(log), color=INK)
    if np.isfinite(fitted):
        axes.axhline(fitted, color=INK, linestyle=(0, (5, 2)), linewidth=0.9)


def _limits(found: pd.DataFrame) -> tuple[float, float]:
    """Return limits for all panels: every estimate and most of the bands."""
    middle, low, high = numbers(found.loc[found["estimate"].notna()], "estimate", "conf_low", "conf_high")
    first = max(np.nanmin([*low, *middle]), middle.min() - REACH)
    last = min(np.nanmax([*high, *middle]), middle.max() + REACH)
    return float(np.exp(min(first, 0.0) - 0.1)), float(np.exp(max(last, 0.0) + 0.1))


def _days(found: pd.DataFrame, study: Study | None, width: float) -> tuple[float, ...]:
    last = float(found["time"].max())
    return apart(planned_days(study, last), (widest(["52"]) + 1.5) / width * last)


def _scale(axes: Axes, limits: tuple[float, float], days: tuple[float, ...], last: float) -> None:
    axes.set_yscale("log")
    axes.set(xlim=(0, last), ylim=limits, xlabel=WEEKS, ylabel="Hazard ratio")
    ticks = [t for t in TICKS if limits[0] <= t <= limits[1]]
    ticks = ticks if len(ticks) > 2 else [t for t in CLOSE_TICKS if limits[0] <= t <= limits[1]]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.xaxis.set_major_locator(FixedLocator(list(days)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: weeks_text(day)))


def _foot(frame: pd.DataFrame, found: pd.DataFrame) -> str:
    level = level_text(found)
    band = f"Shaded: {level} confidence limits at each time. " if level else ""
    tests = frame.loc[(frame["statistic"] == "ph_test") & frame["analysis"].isin(found["analysis"])]
    tests = tests.loc[tests["p_value"].notna() & tests["group"].isin(list(TERMS))]
    each = "; ".join(f"{TERMS[r['group']]} {p_text(r['p_value'])}" for _, r in tests.iterrows())
    tested = f" Test of proportional hazards: {each}." if each else ""
    return f"{band}Dashed: the fitted hazard ratio.{tested} {not_shown(found)}".strip()
