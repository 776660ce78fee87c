"""Text that stands for a number: read where it is one, refused where it is not quite one."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from cgh_analysis.ingest.identifiers import match, shown
from cgh_analysis.ingest.typing.missing import like_missing
from cgh_analysis.ingest.typing.units import Conversion
from cgh_analysis.schema import Column

PLAIN: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"
NUMBER: Final = re.compile(PLAIN)
COMMA: Final = re.compile(r"^[+-]?[0-9]+,[0-9]+$")
POINT: Final = re.compile(r"^[+-]?[0-9]+\.[0-9]+$")
APPROXIMATE: Final = re.compile(
    r"^([~<>≤≥≈]|<=|>=|ca\.?|about|approx\.?)\s*[0-9]|^[0-9.,]+\s*(-|–|to|/)\s*[0-9.,]+$|^[0-9.,]+\s*\+$"
)
NINETY: Final = re.compile(r"^(90\s*\+|(>=|≥)\s*90|90 (and|or) (over|older))$", re.IGNORECASE)
UNITS: Final = {
    "deg": ("°", "º", "deg", "degs", "degree", "degrees"),
    "years": ("years", "year", "yrs", "yr", "y"),
    "months": ("months", "month", "mo"),
}
OLDEST: Final = 120
Verdict = tuple[str, dict[str, Any]]


def type_numbers(
    texts: np.ndarray, column: Column, *, decimal: str = ".", convert: Conversion | None = None
) -> tuple[np.ndarray, dict[int, Verdict]]:
    """Return a number for each text (NaN where blank or refused) and a verdict on every text that is not plain.

    A verdict is a rule and the words that it needs; `column` gives the range, after conversion.
    """
    values = np.full(len(texts), np.nan)
    plain = match(texts, PLAIN if decimal == "." else PLAIN.replace(r"\.", ","))
    verdicts: dict[int, Verdict] = {}
    # -0 plus 0 is 0
    values[plain] = [float(t.replace(",", ".")) + 0.0 for t in texts[plain]]
    for i in np.flatnonzero(~plain & (texts != "")):
        values[i], verdicts[int(i)] = _odd(texts[i], column, decimal)
    values = values if convert is None else convert(values)
    doubtful = np.flatnonzero(_doubtful(values, column))
    for i, code in zip(doubtful, like_missing(texts[doubtful]), strict=True):
        verdicts[int(i)] = _doubt(values[i], column, code)
    return values, verdicts


def _odd(text: str, column: Column, decimal: str) -> tuple[float, Verdict]:
    """Read what is not plain digits: a number with its unit, 90+; all else is refused."""
    if column.name == "age_years" and NINETY.match(text):
        return 90.0, ("age_90_plus", {"shown": text})
    other = COMMA if decimal == "." else POINT
    if other.match(text):
        rule = "decimal_comma" if decimal == "." else "decimal_point"
        return np.nan, (rule, {"suggestion": text.replace(",", ".") if decimal == "." else text.replace(".", ",")})
    for unit in sorted(UNITS.get(column.unit, ()), key=len, reverse=True):
        bare = text.lower().removesuffix(unit).strip()
        if bare != text.lower() and NUMBER.match(bare.replace(decimal, ".")):
            number = float(bare.replace(decimal, "."))
            return number, ("unit_suffix", {"shown": shown(text), "number": number})
    return np.nan, ("approximate" if APPROXIMATE.match(text.lower()) else "not_a_number", {})


def _doubtful(values: np.ndarray, column: Column) -> np.ndarray:
    """Numbers outside the column's range, or fractions where it holds whole numbers."""
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    fraction = (column.kind == "integer") & (values != np.round(values))
    doubtful: np.ndarray = ~np.isnan(values) & ((values < low) | (values > high) | fraction)
    return doubtful


def _doubt(value: float, column: Column, like_code: bool) -> Verdict:
    if column.name == "age_years" and 90 < value <= OLDEST:
        return "age_over_90", {}
    if column.name == "day" and value < 0:
        return "before_baseline", {}
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    unit = f" {column.unit}" if column.unit.isalpha() else ""
    if not low <= value <= high:
        rule = "like_missing" if like_code else "out_of_range"
        return rule, {"name": column.label, "low": low, "high": high, "unit": unit}
    return "not_integer", {"name": column.label}
