"""How often the arms were looked at, and what it does to curves that count from the day of the look."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from cgh_analysis.figures.panels import make_sheet, panel_width, place
from cgh_analysis.figures.place import LINE_MM, axes_at, widest, wrap, write, write_lines
from cgh_analysis.figures.rows import chosen, failures, frame_of, not_shown, nothing, numbers, reason, why_blank
from cgh_analysis.figures.style import FAINT, ArmStyle, styled, styles_of
from cgh_analysis.figures.time_axis import WEEKS, apart, mark_milestone, milestone_of, planned_days
from cgh_analysis.figures.visits import weeks_text
from cgh_analysis.format import estimate
from cgh_analysis.labels import milestone_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "How the arms were looked at"
GAP, RATE = "visit_gap", "looks_per_12_weeks"
STATISTICS = ("median", "q1", "q3", "mean", "schedule_artefact")
LEFT_MM, RIGHT_MM, PLOT_MM, AXIS_MM, ROW_MM = 11.5, 2.0, 38.0, 9.2, 4.4

Box = tuple[float, float, float, float]  # left, bottom, width, height, in mm


def schedule(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw days between looks by arm, and how far a curve by the day of the look lies from the interval-censored one.

    Left: the median gap between two looks at somebody whose headache had not been seen to be gone, with quartiles, up
    to the milestone and over all follow-up. Right: Kaplan-Meier less NPMLE of who still has headache.

    >>> from cgh_analysis.results import rows as make
    >>> late = {"group": "sham", "statistic": "schedule_artefact"}
    >>> schedule(make([{**late, "time": day, "estimate": 0.05} for day in (28, 84)])).get_label()
    'How the arms were looked at'
    """
    frame = frame_of(rows)
    gaps, late = _gaps(frame), chosen(frame, ("schedule_artefact",))
    drawn = pd.concat([gaps.loc[gaps["statistic"] == "median"], late])
    if drawn["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(drawn, failures(frame, (), study)))
    with styled():
        return _draw(frame, (gaps, late), study)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    day = milestone_of(frame, study)
    mark = f" The dotted line marks {milestone_label(day)}." if day is not None else ""
    return (
        "How often people were looked at while their headache had not been seen to be gone: the median number of days "
        "between two looks, with quartiles. Beside it the share still with headache by Kaplan-Meier, which counts from "
        "the day of the look, less that by the interval-censored estimate: above 0, Kaplan-Meier sees headaches last "
        f"longer than they do, and more so where looks are far apart.{mark}"
    )


def _gaps(frame: pd.DataFrame) -> pd.DataFrame:
    found = chosen(frame, ("median", "q1", "q3", "mean"))
    return found.loc[found["outcome"].isin([GAP, RATE])]


def _draw(frame: pd.DataFrame, parts: tuple[pd.DataFrame, pd.DataFrame], study: Study | None) -> Figure:
    gaps, late = parts
    shown = [_draw_gaps] * bool(len(gaps)) + [_draw_late] * bool(late["estimate"].notna().any())
    styles = styles_of(pd.concat(parts), study)
    day = milestone_of(frame, study)
    width = panel_width(len(shown))
    titles = {
        _draw_gaps: wrap("Days between looks, median and quartiles", width, "bold"),
        _draw_late: wrap("Kaplan-Meier at the day of the look less NPMLE, still with headache", width, "bold"),
    }
    head = LINE_MM * max(len(titles[f]) for f in shown) + 1.8
    plot = max(PLOT_MM, 2 * (LINE_MM + 2.0 + ROW_MM * len(styles)))
    foot = not_shown(pd.concat([gaps.loc[gaps["statistic"] == "median"], late]))
    sheet = make_sheet(len(shown), head + plot + AXIS_MM, styles=list(styles.values()), foot=foot, title=TITLE)
    for k, draw_part in enumerate(shown):
        left, top = place(sheet, k)
        write_lines(sheet.figure, left, top, titles[draw_part], weight="bold")
        box = (left, top - head - plot, width, plot)
        draw_part(sheet.figure, (gaps if draw_part is _draw_gaps else late), styles, box, (day, study))
    return sheet.figure


def _draw_gaps(
    figure: Figure,
    gaps: pd.DataFrame,
    styles: dict[str, ArmStyle],
    box: Box,
    _days: tuple[float | None, Study | None],
) -> None:
    left, bottom, width, height = box
    texts = widest(["Looks / 12 weeks", "00.0"], "bold") + 2.0
    axes = axes_at(figure, left, bottom, (width - texts - RIGHT_MM, height))
    axes.set(ylim=(0, height), xlabel="Days between looks")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    write(figure, left + width, bottom + height - LINE_MM / 2, "Looks / 12 weeks", ha="right", weight="bold")
    y = height
    for window, part in sorted(gaps.groupby(gaps["time"].fillna(math.inf)), key=lambda pair: pair[0]):
        name = "All follow-up" if math.isinf(float(window)) else f"Up to {milestone_label(float(window))}"
        write(figure, left, bottom + y - LINE_MM / 2, name, weight="bold")
        y -= LINE_MM + 1.0
        for arm in [a for a in styles if (part["group"] == a).any()]:
            own = part.loc[part["group"] == arm]
            _draw_gap(axes, own.loc[own["outcome"] == GAP], y - ROW_MM / 2, styles[arm])
            rate = own.loc[own["outcome"] == RATE]
            text = _rate(rate.iloc[0]) if len(rate) else ""
            write(figure, left + width, bottom + y - ROW_MM / 2, text, ha="right")
            y -= ROW_MM
        y -= 1.0
    highest = gaps.loc[(gaps["outcome"] == GAP), "estimate"].max()
    axes.set_xlim(0, 1.06 * highest if pd.notna(highest) else 1.0)


def _rate(row: pd.Series) -> str:
    return why_blank(row) if pd.isna(row["estimate"]) else estimate(row)


def _draw_gap(axes: Axes, gap: pd.DataFrame, y: float, style: ArmStyle) -> None:
    median, low, high = (gap.loc[gap["statistic"] == s, "estimate"].max() for s in ("median", "q1", "q3"))
    axes.plot([low, high], [y, y], color=style.colour, solid_capstyle="butt")
    axes.plot([median], [y], color=style.colour, marker=style.marker, linestyle="none")


def _draw_late(
    figure: Figure,
    late: pd.DataFrame,
    styles: dict[str, ArmStyle],
    box: Box,
    how: tuple[float | None, Study | None],
) -> None:
    left, bottom, width, height = box
    milestone, study = how
    axes = axes_at(figure, left + LEFT_MM, bottom, (width - LEFT_MM - RIGHT_MM, height))
    last = float(late["time"].max())
    values = 100 * late["estimate"].dropna()
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    pad = 0.08 * (high - low) or 1.0
    axes.set(xlim=(0, last * 1.02), ylim=(low - pad, high + pad), xlabel=WEEKS, ylabel="Percentage points")
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0.5)
    room = (widest(["52"]) + 1.5) / (width - LEFT_MM - RIGHT_MM) * last
    named = apart(planned_days(study, last), room)
    axes.xaxis.set_major_locator(FixedLocator(list(named)))
    axes.xaxis.set_major_formatter(FixedFormatter([weeks_text(day) for day in named]))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if milestone is not None and milestone <= last:
        mark_milestone(axes, milestone)
    for arm, style in styles.items():
        time, by = numbers(late.loc[late["group"] == arm].sort_values("time", kind="stable"), "time", "estimate")
        time, by = np.append(0.0, time), np.append(0.0, by)
        axes.plot(
            time, 100 * by, color=style.colour, linestyle=style.line, marker=style.marker, markevery=slice(1, None)
        )
