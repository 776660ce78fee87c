"""Whether digits are somebody's number: by their check digit, and by how likely accident is.

Bare numbers need judgement. A pseudonym of ten digits meets the NHS rule once in eleven times, so that a column of
pseudonyms holds such numbers by accident, and a column of NHS numbers holds nothing else. A kind of number is
therefore believed where most of what is written like it meets its rule, and either so many do that accident is out of
the question (the binomial probability of as many is below one in a thousand: three of three NHS numbers), or what is
written so is foreign to its column. Outside the columns of pseudonyms, numbers within a text, or grouped as their kind
is written, need no such proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import bdtrc

from cgh_analysis.ingest.identifiers.calendar import COMPACT_DATE
from cgh_analysis.ingest.identifiers.national import NUMBERS, Number
from cgh_analysis.ingest.identifiers.patterns import LONG
from cgh_analysis.ingest.identifiers.texts import Hits, filled, match

SEPARATORS: Final = r"[ .\-/+]"
ACCIDENT: Final = 1e-3
COMPACT: Final = 8
COMPACT_BY_CHANCE: Final = 0.002
SAMPLE: Final = 5000


def believed(met: int, written: int, chance: float, foreign: bool) -> bool:
    """Say whether numbers that meet a rule are of its kind (see above); where they are foreign, single ones are."""
    if met * 2 <= written:
        return False
    return foreign or bool(bdtrc(met - 1, written, chance) < ACCIDENT)


def bare_numbers(texts: pa.Array, place: np.ndarray, is_id: bool) -> Hits:
    """Judge cells that are nothing but eight digits or more, of one column; each length by itself."""
    found: Hits = {}
    if not len(place):
        return found
    bare, given = texts.take(place), filled(texts)
    measured = _measured(texts, len(place))
    if not is_id and not measured:
        found["long numbers"] = place[match(bare, LONG)]
    lengths = pc.binary_length(bare).to_numpy(zero_copy_only=False)
    for length in np.unique(lengths):
        alike = np.flatnonzero(lengths == length)
        foreign = not measured and len(alike) * 2 <= given
        for what, hits in _of_length(bare.take(alike), int(length), foreign):
            found[what] = np.union1d(found.get(what, place[:0]), place[alike[hits]])
    return found


def _of_length(bare: pa.Array, length: int, foreign: bool) -> Iterator[tuple[str, np.ndarray]]:
    """What numbers of one length could be, judged by a sample where they are many, and which of them are that."""
    step = max(len(bare) // SAMPLE, 1)
    sample = bare.take(np.arange(0, len(bare), step))
    if length == COMPACT:
        dates = match(sample, COMPACT_DATE)
        if believed(int(dates.sum()), len(sample), COMPACT_BY_CHANCE, foreign):
            yield "full dates", np.flatnonzero(match(bare, COMPACT_DATE))
    for number in NUMBERS:
        written = match(sample, f"^({number.form})$")
        met = valid(sample.filter(pa.array(written)).to_pylist(), number)
        if len(met) and believed(int(met.sum()), len(met), number.chance, foreign):
            every = np.flatnonzero(match(bare, f"^({number.form})$"))
            yield number.what, every[valid(bare.take(every).to_pylist(), number)]


def _measured(texts: pa.Array, long: int) -> bool:
    """Whether long numbers end a column of numbers of every length, as counts of copies a millilitre do."""
    return bool(match(texts, "^[0-9]{5,7}$").sum() * 2 >= long)


def valid(numbers: list[str], number: Number) -> np.ndarray:
    """Say which texts, each wholly of a number's form, meet its rule."""
    plain = np.array([re.sub(SEPARATORS, "", n).upper() for n in numbers], dtype=bytes)
    lengths = np.char.str_len(plain)
    met = np.zeros(len(plain), dtype=bool)
    for length in np.unique(lengths):
        alike = lengths == length
        chars = plain[alike].astype(f"S{length}").view(np.uint8).reshape(-1, length).astype(np.int64)
        # one digit all over meets many rules and is nobody's
        met[alike] = number.check(chars) & (chars[:, 1:] != chars[:, :1]).any(axis=1)
    return met


def any_valid(texts: list[str], number: Number) -> np.ndarray:
    """Say which texts hold, among other things, a number that meets its rule."""
    form = re.compile(f"(?<![0-9A-Za-z])(?<![0-9][.,])(?:{number.form})(?![0-9A-Za-z]|[.,][0-9])")
    held = [(i, m.group()) for i, text in enumerate(texts) for m in form.finditer(text)]
    hits = np.zeros(len(texts), dtype=bool)
    if held:
        met = valid([n for _, n in held], number)
        hits[np.array([i for i, _ in held])[met]] = True
    return hits
