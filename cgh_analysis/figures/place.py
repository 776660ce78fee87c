"""Text and axes placed in millimetres on paper; how wide a text is, and where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Transform

from cgh_analysis.figures.style import MM, TEXT_PT

EDGE, LINE_MM, FOOT_GAP_MM = 1.0, 3.1, 1.5


@lru_cache(maxsize=4096)
def width_mm(text: str, size: float = TEXT_PT, weight: str = "normal") -> float:
    """Return the width of one line of DejaVu Sans."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    points: float = text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]
    return points / 72 * 25.4


def widest(texts: list[str], weight: str = "normal") -> float:
    """Return the width of the widest line; 0 for none."""
    return max((width_mm(line, TEXT_PT, weight) for text in texts for line in text.split("\n") if line), default=0.0)


def wrap(text: str, room_mm: float, weight: str = "normal") -> list[str]:
    """Break text into lines that fit a width as measured; a single word that is too long is cut."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_mm(joined, TEXT_PT, weight) <= room_mm:
            lines[-1] = joined
        else:
            lines += _cut(word, room_mm, weight)
    return lines or [""]


def millimetres(figure: Figure) -> Transform:
    """Return the transform from millimetres (origin at the bottom left) to the screen."""
    return Affine2D().scale(MM) + figure.dpi_scale_trans


def write(figure: Figure, x: float, y: float, text: str, **style: Any) -> Text:
    """Write text at a place in mm from the bottom left; `y` is its vertical centre unless `va` says otherwise."""
    options = {"va": "center", "ha": "left", **style}
    return figure.text(x, y, text, transform=millimetres(figure), linespacing=1.15, parse_math=False, **options)


def write_lines(figure: Figure, x: float, top: float, lines: Sequence[str], **style: Any) -> None:
    """Write lines of text below each other, the first one's upper edge at `top`."""
    for k, line in enumerate(lines):
        write(figure, x, top - LINE_MM * (k + 0.5), line, **style)


def foot_lines(text: str, width: float) -> list[str]:
    """Break a foot note to a figure's width; no text gives no line."""
    return wrap(text, width - 2 * EDGE) if text else []


def foot_height(lines: Sequence[str]) -> float:
    """Return the height of a foot note with the gap above it, in mm."""
    return FOOT_GAP_MM + LINE_MM * len(lines) if lines else 0.0


def write_foot(figure: Figure, lines: Sequence[str]) -> None:
    """Write a foot note at a figure's lower edge."""
    write_lines(figure, EDGE, EDGE + LINE_MM * len(lines), lines)


def axes_at(figure: Figure, left: float, bottom: float, size: tuple[float, float]) -> Axes:
    """Add axes by the lower left corner and the size of their plot, in mm."""
    width, height = figure.get_size_inches() / MM
    axes: Axes = figure.add_axes((left / width, bottom / height, size[0] / width, size[1] / height))
    return axes


def _cut(word: str, room_mm: float, weight: str) -> list[str]:
    pieces = [word]
    while width_mm(pieces[-1], TEXT_PT, weight) > room_mm and len(pieces[-1]) > 1:
        last = pieces[-1]
        fits = max(
            1, next(k for k in range(len(last), 0, -1) if k == 1 or width_mm(last[:k], TEXT_PT, weight) <= room_mm)
        )
        pieces[-1:] = [last[:fits], last[fits:]]
    return pieces
