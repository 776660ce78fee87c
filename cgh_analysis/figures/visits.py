"""Panels of means over visits by arm, each with the number of people behind its means in a small table below it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter

from cgh_analysis.figures.legend import draw_marker
from cgh_analysis.figures.panels import Sheet, make_sheet, panel_width, place
from cgh_analysis.figures.place import LINE_MM, axes_at, widest, wrap, write, write_lines
from cgh_analysis.figures.rows import numbers, ordered
from cgh_analysis.figures.style import FAINT, ArmStyle, Drawing
from cgh_analysis.format import people
from cgh_analysis.labels import column_label, unit, with_unit
from cgh_analysis.study import Study

LEFT_MM, RIGHT_MM, PLOT_MM, TICK_MM = 10.5, 1.0, 27.0, 5.6
INSET_MM, DODGE_MM, BETWEEN_MM = 3.0, 1.25, 0.5
APART_MM, LOWER_MM = 4.0, 18.0
DAYS_A_WEEK = 7
SIDE = re.compile(r"_(left|right)(?=_|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where visits stand, in mm from the left end of the axis; every `step`-th is named."""

    days: tuple[float, ...]
    places: tuple[float, ...]
    true: bool
    step: int


def axis_scale(days: Sequence[float], room_mm: float, cell_mm: float) -> Scale:
    """Place visits in true time if `cell_mm` of text fits between any two of them, else equally spaced.

    >>> axis_scale([0, 28, 364], 70, 4).true, axis_scale([0, 1, 364], 70, 4).true
    (True, False)
    """
    known = np.array(sorted(set(days)), float)
    share = (known - known[0]) / ((known[-1] - known[0]) or 1.0)
    even = np.arange(len(known)) / max(len(known) - 1, 1)
    closest = [float(np.diff(s).min() * room_mm) if len(known) > 1 else room_mm for s in (share, even)]
    true = closest[0] >= cell_mm
    places = INSET_MM + (share if true else even) * room_mm
    step = 1 if true else math.ceil(cell_mm / closest[1])
    return Scale(days=tuple(known), places=tuple(places), true=true, step=step)


def draw_courses(
    frame: pd.DataFrame,
    styles: dict[str, ArmStyle],
    *,
    title: str,
    foot: str,
    study: Study | None = None,
    differences: pd.DataFrame | None = None,
) -> Drawing:
    """Draw one panel an outcome, two side by side, under one key of arms and over one foot note.

    `differences` from the reference arm go below the means, about a line at 0, each in the style of the other arm.
    """
    lower = 0.0 if differences is None else APART_MM + LOWER_MM
    outcomes = ordered(frame["outcome"])
    panel_mm = panel_width(len(outcomes))
    room = panel_mm - LEFT_MM - RIGHT_MM - 2 * INSET_MM
    scale = axis_scale(frame["time"].tolist(), room, _cell_mm(frame))
    titles = [wrap(with_unit(column_label(o, study), unit(o, study)), panel_mm, "bold") for o in outcomes]
    heads = LINE_MM * max(map(len, titles)) + 1.6
    sheet = make_sheet(
        len(outcomes),
        heads + PLOT_MM + lower + TICK_MM + LINE_MM * frame["group"].nunique(),
        styles=list(styles.values()),
        foot=foot if scale.true else f"{foot} Visits are equally spaced.",
        title=title,
    )
    for k, outcome in enumerate(outcomes):
        left, top = place(sheet, k)
        write_lines(sheet.figure, left, top, titles[k], weight="bold")
        part = frame.loc[frame["outcome"] == outcome]
        axes = _axes(sheet, (left, top - heads), scale, _limits(frame, outcome))
        _draw_arms(axes, part, styles, scale)
        bottom = top - heads - PLOT_MM
        if differences is not None:
            below = _axes(sheet, (left, bottom - APART_MM), scale, _about_zero(differences, outcome), LOWER_MM)
            below.axhline(0, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0.5)
            _draw_arms(below, differences.loc[differences["outcome"] == outcome], styles, scale)
        _write_table(sheet.figure, part, styles, (left, bottom - lower, scale))
    return sheet.figure


def weeks_text(day: float) -> str:
    """Return a day in weeks; a visit planned a day off (day 365, say) counts as the whole week."""
    weeks = day / DAYS_A_WEEK
    return f"{weeks:.0f}" if abs(weeks - round(weeks)) < 0.2 else f"{weeks:.1f}"


def _cell_mm(frame: pd.DataFrame) -> float:
    texts = {*map(weeks_text, frame["time"]), *(people(row) for _, row in frame.iterrows())}
    return widest(sorted(texts)) + BETWEEN_MM


def _limits(frame: pd.DataFrame, outcome: str) -> tuple[float, float]:
    """Return limits that a left and a right side share, so that they can be compared by eye."""
    same = frame.loc[frame["outcome"].str.replace(SIDE, "", regex=True) == SIDE.sub("", outcome)]
    values = np.concatenate(numbers(same, "estimate", "conf_low", "conf_high"))
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    pad = 0.06 * (values.max() - values.min()) or 0.5
    return float(values.min() - pad), float(values.max() + pad)


def _about_zero(frame: pd.DataFrame, outcome: str) -> tuple[float, float]:
    low, high = _limits(frame, outcome)
    return min(low, 0.0), max(high, 0.0)


def _axes(
    sheet: Sheet, corner: tuple[float, float], scale: Scale, limits: tuple[float, float], height: float = PLOT_MM
) -> Axes:
    """Make axes whose x is millimetres from their left end; `corner` is the panel's upper left one."""
    width = sheet.panel_mm - LEFT_MM - RIGHT_MM
    axes = axes_at(sheet.figure, corner[0] + LEFT_MM, corner[1] - height, (width, height))
    axes.set_xlim(0, width)
    axes.set_ylim(*limits)
    axes.xaxis.set_major_locator(FixedLocator(list(scale.places)))
    axes.xaxis.set_major_formatter(NullFormatter())
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    return axes


def _draw_arms(axes: Axes, part: pd.DataFrame, styles: dict[str, ArmStyle], scale: Scale) -> None:
    where = dict(zip(scale.days, scale.places, strict=True))
    arms = [arm for arm in styles if (part["group"] == arm).any()]
    for k, arm in enumerate(arms):
        rows, style = part.loc[part["group"] == arm].sort_values("time", kind="stable"), styles[arm]
        x = rows["time"].map(where).to_numpy(float) + (k - (len(arms) - 1) / 2) * DODGE_MM
        mean, low, high = numbers(rows, "estimate", "conf_low", "conf_high")
        axes.plot(x, mean, color=style.colour, linestyle=style.line, marker=style.marker)
        axes.vlines(x, low, high, color=style.colour, linewidth=0.9)


def _write_table(
    figure: Figure, part: pd.DataFrame, styles: dict[str, ArmStyle], under: tuple[float, float, Scale]
) -> None:
    """Write weeks and numbers of people under an axis whose left end and height are given, in mm."""
    left, bottom, scale = under
    named = dict(list(zip(scale.days, scale.places, strict=True))[:: scale.step])
    write(figure, left, bottom - TICK_MM / 2, "Week")
    for day, x in named.items():
        write(figure, left + LEFT_MM + x, bottom - TICK_MM / 2, weeks_text(day), ha="center")
    arms = [arm for arm in styles if (part["group"] == arm).any()]
    write(figure, left, bottom - TICK_MM - LINE_MM / 2, "n")
    for k, arm in enumerate(arms):
        y = bottom - TICK_MM - LINE_MM * (k + 0.5)
        draw_marker(figure, styles[arm], left + 5.0, y)
        rows = part.loc[(part["group"] == arm) & part["time"].isin(list(named))]
        for _, row in rows.iterrows():
            write(figure, left + LEFT_MM + named[row["time"]], y, people(row), ha="center")
