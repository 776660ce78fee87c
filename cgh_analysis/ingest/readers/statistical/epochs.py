"""Which columns of SPSS, Stata and SAS files are dates, by the format that the file gives them, and what they count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cgh_analysis.ingest.readers.plain import SECONDS_A_DAY, clock, moments

Calendar = Literal["date", "datetime", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """How a program counts time: `zero` in seconds from 1970, and how many seconds a unit of each kind has."""

    zero: int
    date: re.Pattern[str]
    datetime: re.Pattern[str]
    time: re.Pattern[str]
    date_unit: float = SECONDS_A_DAY
    unit: float = 1.0

    def kind(self, name: str | None) -> Calendar | None:
        """Say what a column of this format holds; nothing where it holds plain numbers.

        >>> SAS.kind("DATE9"), SAS.kind("DATETIME20"), SAS.kind("BEST12"), SPSS.kind(None)
        ('date', 'datetime', None, None)
        """
        if not name:
            return None
        if self.time.fullmatch(name):
            return "time"
        if self.datetime.fullmatch(name):
            return "datetime"
        return "date" if self.date.fullmatch(name) else None

    def texts(self, values: np.ndarray, kind: Calendar) -> list[str]:
        """Return the ISO text of each value, or of its time of day."""
        if kind == "time":
            return [clock(value * self.unit) for value in values.tolist()]
        unit = self.date_unit if kind == "date" else self.unit
        return moments((values * unit + self.zero).tolist(), dates=kind == "date")


FROM_1960: Final = -315_619_200
# a date is a date also where the program shows no more than its month or its year
SPSS: Final = Epoch(
    zero=-12_219_379_200,
    date=re.compile(r"([AEJS]?DATE|QYR|MOYR|WKYR)\d*"),
    datetime=re.compile(r"(DATETIME|YMDHMS)[\d.]*"),
    time=re.compile(r"[DM]?TIME[\d.]*"),
    date_unit=1.0,
)
STATA: Final = Epoch(
    zero=FROM_1960,
    date=re.compile(r"%-?t?d.*"),
    datetime=re.compile(r"%-?t[cC].*"),
    time=re.compile(r"%-?t[cC][HhMmSs:._]+"),
    unit=0.001,
)
SAS: Final = Epoch(
    zero=FROM_1960,
    date=re.compile(
        r"((E8601|B8601|IS8601)DA|NLDATE|DATE|(DDMMYY|MMDDYY|YYMMDD|YYMM|MMYY|YYQ)[A-Z]?|YYMON|MONYY|WEEKDAT[EX]"
        r"|WORDDAT[EX]|JULIAN|JULDAY|WEEKDAY|DOWNAME|MONNAME|MONTH|QTRR?|YEAR|DAY)\d*(\.\d*)?"
    ),
    datetime=re.compile(
        r"(DATETIME|DATEAMPM|MDYAMPM|DTDATE|DTMONYY|DTWKDATX|DTYEAR|NLDATM|(E8601|B8601|IS8601)D[TNZX])\d*(\.\d*)?"
    ),
    time=re.compile(r"(TIME|TIMEAMPM|HHMM|HOUR|MMSS|TOD|(E8601|B8601|IS8601)T[MZ])\d*(\.\d*)?"),
)
