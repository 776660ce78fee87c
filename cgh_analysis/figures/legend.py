"""The key of arms: line and marker with the arm's name, in as many rows as it needs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cgh_analysis.figures.place import millimetres, width_mm, write
from cgh_analysis.figures.style import ArmStyle

ROW_MM, SAMPLE_MM, GAP_MM = 3.8, 8.0, 6.0


def legend_height(styles: Sequence[ArmStyle], width: float) -> float:
    """Return the height of the key in mm."""
    return ROW_MM * len(_rows(styles, width))


def draw_legend(figure: Figure, styles: Sequence[ArmStyle], left: float, top: float, width: float) -> None:
    """Draw the key with its upper left corner at a place in mm."""
    for k, row in enumerate(_rows(styles, width)):
        x, y = left, top - ROW_MM * (k + 0.5)
        for style in row:
            draw_sample(figure, style, x, y)
            write(figure, x + SAMPLE_MM + 1.2, y, style.label)
            x += _entry(style)


def draw_sample(figure: Figure, style: ArmStyle, x: float, y: float) -> None:
    """Draw an arm's line with its marker in the middle."""
    xs = [x, x + SAMPLE_MM / 2, x + SAMPLE_MM]
    sample = Line2D(xs, [y] * 3, color=style.colour, linestyle=style.line, marker=style.marker, markevery=[1])
    figure.add_artist(sample).set_transform(millimetres(figure))


def draw_marker(figure: Figure, style: ArmStyle, x: float, y: float) -> None:
    """Draw an arm's marker alone."""
    marker = Line2D([x], [y], color=style.colour, linestyle="none", marker=style.marker)
    figure.add_artist(marker).set_transform(millimetres(figure))


def _entry(style: ArmStyle) -> float:
    return SAMPLE_MM + 1.2 + width_mm(style.label) + GAP_MM


def _rows(styles: Sequence[ArmStyle], width: float) -> list[list[ArmStyle]]:
    rows: list[list[ArmStyle]] = []
    used = 0.0
    for style in styles:
        if not rows or used + _entry(style) - GAP_MM > width:
            rows.append([])
            used = 0.0
        rows[-1].append(style)
        used += _entry(style)
    return rows
