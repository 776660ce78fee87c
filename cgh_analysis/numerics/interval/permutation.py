"""Permutation tests of groups by the sums of their members' scores: normal approximation, complete, or drawn.

Under the null, which member belongs to which group is a matter of chance alone; that holds where groups are also looked
at on like schedules. The statistic is sum over groups of n_g (mean score of g - mean score)^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy import special

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square

# states that a complete enumeration may have at a step
COMPLETE: Final = 400_000
DRAWS: Final = 20_000
# numbers drawn at once
BATCH: Final = 4_000_000
# sums are the same to this share of all scores' size
SAME: Final = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Permuted:
    """The share of permutations at least as far from the null, and its standard error where they were drawn."""

    p_value: float
    std_error: float


def permutation_test(score: FloatArray, counts: IntArray) -> ChiSquare:
    """Test by the permutation distribution's mean and variance: chi-square with a degree of freedom less than groups.

    `score` (D,) are distinct scores, `counts` (D, G) how many members of each group have them.
    """
    n = counts.sum()
    centred = score - score @ counts.sum(axis=1) / n
    spread = float(centred**2 @ counts.sum(axis=1))
    if spread <= 0:
        raise NotEstimable("everybody has the same score")
    return chi_square(float((n - 1) / spread * _between(centred @ counts, counts.sum(axis=0))), counts.shape[1] - 1)


def exact_test(score: FloatArray, counts: IntArray, *, seed: int) -> Permuted:
    """Test by all permutations, or by 20,000 drawn from `seed` where they are too many to go through.

    Going through them is a sum over tables of distinct scores by groups, with states of equal sums taken together.
    """
    size = counts.sum(axis=0)
    order = np.argsort(score, kind="stable")
    score, counts = score[order], counts[order]
    centred = score - score @ counts.sum(axis=1) / size.sum()
    seen = _between(centred @ counts, size)
    bound = seen * (1 - 1e-9)
    complete = _complete(centred, counts.sum(axis=1), size)
    if complete is not None:
        sums, chance = complete
        return Permuted(p_value=float(chance[_between(sums, size) >= bound].sum()), std_error=0.0)
    least = sum(int(np.sum(_between(sums, size) >= bound)) for sums in _drawn(centred, counts.sum(axis=1), size, seed))
    p = (1 + least) / (1 + DRAWS)
    return Permuted(p_value=p, std_error=float(np.sqrt(p * (1 - p) / DRAWS)))


def _between(sums: FloatArray, size: FloatArray | IntArray) -> FloatArray:
    return np.asarray((sums**2 / size).sum(axis=-1))


def _complete(score: FloatArray, number: IntArray, size: IntArray) -> tuple[FloatArray, FloatArray] | None:
    """Return the sums by group of all permutations with their chances; None where they are too many."""
    groups = size.size
    held, sums, chance = np.zeros((1, groups), dtype=np.intp), np.zeros((1, groups)), np.ones(1)
    unit = SAME * float(np.abs(score) @ number)
    for value, t in zip(score, number, strict=True):
        ways = _compositions(int(t), groups)
        if ways is None or len(chance) * len(ways) > COMPLETE:
            return None
        log = special.gammaln(t + 1) - special.gammaln(ways + 1).sum(axis=1)
        held = (held[:, None] + ways).reshape(-1, groups)
        sums = (sums[:, None] + value * ways).reshape(-1, groups)
        chance = np.outer(chance, np.exp(log - log.max())).ravel()
        fits = np.all(held <= size, axis=1)
        held, sums, chance = _merged(held[fits], sums[fits], chance[fits], unit)
    return sums, chance / chance.sum()


def _compositions(t: int, groups: int) -> IntArray | None:
    """All ways to share t members out among groups; None where they are too many."""
    if special.comb(t + groups - 1, groups - 1) > COMPLETE or (t + 1) ** (groups - 1) > COMPLETE:
        return None
    rest = np.array(list(product(range(t + 1), repeat=groups - 1)), dtype=np.intp).reshape(-1, groups - 1)
    last = t - rest.sum(axis=1)
    return np.column_stack([rest, last])[last >= 0]


def _merged(
    held: IntArray, sums: FloatArray, chance: FloatArray, unit: float
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Take states together that hold the same numbers and the same sums."""
    keys = np.column_stack([held, np.round(sums / unit).astype(np.int64)])
    order = np.lexsort(keys.T)
    keys = keys[order]
    new = np.append(True, np.any(keys[1:] != keys[:-1], axis=1))
    starts = np.flatnonzero(new)
    total = np.add.reduceat(chance[order], starts)
    return held[order][starts], sums[order][starts], total / total.max()


def _drawn(score: FloatArray, number: IntArray, size: IntArray, seed: int) -> list[FloatArray]:
    """Sums by group of permutations drawn at random, in batches."""
    random = np.random.Generator(np.random.PCG64(seed))
    everyone = np.repeat(score, number)
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    rows = max(1, min(DRAWS, BATCH // everyone.size))
    batches = [rows] * (DRAWS // rows) + ([DRAWS % rows] if DRAWS % rows else [])
    return [np.add.reduceat(random.permuted(np.tile(everyone, (k, 1)), axis=1), starts, axis=1) for k in batches]
