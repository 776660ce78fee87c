"""Values of a database as text that means the same: numbers digit by digit, dates as ISO has them."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

Writer = Callable[[Any], str]

DATES: Final = frozenset({datetime.date, datetime.datetime})
JSON: Final = "JSON, or several values in one"
STRANGE: Final[dict[type, str]] = {
    bytes: "bytes",
    bytearray: "bytes",
    memoryview: "bytes",
    dict: JSON,
    list: JSON,
    tuple: JSON,
    datetime.timedelta: "spans of time",
}
OTHER: Final = "values of a kind of its own"


@dataclass(slots=True)
class Column:
    """A column on its way in: the texts of each batch, which of them are dates, and `strange` where it cannot be text.

    `sign` is the decimal sign that the study file declares.
    """

    name: str
    sign: str = "."
    strange: str = ""
    texts: list[pa.Array] = field(default_factory=list)
    dates: list[np.ndarray] = field(default_factory=list)

    def add(self, values: Sequence[Any]) -> int:
        """Take a batch's values, and return how many bytes they are as text."""
        kinds = set(map(type, values))
        known = writers(self.sign)
        self.strange = self.strange or min((STRANGE.get(kind, OTHER) for kind in kinds - known.keys()), default="")
        texts = [""] * len(values) if self.strange else [known[type(value)](value) for value in values]
        self.texts.append(pa.array(texts, pa.string()).dictionary_encode())
        dated = [type(value) in DATES for value in values] if kinds & DATES else np.zeros(len(values))
        self.dates.append(np.array(dated, dtype=bool))
        return int(self.texts[-1].nbytes)


def writers(sign: str) -> dict[type, Writer]:
    """Return what writes each kind of value; what is not among them has no text that all would read alike.

    >>> writers(".")[float](2.0), writers(",")[decimal.Decimal](decimal.Decimal("2.50"))
    ('2', '2,50')
    """
    return {
        type(None): lambda _: "",
        str: str,
        bool: lambda value: "true" if value else "false",
        int: str,
        float: lambda value: _fraction(value).replace(".", sign),
        decimal.Decimal: lambda value: f"{value:f}".replace(".", sign),
        datetime.date: datetime.date.isoformat,
        datetime.datetime: _moment,
        datetime.time: datetime.time.isoformat,
        uuid.UUID: str,
    }


def _fraction(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _moment(value: datetime.datetime) -> str:
    """A moment with a time zone is written in UTC: in which one it is told depends on who asks."""
    return (value if value.tzinfo is None else value.astimezone(datetime.UTC)).isoformat()
