"""Where the records of delimited text begin and how many cells each has, counted from the bytes without a parser.

RFC 4180: a quote opens a cell at its start and closes it at its end, a doubled quote inside stands for one; line ends
and separators between quotes belong to the cell. Whatever parses the file afterwards must come to the same count.

The text is gone through in blocks, so that what is held on the way does not grow with it. Whether a block begins within
quotes is found out first: then each can be looked at by itself, and two at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from cgh_analysis.ingest.readers.text.bits import (
    before_one,
    is_marked,
    marked,
    marked_before,
    next_to,
    odd_so_far,
    pack,
    places,
)
from cgh_analysis.ingest.threads import in_order

QUOTE, LINE_END, SPACE = 34, 10, 32
BLOCK: Final = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Records of a text: first byte, end, physical line (1-based) and number of cells of each; `blank_lines` aside.

    `enclosed` says whether a line end stands within a cell.
    """

    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray
    cells: np.ndarray
    blank_lines: int
    enclosed: bool


class _Begin(NamedTuple):
    """Where a block begins, whether within quotes, and whether any stand in it."""

    start: int
    odd: bool
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Where records begin and end in a block, with the line ends before each beginning, the separators before each end.

    A line end within quotes ends nothing, but is counted; a separator there is not. Lines with nothing on them are no
    records, and are `ended` all the same.
    """

    starts: np.ndarray
    ends: np.ndarray
    lines_before: np.ndarray
    separators_before: np.ndarray
    lines: int
    ended: int
    separators: int


def scan(data: bytes, separator: str) -> Records:
    """Find the records of a text of less than 2 GB whose lines end in a line feed and whose quotes are sound.

    >>> scan(b'a,b\\n1,"x\\ny"\\n\\n2\\n', ",").cells.tolist()
    [2, 2, 1]
    """
    text = np.frombuffer(data, dtype=np.uint8)
    blocks = in_order(partial(_counted, text, ord(separator)), _begun(data)[:-1])
    whole = _joined(blocks, len(text))
    blank = _blank(text, whole)
    starts, ends, lines, cells = whole[:, ~blank] if blank.any() else whole
    empty = sum(block.ended - len(block.ends) for block in blocks)
    return Records(
        starts=starts,
        ends=ends,
        lines=lines,
        cells=cells,
        blank_lines=empty + int(np.count_nonzero(blank)),
        enclosed=any(block.lines > block.ended for block in blocks),
    )


def quote_fault(data: bytes, separator: str) -> tuple[str, int] | None:
    """Return the rule that the first unsound quote breaks and the physical line of its opening; None if all are sound.

    >>> quote_fault(b'a,b\\n1,"x\\n2,y\\n', ",")
    ('unclosed_quote', 2)
    """
    if b'"' not in data:
        return None
    text = np.frombuffer(data, dtype=np.uint8)
    *blocks, (_, odd, _) = _begun(data)
    unsound = in_order(partial(_unsound, text, ord(separator)), blocks)
    until = next((place for place in unsound if place is not None), None)
    if until is None and not odd:
        return None
    opened = data.rfind(b'"', 0, until)
    return ("unclosed_quote" if odd else "stray_quote"), 1 + data.count(b"\n", 0, opened)


def first_line(text: bytes) -> bytes:
    """Return a text up to its first line end."""
    end = text.find(b"\n")
    return text if end < 0 else text[:end]


def _begun(data: bytes) -> list[_Begin]:
    """How each block begins; at last, how what comes after the text would."""
    text = np.frombuffer(data, dtype=np.uint8)
    starts = range(0, len(text), BLOCK)
    quotes = [0] * len(starts)
    if b'"' in data:
        quotes = in_order(lambda start: int(np.count_nonzero(text[start : start + BLOCK] == QUOTE)), starts)
    odd = np.cumsum([0, *quotes]) % 2 == 1
    return [_Begin(*of) for of in zip([*starts, len(text)], odd.tolist(), [*map(bool, quotes), False], strict=True)]


def _counted(text: np.ndarray, separator: int, begin: _Begin) -> _Block:
    start, odd, quoted = begin
    block = text[start : start + BLOCK]
    lines, separators = pack(block == LINE_END), pack(block == separator)
    ended = lines
    if odd or quoted:
        outside = ~odd_so_far(pack(block == QUOTE), odd)
        ended, separators = lines & outside, separators & outside
    fed, done = (marked(lines),) * 2 if ended is lines else (marked(lines), marked(ended))
    # what follows the end of a record, or the block's beginning, begins one
    first = not odd and (start == 0 or text[start - 1] == LINE_END)
    starts, ends = _edges(ended, done, first, len(block))
    plain = fed == len(ends)
    return _Block(
        starts=(starts + start).astype(np.int32),
        ends=(ends + start).astype(np.int32),
        lines_before=(np.arange(len(starts)) + (not first) if plain else marked_before(lines, starts)).astype(np.int32),
        separators_before=marked_before(separators, ends).astype(np.int32),
        lines=fed,
        ended=done,
        separators=marked(separators),
    )


def _edges(ended: np.ndarray, done: int, first: bool, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where records begin and end that are not empty: an end that comes right after another ends nothing."""
    after = next_to(ended, first)
    ends = places(ended & ~after, count)
    if done > len(ends):
        return places(after & ~ended, count), ends
    # where none is empty, what is known need not be looked for
    starts = np.append(np.zeros(int(first), dtype=np.int64), ends + 1)
    return starts[starts < count], ends


def _joined(blocks: list[_Block], length: int) -> np.ndarray:
    """Starts, ends, physical lines and numbers of cells of the records, that without a line end included."""
    nothing = np.empty(0, dtype=np.int32)
    lines = np.cumsum([0, *(b.lines for b in blocks)], dtype=np.int32)
    separators = np.cumsum([0, *(b.separators for b in blocks)], dtype=np.int32)
    starts, ends = (
        np.concatenate([nothing, *parts]) for parts in ((b.starts for b in blocks), (b.ends for b in blocks))
    )
    lines_before = np.concatenate([nothing, *(b.lines_before + n for b, n in zip(blocks, lines, strict=False))])
    before = np.concatenate([nothing, *(b.separators_before + n for b, n in zip(blocks, separators, strict=False))])
    if len(starts) > len(ends):
        ends, before = np.append(ends, np.int32(length)), np.append(before, separators[-1:])
    cells = np.diff(before, prepend=np.int32(0)) + np.int32(1)
    return np.stack([starts, ends, lines_before + np.int32(1), cells])


def _unsound(text: np.ndarray, separator: int, begin: _Begin) -> int | None:
    """Up to where the first quote of a block opens that opens, or closes, in the middle of a cell."""
    start, odd, quoted = begin
    if not quoted:
        return None
    block = text[start : start + BLOCK]
    end = start + len(block)
    marks = np.array([QUOTE, LINE_END, separator], dtype=np.uint8)
    quotes = pack(block == QUOTE)
    edges = quotes | pack(block == LINE_END) | pack(block == separator)
    inside = odd_so_far(quotes, odd)
    opening = next_to(edges, start == 0 or text[start - 1] in marks)
    closing = before_one(edges, end == len(text) or text[end] in marks, len(block))
    faults = quotes & ~(inside & opening | ~inside & closing)
    if not faults.any():
        return None
    first = int(places(faults, len(block))[0])
    # what closes in the wrong place was opened by the quote before it; a quote that opens is enclosed itself
    return start + first + is_marked(inside, first)


def _blank(text: np.ndarray, records: np.ndarray) -> np.ndarray:
    """Which records are lines with nothing on them but space."""
    blank = np.zeros(records.shape[1], dtype=bool)
    one = np.flatnonzero(records[3] == 1)
    if len(one):
        bounds = records[:2, one].T.ravel()
        # the highest byte from each start to its end; the last end may be that of the text
        blank[one] = np.maximum.reduceat(text, bounds[bounds < len(text)])[::2] <= SPACE
    return blank
