"""Texts as a person reads them: a phone number with no-break spaces, or a date with long dashes, is one all the same.

Word processors and spreadsheets set such signs by themselves, and the patterns know those of a typewriter.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from cgh_analysis.ingest.identifiers.texts import content, match

FIRST, LAST = ord(" "), ord("~")
ODD: Final = r"[^ -~]"
MOST_LETTERS: Final = 0x10000
SPACES, DASHES, UNSEEN = ("Zs", "Zl", "Zp", "Cc"), ("Pd",), ("Cf",)
# the minus sign, and strokes of fractions and divisions
SIGNS: Final = {0x2212: "-", 0x2044: "/", 0x2215: "/", 0x2024: "."}
# forms of Latin letters and signs that are as wide as Chinese ones, or small
WIDE: Final = (*range(0xFE50, 0xFE70), *range(0xFF01, 0xFF5F))


def fold(text: str) -> str:
    """Return a text with plain spaces, dashes and digits, and without signs that cannot be seen.

    >>> fold("+44\\u00a020 7946\\u20110958")
    '+44 20 7946-0958'
    """
    plain = text.isascii() and text.isprintable()
    return text if plain else unicodedata.normalize("NFC", text).translate(_table())


def folded(texts: pa.Array) -> pa.Array:
    """Return texts folded, without a look at those that are plain already."""
    data = content(texts)
    if not ((data < FIRST) | (data > LAST)).any():
        return texts
    odd = np.flatnonzero(match(texts, ODD))
    values = texts.to_numpy(zero_copy_only=False).copy()
    values[odd] = [fold(text) for text in values[odd]]
    return pa.array(values, type=pa.string())


@cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {code: unicodedata.normalize("NFKC", chr(code)) for code in WIDE}
    for code in range(MOST_LETTERS):
        category = unicodedata.category(chr(code))
        if category in SPACES:
            table[code] = " "
        elif category in DASHES:
            table[code] = "-"
        elif category in UNSEEN:
            table[code] = None
        elif category == "Nd":
            table[code] = str(unicodedata.digit(chr(code)))
    return {**table, **SIGNS}
