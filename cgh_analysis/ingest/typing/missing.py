"""Numbers that people write for 'missing': none is read as such unless the study file declares it."""

from __future__ import annotations

from typing import Final

import numpy as np

_WRITTEN: Final = ("7", "8", "9", *(digit * times for digit in "6789" for times in (2, 3, 4)), "99999")
# a single digit alone is a value of every scale, below 0 of none
MISSING_CODES: Final = frozenset(
    f"{sign}{number}{decimals}"
    for number in _WRITTEN
    for sign in ("-", "")
    for decimals in ("", ".0", ".00", ",0", ",00")
    if sign or len(number) > 1
)


def like_missing(texts: np.ndarray) -> np.ndarray:
    """Say which of the distinct texts outside of a range look like codes: none, where most texts there do not.

    >>> like_missing(np.array(["-99", "105"])).tolist(), like_missing(np.array(["66", "71", "83"])).tolist()
    ([True, False], [False, False, False])
    """
    codes = np.array([text in MISSING_CODES for text in texts], dtype=bool)
    return codes & (2 * codes.sum() >= len(codes))
