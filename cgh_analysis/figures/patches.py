"""The key of filled areas: a small patch with its name, in as many rows as it needs; and the colours of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cgh_analysis.figures.place import millimetres, width_mm, write
from cgh_analysis.figures.style import FAINT
from cgh_analysis.labels import words

ROW_MM, PATCH_MM, TALL_MM, GAP_MM = 3.8, 4.5, 2.2, 5.0
# apart in lightness as in hue, and none the colour of an arm; a state and the event that leads to it have one colour
KNOWN: Final = {
    "resolution": "#5aae8c",
    "resolved": "#5aae8c",
    "recurrence": "#f2c45a",
    "recurred": "#f2c45a",
    "headache": "#e9e9e9",
    "rescue_treatment": "#a0627f",
    "crossover": "#7d8fc4",
    "withdrawal": "#b79a7c",
}
OTHERS: Final = ("#c7a7d8", "#8c9a5b", "#d98d72", "#6f7f86")
NAMES: Final = {"resolution": "Resolved", "recurrence": "Recurred", "headache": "Headache"}
HIDDEN: Final = "////"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What is stacked: its id among the outcomes of rows, its name in the key, its colour, its hatch."""

    id: str
    label: str
    colour: str
    hatch: str = ""


def layers(outcomes: Sequence[str]) -> list[Layer]:
    """Return the layer of each cause or state; one that is not known by name takes a colour by its order."""
    strange = [name for name in outcomes if name not in KNOWN]
    return [
        Layer(
            id=name,
            label=NAMES.get(name, words(name)),
            colour=KNOWN.get(name) or OTHERS[strange.index(name) % len(OTHERS)],
        )
        for name in outcomes
    ]


def key_height(shown: Sequence[Layer], width: float) -> float:
    """Return the height of the key in mm."""
    return ROW_MM * len(_rows(shown, width))


def draw_key(figure: Figure, shown: Sequence[Layer], corner: tuple[float, float], width: float) -> None:
    """Draw the key with its upper left corner at a place in mm."""
    left, top = corner
    for k, row in enumerate(_rows(shown, width)):
        x, y = left, top - ROW_MM * (k + 0.5)
        for layer in row:
            look: dict[str, Any] = {
                "facecolor": layer.colour,
                "edgecolor": FAINT,
                "linewidth": 0.4,
                "hatch": layer.hatch,
            }
            patch = Rectangle((x, y - TALL_MM / 2), PATCH_MM, TALL_MM, transform=millimetres(figure), **look)
            figure.add_artist(patch)
            write(figure, x + PATCH_MM + 1.2, y, layer.label)
            x += _entry(layer)


def _entry(layer: Layer) -> float:
    return PATCH_MM + 1.2 + width_mm(layer.label) + GAP_MM


def _rows(shown: Sequence[Layer], width: float) -> list[list[Layer]]:
    rows: list[list[Layer]] = []
    used = 0.0
    for layer in shown:
        if not rows or used + _entry(layer) - GAP_MM > width:
            rows.append([])
            used = 0.0
        rows[-1].append(layer)
        used += _entry(layer)
    return rows
