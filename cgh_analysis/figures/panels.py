"""Sheets of equal panels, two side by side, under one key of arms and over one foot note."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cgh_analysis.figures.legend import draw_legend, legend_height
from cgh_analysis.figures.place import EDGE, foot_height, foot_lines, write_foot
from cgh_analysis.figures.style import DOUBLE, SINGLE, ArmStyle, Drawing, canvas

GAP_MM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A figure ready for its panels: their number in a row, their size and where the first one begins, in mm."""

    figure: Drawing
    across: int
    panel_mm: float
    height_mm: float
    top: float


def panel_width(panels: int) -> float:
    """Return a panel's width in mm: one fills a single column, several share the double one."""
    across = min(2, panels)
    return ((SINGLE if across == 1 else DOUBLE) - 2 * EDGE - GAP_MM * (across - 1)) / across


def make_sheet(panels: int, height_mm: float, *, styles: Sequence[ArmStyle], foot: str, title: str) -> Sheet:
    """Make a sheet for panels of a height, with its key and foot note drawn."""
    across = min(2, panels)
    width = SINGLE if across == 1 else DOUBLE
    notes = foot_lines(foot, width)
    key = legend_height(styles, width - 2 * EDGE) + 1.5
    body = math.ceil(panels / across) * (height_mm + GAP_MM) - GAP_MM
    figure = canvas(width, 2 * EDGE + key + body + foot_height(notes))
    figure.set_label(title)
    top = figure.get_figheight() * 25.4 - EDGE
    draw_legend(figure, styles, EDGE, top, width - 2 * EDGE)
    write_foot(figure, notes)
    return Sheet(figure=figure, across=across, panel_mm=panel_width(panels), height_mm=height_mm, top=top - key)


def place(sheet: Sheet, k: int) -> tuple[float, float]:
    """Return left and top of the k-th panel in mm, counted row by row."""
    row, column = divmod(k, sheet.across)
    return EDGE + column * (sheet.panel_mm + GAP_MM), sheet.top - row * (sheet.height_mm + GAP_MM)
