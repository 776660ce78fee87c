"""Points in time as names and labels have them: 'week 12' and 'fu_6m' name a day, 'visit 3' does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cgh_analysis.start.spelling import an_id, spelt

DAYS: Final = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
UNITS: Final = {
    "day": ("days", "day", "tage", "tag", "jours", "jour", "dias", "dia", "dagen", "dag", "d"),
    "week": (
        *("weeks", "week", "wks", "wk", "wochen", "woche", "semaines", "semaine", "semanas", "semana", "weken", "w"),
    ),
    "month": (
        *("months", "month", "mths", "mth", "mos", "mo", "monate", "monat", "mois", "meses", "mes"),
        *("maanden", "maand", "m"),
    ),
    "year": ("years", "year", "yrs", "yr", "jahre", "jahr", "ans", "annee", "anos", "ano", "jaren", "jaar", "y"),
}
UNIT_OF: Final = {word: unit for unit, words in UNITS.items() for word in words}
UNIT: Final = "|".join(sorted(UNIT_OF, key=len, reverse=True))
NUMBERS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
IN_WORDS: Final = {**{word: i for i, word in enumerate(NUMBERS)}, "twelve": 12}
NUMBER: Final = rf"\d{{1,3}}|{'|'.join(IN_WORDS)}"
BASELINE: Final = "baseline|basline|bl|base|pretreatment|pre_treatment|ausgangswert|before_treatment"
MAY_BE_BASELINE: Final = re.compile(
    r"(^|_)(pre|screening|enrol\w*|intake|inclusion|admission|start|t0|v0|visit_0|first_visit|vorher|avant)(_|$)"
)
FOLLOW: Final = r"(?:(?:follow_up|followup|fu|post|after|at|t|nach|apres)_?)"
NAMED: Final = re.compile(rf"(?:^|_)(?:(?P<u1>{UNIT})_?(?P<n1>{NUMBER})|(?P<n2>{NUMBER})_?(?P<u2>{UNIT}))(?:_|$)")
AT_BASELINE: Final = re.compile(rf"(?:^|_)(?:{BASELINE})(?:_|$)")
ORDINAL: Final = r"(?:visit|vis|v|t|time|fu|wave|pack|pk|follow_up|followup|post|session|assessment)_?\d{1,2}|pre|post"
POINT: Final = (
    rf"{BASELINE}|{FOLLOW}?(?:(?:{UNIT})_?\d{{1,3}}|\d{{1,3}}_?(?:{UNIT}))|{ORDINAL}"
    r"|screening|intake|discharge"
)
AT_END: Final = re.compile(rf"^(?P<stem>.+?)_(?P<point>{POINT})$")
AT_START: Final = re.compile(rf"^(?P<point>{POINT})_(?P<stem>.+)$")
JOINED: Final = re.compile(rf"^(?P<stem>.*[a-z])(?P<point>\d{{1,3}}(?:{UNIT}))$")
DIGITS: Final = re.compile(r"^(?P<stem>.*[a-z])_?(?P<point>\d{1,3})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A visit as a file has it: its id, its day where a unit is named, and the text it was read from.

    `hint` is a label that may say when it is.
    """

    id: str
    text: str
    day: int | None = None
    hint: str = ""

    @property
    def may_be_baseline(self) -> bool:
        """Whether its name may stand for the baseline, without saying so."""
        return self.day == 0 or MAY_BE_BASELINE.search(spelt(self.text)) is not None


def point(text: str, unit: str = "") -> Point:
    """Return the point that a text names; `unit` is the unit of texts that are bare numbers.

    >>> point("Month 3").day, point("fu_6m").day, point("12w").id, point("4", unit="week").day, point("visit 2").day
    (91, 183, 'week12', 28, None)
    """
    name = re.sub(r"_arm_\d+$", "", spelt(text))
    if AT_BASELINE.search(name):
        return Point(id="baseline", text=text, day=0)
    found = NAMED.search(name)
    if found:
        number, unit = found["n1"] or found["n2"], UNIT_OF[found["u1"] or found["u2"]]
    elif unit and re.fullmatch(r"\d{1,3}(\.0+)?", text.strip()):
        number = str(int(float(text)))
    else:
        return Point(id=an_id(name, "visit"), text=text)
    n = IN_WORDS[number] if number in IN_WORDS else int(number)
    return Point(id="baseline" if n == 0 else f"{unit}{n}", text=text, day=round(n * DAYS[unit]))


def unit_of(name: str) -> str:
    """Return the unit that a column's name gives to the numbers in it, or nothing.

    >>> unit_of("visit_week"), unit_of("Monat"), unit_of("visit")
    ('week', 'month', '')
    """
    words = [word for word in spelt(name).split("_") if len(word) > 1]
    return next((UNIT_OF[word] for word in words if word in UNIT_OF), "")


def parted(name: str) -> tuple[str, str, bool] | None:
    """Part a name into what is measured and when; the last says whether the point is no more than a number.

    >>> parted("ndi_w12"), parted("BaselineNDI"), parted("pk5"), parted("age")
    (('ndi', 'w12', False), ('ndi', 'baseline', False), ('pk', '5', True), None)
    """
    whole = spelt(name)
    for pattern in (AT_END, JOINED, AT_START):
        match = pattern.match(whole)
        if match:
            return match["stem"], match["point"], False
    match = DIGITS.match(whole)
    return (match["stem"], match["point"], True) if match else None
