"""Pseudonyms: the same for the same id under the same key, in whatever file, and nothing without the key."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

import numpy as np

from cgh_analysis.errors import DataError

PREFIX: Final = "p"
LENGTH: Final = 20
# no digit, so that no detector and no spreadsheet takes it for a number; no vowel, so that it is no word
LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjkmnqrstvx")
# what the key is used for, so that no other use of it gives the same letters
PURPOSE: Final = b"patient_id\0"


def pseudonym(patient_id: str, key: bytes) -> str:
    """Return the pseudonym of an id: HMAC-SHA-256 (FIPS 198-1) of it, the first 80 bits in letters.

    >>> pseudonym("P1", b"0" * 32) == pseudonym(" P1 ", b"0" * 32) != pseudonym("P2", b"0" * 32)
    True
    """
    seal = hmac.new(key, PURPOSE + normalised(patient_id).encode("utf-8"), hashlib.sha256).digest()
    return PREFIX + seal.hex()[:LENGTH].translate(LETTERS)


def pseudonyms(ids: np.ndarray, key: bytes) -> np.ndarray:
    """Return the pseudonym of each id, and nothing for a blank one."""
    return np.array([pseudonym(i, key) if normalised(i) else "" for i in ids], dtype=object)


def refuse_collisions(given: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Refuse ids of several files (and their pseudonyms) where two that differ have one pseudonym."""
    owner: dict[str, str] = {}
    for ids, names in given:
        for i, name in zip(map(normalised, ids), names, strict=True):
            if name and owner.setdefault(name, i) != i:
                raise DataError("Two ids have the same pseudonym.", remedy="Use another key.")


def normalised(patient_id: str) -> str:
    """Return an id in one form: the same letters in the same code (NFC), without space around or doubled within.

    Case and leading zeros stay: whether P7 is p7 or P007 is for the study to say.
    """
    return " ".join(unicodedata.normalize("NFC", patient_id).split())
