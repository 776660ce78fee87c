"""Tables with a picture in them: blocks of lines, each with labels, an interval on the block's own axis, and its numbers.

The forest plots, the responders and the change against the detectable change are all such tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from cgh_analysis.figures.style import DOUBLE, FAINT, INK, ZONE, ArmStyle, Drawing, canvas
from cgh_analysis.figures.text import LINE_MM, widest, wrap, write
from cgh_analysis.format import number

EDGE, GAP, ROW_MM, TICKS_MM, BLOCK_GAP = 1.0, 2.5, 3.5, 7.6, 2.6
PLOT_MIN = 40.0
LOG_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
NEUTRAL = ArmStyle(label="", colour=INK, marker="s", line="-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One interval: texts to its left and right, its look, and half the width of a grey zone about zero."""

    labels: tuple[str, ...]
    cells: tuple[str, ...]
    estimate: float
    low: float
    high: float
    style: ArmStyle = NEUTRAL
    zone: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines on one axis: heading on the left, hints over the axis, heads over the numbers, a unit below the axis."""

    heading: str
    lines: tuple[Line, ...]
    heads: tuple[str, ...]
    unit: str
    hints: tuple[str, str] = ("", "")
    null: float | None = None
    log: bool = False
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the columns stand, in mm: left edges and widths of the labels, the plot, right edges of the numbers."""

    labels: tuple[tuple[float, float], ...]
    plot: tuple[float, float]
    cells: tuple[float, ...]


def draw_blocks(blocks: Sequence[Block], *, title: str, foot: str = "", label_caps: tuple[float, ...] = ()) -> Drawing:
    """Draw blocks below each other in double-column width; `label_caps` are the most that label columns may take (mm)."""
    columns = _columns(blocks, label_caps)
    fitted = [_wrapped(block, columns) for block in blocks]
    notes = wrap(foot, DOUBLE - 2 * EDGE) if foot else []
    height = 2 * EDGE + sum(map(_height, fitted)) + BLOCK_GAP * (len(fitted) - 1) + LINE_MM * len(notes)
    figure = canvas(DOUBLE, height)
    figure.set_label(title)
    top = height - EDGE
    for block in fitted:
        _draw(figure, block, columns, top)
        top -= _height(block) + BLOCK_GAP
    for k, text in enumerate(reversed(notes)):
        write(figure, EDGE, EDGE + LINE_MM * (k + 0.5), text)
    return figure


def limits_of(lines: Sequence[Line], *, null: float | None = None, log: bool = False) -> tuple[float, float]:
    """Return axis limits that hold every interval; one far wider than most is cut, and drawn with an arrow."""
    low, high, middle = (
        np.array([getattr(line, name) for line in lines], float) for name in ("low", "high", "estimate")
    )
    scale = np.log if log else np.asarray
    ends = np.concatenate([scale(low), scale(high), scale(middle)])
    ends = ends[np.isfinite(ends)]
    half = (scale(high) - scale(low)) / 2
    half = half[np.isfinite(half)]
    if not len(ends):
        return (0.5, 2.0) if log else (-1.0, 1.0)
    reach = 4 * float(np.median(half)) if len(half) else math.inf
    centres = scale(middle[np.isfinite(middle)])
    first = max(ends.min(), centres.min() - reach) if len(centres) else ends.min()
    last = min(ends.max(), centres.max() + reach) if len(centres) else ends.max()
    if null is not None:
        anchor = math.log(null) if log else null
        first, last = min(first, anchor), max(last, anchor)
    pad = 0.06 * (last - first) or 0.5
    return (math.exp(first - pad), math.exp(last + pad)) if log else (first - pad, last + pad)


def _columns(blocks: Sequence[Block], caps: tuple[float, ...]) -> Columns:
    lines = [line for block in blocks for line in block.lines]
    lefts = [widest([line.labels[k] for line in lines]) for k in range(len(lines[0].labels))]
    lefts = [min(w, cap) for w, cap in zip(lefts, caps, strict=False)] + lefts[len(caps) :]
    heads = [[block.heads[k] for block in blocks] for k in range(len(blocks[0].heads))]
    rights = [
        max(widest([line.cells[k] for line in lines]), widest(names, "bold")) for k, names in enumerate(heads)
    ]
    room = DOUBLE - 2 * EDGE - sum(rights) - GAP * (len(lefts) + len(rights))
    tallest = lefts.index(max(lefts))
    lefts[tallest] -= max(0.0, PLOT_MIN - (room - sum(lefts)))
    starts = [EDGE + sum(lefts[:k]) + GAP * k for k in range(len(lefts) + 1)]
    ends = [DOUBLE - EDGE - sum(rights[k + 1 :]) - GAP * (len(rights) - 1 - k) for k in range(len(rights))]
    plot = (starts[-1], ends[0] - rights[0] - GAP)
    return Columns(labels=tuple(zip(starts[:-1], lefts, strict=True)), plot=plot, cells=tuple(ends))


def _wrapped(block: Block, columns: Columns) -> Block:
    """Break headings and labels that are wider than their columns."""
    room = columns.plot[0] - EDGE - GAP
    lines = tuple(
        replace(
            line,
            labels=tuple(
                "\n".join(wrap(text, width + 0.1)) for text, (_, width) in zip(line.labels, columns.labels, strict=True)
            ),
        )
        for line in block.lines
    )
    return replace(block, heading="\n".join(wrap(block.heading, room, "bold")), lines=lines)


def _line_height(line: Line) -> float:
    return ROW_MM + LINE_MM * max(text.count("\n") for text in line.labels)


def _heading_height(block: Block) -> float:
    return ROW_MM + LINE_MM * max(block.heading.count("\n"), *(head.count("\n") for head in block.heads)) + 0.6


def _height(block: Block) -> float:
    return _heading_height(block) + sum(map(_line_height, block.lines)) + TICKS_MM


def _draw(figure: Figure, block: Block, columns: Columns, top: float) -> None:
    _draw_heading(figure, block, columns, top)
    top -= _heading_height(block)
    heights = [_line_height(line) for line in block.lines]
    centres = [top - sum(heights[:k]) - heights[k] / 2 for k in range(len(heights))]
    for line, y in zip(block.lines, centres, strict=True):
        for text, (x, _) in zip(line.labels, columns.labels, strict=True):
            write(figure, x, y, text)
        for text, x in zip(line.cells, columns.cells, strict=True):
            write(figure, x, y, text, ha="right")
    axes = _axes(figure, block, columns.plot, (top - sum(heights), top))
    _draw_intervals(axes, block, centres, heights)


def _draw_heading(figure: Figure, block: Block, columns: Columns, top: float) -> None:
    y = top - _heading_height(block) + 0.6 + ROW_MM / 2
    write(figure, EDGE, top, block.heading, weight="bold", va="top")
    for text, x in zip(block.heads, columns.cells, strict=True):
        write(figure, x, y - ROW_MM / 2 + 0.4, text, ha="right", va="bottom", weight="bold")
    if block.hints[0]:
        write(figure, columns.plot[0], y, f"← {block.hints[0]}")
        write(figure, columns.plot[1], y, f"{block.hints[1]} →", ha="right")


def _axes(figure: Figure, block: Block, across: tuple[float, float], up: tuple[float, float]) -> Axes:
    """Make the block's axes; its y is millimetres on paper, so that lines meet their texts."""
    width, height = figure.get_size_inches() * 25.4
    axes = figure.add_axes((across[0] / width, up[0] / height, (across[1] - across[0]) / width, (up[1] - up[0]) / height))
    axes.set_ylim(*up)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xscale("log" if block.log else "linear")
    axes.set_xlim(*(block.limits or limits_of(block.lines, null=block.null, log=block.log)))
    low, high = axes.get_xlim()
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_locator(
        FixedLocator([t for t in LOG_TICKS if low <= t <= high]) if block.log else MaxNLocator(5, steps=[1, 2, 2.5, 5, 10])
    )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}".replace("-", number(-1, 0)[0])))
    axes.set_xlabel(block.unit)
    return axes


def _draw_intervals(axes: Axes, block: Block, centres: list[float], heights: list[float]) -> None:
    low, high = axes.get_xlim()
    for line, y, height in zip(block.lines, centres, heights, strict=True):
        if line.zone is not None:
            axes.fill_between([-line.zone, line.zone], y - height / 2, y + height / 2, color=ZONE, linewidth=0, zorder=0)
        if line.labels[0] and line is not block.lines[0]:
            axes.axhline(y + height / 2, color="#d9d9d9", linewidth=0.5, zorder=0.5)
        if not math.isfinite(line.estimate):
            continue
        colour = line.style.colour
        axes.plot([max(line.low, low), min(line.high, high)], [y, y], color=colour, solid_capstyle="butt")
        axes.plot(line.estimate, y, marker=line.style.marker, color=colour, linestyle="none")
        for end, beyond, head in ((low, line.low < low, "<"), (high, line.high > high, ">")):
            if beyond:
                axes.plot(end, y, marker=head, color=colour, linestyle="none", clip_on=False)
    if block.null is not None:
        axes.axvline(block.null, color=FAINT, linewidth=0.7, zorder=0.6)
