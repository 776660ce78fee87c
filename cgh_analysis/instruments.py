"""Outcome instruments of the field: range, direction, what change matters, and who says so.

Only thresholds whose source was seen are given; a study may declare others in its file. ROM limits are outer limits of
what a person can do, wide on purpose: they catch typing errors and say nothing about health.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

YOUNG_2019 = "Young 2019, cervicogenic headache, n = 110, 4 weeks"
FLETCHER_2008 = "Fletcher 2008, within rater, 5.4-9.6 deg: the upper value"
HALL_2010 = "MDC at most 7 deg; positive at 30 deg or less: Hall 2010"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One outcome: `low`..`high` is its range in `unit`; `mcid` and `mdc` are absolute changes; NaN-free by None."""

    label: str
    short: str
    unit: str
    low: float
    high: float
    better: Literal["lower", "higher"]
    window: str = ""
    integer: bool = False
    mcid: float | None = None
    mdc: float | None = None
    source: str = ""


def _rom(label: str, short: str, high: float) -> Instrument:
    return Instrument(
        label=label, short=short, unit="deg", low=0, high=high, better="higher", mdc=9.6, source=FLETCHER_2008
    )


def _frt(side: str) -> Instrument:
    return Instrument(
        label=f"Flexion-rotation test, {side}",
        short=f"FRT {side}",
        unit="deg",
        low=0,
        high=60,
        better="higher",
        mdc=7,
        source=HALL_2010,
    )


INSTRUMENTS: Final[dict[str, Instrument]] = {
    "rom_flexion_deg": _rom("Cervical flexion", "Flexion", 90),
    "rom_extension_deg": _rom("Cervical extension", "Extension", 110),
    "rom_side_flexion_left_deg": _rom("Cervical side flexion, left", "Side flexion left", 75),
    "rom_side_flexion_right_deg": _rom("Cervical side flexion, right", "Side flexion right", 75),
    "rom_rotation_left_deg": _rom("Cervical rotation, left", "Rotation left", 110),
    "rom_rotation_right_deg": _rom("Cervical rotation, right", "Rotation right", 110),
    "frt_left_deg": _frt("left"),
    "frt_right_deg": _frt("right"),
    "pain_nprs": Instrument(
        label="Headache pain intensity (NPRS)",
        short="Pain",
        unit="0-10",
        low=0,
        high=10,
        better="lower",
        window="last week",
        mcid=2.5,
        mdc=2.4,
        source=YOUNG_2019,
    ),
    "ndi": Instrument(
        label="Neck Disability Index (NDI)",
        short="NDI",
        unit="points, 0-50",
        low=0,
        high=50,
        better="lower",
        window="now",
        mcid=5.5,
        mdc=5.9,
        source=YOUNG_2019,
    ),
    "hit6": Instrument(
        label="Headache Impact Test (HIT-6)",
        short="HIT-6",
        unit="points, 36-78",
        low=36,
        high=78,
        better="lower",
        window="4 weeks",
        integer=True,
    ),
    "headache_days_28d": Instrument(
        label="Headache days",
        short="Headache days",
        unit="days / 28 days",
        low=0,
        high=28,
        better="lower",
        window="28 days",
    ),
    "headache_hours_week": Instrument(
        label="Headache hours", short="Headache hours", unit="h / week", low=0, high=168, better="lower", window="week"
    ),
    "groc": Instrument(
        label="Global rating of change (GROC)",
        short="GROC",
        unit="-7 to +7",
        low=-7,
        high=7,
        better="higher",
        window="since start",
        integer=True,
    ),
    "medication_days_28d": Instrument(
        label="Days with medication",
        short="Medication days",
        unit="days / 28 days",
        low=0,
        high=28,
        better="lower",
        window="28 days",
    ),
}

ROM_DIRECTIONS: Final = tuple(name for name in INSTRUMENTS if name.startswith("rom_"))
FLEXION_ROTATION: Final = ("frt_left_deg", "frt_right_deg")
