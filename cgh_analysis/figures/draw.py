"""Draw measured blocks of lines: texts in millimetres, and in each panel one axes whose y is millimetres too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from cgh_analysis.figures.blocks import (
    BLOCK_GAP,
    ROW_MM,
    Block,
    Columns,
    Mark,
    block_height,
    fit,
    heading_height,
    line_height,
    measure,
)
from cgh_analysis.figures.place import (
    EDGE,
    LINE_MM,
    axes_at,
    foot_height,
    foot_lines,
    wrap,
    write,
    write_foot,
    write_lines,
)
from cgh_analysis.figures.style import DOUBLE, FAINT, ZONE, Drawing, canvas
from cgh_analysis.format import MINUS

LOG_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
CLOSE_LOG_TICKS = (0.3, 0.5, 0.7, 1, 1.5, 2, 3)
FAINTER = "#d4d4d4"
TICK_ROOM_MM = 5.0


def draw_blocks(
    banks: Sequence[tuple[tuple[str, ...], Sequence[Block]]],
    *,
    title: str,
    label_caps: tuple[float, ...],
    foot: str = "",
) -> Drawing:
    """Draw banks of blocks below each other in double-column width.

    A bank is the titles of its panels and the blocks that run through them; `label_caps` are the most that the label
    columns may take, in mm.
    """
    every = [block for _, blocks in banks for block in blocks]
    columns = measure(every, label_caps)
    notes = foot_lines(foot, DOUBLE)
    fitted = [(_titles(names, columns), [fit(block, columns) for block in blocks]) for names, blocks in banks]
    figure = canvas(DOUBLE, sum(_bank_height(*bank) for bank in fitted) + 2 * EDGE + foot_height(notes) - BLOCK_GAP)
    figure.set_label(title)
    top = figure.get_figheight() * 25.4 - EDGE
    for names, blocks in fitted:
        top = _draw_bank(figure, names, blocks, (columns, top))
    write_foot(figure, notes)
    return figure


def _titles(names: tuple[str, ...], columns: Columns) -> list[list[str]]:
    ends = [cells[-1] if cells else right for (_, right), cells in zip(columns.plots, columns.cells, strict=True)]
    return [
        wrap(name, end - left, "bold") if name else []
        for name, (left, _), end in zip(names, columns.plots, ends, strict=False)
    ]


def _titles_height(names: list[list[str]]) -> float:
    most = max(map(len, names), default=0)
    return LINE_MM * most + 2.0 if most else 0.0


def _bank_height(names: list[list[str]], blocks: list[Block]) -> float:
    return _titles_height(names) + sum(block_height(block) + BLOCK_GAP for block in blocks)


def _draw_bank(figure: Figure, names: list[list[str]], blocks: list[Block], place: tuple[Columns, float]) -> float:
    columns, top = place
    for name, (left, _) in zip(names, columns.plots, strict=False):
        write_lines(figure, left, top, name, weight="bold")
    top -= _titles_height(names)
    for block in blocks:
        _draw_block(figure, block, columns, top)
        top -= block_height(block) + BLOCK_GAP
    return top


def _draw_block(figure: Figure, block: Block, columns: Columns, top: float) -> None:
    below = top - heading_height(block)
    write_lines(figure, EDGE, top, block.heading.split("\n"), weight="bold")
    for ends in columns.cells[: len(block.lines[0].marks)] if block.heads else ():
        for text, x in zip(block.heads, ends, strict=True):
            write(figure, x, below + 0.8 + LINE_MM / 2, text, ha="right", weight="bold")
    heights = [line_height(line) for line in block.lines]
    bottoms = [below - sum(heights[: k + 1]) for k in range(len(heights))]
    _write_texts(figure, block, columns, [b + h / 2 for b, h in zip(bottoms, heights, strict=True)])
    for panel, across in enumerate(columns.plots[: len(block.lines[0].marks)]):
        axes = _axes(figure, block, across, (bottoms[-1], below))
        for line, bottom, height in zip(block.lines, bottoms, heights, strict=True):
            _draw_mark(axes, line.marks[panel], bottom, height)
            if line.rule:
                axes.axhline(bottom + height, color=FAINTER, linewidth=0.5, zorder=0.5)
        if block.null is not None:
            axes.axvline(block.null, color=FAINT, linewidth=0.7, zorder=0.6)


def _write_texts(figure: Figure, block: Block, columns: Columns, centres: list[float]) -> None:
    for line, y in zip(block.lines, centres, strict=True):
        for text, (x, _) in zip(line.labels, columns.labels, strict=True):
            write(figure, x, y, text)
        for mark, ends in zip(line.marks, columns.cells, strict=False):
            for text, x in zip(mark.cells, ends, strict=True):
                write(figure, x, y, text, ha="right")


def _axes(figure: Figure, block: Block, across: tuple[float, float], up: tuple[float, float]) -> Axes:
    """Make one panel's axes; its y is millimetres on paper, so that marks meet their texts."""
    axes = axes_at(figure, across[0], up[0], (across[1] - across[0], up[1] - up[0]))
    axes.set_ylim(*up)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xscale("log" if block.log else "linear")
    low, high = block.limits or (0.0, 1.0)
    axes.set_xlim(low, high)
    axes.xaxis.set_minor_locator(FixedLocator([]))
    ticks = (
        _log_ticks(low, high)
        if block.log
        else MaxNLocator(max(2, min(6, int((across[1] - across[0]) / TICK_ROOM_MM))), steps=[1, 2, 5, 10])
    )
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}".replace("-", MINUS)))
    axes.set_xlabel(block.unit)
    return axes


def _log_ticks(low: float, high: float) -> FixedLocator:
    coarse = [t for t in LOG_TICKS if low <= t <= high]
    return FixedLocator(coarse if len(coarse) > 2 else [t for t in CLOSE_LOG_TICKS if low <= t <= high])


def _draw_mark(axes: Axes, mark: Mark, bottom: float, height: float) -> None:
    if mark.zone is not None:
        axes.fill_between([-mark.zone, mark.zone], bottom, bottom + height, color=ZONE, linewidth=0, zorder=0)
    if mark.span is not None:
        tall = 0.5 * min(height, ROW_MM)
        look: dict[str, Any] = {"color": mark.style.colour, "alpha": 0.25, "linewidth": 0, "zorder": 0.4}
        axes.fill_between(mark.span, bottom + (height - tall) / 2, bottom + (height + tall) / 2, **look)
    if mark.span is None and not math.isfinite(mark.estimate):
        return
    first, last = axes.get_xlim()
    y, colour = bottom + height / 2, mark.style.colour
    if math.isfinite(mark.low) or math.isfinite(mark.high):
        ends = [
            first if math.isnan(mark.low) else max(mark.low, first),
            last if math.isnan(mark.high) else min(mark.high, last),
        ]
        axes.plot(ends, [y, y], color=colour, solid_capstyle="butt")
    if first <= mark.estimate <= last:
        axes.plot(mark.estimate, y, marker=mark.style.marker, color=colour, linestyle="none")
    for end, beyond, head in ((first, mark.low < first, "<"), (last, mark.high > last, ">")):
        if beyond:
            axes.plot(end, y, marker=head, color=colour, linestyle="none", clip_on=False)
