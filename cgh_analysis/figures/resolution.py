"""Time to resolution: Kaplan-Meier curves by arm, who is at risk, and what they say of the milestone and the median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from cgh_analysis.figures.key_table import draw_key, key_height, key_rows
from cgh_analysis.figures.legend import draw_marker
from cgh_analysis.figures.place import (
    EDGE,
    LINE_MM,
    axes_at,
    foot_height,
    foot_lines,
    widest,
    wrap,
    write,
    write_foot,
    write_lines,
)
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
from cgh_analysis.figures.style import DOUBLE, FAINT, ArmStyle, canvas, styled, styles_of
from cgh_analysis.figures.visits import weeks_text
from cgh_analysis.format import people
from cgh_analysis.labels import milestone_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Time to resolution"
ESTIMATORS = ("kaplan_meier",)
MERGED = "Steps are merged to protect people; the numbers above are of the unmerged curve."
PLOT_MM, ABOVE_MM, AXIS_MM, MARKER_MM, GAP_MM = 60.0, 6.5, 9.2, 3.0, 5.5
BETWEEN_MM, LABEL_MM = 0.6, 44.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The time axis: where its plot begins and how wide it is (mm), its last day, the planned days, the milestone."""

    left: float
    width: float
    last: float
    days: tuple[float, ...]
    milestone: float | None

    def place(self, day: float) -> float:
        """Return where a day stands on paper, in mm."""
        return self.left + day / self.last * self.width


def resolution(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw who still has headache over time by arm (Kaplan and Meier 1958), with numbers at risk at the planned visits.

    Each curve ends with its last row, or at the last planned visit at which somebody of the arm was at risk. Bands are
    limits at each time. Of several analyses with curves the first one is drawn.

    >>> from cgh_analysis.results import rows as make
    >>> step = {"analysis": "km", "group": "sham", "statistic": "survival"}
    >>> resolution(make([{**step, "time": 0, "estimate": 1}, {**step, "time": 30, "estimate": 0.5}])).get_label()
    'Time to resolution'
    """
    frame = frame_of(rows)
    curves = chosen(frame, ("survival",))
    if curves["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(curves, failures(frame, ESTIMATORS, study)))
    analysis = frame.loc[(frame["analysis"] == curves["analysis"].iloc[0]) & (frame["subgroup"] == "")]
    everybody = frame["group"] + frame["reference"] + frame["subgroup"] == ""
    test = frame.loc[(frame["statistic"] == "logrank") & everybody]
    with styled():
        return _draw(analysis, _foot(analysis, test), study)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    curves = chosen(frame, ("survival",))
    day = _milestone(frame, study)
    mark = f" The dotted line marks {milestone_label(day)}." if day is not None else ""
    return (
        f"People still with headache over time by arm.{told(curves)} Shaded bands are limits at each time; the "
        f"numbers at risk stand below the planned visits.{mark}"
    )


def _milestone(frame: pd.DataFrame, study: Study | None) -> float | None:
    if study and study.resolution:
        return float(study.resolution.milestone_days)
    days = frame.loc[frame["statistic"] == "resolved", "time"].dropna()
    return float(days.iloc[0]) if len(days) else None


def _foot(analysis: pd.DataFrame, test: pd.DataFrame) -> str:
    curves = analysis.loc[analysis["statistic"] == "survival"]
    level = level_text(curves)
    bands = f"Shaded: {level} confidence limits at each time." if level else ""
    p = test["p_value"].dropna()
    tested = f"Log-rank test of all arms: {p_text(p.iloc[0])}." if len(p) else ""
    merged = MERGED if (curves["time"] > 0).any() and curves["events"].isna().all() else ""
    return " ".join(part for part in (bands, merged, tested, not_shown(curves)) if part)


def _draw(analysis: pd.DataFrame, foot: str, study: Study | None) -> Figure:
    curves = analysis.loc[analysis["statistic"] == "survival"]
    at_risk = analysis.loc[analysis["statistic"] == "n_risk"]
    styles = styles_of(curves, study)
    key = key_rows(analysis, styles, _milestone(analysis, study))
    notes = foot_lines(foot, DOUBLE)
    table = _table_height(_labels(styles)) if len(at_risk) else 0.0
    height = 2 * EDGE + key_height(key) + ABOVE_MM + PLOT_MM + AXIS_MM + table + foot_height(notes)
    figure = canvas(DOUBLE, height)
    figure.set_label(TITLE)
    draw_key(figure, key, list(styles.values()), (EDGE, height - EDGE))
    write_foot(figure, notes)
    axis = _axis(curves, at_risk, styles, _milestone(analysis, study))
    bottom = height - EDGE - key_height(key) - ABOVE_MM - PLOT_MM
    axes = _axes(figure, axis, bottom)
    for arm, style in styles.items():
        planned = at_risk.loc[(at_risk["group"] == arm) & (at_risk["estimate"] > 0), "time"]
        _draw_curve(axes, curves.loc[curves["group"] == arm], style, planned.max() if len(planned) else 0.0)
    if len(at_risk):
        _write_at_risk(figure, at_risk, styles, (axis, bottom - AXIS_MM))
    return figure


def _axis(curves: pd.DataFrame, at_risk: pd.DataFrame, styles: dict[str, ArmStyle], milestone: float | None) -> Axis:
    left = EDGE + MARKER_MM + widest([line for lines in _labels(styles).values() for line in lines]) + GAP_MM
    width = DOUBLE - EDGE - 3.5 - left
    last = float(max(curves["time"].max(), at_risk["time"].max() if len(at_risk) else 0.0, 1.0))
    texts = [people(row, "estimate") for _, row in at_risk.iterrows()]
    room = (widest([*texts, "52"]) + BETWEEN_MM) / width * last
    days: list[float] = []
    for day in sorted({0.0, *at_risk["time"]}):
        if not days or day - days[-1] >= room:
            days.append(day)
    return Axis(left=left, width=width, last=last, days=tuple(days), milestone=milestone)


def _axes(figure: Figure, axis: Axis, bottom: float) -> Axes:
    axes = axes_at(figure, axis.left, bottom, (axis.width, PLOT_MM))
    axes.set(xlim=(0, axis.last), ylim=(0, 102), xlabel="Weeks since baseline", ylabel="Still with headache (%)")
    axes.xaxis.set_major_locator(FixedLocator(list(axis.days)))
    axes.xaxis.set_major_formatter(FixedFormatter([weeks_text(day) for day in axis.days]))
    axes.yaxis.set_major_locator(FixedLocator([0, 20, 40, 60, 80, 100]))
    if axis.milestone is not None and axis.milestone <= axis.last:
        axes.axvline(axis.milestone, color=FAINT, linestyle=(0, (1, 1.5)), linewidth=0.9, zorder=0.5)
        label = milestone_label(axis.milestone)
        label = f"Day {axis.milestone:g}" if label.endswith("days") else f"{label} (day {axis.milestone:g})"
        write(figure, axis.place(axis.milestone), bottom + PLOT_MM + 1.6, label, ha="center")
    return axes


def _draw_curve(axes: Axes, rows: pd.DataFrame, style: ArmStyle, followed: float) -> None:
    """Draw steps and their band; limits that are missing where nothing has happened yet are the curve itself."""
    rows = rows.sort_values("time", kind="stable")
    time, *values = numbers(rows, "time", "estimate", "conf_low", "conf_high")
    end = max(float(time[-1]), followed)
    corners = np.append(np.repeat(time, 2)[1:], end)
    curve, low, high = (100 * np.repeat(v, 2) for v in values)
    low, high = (np.where(np.isnan(limit) & (curve == 100), curve, limit) for limit in (low, high))
    axes.fill_between(corners, low, high, color=style.colour, alpha=0.13, linewidth=0)
    axes.plot(corners, curve, color=style.colour, linestyle=style.line, linewidth=1.3)
    axes.plot(end, curve[-1], color=style.colour, marker=style.marker, clip_on=False, zorder=3)


def _table_height(labels: dict[str, list[str]]) -> float:
    return LINE_MM * (1 + sum(map(len, labels.values()))) + 1.0


def _write_at_risk(
    figure: Figure, at_risk: pd.DataFrame, styles: dict[str, ArmStyle], under: tuple[Axis, float]
) -> None:
    axis, top = under
    write(figure, EDGE, top - LINE_MM / 2, "At risk", weight="bold")
    top -= LINE_MM
    for arm, lines in _labels(styles).items():
        middle = top - LINE_MM * len(lines) / 2
        draw_marker(figure, styles[arm], EDGE + MARKER_MM / 2 - 0.3, middle)
        write_lines(figure, EDGE + MARKER_MM, top, lines)
        for _, row in at_risk.loc[(at_risk["group"] == arm) & at_risk["time"].isin(axis.days)].iterrows():
            write(figure, axis.place(row["time"]), middle, people(row, "estimate"), ha="center")
        top -= LINE_MM * len(lines)


def _labels(styles: dict[str, ArmStyle]) -> dict[str, list[str]]:
    return {arm: wrap(style.label, LABEL_MM) for arm, style in styles.items()}
