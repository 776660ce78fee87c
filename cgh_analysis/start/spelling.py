"""Headers, labels and levels spelt in one way, and made into ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_ID = 40


def spelt(text: str) -> str:
    """Return a text in small letters without accents, its words joined by '_'.

    >>> spelt("Neck Disability-Index"), spelt("painVAS"), spelt("Durée (mois)")
    ('neck_disability_index', 'pain_vas', 'duree_mois')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", text.replace("ß", "ss"))
    plain = unicodedata.normalize("NFKD", parted).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def an_id(text: str, start: str) -> str:
    """Return an id made of a text; `start` begins it where the text alone makes none.

    >>> an_id("Manual therapy + exercise", "arm"), an_id("10,000 U", "arm"), an_id("治疗", "arm")
    ('manual_therapy_exercise', 'arm_10_000_u', 'arm')
    """
    made = spelt(text)[:LONGEST_ID].strip("_")
    return made if made[:1].isalpha() else f"{start}_{made}".strip("_")


def unlike(wanted: str, taken: Iterable[str]) -> str:
    """Return an id that is not taken yet: with a number behind it where it is.

    >>> unlike("arm", ["arm", "arm_2"])
    'arm_3'
    """
    known, name, number = set(taken), wanted, 1
    while name in known:
        number += 1
        name = f"{wanted}_{number}"
    return name
