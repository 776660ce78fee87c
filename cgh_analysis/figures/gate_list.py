"""A list of decided hypotheses: each p-value on a log axis beside the level that it was held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from cgh_analysis.figures.gates import Gate
from cgh_analysis.figures.place import EDGE, LINE_MM, axes_at, widest, wrap, write, write_lines
from cgh_analysis.figures.style import DOUBLE, FAINT, Drawing, canvas

SMALLEST: Final = 1e-4
AT_MOST: Final = "\N{LESS-THAN OR EQUAL TO}"
HEADS: Final = ("p", "level", "adjusted p")
LABEL_MM, GAP_MM, ROW_GAP_MM, AXIS_MM, HEAD_MM = 66.0, 3.0, 1.6, 8.4, 4.6


def draw_list(gates: Sequence[Gate], title: str) -> Drawing:
    """Draw one line for each hypothesis, in the order of the plan."""
    texts = [[*wrap(gate.name, LABEL_MM, "bold"), *wrap(gate.about, LABEL_MM)] for gate in gates]
    heights = [len(lines) * LINE_MM + ROW_GAP_MM for lines in texts]
    figure = canvas(DOUBLE, 2 * EDGE + HEAD_MM + sum(heights) + AXIS_MM)
    figure.set_label(title)
    ends, decisions = _columns(gates)
    axes = _axes(figure, ends[0] - widest([HEADS[0], *(g.numbers[0] for g in gates)], "bold") - GAP_MM, sum(heights))
    top = EDGE + AXIS_MM + sum(heights)
    for text, x in zip(HEADS, ends, strict=True):
        write(figure, x, top + HEAD_MM / 2, text, ha="right", va="center_baseline", weight="bold")
    for gate, lines, height in zip(gates, texts, heights, strict=True):
        _label(figure, gate, lines, top)
        middle = top - height / 2
        for text, x in zip(gate.numbers, ends, strict=True):
            write(figure, x, middle, text, ha="right")
        write(figure, decisions, middle, gate.decision, weight="bold")
        _mark(axes, gate, middle)
        top -= height
    return figure


def _columns(gates: Sequence[Gate]) -> tuple[list[float], float]:
    """Right ends of the numbers, and where decisions begin, in mm from the left."""
    decisions = DOUBLE - EDGE - widest([gate.decision for gate in gates], "bold")
    ends = [decisions - GAP_MM]
    for k in (2, 1):
        ends.insert(0, ends[0] - GAP_MM - widest([HEADS[k], *(gate.numbers[k] for gate in gates)], "bold"))
    return ends, decisions


def _label(figure: Figure, gate: Gate, lines: list[str], top: float) -> None:
    heads = len(wrap(gate.name, LABEL_MM, "bold"))
    write_lines(figure, EDGE, top - ROW_GAP_MM / 2, lines[:heads], weight="bold")
    write_lines(figure, EDGE, top - ROW_GAP_MM / 2 - heads * LINE_MM, lines[heads:])


def _axes(figure: Figure, right: float, height: float) -> Axes:
    left, bottom = EDGE + LABEL_MM + GAP_MM, EDGE + AXIS_MM
    axes = axes_at(figure, left, bottom, (right - left, height))
    axes.set_xscale("log")
    axes.set_xlim(SMALLEST * 0.7, 1.4)
    axes.set_ylim(bottom, bottom + height)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(FixedLocator([SMALLEST, 0.001, 0.01, 0.1, 1]))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{AT_MOST if x <= SMALLEST else ''}{x:g}"))
    axes.set_xlabel("p-value")
    return axes


def _mark(axes: Axes, gate: Gate, y: float) -> None:
    if gate.level > 0:
        axes.plot([gate.level] * 2, [y - LINE_MM * 0.8, y + LINE_MM * 0.8], color=FAINT, linewidth=1.4)
    if math.isfinite(gate.p):
        colour = gate.look.edge if gate.decision != "Not tested" else FAINT
        axes.plot(max(gate.p, SMALLEST), y, marker=gate.look.marker, color=colour, linestyle="none", markersize=4.5)
