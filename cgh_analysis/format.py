"""Numbers as text, once: tables, figures and the words of the report all print through these functions.

A minus is a minus sign (U+2212), a missing number an en dash, a number held back says what it is below. Decimals come
from STATISTICS; statistics that are kept as proportions (risk, survival, ...) print as percent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cgh_analysis.results import NOT_ESTIMABLE, STATISTICS, SUPPRESSED, Statistic

if TYPE_CHECKING:
    import pandas as pd

MINUS: Final = "\N{MINUS SIGN}"
MISSING: Final = "\N{EN DASH}"
UNKNOWN: Final = Statistic(label="")


def number(x: float, digits: int = 1) -> str:
    """Return a number with fixed decimals; NaN is an en dash, infinity its sign, and a rounded zero has no sign.

    >>> number(-1.25, 2), number(-0.01), number(float("nan"))
    ('−1.25', '0.0', '–')
    """
    if math.isnan(x):
        return MISSING
    if math.isinf(x):
        return f"{MINUS if x < 0 else ''}∞"
    text = f"{x:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def interval(low: float, high: float, digits: int = 1) -> str:
    """Return two limits with a comma between them and no brackets; an en dash where neither limit is known.

    >>> interval(-11.684, -3.88, 2)
    '−11.68, −3.88'
    """
    if math.isnan(low) and math.isnan(high):
        return MISSING
    return f"{number(low, digits)}, {number(high, digits)}"


def p_value(p: float) -> str:
    """Return a p-value with three decimals, '<0.001' or '>0.999' beyond them.

    >>> p_value(0.0123), p_value(2e-9)
    ('0.012', '<0.001')
    """
    if math.isnan(p):
        return MISSING
    if p < 0.001:
        return "<0.001"
    return ">0.999" if p > 0.999 else f"{p:.3f}"


def blank(note: str) -> str:
    """Return what to print where a row has no number: its note says whether it was held back or could not be estimated.

    >>> blank("suppressed: fewer than 10 people"), blank("not estimable: one arm is empty"), blank("")
    ('<10', 'not estimable', '–')
    """
    if note.startswith(SUPPRESSED):
        limit = re.search(r"\d+", note)
        return f"<{limit.group()}" if limit else SUPPRESSED
    return NOT_ESTIMABLE if note.startswith(NOT_ESTIMABLE) else MISSING


def print_factor(statistic: str) -> float:
    """Return what a statistic's numbers are multiplied by before they are printed: 100 for those kept as proportions.

    >>> print_factor("risk"), print_factor("percent"), print_factor("mean")
    (100.0, 1.0, 1.0)
    """
    return 100.0 if STATISTICS.get(statistic, UNKNOWN).percent and statistic != "percent" else 1.0


def people(row: Mapping[str, Any] | pd.Series, column: str = "n") -> str:
    """Return how many people a row rests on; below how many where that is held back, an en dash where not known.

    >>> people({"n": 120.0, "note": ""}), people({"n": float("nan"), "note": "suppressed: fewer than 10"})
    ('120', '<10')
    """
    n, note = float(row[column]), str(row["note"])
    if not math.isnan(n):
        return number(n, 0)
    return blank(note) if note.startswith(SUPPRESSED) else MISSING


def estimate(row: Mapping[str, Any] | pd.Series, digits: int | None = None) -> str:
    """Return a row's estimate on the scale on which it is printed, or the reason why there is none.

    >>> estimate({"statistic": "risk", "estimate": 0.5404, "note": ""})
    '54.0'
    """
    value = float(row["estimate"])
    return blank(str(row["note"])) if math.isnan(value) else _scaled(row, value, digits)


def estimate_ci(row: Mapping[str, Any] | pd.Series) -> str:
    """Return 'estimate (low, high)' of a result row; only the estimate where it has no limits.

    >>> row = {"statistic": "mean_difference", "estimate": -7.78, "conf_low": -11.68, "conf_high": -3.88, "note": ""}
    >>> estimate_ci(row)
    '−7.78 (−11.68, −3.88)'
    """
    low, high = float(row["conf_low"]), float(row["conf_high"])
    if math.isnan(float(row["estimate"])) or (math.isnan(low) and math.isnan(high)):
        return estimate(row)
    return f"{estimate(row)} ({_scaled(row, low)}, {_scaled(row, high)})"


def _scaled(row: Mapping[str, Any] | pd.Series, value: float, digits: int | None = None) -> str:
    name = str(row["statistic"])
    decimals = STATISTICS.get(name, UNKNOWN).digits if digits is None else digits
    return number(print_factor(name) * value, decimals)
