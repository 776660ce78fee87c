"""Which texts of which columns could identify somebody: patterns first, check digits where they have any.

A text costs one pass that sets short plain numbers aside and one with all patterns in one; only what that finds is
looked at one by one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Set
from functools import cache
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa

from cgh_analysis.ingest.identifiers.calendar import COMPACT_DATE
from cgh_analysis.ingest.identifiers.folded import folded
from cgh_analysis.ingest.identifiers.national import NUMBERS, Number
from cgh_analysis.ingest.identifiers.patterns import PATTERNS, Pattern
from cgh_analysis.ingest.identifiers.proof import SAMPLE, SEPARATORS, any_valid, bare_numbers, believed, valid
from cgh_analysis.ingest.identifiers.texts import Hits, arrow, filled, match

K = TypeVar("K", bound=Hashable)
PLAIN: Final = r"^[+-]?([0-9]{0,7}|[0-9]*[.,][0-9]+)$"
BARE: Final = r"^[0-9]{8,20}$"
BEFORE, AFTER = "(^|[^0-9A-Za-z.,])", r"($|[^0-9A-Za-z.,]|[.,]($|[^0-9]))"


def identified(columns: Mapping[K, np.ndarray | pa.Array], ids: Set[K] = frozenset()) -> dict[K, Hits]:
    """Say for each column what its distinct texts could identify somebody by, and which they are.

    `columns` are distinct texts by column; `ids` names the columns of pseudonyms, which may hold long numbers.
    """
    arrays = {name: folded(arrow(texts)) for name, texts in columns.items()}
    odd = {name: np.flatnonzero(~match(texts, PLAIN)) for name, texts in arrays.items()}
    bare = {name: place[match(arrays[name].take(place), BARE)] for name, place in odd.items()}
    rest = {name: np.setdiff1d(place, bare[name], assume_unique=True) for name, place in odd.items()}
    found: dict[K, Hits] = {}
    for are_ids in (True, False):
        group = {name: texts for name, texts in arrays.items() if (name in ids) == are_ids}
        found |= _written(group, {name: rest[name] for name in group}, are_ids=are_ids)
    for name, place in bare.items():
        for what, hits in bare_numbers(arrays[name], place, name in ids).items():
            _add(found[name], what, hits, len(arrays[name]))
    return {name: found[name] for name in columns}


def identifying(texts: np.ndarray, *, is_id: bool = False) -> Hits:
    """Say what the distinct texts of one column could identify somebody by, and which they are.

    >>> {what: hits.tolist() for what, hits in identifying(np.array(["105", "a.nother@example.org"])).items()}
    {'e-mail addresses': [False, True]}
    """
    return identified({"": texts}, {""} if is_id else set())[""]


@cache
def everything() -> str:
    """All patterns, and all forms of numbers, in one."""
    return "|".join((*_patterns(), _numbers(), COMPACT_DATE))


@cache
def _patterns(in_ids: bool = False) -> tuple[str, ...]:
    return tuple(p.pattern for p in PATTERNS if p.in_ids or not in_ids)


@cache
def _numbers() -> str:
    return f"{BEFORE}({'|'.join(n.form for n in NUMBERS)}){AFTER}"


def _written(arrays: dict[K, pa.Array], rest: dict[K, np.ndarray], *, are_ids: bool) -> dict[K, Hits]:
    """Judge texts with letters or separators, of all columns in one go: a pattern costs more to read than to apply."""
    found: dict[K, Hits] = {name: {} for name in arrays}
    if not any(map(len, rest.values())):
        return found
    names = list(arrays)
    texts = pa.concat_arrays([arrays[n].take(rest[n]) for n in names])
    place = np.concatenate([rest[n] for n in names])
    column = np.repeat(np.arange(len(names)), [len(rest[n]) for n in names])
    given = np.array([filled(arrays[n]) for n in names])
    hits = [(p.what, some) for p, some in _patterned(texts, are_ids)]
    hits += [(n.what, some) for n, some in _numbered(texts, column, given, are_ids)]
    for what, some in hits:
        for i in np.unique(column[some]):
            _add(found[names[i]], what, place[some[column[some] == i]], len(arrays[names[i]]))
    return found


def _patterned(texts: pa.Array, are_ids: bool) -> Iterator[tuple[Pattern, np.ndarray]]:
    """Each pattern and the places of the texts that it takes for somebody."""
    likely = np.flatnonzero(match(texts, "|".join(_patterns(are_ids))))
    some = texts.take(likely)
    for pattern in PATTERNS if len(likely) else ():
        if pattern.in_ids or not are_ids:
            hits = match(some, pattern.pattern)
            if pattern.unless:
                hits &= ~match(some, pattern.unless)
            yield pattern, likely[hits]


def _numbered(
    texts: pa.Array, column: np.ndarray, filled: np.ndarray, are_ids: bool
) -> Iterator[tuple[Number, np.ndarray]]:
    """Each kind of number and the places of the texts that hold one.

    Where it is the whole cell, ungrouped, and everywhere in a column of pseudonyms, it must be more than an accident.
    """
    likely = np.flatnonzero(match(texts, _numbers()))
    if are_ids and len(likely) > SAMPLE:
        sample = likely[:: len(likely) // SAMPLE]
        believed = {n.what for n, some in _numbered(texts.take(sample), column[sample], filled, True) if len(some)}
    else:
        believed = {n.what for n in NUMBERS}
    some = texts.take(likely)
    for number in NUMBERS if len(likely) else ():
        if number.what in believed:
            yield number, likely[_of_kind(some, number, column[likely], filled, are_ids)]


def _of_kind(texts: pa.Array, number: Number, column: np.ndarray, filled: np.ndarray, are_ids: bool) -> np.ndarray:
    hits = np.zeros(len(texts), dtype=bool)
    written = np.flatnonzero(match(texts, f"{BEFORE}({number.form}){AFTER}"))
    if not len(written):
        return hits
    some = texts.take(written)
    alone = match(some, f"^({number.form})$")
    hits[written[~alone]] = any_valid(some.filter(pa.array(~alone)).to_pylist(), number)
    hits[written[alone]] = valid(some.filter(pa.array(alone)).to_pylist(), number)
    doubtful = written if are_ids else written[alone & ~match(some, SEPARATORS)]
    for i in np.unique(column[doubtful]):
        of_column = doubtful[column[doubtful] == i]
        foreign = len(of_column) * 2 <= filled[i]
        if not believed(int(hits[of_column].sum()), len(of_column), number.chance, foreign):
            hits[of_column] = False
    return hits


def _add(found: Hits, what: str, place: np.ndarray, n: int) -> None:
    if len(place):
        found.setdefault(what, np.zeros(n, dtype=bool))[place] = True
