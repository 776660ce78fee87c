"""Cervical range of motion and the flexion-rotation test: falling with age, restricted on the symptomatic side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.instruments import INSTRUMENTS
from cgh_analysis.simulate.draw import Floats
from cgh_analysis.simulate.people import People

Draw = Callable[[str], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """One movement: mean and SD at the typical age, degrees a year, loss on the symptomatic side, share of the gain."""

    mean: float
    spread: float
    a_year: float
    loss: float = 0
    gain: float = 1
    side: str = ""


def _both(name: str, **numbers: float) -> dict[str, Direction]:
    return {f"{name}_{side}_deg": Direction(side=side, **numbers) for side in ("left", "right")}


MOVEMENTS: Final[dict[str, Direction]] = {
    "rom_flexion_deg": Direction(mean=46, spread=8, a_year=-0.20, gain=0.7),
    "rom_extension_deg": Direction(mean=52, spread=10, a_year=-0.35, gain=0.8),
    **_both("rom_side_flexion", mean=37, spread=6.5, a_year=-0.22, loss=3, gain=0.6),
    **_both("rom_rotation", mean=61, spread=8, a_year=-0.30, loss=6),
}
FRT: Final = _both("frt", mean=38, spread=4.5, a_year=-0.05, loss=12)
DIRECTIONS: Final = (*MOVEMENTS, *FRT)
NOISE: Final = 3.5


def mobility(who: People, level: Draw, noise: Draw, rotation_gain: Floats, frt_gain: Floats) -> dict[str, Floats]:
    """Return each direction's recorded degrees (people, visits)."""
    return {
        name: _degrees(who, name, direction, level(name), noise(name), rotation_gain if name in MOVEMENTS else frt_gain)
        for name, direction in (MOVEMENTS | FRT).items()
    }


def _degrees(who: People, name: str, move: Direction, level: Floats, noise: Floats, gain: Floats) -> Floats:
    sore = ((who.side == move.side) | (who.side == "bilateral"))[:, None] if move.side else False
    own = 0.7 * -who.stiffness[:, None] + np.sqrt(1 - 0.7**2) * level
    start = move.mean + move.a_year * who.years[:, None] - np.where(sore, move.loss, 0) + move.spread * own
    share = np.where(sore, 1.15, 0.85) if move.side else 1.0
    if name in FRT:
        share = np.where(sore, 1.0, 0.35)
    limits = INSTRUMENTS[name]
    return np.clip(np.rint(start + share * move.gain * gain + NOISE * noise), limits.low, limits.high)
