"""Check digits of public rules, over matrices of characters: one row a number, without its separators, upper case."""

from __future__ import annotations

from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.int64]]
Verdicts = np.ndarray[Any, np.dtype[np.bool_]]
_ZERO, _A = ord("0"), ord("A")


def digits(chars: Matrix) -> Matrix:
    """Return the values of digits, and 10 to 35 for the letters A to Z (ISO 7064, ISO 13616)."""
    return np.where(chars < _A, chars - _ZERO, chars - _A + 10)


def one_of(letters: str, place: Matrix) -> Matrix:
    """Return the character at a place in a string of check characters."""
    return np.frombuffer(letters.encode("ascii"), dtype=np.uint8).astype(np.int64)[place]


def total(chars: Matrix, weights: tuple[int, ...], start: int = 0) -> Matrix:
    """Return the weighted sum of the digits that begin at a place."""
    given: Matrix = digits(chars[:, start : start + len(weights)]) @ np.array(weights, dtype=np.int64)
    return given


def whole(chars: Matrix, first: int, last: int) -> Matrix:
    """Return the characters from one place up to another as a whole number."""
    powers = 10 ** np.arange(last - first - 1, -1, -1, dtype=np.int64)
    number: Matrix = digits(chars[:, first:last]) @ powers
    return number


def luhn(chars: Matrix) -> Verdicts:
    """Luhn's rule (ISO/IEC 7812-1, annex B): from the right every second digit is doubled; the sum ends in 0."""
    values = digits(chars).copy()
    doubled = values[:, -2::-2] * 2
    values[:, -2::-2] = np.where(doubled > 9, doubled - 9, doubled)
    return values.sum(axis=1) % 10 == 0


def ean13(chars: Matrix) -> Verdicts:
    """GS1's rule: weights 1 and 3 in turn; the sum ends in 0."""
    return total(chars, (1, 3) * 6 + (1,)) % 10 == 0


def mod97(chars: Matrix) -> Verdicts:
    """ISO 7064 MOD 97-10 as IBAN has it: the first four characters go last, letters are two digits, the rest is 1."""
    values = digits(np.hstack([chars[:, 4:], chars[:, :4]]))
    rest = np.zeros(len(chars), dtype=np.int64)
    for column in values.T:
        rest = (rest * np.where(column > 9, 100, 10) + column) % 97
    return rest == 1


def mod11_10(chars: Matrix) -> Verdicts:
    """ISO 7064 MOD 11,10 over all digits but the last, which is the check digit."""
    product = np.full(len(chars), 10, dtype=np.int64)
    for column in digits(chars[:, :-1]).T:
        rest = (column + product) % 10
        product = np.where(rest == 0, 10, rest) * 2 % 11
    return (11 - product) % 10 == digits(chars)[:, -1]


_TIMES = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ]
)
_TURN = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4])


def verhoeff(chars: Matrix) -> Verdicts:
    """Verhoeff's rule (Error Detecting Decimal Codes, 1969): products in the dihedral group of ten, from the right."""
    held = np.zeros(len(chars), dtype=np.int64)
    turned = np.arange(10)
    for column in digits(chars)[:, ::-1].T:
        held = _TIMES[held, turned[column]]
        turned = _TURN[turned]
    return held == 0


def day_and_month(day: Matrix, month: Matrix) -> Verdicts:
    """Say which days are in which months, in a leap year."""
    longest = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    known = (month >= 1) & (month <= 12)
    return known & (day >= 1) & (day <= longest[np.where(known, month, 0)])
