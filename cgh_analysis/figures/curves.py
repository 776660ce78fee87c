"""Curved arrows between boxes: each takes the path on which it, and the number beside it, meet least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.figures.place import EDGE, LINE_MM, width_mm
from cgh_analysis.figures.style import DOUBLE
from cgh_analysis.numerics.arrays import BoolArray, FloatArray

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top
BENDS: Final = (0.0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4, 0.6, -0.6, 0.85, -0.85)
PLACES: Final = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8)
# how far from its centre, towards the other box, an arrow may start and end
LEANS: Final = (0.0, 0.4, 0.75)
POINTS: Final = 80
ROOM, CLEAR = 0.4, 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A path (n, 2) from edge to edge, in mm, the number beside it, and the room that the number takes."""

    path: FloatArray
    text: str
    label: Rectangle


def route(boxes: Sequence[Rectangle], arrows: Mapping[tuple[int, int], str]) -> list[Curve]:
    """Return a curve for each arrow (from box, to box), in their order; the same arrows give the same curves."""
    paths: list[FloatArray] = []
    for start, end in arrows:
        # two arrows that meet head on each keep to their own side
        bends = [bend for bend in BENDS if bend > 0] if (end, start) in arrows else BENDS
        in_the_way = [box for k, box in enumerate(boxes) if k not in (start, end)]
        tried = [(_path(boxes[start], boxes[end], bend, lean), abs(bend) + lean) for bend in bends for lean in LEANS]
        costs = [_cost(path, in_the_way, paths) + 8 * odd for path, odd in tried]
        paths.append(tried[int(np.argmin(costs))][0])
    curves: list[Curve] = []
    for path, text in zip(paths, arrows.values(), strict=True):
        labels = [_label(path[int(place * (len(path) - 1))], text) for place in PLACES]
        taken = [*boxes, *(curve.label for curve in curves)]
        others = [other for other in paths if other is not path]
        costs = [_hidden(label, taken, others) + abs(place - 0.5) for label, place in zip(labels, PLACES, strict=True)]
        curves.append(Curve(path=path, text=text, label=labels[int(np.argmin(costs))]))
    return curves


def _cost(path: FloatArray, boxes: Sequence[Rectangle], others: Sequence[FloatArray]) -> float:
    """What speaks against a path: boxes and the canvas' edge that it meets, and paths that it runs along."""
    met = sum(int(_inside(path, box, CLEAR).sum()) for box in boxes)
    met += int(((path[:, 0] < EDGE) | (path[:, 0] > DOUBLE - EDGE)).sum())
    return 50.0 * met + 3.0 * sum(_near(path, other) for other in others)


def _hidden(label: Rectangle, taken: Sequence[Rectangle], paths: Sequence[FloatArray]) -> float:
    """What speaks against the place of a number: texts that it meets, and paths that it would hide."""
    met = sum(_overlap(label, other, 0.6) for other in taken)
    return 200.0 * met + 30.0 * sum(bool(_inside(path, label, 0.3).any()) for path in paths)


def _path(start: Rectangle, end: Rectangle, bend: float, lean: float) -> FloatArray:
    """The quadratic curve between two boxes, from where it leaves the one to where it meets the other."""
    a, b = _anchor(start, end, lean), _anchor(end, start, lean)
    along = b - a
    control = (a + b) / 2 + bend * np.array([-along[1], along[0]])
    t = np.linspace(0, 1, 8 * POINTS)[:, None]
    curve = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    leaves = int(np.flatnonzero(_inside(curve, start, 0.0)).max()) + 1
    meets = int(np.flatnonzero(_inside(curve, end, ROOM)).min())
    kept = curve[leaves : max(meets, leaves + 2)]
    return np.asarray(kept[np.linspace(0, len(kept) - 1, POINTS).astype(int)])


def _anchor(box: Rectangle, other: Rectangle, lean: float) -> FloatArray:
    """A box's centre, or a point of it nearer to the other one, where that is in another row."""
    corners, others = np.reshape(box, (2, 2)), np.reshape(other, (2, 2))
    towards = np.sign((others - corners).round(6).mean(axis=0))
    reach = lean * (corners[1] - corners[0]) / 2 * abs(towards[1])
    return np.asarray(corners.mean(axis=0) + towards * reach)


def _inside(points: FloatArray, box: Rectangle, room: float) -> BoolArray:
    x, y = points.T
    inside: BoolArray = (x > box[0] - room) & (x < box[2] + room) & (y > box[1] - room) & (y < box[3] + room)
    return inside


def _near(one: FloatArray, other: FloatArray) -> float:
    """How much of a path runs within 1.2 mm of another one."""
    distance = np.hypot(*(one[:, None, :] - other[None, :, :]).transpose(2, 0, 1))
    return float((distance.min(axis=1) < 1.2).mean() * 10)


def _label(at: FloatArray, text: str) -> Rectangle:
    half, tall = width_mm(text) / 2 + 0.7, LINE_MM / 2 + 0.1
    return float(at[0] - half), float(at[1] - tall), float(at[0] + half), float(at[1] + tall)


def _overlap(one: Rectangle, other: Rectangle, room: float) -> bool:
    return min(one[2], other[2]) + room > max(one[0], other[0]) and min(one[3], other[3]) + room > max(one[1], other[1])
