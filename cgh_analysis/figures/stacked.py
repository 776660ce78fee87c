"""Stacked areas over time, one panel an arm: events that have happened, or the states that people are in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cgh_analysis.figures.legend import draw_marker
from cgh_analysis.figures.patches import HIDDEN, Layer, draw_key, key_height
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
from cgh_analysis.figures.style import DOUBLE, INK, SINGLE, ArmStyle, Drawing, canvas
from cgh_analysis.figures.time_axis import WEEKS, apart, mark_milestone, milestone_name, weeks_and_percent
from cgh_analysis.numerics.arrays import FloatArray

LEFT_MM, PLOT_MM, AXIS_MM, GAP_MM, MARKER_MM, ABOVE_MM = 11.0, 40.0, 9.2, 5.0, 3.2, 5.2
REST = "rest"
# how far the axis runs on, so that a step on the last day is seen
BEYOND = 1.03
# panels in a row, by their number; three of any other
ACROSS = {1: 1, 2: 2, 4: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What a stacked figure shows: layers from the bottom, what fills up to all, planned days, milestone, words."""

    layers: Sequence[Layer]
    rest: Layer | None
    days: set[float]
    milestone: float | None
    title: str
    ylabel: str
    foot: str
    last: float
    growing: bool = False


def hidden_rest(label: str) -> Layer:
    """Return the layer of what is left between the layers shown and everybody, where some are held back."""
    return Layer(id=REST, label=label, colour="white", hatch=HIDDEN)


def draw_stacked(
    frame: pd.DataFrame, styles: dict[str, ArmStyle], stack: Stack, beside: Callable[[str], str]
) -> Drawing:
    """Draw one panel an arm, up to three side by side; `beside` gives the words below an arm's name."""
    across = ACROSS.get(len(styles), 3)
    width = SINGLE if across == 1 else DOUBLE
    panel = (width - 2 * EDGE - GAP_MM * (across - 1)) / across
    heads = {arm: _head(style, beside(arm), panel) for arm, style in styles.items()}
    tall = LINE_MM * max(len(name) + len(words) for name, words in heads.values()) + ABOVE_MM + PLOT_MM + AXIS_MM
    key = [*stack.layers, *([] if stack.rest is None else [stack.rest])]
    key_mm, notes = key_height(key, width - 2 * EDGE) + 2.0, foot_lines(stack.foot, width)
    body = math.ceil(len(styles) / across) * (tall + GAP_MM) - GAP_MM
    figure = canvas(width, 2 * EDGE + key_mm + body + foot_height(notes))
    figure.set_label(stack.title)
    top = figure.get_figheight() * 25.4 - EDGE
    draw_key(figure, key, (EDGE, top), width - 2 * EDGE)
    write_foot(figure, notes)
    for k, (arm, style) in enumerate(styles.items()):
        row, column = divmod(k, across)
        corner = (EDGE + column * (panel + GAP_MM), top - key_mm - row * (tall + GAP_MM))
        axes = _panel(figure, style, heads[arm], (corner, panel, tall), stack)
        _fill(axes, frame.loc[frame["group"] == arm], stack)
    return figure


def _head(style: ArmStyle, words: str, panel: float) -> tuple[list[str], list[str]]:
    return wrap(style.label, panel - MARKER_MM, "bold"), wrap(words, panel) if words else []


def _panel(
    figure: Drawing,
    style: ArmStyle,
    head: tuple[list[str], list[str]],
    place: tuple[tuple[float, float], float, float],
    stack: Stack,
) -> Axes:
    (left, top), panel, tall = place
    name, words = head
    draw_marker(figure, style, left + MARKER_MM / 2 - 0.3, top - LINE_MM / 2)
    write_lines(figure, left + MARKER_MM, top, name, weight="bold")
    write_lines(figure, left, top - LINE_MM * len(name), words)
    bottom, width = top - tall + AXIS_MM, panel - LEFT_MM - 2.0
    axes = axes_at(figure, left + LEFT_MM, bottom, (width, PLOT_MM))
    axes.set(xlim=(0, stack.last), ylim=(0, 100), xlabel=WEEKS, ylabel=stack.ylabel)
    room = (widest(["52"]) + 1.2) / width * stack.last
    weeks_and_percent(axes, apart(stack.days, room))
    if stack.milestone is not None and stack.milestone <= stack.last:
        mark_milestone(axes, stack.milestone, colour=INK)
        axes.lines[-1].set_zorder(3)
        label = milestone_name(stack.milestone)
        x = left + LEFT_MM + stack.milestone / stack.last * width
        half = widest([label]) / 2
        write(figure, min(max(x, left + half), left + panel - half), bottom + PLOT_MM + 1.8, label, ha="center")
    return axes


def _fill(axes: Axes, rows: pd.DataFrame, stack: Stack) -> None:
    """Fill the layers from the bottom as steps, and what is left up to 100 with the rest's look."""
    shares = _shares(rows, stack)
    time = np.append(shares.index.to_numpy(float), stack.last)
    base: FloatArray = np.zeros(len(time))
    for layer in stack.layers:
        top = base + 100 * np.append(shares[layer.id], shares[layer.id].iloc[-1:])
        _area(axes, (time, base, top), layer)
        base = top
    if stack.rest is not None:
        _area(axes, (time, base, np.maximum(base, 100.0)), stack.rest)


def _area(axes: Axes, area: tuple[FloatArray, FloatArray, FloatArray], layer: Layer) -> None:
    time, low, high = area
    look: dict[str, Any] = {
        "facecolor": layer.colour,
        "edgecolor": "white" if not layer.hatch else "#bdbdbd",
        "hatch": layer.hatch,
    }
    axes.fill_between(time, low, high, step="post", linewidth=0.3, **look)


def _shares(rows: pd.DataFrame, stack: Stack) -> pd.DataFrame:
    """Return shares by day, a column a layer, each held until its next row.

    What is held back counts as 0; shares that only grow, as those of events do, stay at what they were.
    """
    ids = [layer.id for layer in stack.layers]
    rows = rows.loc[rows["time"].notna()]
    if rows.empty:
        return pd.DataFrame(0.0, index=[0.0], columns=ids)
    cells: dict[str, Any] = {"index": "time", "columns": "outcome", "aggfunc": "last"}
    held_back = rows.assign(gone=rows["estimate"].isna()).pivot_table(values="gone", **cells)
    wide = rows.pivot_table(values="estimate", dropna=False, **cells).reindex_like(held_back).ffill()
    shown = wide if stack.growing else wide.mask(held_back.fillna(False).astype(bool))
    return shown.reindex(columns=ids).fillna(0.0)
