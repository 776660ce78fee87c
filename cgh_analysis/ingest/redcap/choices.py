"""The choices of a field, "1, one | 2, two", and the columns that a checkbox's choices become in an export."""

from __future__ import annotations

import html
import re
from typing import Final

YES_NO: Final = {"1": "Yes", "0": "No"}
TRUE_FALSE: Final = {"1": "True", "0": "False"}
CHECKED: Final = {"1": "Checked", "0": "Unchecked"}
UNCHECKED: Final = ("0", CHECKED["0"])
STATUS: Final = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
TAG: Final = re.compile(r"</?[a-zA-Z][^>]*>")

# the choices of a field, and what is wrong with how they are written
Parsed = tuple[dict[str, str], list[str]]


def parse_choices(text: str) -> Parsed:
    """Return labels by code, and what cannot be meant: a code that is blank, or given twice.

    A choice without a comma is its own label, as REDCap has it.

    >>> parse_choices("-1, no | 2, yes, often")
    ({'-1': 'no', '2': 'yes, often'}, [])
    """
    choices: dict[str, str] = {}
    faults = []
    for part in text.split("|"):
        code, comma, label = (piece.strip() for piece in part.partition(","))
        if not code:
            faults.append("a choice has no code")
        elif code in choices:
            faults.append(f"the code {code!r} is given twice")
        choices.setdefault(code, plain(label if comma else code))
    return {code: label for code, label in choices.items() if code}, faults


def checkbox_columns(field: str, code: str) -> tuple[str, ...]:
    """Return the names that exports have for one choice of a checkbox: today's first, then those of older versions.

    REDCap lower-cases the code and drops signs that a name cannot have; '-' becomes '_', and so does '.' now.

    >>> checkbox_columns("race", "-99"), checkbox_columns("race", "A.1")
    (('race____99',), ('race___a_1', 'race___a1'))
    """
    dashed = code.lower().replace("-", "_")
    spellings = (dashed.replace(".", "_"), dashed)
    return tuple(dict.fromkeys(f"{field}___{re.sub('[^a-z0-9_]', '', spelt)}" for spelt in spellings))


def plain(text: str) -> str:
    """Return a label without markup and line ends, as an export of labels has it.

    >>> plain("<b>Neck</b> &amp; head\\n")
    'Neck & head'
    """
    return " ".join(html.unescape(TAG.sub("", text)).split())
