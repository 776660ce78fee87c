"""Cells that look like a person: found before anything else is done with them, and never shown."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
EMAIL = r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"
PHONE = r"(^|[^0-9.,])\+[0-9][0-9 ().-]{7,}[0-9]"
DIGITS = r"^\(?[0-9]{9,15}$|^\(?0[0-9]{2,4}\)?[ /-][0-9]{3,4}[ -]?[0-9]{3,5}$|^[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}$"
DATE = (
    r"(^|[^0-9])((19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](19|20)[0-9]{2}"
    r"|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2})($|[^0-9])"
    rf"|(?i:\b[0-9]{{1,2}}[ .-]+({MONTHS})[a-z]*[ .,-]+[0-9]{{4}}\b)"
)
WEB = r"(?i:\b(https?://|www\.)\S)"
NETWORK = r"(^|[^0-9.])([0-9]{1,3}\.){3}[0-9]{1,3}($|[^0-9.])"
POSTCODE = r"\b[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}\b"
TITLED = r"\b(Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Monsieur|Madame|Mme)\.? +\p{Lu}\p{Ll}"
DETECTORS: Final = {
    "e-mail addresses": EMAIL,
    "phone numbers": PHONE,
    "long numbers": DIGITS,
    "full dates": DATE,
    "web addresses": WEB,
    "network addresses": NETWORK,
    "postcodes": POSTCODE,
    "names with a title": TITLED,
}
SHORTEST: Final = 5
PEOPLE_IN_NAMES: Final = re.compile(
    r"(^|_)(dob|birth\w*|nhs|ssn|mrn|phone|telephone|mobile|e_?mail|address|postcode|zip_?code|surname|forename)(_|$)"
    r"|^((patient|subject|person|first|last|full|family|given|middle|maiden)_?)?names?$"
)
MASK: Final = "***"
SHOWN: Final = 40


def match(texts: np.ndarray, pattern: str) -> np.ndarray:
    """Say which texts match a pattern (RE2 syntax)."""
    matched = pc.match_substring_regex(pa.array(texts, type=pa.string()), pattern)
    return np.asarray(matched.to_numpy(zero_copy_only=False), dtype=bool)


def identifying(texts: np.ndarray, *, is_id: bool = False) -> dict[str, np.ndarray]:
    """Say for each detector which texts it takes for an identifier; a column of pseudonyms may hold long numbers."""
    wanted = {what: pattern for what, pattern in DETECTORS.items() if not (is_id and pattern == DIGITS)}
    candidates = pc.greater_equal(pc.utf8_length(pa.array(texts, type=pa.string())), SHORTEST)
    long = np.flatnonzero(candidates.to_numpy(zero_copy_only=False))
    hits = {what: np.zeros(len(texts), dtype=bool) for what in wanted}
    for what, pattern in wanted.items():
        hits[what][long] = match(texts[long], pattern)
    return hits


def names_people(column: str) -> bool:
    """Say whether a column is called as one that identifies people is.

    >>> names_people("Patient Name"), names_people("visit_name")
    (True, False)
    """
    spelt = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()).strip("_")
    return PEOPLE_IN_NAMES.search(spelt) is not None


def shown(text: str) -> str:
    """Return a value as it may be shown: on one line, at most 40 characters, masked where it could name a person.

    >>> shown("105"), shown("a.nother@example.org")
    ('105', '***')
    """
    return shown_all(np.array([text], dtype=object))[0]


def shown_all(texts: np.ndarray) -> list[str]:
    """Return values as they may be shown, each as `shown` gives it."""
    lines = np.array([" ".join(t.split()) for t in texts], dtype=object)
    masked = np.any(list(identifying(lines).values()), axis=0)
    return [MASK if m else t if len(t) <= SHOWN else t[: SHOWN - 1] + "…" for t, m in zip(lines, masked, strict=True)]
