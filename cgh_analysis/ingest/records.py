"""Where the records of delimited text begin and how many cells each has, counted from the bytes without a parser.

RFC 4180: a quote opens a cell at its start and closes it at its end, a doubled quote inside stands for one; line ends
and separators between quotes belong to the cell. Whatever parses the file afterwards must come to the same count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

QUOTE, LINE_END, SPACE = 34, 10, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Records of a text: first byte, end, physical line (1-based) and number of cells of each; `blank_lines` aside."""

    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray
    cells: np.ndarray
    blank_lines: int


def scan(data: bytes, separator: str) -> Records:
    """Find the records of a text whose lines end in a line feed and whose quotes are sound.

    >>> scan(b'a,b\\n1,"x\\ny"\\n\\n2\\n', ",").cells.tolist()
    [2, 2, 1]
    """
    text = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(text == QUOTE)
    line_ends = np.flatnonzero(text == LINE_END)
    ends = _outside(line_ends, quotes)
    if len(text) and (not len(ends) or ends[-1] != len(text) - 1):
        ends = np.append(ends, len(text))
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)[: len(ends)]
    separators = _outside(np.flatnonzero(text == ord(separator)), quotes)
    cells = 1 + np.searchsorted(separators, ends) - np.searchsorted(separators, starts)
    ink = np.flatnonzero(text > SPACE)
    blank = (cells == 1) & (np.searchsorted(ink, ends) == np.searchsorted(ink, starts))
    return Records(
        starts=starts[~blank],
        ends=ends[~blank],
        lines=1 + np.searchsorted(line_ends, starts[~blank]),
        cells=cells[~blank],
        blank_lines=int(blank.sum()),
    )


def quote_fault(data: bytes, separator: str) -> tuple[str, int] | None:
    """Return the rule that the first unsound quote breaks and the physical line of its opening; None if all are sound.

    >>> quote_fault(b'a,b\\n1,"x\\n2,y\\n', ",")
    ('unclosed_quote', 2)
    """
    text = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(text == QUOTE)
    if not len(quotes):
        return None
    edges = np.array([QUOTE, LINE_END, ord(separator)], dtype=np.uint8)
    before = np.append(np.uint8(LINE_END), text)[quotes]
    after = np.append(text, np.uint8(LINE_END))[quotes + 1]
    opens = np.arange(len(quotes)) % 2 == 0
    unsound = np.flatnonzero(~np.where(opens, np.isin(before, edges), np.isin(after, edges)))
    odd = len(quotes) % 2 == 1
    if not odd and not len(unsound):
        return None
    at = unsound[0] - unsound[0] % 2 if len(unsound) else len(quotes) - 1
    line = 1 + int((text[: quotes[at]] == LINE_END).sum())
    return ("unclosed_quote" if odd else "stray_quote"), line


def _outside(positions: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """Keep the positions that no open quote encloses."""
    return positions[np.searchsorted(quotes, positions) % 2 == 0]
