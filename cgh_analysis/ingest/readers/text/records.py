"""Where the records of delimited text begin and how many cells each has, counted from the bytes without a parser.

RFC 4180: a quote opens a cell at its start and closes it at its end, a doubled quote inside stands for one; line ends
and separators between quotes belong to the cell. Whatever parses the file afterwards must come to the same count.

The text is gone through in blocks, so that what is held on the way does not grow with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

QUOTE, LINE_END, SPACE = 34, 10, 32
BLOCK: Final = 1 << 20
WORD: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Records of a text: first byte, end, physical line (1-based) and number of cells of each; `blank_lines` aside."""

    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray
    cells: np.ndarray
    blank_lines: int


def scan(data: bytes, separator: str) -> Records:
    """Find the records of a text of less than 2 GB whose lines end in a line feed and whose quotes are sound.

    >>> scan(b'a,b\\n1,"x\\ny"\\n\\n2\\n', ",").cells.tolist()
    [2, 2, 1]
    """
    text = np.frombuffer(data, dtype=np.uint8)
    whole, empty = _go_through(text, separator)
    blank = _blank(text, whole)
    starts, ends, lines, cells = whole[:, ~blank] if blank.any() else whole
    return Records(starts=starts, ends=ends, lines=lines, cells=cells, blank_lines=empty + int(blank.sum()))


def quote_fault(data: bytes, separator: str) -> tuple[str, int] | None:
    """Return the rule that the first unsound quote breaks and the physical line of its opening; None if all are sound.

    >>> quote_fault(b'a,b\\n1,"x\\n2,y\\n', ",")
    ('unclosed_quote', 2)
    """
    if b'"' not in data:
        return None
    text = np.frombuffer(data, dtype=np.uint8)
    until, odd = None, False
    for start, block, inside in _blocks(text):
        until = _unsound(text, start, block, inside, separator) if until is None else until
        odd = bool(inside[-1])
    if until is None and not odd:
        return None
    opened = data.rfind(b'"', 0, until)
    return ("unclosed_quote" if odd else "stray_quote"), 1 + data.count(b"\n", 0, opened)


def first_line(text: bytes) -> bytes:
    """Return a text up to its first line end."""
    end = text.find(b"\n")
    return text if end < 0 else text[:end]


def _go_through(text: np.ndarray, separator: str) -> tuple[np.ndarray, int]:
    """Return starts, ends, physical lines and numbers of cells of the records, and how many lines are empty.

    A record has an edge for each of its cells: a separator or line end that no open quote encloses.
    """
    parts = [np.empty((4, 0), dtype=np.int32)]
    empty = edges = feeds = 0
    begin, line, edge_before = 0, 1, -1
    for start, block, inside in _blocks(text):
        feed = block == LINE_END
        edge = feed | (block == ord(separator))
        edge = np.flatnonzero(edge & ~inside if inside.any() else edge)
        ends = np.flatnonzero(block[edge] == LINE_END)
        fed = int(np.count_nonzero(feed))
        if len(ends):
            stops, places = edge[ends] + start, ends + edges
            # of every line end, enclosed or not, how many come before it
            before = np.arange(len(ends)) if fed == len(ends) else np.searchsorted(np.flatnonzero(feed), edge[ends])
            lines = before + feeds + 2
            starts = np.append(begin, stops[:-1] + 1)
            part = np.stack([starts, stops, np.append(line, lines[:-1]), np.diff(places, prepend=edge_before)])
            filled = stops > starts
            parts.append(part[:, filled].astype(np.int32))
            empty += int(np.count_nonzero(~filled))
            begin, line, edge_before = int(stops[-1]) + 1, int(lines[-1]), int(places[-1])
        edges += len(edge)
        feeds += fed
    if begin < len(text):
        parts.append(np.array([[begin], [len(text)], [line], [edges - edge_before]], dtype=np.int32))
    return np.concatenate(parts, axis=1), empty


def _blocks(text: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Go through the text: where each block starts, the block, and which of its bytes an open quote encloses.

    An opening quote counts as enclosed, a closing one does not.
    """
    odd = False
    for start in range(0, len(text), BLOCK):
        block = text[start : start + BLOCK]
        quotes = block == QUOTE
        inside = _odd_so_far(quotes, odd) if quotes.any() else np.full(len(block), odd)
        odd = bool(inside[-1])
        yield start, block, inside


def _odd_so_far(mask: np.ndarray, odd: bool) -> np.ndarray:
    """Say at each place whether the number of marks up to and with it is odd, 64 places at a time."""
    bits = np.packbits(mask, bitorder="little")
    words = np.append(bits, np.zeros(-len(bits) % 8, dtype=np.uint8)).view("<u8")
    for shift in (1, 2, 4, 8, 16, 32):
        words = words ^ (words << np.uint64(shift))
    carried = np.bitwise_xor.accumulate(np.append(odd, words[:-1] >> np.uint64(WORD - 1)).astype(bool))
    words = np.where(carried, ~words, words).astype("<u8")
    return np.unpackbits(words.view(np.uint8), count=len(mask), bitorder="little").view(bool)


def _unsound(text: np.ndarray, start: int, block: np.ndarray, inside: np.ndarray, separator: str) -> int | None:
    """Up to where the first quote of a block opens that opens, or closes, in the middle of a cell."""
    around = text[max(start - 1, 0) : start + len(block) + 1]
    edge = np.ones(len(block) + 2, dtype=bool)
    first = 0 if start else 1
    edge[first : first + len(around)] = (around == QUOTE) | (around == LINE_END) | (around == ord(separator))
    faults = np.flatnonzero((block == QUOTE) & ~np.where(inside, edge[:-2], edge[2:]))
    # what closes in the wrong place was opened by the quote before it
    return int(start + faults[0] + inside[faults[0]]) if len(faults) else None


def _blank(text: np.ndarray, records: np.ndarray) -> np.ndarray:
    """Which records are lines with nothing on them but space."""
    blank = np.zeros(records.shape[1], dtype=bool)
    one = np.flatnonzero(records[3] == 1)
    if len(one):
        bounds = records[:2, one].T.ravel()
        # the highest byte from each start to its end; the last end may be that of the text
        blank[one] = np.maximum.reduceat(text, bounds[bounds < len(text)])[::2] <= SPACE
    return blank
