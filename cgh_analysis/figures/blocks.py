"""Tables with pictures in them, measured: blocks of lines with labels and, per panel, an interval and its numbers.

The forest plots, the responders and the change against the detectable change are such tables; `draw` draws them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cgh_analysis.figures.place import EDGE, LINE_MM, widest, wrap
from cgh_analysis.figures.style import DOUBLE, INK, ArmStyle

GAP, ROW_MM, TICKS_MM, BLOCK_GAP = 2.5, 3.6, 7.8, 2.4
PLOT_MIN = 19.0
NEUTRAL = ArmStyle(label="", colour=INK, marker="s", line="-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An interval, its texts, its look; half the width of a grey zone about zero; the ends of a pale bar behind it."""

    estimate: float
    low: float
    high: float
    cells: tuple[str, ...]
    style: ArmStyle = NEUTRAL
    zone: float | None = None
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its labels, one mark for each panel, and whether a hairline runs above it."""

    labels: tuple[str, ...]
    marks: tuple[Mark, ...]
    rule: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines on one axis (the same in every panel); `heads` stand over the numbers, `unit` below the axis."""

    heading: str
    lines: tuple[Line, ...]
    heads: tuple[str, ...]
    unit: str
    null: float | None = None
    log: bool = False
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where columns stand, in mm: (left, width) of labels; per panel (left, right) of the plot, right ends of cells."""

    labels: tuple[tuple[float, float], ...]
    plots: tuple[tuple[float, float], ...]
    cells: tuple[tuple[float, ...], ...]


def measure(blocks: Sequence[Block], label_caps: tuple[float, ...]) -> Columns:
    """Give labels and numbers the width that they need (labels at most their caps), and the plots the rest."""
    lines = [line for block in blocks for line in block.lines]
    marks = [mark for line in lines for mark in line.marks]
    panels, columns = len(lines[0].marks), len(marks[0].cells)
    lefts = [min(widest([line.labels[k] for line in lines]), cap) for k, cap in enumerate(label_caps)]
    heads = [[block.heads[k] for block in blocks if block.heads] for k in range(columns)]
    rights = [max(widest([m.cells[k] for m in marks]), widest(heads[k], "bold")) for k in range(columns)]
    numbers = sum(rights) + GAP * (columns + 1)
    start = EDGE + sum(lefts) + GAP * len(lefts)
    plot = (DOUBLE - EDGE - start + GAP) / panels - numbers
    if plot < PLOT_MIN:
        k = lefts.index(max(lefts))
        longest_word = widest([word for line in lines for word in line.labels[k].split()])
        given = min(panels * (PLOT_MIN - plot), max(lefts[k] - longest_word, 0.0))
        lefts[k], start, plot = lefts[k] - given, start - given, plot + given / panels
    plots = [(start + k * (plot + numbers), start + k * (plot + numbers) + plot) for k in range(panels)]
    ends = [tuple(right + sum(rights[: j + 1]) + GAP * (j + 1) for j in range(columns)) for _, right in plots]
    labels = [(EDGE + sum(lefts[:k]) + GAP * k, width) for k, width in enumerate(lefts)]
    return Columns(labels=tuple(labels), plots=tuple(plots), cells=tuple(ends))


def fit(block: Block, columns: Columns) -> Block:
    """Break labels that are wider than their column, and the heading where it would reach the heads."""
    room = (columns.plots[0][1] if any(block.heads) else DOUBLE - EDGE) - EDGE
    widths = [width for _, width in columns.labels]
    lines = tuple(
        replace(line, labels=tuple("\n".join(wrap(t, w + 0.1)) for t, w in zip(line.labels, widths, strict=True)))
        for line in block.lines
    )
    return replace(block, heading="\n".join(wrap(block.heading, room, "bold")), lines=lines)


def line_height(line: Line) -> float:
    """Return a line's height in mm: of the tallest of its texts."""
    texts = [*line.labels, *(text for mark in line.marks for text in mark.cells)]
    extra = max(text.count("\n") for text in texts)
    return ROW_MM + LINE_MM * extra + (0.8 if extra else 0.0)


def heading_height(block: Block) -> float:
    """Return the height of a block's heading in mm."""
    return LINE_MM * (1 + block.heading.count("\n")) + 0.8


def block_height(block: Block) -> float:
    """Return a block's height in mm, ticks and unit included."""
    return heading_height(block) + sum(map(line_height, block.lines)) + TICKS_MM


def limits_of(lines: Sequence[Line], *, null: float | None = None, log: bool = False) -> tuple[float, float]:
    """Return axis limits that hold the null and every interval; one far wider than most is cut (an arrow says so)."""
    marks = [mark for line in lines for mark in line.marks if math.isfinite(mark.estimate)]
    values = np.array([(m.low, m.estimate, m.high) for m in marks if math.isfinite(m.low) and math.isfinite(m.high)])
    if not len(values):
        values = np.array([[m.estimate] * 3 for m in marks] or [[0.5, 1.0, 2.0] if log else [-1.0, 0.0, 1.0]])
    low, middle, high = (np.log(values) if log else values).T
    reach = 4 * float(np.median(high - low))
    first, last = max(low.min(), middle.min() - reach), min(high.max(), middle.max() + reach)
    if null is not None:
        anchor = math.log(null) if log else null
        first, last = min(first, anchor), max(last, anchor)
    pad = 0.08 * (last - first) or 0.5
    return (math.exp(first - pad), math.exp(last + pad)) if log else (first - pad, last + pad)
