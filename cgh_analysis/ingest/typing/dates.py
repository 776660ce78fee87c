"""Calendar dates as they stand in files: read in the declared order, and in no other."""

from __future__ import annotations

import datetime
import re
from typing import Final

import numpy as np

from cgh_analysis.ingest.typing.numbers import Verdict
from cgh_analysis.study import DateOrder

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CLOCK: Final = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
# a year of four digits first is never ambiguous, so that it is read in any order
YEAR_FIRST: Final = re.compile(rf"^(\d{{4}})([-/.]?)(\d{{1,2}})\2(\d{{1,2}}){CLOCK}$")
YEAR_LAST: Final = re.compile(rf"^(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}){CLOCK}$")
MONTH_NAMED: Final = re.compile(rf"^(\d{{1,2}})[-/. ]?([A-Za-z]{{3,9}})[-/., ]*(\d{{4}}){CLOCK}$")
SERIAL: Final = re.compile(r"^[1-9]\d{4}(\.\d+)?$")
EXCEL_ZERO: Final = datetime.date(1899, 12, 30)
IN_WORDS: Final = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}


def type_dates(texts: np.ndarray, order: DateOrder) -> tuple[np.ndarray, dict[int, Verdict]]:
    """Return the day number of each date (NaN where blank or refused), and a verdict on what is no date.

    >>> numbers, verdicts = type_dates(np.array(["02/01/2024", "31/02/2024"], dtype=object), "dmy")
    >>> datetime.date.fromordinal(int(numbers[0])).isoformat(), verdicts
    ('2024-01-02', {1: ('no_such_date', {})})
    """
    numbers = np.full(len(texts), np.nan)
    verdicts: dict[int, Verdict] = {}
    for i in np.flatnonzero(texts != ""):
        parts = _parts(texts[i], order)
        if parts is None:
            verdicts[int(i)] = _no_date(texts[i], order)
            continue
        try:
            numbers[i] = datetime.date(*parts).toordinal()
        except ValueError:
            verdicts[int(i)] = ("no_such_date", {})
    return numbers, verdicts


def _parts(text: str, order: DateOrder) -> tuple[int, int, int] | None:
    """Year, month and day of a date, or nothing where it is not written as one."""
    if match := YEAR_FIRST.match(text):
        year, _, month, day = match.groups()
        # eight digits without a mark are a date only where the study file says so
        return (int(year), int(month), int(day)) if match[2] or order == "ymd" else None
    if match := MONTH_NAMED.match(text):
        day, month, year = match.groups()
        number = MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in MONTHS else 0
        return (int(year), number, int(day)) if number else None
    match = YEAR_LAST.match(text)
    if match is None or order == "ymd":
        return None
    a, _, b, year = match.groups()
    return (int(year), int(b), int(a)) if order == "dmy" else (int(year), int(a), int(b))


def _no_date(text: str, order: DateOrder) -> Verdict:
    if SERIAL.match(text):
        offered = EXCEL_ZERO + datetime.timedelta(days=int(float(text)))
        return "excel_serial", {"offered": offered.isoformat()}
    return "not_a_date", {"order": IN_WORDS[order]}
