"""Outcome by age and arm: a smooth curve with its band."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cgh_analysis.figures.panels import make_sheet, panel_width, place
from cgh_analysis.figures.place import LINE_MM, axes_at, wrap, write_lines
from cgh_analysis.figures.rows import (
    chosen,
    failures,
    frame_of,
    level_text,
    not_shown,
    nothing,
    numbers,
    ordered,
    reason,
    told,
)
from cgh_analysis.figures.style import ArmStyle, styled, styles_of
from cgh_analysis.labels import UNITS, column_label, day_label, unit, with_unit
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Response by age"
LEFT_MM, RIGHT_MM, PLOT_MM, BELOW_MM = 8.5, 1.5, 48.0, 8.4
ESTIMATORS = ("age_response",)


def age_response(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw adjusted means over a grid of ages by arm with their bands, one panel an outcome.

    >>> from cgh_analysis.results import rows as make
    >>> at = {"outcome": "ndi", "group": "sham", "statistic": "marginal_mean"}
    >>> age_response(make([{**at, "subgroup": f"age_years={a}", "estimate": a / 3} for a in (30, 40)])).get_label()
    'Response by age'
    """
    frame = frame_of(rows)
    curves, failed = _curves(frame), failures(frame, ESTIMATORS, study)
    if curves["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(curves, failed))
    with styled():
        return _draw(curves, styles_of(curves, study), study)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    curves = _curves(frame)
    names = ", ".join(column_label(o, study) for o in ordered(curves["outcome"])) or "Response"
    return f"{names} by age and arm.{told(curves)} The bands hold the limits at each age, not of the whole curve."


def _curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a grid of ages, with the age as a number."""
    grid = chosen(frame, ("marginal_mean",), subgroup=True)
    at = grid["subgroup"].str.extract(r"^age_years=(\d+(?:\.\d+)?)$", expand=False).astype(float)
    return grid.assign(at=at).loc[at.notna()]


def _draw(curves: pd.DataFrame, styles: dict[str, ArmStyle], study: Study | None) -> Figure:
    outcomes = ordered(curves["outcome"])
    titles = [
        wrap(_title(curves.loc[curves["outcome"] == o], study), panel_width(len(outcomes)), "bold") for o in outcomes
    ]
    head = LINE_MM * max(map(len, titles)) + 1.6
    sheet = make_sheet(
        len(outcomes),
        head + PLOT_MM + BELOW_MM,
        styles=list(styles.values()),
        foot=_foot(curves),
        title=TITLE,
    )
    for k, outcome in enumerate(outcomes):
        left, top = place(sheet, k)
        write_lines(sheet.figure, left, top, titles[k], weight="bold")
        size = (sheet.panel_mm - LEFT_MM - RIGHT_MM, PLOT_MM)
        axes = axes_at(sheet.figure, left + LEFT_MM, top - head - PLOT_MM, size)
        axes.set_xlabel(with_unit(column_label("age_years", study), UNITS["age_years"]))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        for arm, style in styles.items():
            part = curves.loc[(curves["outcome"] == outcome) & (curves["group"] == arm)]
            _draw_curve(axes, part.sort_values("at", kind="stable"), style)
    return sheet.figure


def _foot(curves: pd.DataFrame) -> str:
    level = level_text(curves)
    bands = f", bands their {level} confidence intervals" if level else ""
    return f"Lines are adjusted means{bands}. {not_shown(curves)}".strip()


def _title(part: pd.DataFrame, study: Study | None) -> str:
    outcome, days = str(part["outcome"].iloc[0]), part["time"].dropna().unique()
    when = f", {day_label(days[0], study).lower()}" if len(days) == 1 else ""
    return with_unit(f"{column_label(outcome, study)}{when}", unit(outcome, study))


def _draw_curve(axes: Axes, part: pd.DataFrame, style: ArmStyle) -> None:
    at, mean, low, high = numbers(part, "at", "estimate", "conf_low", "conf_high")
    axes.fill_between(at, low, high, color=style.colour, alpha=0.12, linewidth=0)
    for edge in (low, high):
        axes.plot(at, edge, color=style.colour, linestyle=style.line, linewidth=0.4)
    every = np.linspace(0, max(len(at) - 1, 0), min(len(at), 6)).round().astype(int).tolist()
    axes.plot(at, mean, color=style.colour, linestyle=style.line, marker=style.marker, markevery=every)
