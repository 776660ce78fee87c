"""What would hide people better: wider bands, merged levels, a column less; and which of it costs least."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.numerics.reidentification import entropy, equivalence_classes

WIDTHS: Final = (5, 10, 20, 40)
PARTS: Final = (10, 5, 2)
MOST_LEVELS: Final = 12
# what loses no more than the rung before is none
LEAST_LOSS: Final = 1e-12
# more people are not left out to spare a column
MOST_LEFT_OUT: Final = 0.05
# so many combinations are tried at most; columns beyond are only kept or left out
MOST_TRIED: Final = 5000
BAND: Final = "age_band"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A column at one level of its ladder: its codes, what it is called there, and the share of information lost."""

    column: str
    words: str
    codes: np.ndarray
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """The cheapest change that meets the thresholds: what to do, whom to leave out, and what the table is like then.

    `loss` is the mean over the columns of the share of their entropy that is lost, and the share of people left out.
    """

    steps: tuple[str, ...]
    left_out: int
    classes: int
    smallest: int
    loss: float


def ladder(values: pd.Series, column: str) -> list[Step]:
    """Return a column as it is and ever coarser, down to nothing."""
    first = pd.factorize(values, use_na_sentinel=False)[0]
    steps = [("", first), *_coarser(values, column), (f"without {column}", np.zeros(len(values), dtype=np.int64))]
    whole = entropy(first)
    rungs: list[Step] = []
    for words, codes in steps:
        lost = 0.0 if whole == 0 else 1 - entropy(codes) / whole
        if not rungs or lost > rungs[-1].loss + LEAST_LOSS:
            rungs.append(Step(column=column, words=words, codes=codes, loss=lost))
    return rungs


def mend(ladders: Sequence[list[Step]], *, k: int, most_classes: float) -> Mend | None:
    """Return the cheapest generalisation in which every class has k people and the classes are few enough.

    The people of smaller classes may be left out where they are few. None where nothing does (too few people).
    """
    finest = equivalence_classes(np.column_stack([ladder[0].codes for ladder in ladders]))
    first = np.unique(finest.of_row, return_index=True)[1]
    best: Mend | None = None
    for steps in sorted(_tried(ladders), key=lambda steps: (_loss(steps), [s.words for s in steps])):
        if best is not None and _loss(steps) >= best.loss:
            break
        group = equivalence_classes(np.column_stack([s.codes[first] for s in steps])).of_row
        found = _left(steps, np.bincount(group, weights=finest.sizes).astype(np.int64), k, most_classes)
        if found is not None and (best is None or found.loss < best.loss):
            best = found
    return best


def meets(sizes: np.ndarray, *, k: int, most_classes: float) -> bool:
    """Say whether classes are large enough, and few enough for the mean risk."""
    return bool(len(sizes) and sizes.min() >= k and len(sizes) <= most_classes * sizes.sum())


def _left(steps: tuple[Step, ...], sizes: np.ndarray, k: int, most_classes: float) -> Mend | None:
    """What is left once the people of classes that are too small are left out, if they are few and it does."""
    kept = sizes[sizes >= k]
    out = int(sizes.sum() - kept.sum())
    share = out / max(int(sizes.sum()), 1)
    if share > MOST_LEFT_OUT or not meets(kept, k=k, most_classes=most_classes):
        return None
    words = tuple(s.words for s in steps if s.words)
    loss = _loss(steps) + share
    return Mend(steps=words, left_out=out, classes=len(kept), smallest=int(kept.min()), loss=loss)


def _loss(steps: tuple[Step, ...]) -> float:
    return sum(s.loss for s in steps) / len(steps)


def _tried(ladders: Sequence[list[Step]]) -> list[tuple[Step, ...]]:
    """Every combination of steps; where they are too many, the longest ladders keep their ends."""
    short = [list(ladder) for ladder in ladders]
    while np.prod([len(ladder) for ladder in short], dtype=float) > MOST_TRIED:
        longest = max(short, key=len)
        if len(longest) <= 2:
            break
        del longest[1]
    return list(itertools.islice(itertools.product(*short), MOST_TRIED))


def _coarser(values: pd.Series, column: str) -> list[tuple[str, np.ndarray]]:
    if column == "side" and set(values.dropna().astype(str)) <= {"left", "right", "bilateral"}:
        one = values.astype(object).replace({"left": "one-sided", "right": "one-sided"})
        return [("left and right as one-sided", pd.factorize(one, use_na_sentinel=False)[0])]
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return []
    if column in (BAND, "age_years", "age"):
        return [(f"ages in bands of {width} years", _bands(values, width)) for width in WIDTHS]
    if values.nunique() <= MOST_LEVELS:
        return []
    return [(f"{column} in {parts} parts", _quantiles(values, parts)) for parts in PARTS]


def _bands(values: pd.Series, width: int) -> np.ndarray:
    return np.where(values.isna(), -1, np.floor(values.fillna(0) / width)).astype(np.int64)


def _quantiles(values: pd.Series, parts: int) -> np.ndarray:
    """Parts with about as many people each; equal values stay together."""
    codes: np.ndarray = pd.qcut(values, parts, labels=False, duplicates="drop").fillna(-1).to_numpy(dtype=np.int64)
    return codes
