"""Boxes of text and orthogonal arrows, placed in millimetres: what a flow diagram is made of."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from cgh_analysis.figures.place import LINE_MM, millimetres, write
from cgh_analysis.figures.style import INK

PAD = 1.8
HEAD_MM = 1.8
STROKE_PT = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Lines of text in a frame; those in `head` are bold."""

    head: tuple[str, ...]
    body: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """Height on paper, in mm."""
        return 2 * PAD + LINE_MM * (len(self.head) + len(self.body))


def frame_box(figure: Figure, x: float, top: float, size: tuple[float, float]) -> None:
    """Draw an empty box by its left edge, its top edge and its size."""
    width, height = size
    figure.add_artist(
        Rectangle((x, top - height), width, height, facecolor="white", edgecolor=INK, linewidth=STROKE_PT)
    ).set_transform(millimetres(figure))


def draw_box(figure: Figure, box: Box, x: float, top: float, width: float) -> None:
    """Draw a box with its lines of text, set flush left."""
    frame_box(figure, x, top, (width, box.height))
    write_box(figure, box, x, top)


def write_box(figure: Figure, box: Box, x: float, top: float) -> None:
    """Write a box's lines of text where the frame is drawn already."""
    for k, line in enumerate(box.head + box.body):
        weight = "bold" if k < len(box.head) else "normal"
        write(figure, x + PAD, top - PAD - LINE_MM * (k + 0.5), line, weight=weight)


def line(figure: Figure, *points: tuple[float, float]) -> None:
    """Draw a line through points."""
    xs, ys = zip(*points, strict=True)
    drawn = Line2D(xs, ys, solid_capstyle="butt", solid_joinstyle="miter", color=INK, linewidth=STROKE_PT)
    figure.add_artist(drawn).set_transform(millimetres(figure))


def arrow_down(figure: Figure, x: float, top: float, bottom: float) -> None:
    """Draw an arrow straight down."""
    line(figure, (x, top), (x, bottom + HEAD_MM / 2))
    _head(figure, (x, bottom), (x - HEAD_MM / 2, bottom + HEAD_MM), (x + HEAD_MM / 2, bottom + HEAD_MM))


def arrow_right(figure: Figure, left: float, right: float, y: float) -> None:
    """Draw an arrow straight to the right."""
    line(figure, (left, y), (right - HEAD_MM / 2, y))
    _head(figure, (right, y), (right - HEAD_MM, y + HEAD_MM / 2), (right - HEAD_MM, y - HEAD_MM / 2))


def _head(figure: Figure, *corners: tuple[float, float]) -> None:
    figure.add_artist(Polygon(corners, closed=True, facecolor=INK, edgecolor="none")).set_transform(millimetres(figure))
