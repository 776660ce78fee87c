"""What may be shown: a value, the name of a file or column, words of a message; masked where they could name people."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

import numpy as np

from cgh_analysis.ingest.identifiers.detect import PLAIN, everything
from cgh_analysis.ingest.identifiers.folded import fold, folded
from cgh_analysis.ingest.identifiers.patterns import PATTERNS
from cgh_analysis.ingest.identifiers.texts import arrow, match

MASK: Final = "***"
SHOWN: Final = 40
# what is cut off is not looked at; an identifier that the cut parts is
LOOKED_AT: Final = 400
SHORTEST: Final = 5
FEW: Final = 100
# every pattern needs one of these
_HINT: Final = re.compile(r"[0-9@.:<A-ZÀ-ÖØ-ÞĀ-Ž]")
_QUOTED: Final = re.compile(r"'[^']*'")


def shown(text: str) -> str:
    """Return a value as it may be shown: on one line, at most 40 characters, masked where it could name a person.

    >>> shown("105"), shown("a.nother@example.org")
    ('105', '***')
    """
    line = _line(text)
    return MASK if suspicious(line) else _cut(line)


def shown_all(texts: np.ndarray) -> list[str]:
    """Return values as they may be shown, each as `shown` gives it."""
    lines = np.array([_line(t) for t in texts], dtype=object)
    doubtful = np.flatnonzero(~match(lines, PLAIN))
    # all patterns in one take longer to read than to try on a few texts
    likely = doubtful if len(doubtful) < FEW else doubtful[match(folded(arrow(lines[doubtful])), everything())]
    masked = np.zeros(len(lines), dtype=bool)
    masked[likely] = [suspicious(t) for t in lines[likely]]
    return [MASK if m else _cut(t) for t, m in zip(lines, masked, strict=True)]


@lru_cache(maxsize=4096)
def shown_name(name: str) -> str:
    """Return the name of a column whole, or masked.

    >>> shown_name("pain_nprs"), shown_name("a.nother@example.org")
    ('pain_nprs', '***')
    """
    return MASK if suspicious(name) or suspicious(name.replace("_", " ")) else name


@lru_cache(maxsize=4096)
def shown_file(name: str) -> str:
    """Return the name of a file whole, or masked but for its ending; the date of an export names nobody.

    >>> shown_file("export_2024-03-12.csv"), shown_file("Smith_1957-03-12.csv")
    ('export_2024-03-12.csv', '***.csv')
    """
    bare = without_export_date(name)
    if shown_name(bare) != MASK:
        return name
    stem, dot, kind = bare.rpartition(".")
    return f"{MASK}.{kind}" if dot and re.fullmatch("[A-Za-z0-9]{2,8}", kind) and shown_name(stem) == MASK else MASK


@lru_cache(maxsize=4096)
def redacted(words: str) -> str:
    """Return words of a message with what could name a person masked: what is quoted, or else the whole.

    >>> redacted("'age', 'a.nother@example.org'")
    "'age', '***'"
    """
    if not suspicious(words):
        return words
    mended = _QUOTED.sub(lambda m: f"'{MASK}'" if suspicious(m.group()[1:-1]) else m.group(), words)
    return MASK if suspicious(mended) else mended


def suspicious(text: str) -> bool:
    """Say whether a text could name a person; numbers need not meet their check digits for it."""
    some = fold(text[:LOOKED_AT])
    if len(some) < SHORTEST or not _HINT.search(some) or re.match(PLAIN, some) or not _everything().search(some):
        return False
    looks_like = [p.unless for p in PATTERNS if p.unless and re.search(p.pattern, some)]
    return not looks_like or not any(re.search(unless, some) for unless in looks_like)


def without_export_date(name: str) -> str:
    """Take dates of this century out of a file's name: files are named after the day of their export."""
    return re.sub(
        r"(?<![0-9])20[0-9]{2}[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2][0-9]|3[01])([-_T]?[0-9]{4,6})?(?![0-9])", "", name
    )


def _line(text: str) -> str:
    return " ".join(text[: 4 * LOOKED_AT].split())


def _cut(line: str) -> str:
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


@cache
def _everything() -> re.Pattern[str]:
    return re.compile(everything())
