"""Marks on the bytes of a block, 64 to a word: what is counted and compared of them is an eighth of the bytes."""

from __future__ import annotations

from typing import Final

import numpy as np

WORD: Final = 64
_LAST, _ONE = np.uint64(WORD - 1), np.uint64(1)
# ones counted by pairs, fours and eights of bits, then the eights added up in the highest
_PAIRS, _FOURS, _EIGHTS = (np.uint64(n) for n in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F))
_ADDED: Final = np.uint64(0x0101010101010101)


def pack(mask: np.ndarray) -> np.ndarray:
    """Return the words of a mask, the first place lowest, with noughts after the last.

    >>> pack(np.array([True, False, True])).tolist()
    [5]
    """
    bits = np.packbits(mask, bitorder="little")
    return np.append(bits, np.zeros(-len(bits) % 8, dtype=np.uint8)).view("<u8")


def places(words: np.ndarray, count: int) -> np.ndarray:
    """Return where the first `count` places are marked."""
    return np.flatnonzero(np.unpackbits(words.view(np.uint8), count=count, bitorder="little").view(bool))


def odd_so_far(words: np.ndarray, odd: bool) -> np.ndarray:
    """Mark the places up to and with which the number of marks is odd, `odd` standing for those before the block."""
    for shift in (1, 2, 4, 8, 16, 32):
        words = words ^ (words << np.uint64(shift))
    carried = np.bitwise_xor.accumulate(np.append(odd, words[:-1] >> _LAST).astype(bool))
    return np.where(carried, ~words, words)


def next_to(words: np.ndarray, first: bool) -> np.ndarray:
    """Mark the places after marked ones, and the first where what stands before the block is marked."""
    return (words << _ONE) | np.append(np.uint64(first), words[:-1] >> _LAST)


def before_one(words: np.ndarray, last: bool, count: int) -> np.ndarray:
    """Mark the places before marked ones, and the last of `count` where what stands after the block is marked."""
    moved = (words >> _ONE) | np.append(words[1:] << _LAST, np.uint64(0))
    moved[(count - 1) // WORD] |= np.uint64(last) << np.uint64((count - 1) % WORD)
    return moved


def is_marked(words: np.ndarray, place: int) -> bool:
    """Say whether one place is marked."""
    return bool((words[place // WORD] >> np.uint64(place % WORD)) & _ONE)


def marked(words: np.ndarray) -> int:
    """Count the marks."""
    return int(_ones(words).sum())


def marked_before(words: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Count the marks before each of some places."""
    word = at // WORD
    whole = np.append(0, np.cumsum(_ones(words)))
    lower = (_ONE << (at % WORD).astype(np.uint64)) - _ONE
    counted: np.ndarray = whole[word] + _ones(words[word] & lower)
    return counted


def _ones(words: np.ndarray) -> np.ndarray:
    words = words - ((words >> _ONE) & _PAIRS)
    words = (words & _FOURS) + ((words >> np.uint64(2)) & _FOURS)
    words = (words + (words >> np.uint64(4))) & _EIGHTS
    return ((words * _ADDED) >> np.uint64(WORD - 8)).astype(np.int64)
