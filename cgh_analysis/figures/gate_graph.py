"""A graph of hypotheses: boxes in rows, those that start with a share on top, and arrows with what they hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patches import Rectangle as Patch

from cgh_analysis.figures.boxes import HEAD_MM, PAD, line
from cgh_analysis.figures.curves import Curve, Rectangle, route
from cgh_analysis.figures.gates import Gate
from cgh_analysis.figures.place import EDGE, LINE_MM, millimetres, write
from cgh_analysis.figures.style import DOUBLE, INK, Drawing, canvas
from cgh_analysis.numerics.arrays import FloatArray

Arrows = Mapping[tuple[str, str], float]
ROW: Final = 4
LEVELS: Final = 4
WIDEST_MM, BETWEEN_MM, BELOW_MM = 48.0, 13.0, 14.0


def draw_graph(gates: Sequence[Gate], arrows: Arrows, title: str) -> Drawing:
    """Draw hypotheses as boxes and the arrows between them; the same graph gives the same picture."""
    rows = _rows([gate.id for gate in gates], {g.id: g.share for g in gates}, arrows)
    by_id = {gate.id: gate for gate in gates}
    boxes = _boxes(rows, by_id)
    place = {name: k for k, name in enumerate(boxes)}
    texts = {(place[a], place[b]): f"{weight:.4g}" for (a, b), weight in arrows.items()}
    curves = route(list(boxes.values()), texts)
    ys = [box[k] for box in [*boxes.values(), *(c.label for c in curves)] for k in (1, 3)]
    ys += [y for curve in curves for y in curve.path[:, 1]]
    figure = canvas(DOUBLE, max(ys) - min(ys) + 2 * EDGE + 1)
    figure.set_label(title)
    up = EDGE + 0.5 - min(ys)
    for curve in curves:
        _draw_arrow(figure, curve.path + np.array([0.0, up]))
    for name, box in boxes.items():
        _draw_box(figure, by_id[name], box, up)
    for curve in curves:
        _draw_label(figure, curve, up)
    return figure


def _rows(ids: Sequence[str], shares: Mapping[str, float], arrows: Arrows) -> list[list[str]]:
    """Hypotheses by how many arrows they are from a share of the level; a long chain goes to and fro instead."""
    levels = [[name for name in ids if shares[name] > 0]]
    while more := [n for n in ids if not any(n in level for level in levels) and _follows(n, levels[-1], arrows)]:
        levels.append(more)
    rows = [level[k : k + ROW] for level in levels for k in range(0, len(level), ROW)]
    if len(rows) <= LEVELS:
        return rows
    chain = [name for level in levels for name in level]
    turned = [chain[k : k + ROW] for k in range(0, len(chain), ROW)]
    return [row if k % 2 == 0 else row[::-1] for k, row in enumerate(turned)]


def _follows(name: str, level: Sequence[str], arrows: Arrows) -> bool:
    return any((before, name) in arrows for before in level)


def _boxes(rows: Sequence[Sequence[str]], gates: Mapping[str, Gate]) -> dict[str, Rectangle]:
    """Boxes by id, in rows below each other from 0 downwards; those of a row are as tall as the tallest."""
    most = max(map(len, rows))
    width = min(WIDEST_MM, (DOUBLE - 2 * EDGE - BETWEEN_MM * (most - 1)) / most)
    boxes: dict[str, Rectangle] = {}
    top = 0.0
    for row in rows:
        height = max(gates[name].height(width) for name in row)
        for k, name in enumerate(row):
            left = EDGE + (DOUBLE - 2 * EDGE) * (k + 0.5) / len(row) - width / 2
            boxes[name] = (left, top - height, left + width, top)
        top -= height + BELOW_MM
    return boxes


def _draw_box(figure: Figure, gate: Gate, box: Rectangle, up: float) -> None:
    left, bottom, right, top = box
    look = gate.look
    patch = Patch(
        (left, bottom + up),
        right - left,
        top - bottom,
        facecolor=look.fill,
        edgecolor=look.edge,
        linewidth=look.width,
        linestyle=look.line,
        zorder=2.2,
    )
    figure.add_artist(patch).set_transform(millimetres(figure))
    for k, (text, weight) in enumerate(gate.lines(right - left)):
        write(figure, left + PAD, top + up - PAD - LINE_MM * (k + 0.5), text, weight=weight, va="center_baseline")


def _draw_arrow(figure: Figure, path: FloatArray) -> None:
    tip, back = path[-1], path[-1] - path[-6]
    along = back / np.hypot(*back) * HEAD_MM
    across = np.array([-along[1], along[0]]) / 2
    line(figure, *((float(x), float(y)) for x, y in path[:-3]), (float(tip[0]), float(tip[1])))
    corners = np.array([tip, tip - along + across, tip - along - across])
    figure.add_artist(Polygon(corners, closed=True, facecolor=INK, edgecolor="none")).set_transform(millimetres(figure))


def _draw_label(figure: Figure, curve: Curve, up: float) -> None:
    left, bottom, right, top = curve.label
    ground = Patch(
        (left + 0.4, bottom + up), right - left - 0.8, top - bottom, facecolor="white", edgecolor="none", zorder=2.5
    )
    figure.add_artist(ground).set_transform(millimetres(figure))
    write(figure, (left + right) / 2, (bottom + top) / 2 + up, curve.text, ha="center")
