"""Units that a study file may declare for a column, and what makes them the column's own; none is guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from cgh_analysis.schema import Column

Conversion = Callable[[np.ndarray], np.ndarray]


def _times(factor: float) -> Conversion:
    return lambda values: values * factor


def _over(divisor: float) -> Conversion:
    """Tenths and halves by division: 33 mm is 3.3, where 33 * 0.1 is not."""
    return lambda values: values / divisor


def _study_day(values: np.ndarray) -> np.ndarray:
    """CDISC's study day has no day 0: day 1 is the first one, and day -1 the one before."""
    return np.where(values > 0, values - 1, values)


DAYS_PER_YEAR: Final = 365.25
DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12
# by the unit that the schema gives a column, or its first words
CONVERSIONS: Final[dict[str, dict[str, Conversion]]] = {
    "0-10": {"mm": _over(10), "0-100": _over(10), "cm": _times(1.0)},
    "points, 0-50": {"%": _over(2), "percent": _over(2), "0-100": _over(2)},
    "deg": {"radians": np.rad2deg, "rad": np.rad2deg},
    "days / 28 days": {
        "per week": _times(4.0),
        "per 4 weeks": _times(1.0),
        "per 30 days": _times(28 / 30),
        "per month": _times(28 / DAYS_PER_MONTH),
    },
    "h / week": {"per day": _times(7.0), "per 28 days": _over(4), "minutes per week": _over(60)},
    "months": {
        "years": _times(12.0),
        "weeks": _times(7 / DAYS_PER_MONTH),
        "days": _over(DAYS_PER_MONTH),
    },
    "days since baseline": {"weeks": _times(7.0), "study day": _study_day},
}


def conversion(column: Column, unit: str) -> Conversion | None:
    """Return what turns values in a unit into the column's own; None where nothing is known.

    >>> from cgh_analysis.schema import column
    >>> conversion(column("visits", "pain_nprs"), "mm")(np.array([45.0])).tolist()
    [4.5]
    """
    return CONVERSIONS.get(column.unit, {}).get(unit.casefold().strip())


def known_units(column: Column) -> tuple[str, ...]:
    """Return the units that may be declared for a column, apart from its own."""
    return tuple(CONVERSIONS.get(column.unit, {}))
