"""Whether a column's values are what a canonical column holds, and what has to be declared for them to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cgh_analysis.ingest.typing.codes import FLAGS
from cgh_analysis.ingest.typing.numbers import OLDEST
from cgh_analysis.ingest.typing.units import conversion, known_units
from cgh_analysis.schema import Column
from cgh_analysis.start.aliases import MEANINGS, UNIT_WORDS
from cgh_analysis.start.levels import levels
from cgh_analysis.start.look import Look
from cgh_analysis.start.spelling import spelt

ENOUGH: Final = 0.95  # of the records: real files have slips, which `cgh check` then lists
MOST_LISTED: Final = 8
YES_NO: Final = ("no", "yes")
PERSONAL: Final = ("age_years",)  # no extreme of these is told: it could be one person's


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How values fit: `sure` with `why`, or else `todo`, the question to ask.

    `codes` are what levels stand for, and `unit` is the one that would make the values fit.
    """

    sure: bool
    why: str = ""
    todo: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    unit: str = ""


def fits(look: Look, column: Column) -> Fit:
    """Say whether a column's values are what a canonical column holds."""
    if not look.filled:
        return Fit(sure=False, todo="has no values yet")
    if column.kind in ("number", "integer"):
        return _number(look, column)
    if column.kind == "flag":
        return _levels(look, column, MEANINGS["flag"], "yes or no")
    if column.codes:
        spellings = {code: (code, code.replace("_", " ")) for code in column.codes}
        return _levels(look, column, {**spellings, **MEANINGS.get(column.name, {})}, ", ".join(column.codes))
    return Fit(sure=True)


def in_range(values: np.ndarray, column: Column) -> np.ndarray:
    """Say which values a canonical column could hold."""
    low = -np.inf if column.low is None else column.low
    # in a file that is not yet anonymised ages go beyond 90
    high = OLDEST if column.name in PERSONAL else np.inf if column.high is None else column.high
    whole = (values == np.round(values)) if column.kind == "integer" else np.ones(len(values), dtype=bool)
    fit: np.ndarray = (values >= low) & (values <= high) & whole
    return fit


def share(look: Look, mask: np.ndarray) -> float:
    """Return the share of the records, those with a word for missing apart, that a mask over the texts takes."""
    counted = ~look.blank | mask
    return float(look.counts[mask].sum() / max(look.counts[counted].sum(), 1))


def _number(look: Look, column: Column) -> Fit:
    values = look.values
    numeric = ~np.isnan(values)
    own = in_range(np.where(numeric, values, np.nan), column)
    if share(look, numeric) < ENOUGH:
        return Fit(sure=False, todo=f"holds no numbers, {column.name} does")
    hinted = [unit for unit in known_units(column) if _speaks_of(look, unit)]
    if hinted:
        return Fit(sure=False, todo="its name or label speaks of another unit: is it this one?", unit=hinted[0])
    if share(look, own) >= ENOUGH:
        return Fit(sure=True, why="values fit" if column.name in PERSONAL else f"values fit {_range(column)}")
    return _out_of_range(look, column)


def _out_of_range(look: Look, column: Column) -> Fit:
    known = ~look.blank & ~np.isnan(look.values)
    values = look.values[known]
    if column.kind == "integer" and share(look, known & (look.values != np.round(look.values))) > 1 - ENOUGH:
        return Fit(sure=False, todo=f"has fractions, {column.name} holds whole numbers")
    units = [u for u in known_units(column) if _would_fit(look, column, u)]
    personal = column.name in PERSONAL or not len(values)
    seen = "values do not fit" if personal else f"{values.min():g} to {values.max():g} in the file"
    holds = f"{column.name} holds {_range(column)}"
    if not units:
        return Fit(sure=False, todo=f"{seen}, {holds}")
    return Fit(sure=False, todo=f"{seen}, {holds}: is its unit {' or '.join(map(_quoted, units))}?", unit=units[0])


def _would_fit(look: Look, column: Column, unit: str) -> bool:
    convert = conversion(column, unit)
    return convert is not None and share(look, in_range(convert(look.values), column) & ~look.blank) >= ENOUGH


def _speaks_of(look: Look, unit: str) -> bool:
    words = {*look.spelt.split("_"), *spelt(look.title.replace("%", " percent ")).split("_")}
    return bool(words & set(UNIT_WORDS.get(unit, ())))


def _levels(look: Look, column: Column, meanings: dict[str, tuple[str, ...]], holds: str) -> Fit:
    meant = {spelling: code for code, spellings in meanings.items() for spelling in map(spelt, spellings)}
    codes = {t: meant.get(spelt(look.labels.get(t, t))) for t in (*look.labels, *look.texts)}
    known = np.array([codes[t] is not None for t in look.texts], dtype=bool)
    if share(look, known) >= ENOUGH:
        declared = {t: c for t, c in codes.items() if c is not None and not _is_read_as(t, look.labels.get(t, t), c)}
        return Fit(sure=True, why="by its value labels" if look.labels else "values fit", codes=declared)
    if look.labels:
        listed = quoted_list(f"{code} = {label}" for code, label in look.labels.items())
        return Fit(sure=False, todo=f"its codes are {listed}; {column.name} holds {holds}")
    if not look.numeric[~look.blank].all():
        return Fit(sure=False, todo=f"its values are not those of {column.name}, which holds {holds}")
    asked = {level.text: "?" for level in levels(look)[0]}
    asked = asked if len(asked) <= MOST_LISTED else {}
    return Fit(sure=False, todo=f"holds numbers, and nothing says which is which of {holds}", codes=asked)


def _is_read_as(text: str, label: str, code: str) -> bool:
    """Whether the reader takes a text, as well as its label, for a code without a word of the study file."""
    said = {text, label}
    return all(spelt(t) == code or (code in YES_NO and FLAGS.get(t.casefold()) == YES_NO.index(code)) for t in said)


def quoted_list(texts: Iterable[str]) -> str:
    """Return texts in quotes, the first few of them."""
    listed = list(texts)
    more = f" and {len(listed) - MOST_LISTED} more" if len(listed) > MOST_LISTED else ""
    return ", ".join(map(_quoted, listed[:MOST_LISTED])) + more


def _quoted(text: str) -> str:
    return f'"{text}"'


def _range(column: Column) -> str:
    return f"{column.low:g} to {column.high:g}"
