"""The separator and the decimal sign of a text, found out where the study file says "detect", and always said.

What the text does not show for certain is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import match
from cgh_analysis.ingest.readers.text.records import first_line, quote_fault, scan

DETECT: Final = "detect"
SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# one record in so many, or one in all, may have another number of cells than the header
SPOILT: Final = 20
FRACTION: Final = "^[+-]?[0-9]*[{sign}][0-9]+([eE][+-]?[0-9]{{1,2}})?$"
THOUSANDS: Final = "^[+-]?[1-9][0-9]{{0,2}}([{sign}][0-9]{{3}})+$"


def detected(file: str, field: str, value: str) -> Finding:
    """Say what was found out, and what to write instead of "detect"."""
    return found("detected", file, field=field, value=value, setting=f"{field} = {json.dumps(value)}")


def undetected(file: str, field: str, why: str) -> Finding:
    """Ask for what cannot be found out."""
    return found("undetected", file, what=field, field=field, why=why)


def find_separator(text: bytes, file: str) -> tuple[str, Finding]:
    """Return the one sign that parts the header and nearly all records into the same number of cells; '' if none does.

    >>> find_separator(b"a;b\\n1;2,5\\n", "visits.csv")[0]
    ';'
    """
    fitting = [sign for sign in SEPARATORS if _fits(text, sign)]
    if len(fitting) == 1:
        return fitting[0], detected(file, "separator", fitting[0])
    names = " as well as ".join(SEPARATORS[sign] for sign in fitting)
    why = f"{names} part it into cells" if names else "no comma, semicolon, tab or bar parts its rows alike"
    return "", undetected(file, "separator", why)


def find_decimal(columns: Iterable[Cells], file: str) -> tuple[str, Finding]:
    """Return the decimal sign that cells have, a point where none has any; ask where some have one and some the other.

    Numbers like 1,234 may have a sign between thousands: where a text has no others, they do not tell.
    """
    signs = [(*_signs(cells.texts, ","), *_signs(cells.texts, ".")) for cells in columns]
    comma, certain_comma, point, certain_point = (any(said) for said in zip(*signs, strict=True))
    if comma and point:
        return "", undetected(file, "decimal", "some cells have a decimal comma, and some a decimal point")
    if (comma and not certain_comma) or (point and not certain_point):
        return "", undetected(file, "decimal", "its numbers may have a sign between thousands, as 1,234 or 1.234")
    sign = "," if comma else "."
    return sign, detected(file, "decimal", sign)


def _fits(text: bytes, sign: str) -> bool:
    if sign.encode() not in first_line(text) or quote_fault(text, sign):
        return False
    cells = scan(text, sign).cells
    odd = int(np.count_nonzero(cells[1:] != cells[0]))
    return bool(cells[0] > 1) and odd <= max(1, len(cells) // SPOILT) and odd < len(cells) - 1


def _signs(texts: np.ndarray, sign: str) -> tuple[bool, bool]:
    """Say whether a sign stands in numbers, and whether in one of them it can stand for nothing but a fraction."""
    numbers = texts[match(texts, FRACTION.format(sign=sign))]
    return len(numbers) > 0, not match(numbers, THOUSANDS.format(sign=sign)).all()
