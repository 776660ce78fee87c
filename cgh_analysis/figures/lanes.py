"""The lower part of a flow diagram: one lane an arm, from its size down to who was analysed."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from cgh_analysis.figures.boxes import PAD, Box, arrow_down, frame_box, line, write_box
from cgh_analysis.figures.place import EDGE, LINE_MM, wrap, write, write_lines
from cgh_analysis.figures.style import DOUBLE

LABEL_MM, BUS_MM, SHAFT_MM, GAP_MM, BETWEEN_MM = 50.0, 9.0, 7.0, 3.0, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the lanes: its label on the left, and a count in each lane."""

    label: str
    counts: tuple[str, ...]
    bold: bool = False

    @property
    def weight(self) -> str:
        """Weight of its text."""
        return "bold" if self.bold else "normal"

    @property
    def lines(self) -> list[str]:
        """The label, broken to its column."""
        return wrap(self.label, LABEL_MM - 2, self.weight)

    @property
    def height(self) -> float:
        """Height on paper, in mm."""
        return len(self.lines) * LINE_MM + BETWEEN_MM


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A box for each arm, and the lines below them."""

    heads: tuple[Box, ...]
    entries: tuple[Entry, ...]

    @property
    def head_height(self) -> float:
        """Height of the tallest arm box."""
        return max(box.height for box in self.heads)

    @property
    def body_height(self) -> float:
        """Height of the boxes below; 0 where there are no lines."""
        return sum(entry.height for entry in self.entries) + 2 * PAD if self.entries else 0.0

    @property
    def height(self) -> float:
        """Height of it all, from where the trunk ends."""
        return BUS_MM + self.head_height + (SHAFT_MM + self.body_height if self.entries else 0.0)


def lane_width(lanes: int) -> float:
    """Return the width of a lane in mm."""
    return (DOUBLE - 2 * EDGE - LABEL_MM - GAP_MM * (lanes - 1)) / lanes


def draw_lanes(figure: Figure, lanes: Lanes, trunk: tuple[float, float]) -> None:
    """Draw a line from the trunk's end (in mm) to each arm, the arms' boxes and the lines below them."""
    x, top = trunk
    width, bus, head_top = lane_width(len(lanes.heads)), top - BUS_MM / 2, top - BUS_MM
    lefts = [EDGE + LABEL_MM + k * (width + GAP_MM) for k in range(len(lanes.heads))]
    centres = [left + width / 2 for left in lefts]
    line(figure, (x, top), (x, bus))
    line(figure, (min(x, *centres), bus), (max(x, *centres), bus))
    for left, centre, box in zip(lefts, centres, lanes.heads, strict=True):
        arrow_down(figure, centre, bus, head_top)
        frame_box(figure, left, head_top, (width, lanes.head_height))
        write_box(figure, box, left, head_top)
    if lanes.entries:
        _draw_entries(figure, lanes, lefts, head_top - lanes.head_height)


def _draw_entries(figure: Figure, lanes: Lanes, lefts: list[float], top: float) -> None:
    width, box_top = lane_width(len(lanes.heads)), top - SHAFT_MM
    for left in lefts:
        arrow_down(figure, left + width / 2, top, box_top)
        frame_box(figure, left, box_top, (width, lanes.body_height))
    y = box_top - PAD
    for entry in lanes.entries:
        write_lines(figure, EDGE, y, entry.lines, weight=entry.weight)
        middle = y - len(entry.lines) * LINE_MM / 2
        for left, count in zip(lefts, entry.counts, strict=True):
            if count:
                write(figure, left + width / 2, middle, count, ha="center", weight=entry.weight)
        y -= entry.height
