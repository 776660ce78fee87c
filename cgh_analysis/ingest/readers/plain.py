"""Values of files that carry their own types, as the text that a person would write for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from cgh_analysis.study import Source

# whole numbers from here on are not all there in a double, and are written as one: 9007199254740992.0
WHOLE: Final = 2.0**53
SECONDS_A_DAY: Final = 86_400
# four digits of a year hold what lies between (0001 to 9999), in seconds from 1970
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799


def sign_of(source: Source) -> str:
    """Return the decimal sign to write numbers with, so that they are read again under what the study file says.

    Typed files have none of their own.
    """
    return "," if source.decimal == "," else "."


def number_text(value: float, sign: str = ".") -> str:
    """Return a number as text: 1.0 is '1', what is no number is blank.

    >>> number_text(1.0), number_text(2.5, ","), number_text(float("nan")), number_text(9007199254740993)
    ('1', '2,5', '', '9007199254740993')
    """
    if isinstance(value, int):
        return str(value)
    if value != value:
        return ""
    if abs(float(value)) < WHOLE and float(value).is_integer():
        return str(int(value))
    # repr of a numpy number names its type
    return str(value).replace(".", sign)


def moments(seconds: Iterable[float], *, dates: bool) -> list[str]:
    """Return ISO text of moments in seconds since 1970; what no calendar of four-digit years has stays a number.

    >>> moments([0.0, 86399.5], dates=False), moments([86400.0], dates=True)
    (['1970-01-01T00:00:00', '1970-01-01T23:59:59.500'], ['1970-01-02'])
    """
    values = np.array(list(seconds), dtype=np.float64)
    inside = (values >= EARLIEST) & (values <= LATEST)
    thousandths = np.round(np.where(inside, values, 0) * 1000).astype("int64")
    whole = (thousandths.astype("datetime64[ms]")).astype("datetime64[D]" if dates else "datetime64[s]")
    texts = np.datetime_as_string(whole).tolist()
    odd = np.flatnonzero((thousandths % 1000 != 0) & (not dates))
    for i in odd:
        texts[i] = str(np.datetime64(int(thousandths[i]), "ms"))
    return [t if known else number_text(v) for t, known, v in zip(texts, inside, values.tolist(), strict=True)]


def clock(seconds: float) -> str:
    """Return a time of day, or a longer span, in hours, minutes and seconds.

    >>> clock(3723.0), clock(90000.0)
    ('01:02:03', '25:00:00')
    """
    if not np.isfinite(seconds) or abs(seconds) >= WHOLE:
        return number_text(seconds)
    whole = int(abs(seconds))
    fraction = number_text(round(abs(seconds) - whole, 6)).removeprefix("0")
    sign = "-" if seconds < 0 else ""
    return f"{sign}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{fraction}"
