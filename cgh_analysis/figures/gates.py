"""How a decided hypothesis looks: its box in a graph, and its marker in a list; never told apart by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cgh_analysis.figures.boxes import PAD
from cgh_analysis.figures.place import LINE_MM, width_mm, wrap
from cgh_analysis.figures.style import COLOURS, FAINT, INK, ZONE

REJECTED: Final = COLOURS[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Fill, edge and marker of a decision."""

    fill: str
    edge: str
    width: float
    line: str
    marker: str


LOOKS: Final[dict[str, Look]] = {
    "Rejected": Look(fill="#dcebf6", edge=REJECTED, width=1.6, line="-", marker="o"),
    "Not rejected": Look(fill="white", edge=INK, width=0.7, line="-", marker="x"),
    "Not tested": Look(fill="white", edge=FAINT, width=0.8, line="--", marker="x"),
    "Not estimable": Look(fill=ZONE, edge=FAINT, width=0.8, line=":", marker=""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A hypothesis: what it is called and about, its share of the level, its p-values and what was decided.

    `numbers` are p, the level at which it was decided, and adjusted p, as they are printed; `tests` the two p-values
    with their names.
    """

    id: str
    name: str
    about: str
    share: float
    level: float
    p: float
    numbers: tuple[str, str, str]
    tests: tuple[str, str]
    decision: str

    @property
    def look(self) -> Look:
        """How it is drawn."""
        return LOOKS[self.decision]

    def lines(self, width: float) -> list[tuple[str, str]]:
        """Return the lines of its box, each with its weight, broken to a width in mm."""
        room = width - 2 * PAD
        share = [f"share {self.share:.4g}", *([f"decided at {self.level:.4g}"] if self.level > 0 else [])]
        known = [] if self.decision == "Not estimable" else _side_by_side(self.tests, room)
        plain = [*wrap(self.about, room), *_side_by_side(share, room), *known]
        bold = [wrap(text, room, "bold") for text in (self.name, self.decision)]
        return [
            *((line, "bold") for line in bold[0]),
            *((line, "normal") for line in plain),
            *((line, "bold") for line in bold[1]),
        ]

    def height(self, width: float) -> float:
        """Return the height of its box in mm."""
        return 2 * PAD + LINE_MM * len(self.lines(width))


def _side_by_side(texts: Sequence[str], room: float) -> list[str]:
    """Texts on one line where they fit, else one below the other."""
    joined = ", ".join(texts)
    return [joined] if width_mm(joined) <= room else [line for text in texts for line in wrap(text, room)]
