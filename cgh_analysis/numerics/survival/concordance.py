"""Concordance of a risk score with survival (Harrell 1982), its ties and standard error, in O(n log n).

Pairs are counted as in a wavelet tree: people lie in the order of their score, and a level at a time each block of
times is split into its earlier and its later half; every comparable pair is separated at exactly one level, and there
cumulative sums count, for all pairs at once, those with a lower, an equal and a higher score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import distinct

ROUNDING: Final = 1e-12  # scores of equal covariates may differ by the order in which they were summed


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """The estimate, (concordant + tied / 2) / pairs, with its standard error and the (weighted) counts of pairs."""

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    score: FloatArray,
    time: FloatArray,
    event: BoolArray,
    *,
    stratum: IntArray | None = None,
    entry: FloatArray | None = None,
    weights: FloatArray | None = None,
    cluster: IntArray | None = None,
) -> Concordance:
    """Share of comparable pairs in which the one with the higher `score` (n,) has the event first.

    A pair is comparable if the earlier time is an event while the other is at risk; at equal times an event comes
    before a censoring, and two events are not compared. Only pairs of one `stratum` count. The standard error is the
    infinitesimal jackknife's, over `cluster`s where given. NaN where no pair is comparable.
    """
    weight = np.ones(time.size) if weights is None else weights
    codes = np.zeros(time.size, dtype=np.intp) if stratum is None else stratum
    pairs = _all_pairs(score, time, event, entry, weight, codes)
    # each pair is seen from both of its people
    concordant, discordant, tied = (weight @ pairs) / 2
    total = concordant + discordant + tied
    if total <= 0:
        return Concordance(estimate=np.nan, std_error=np.nan, concordant=0.0, discordant=0.0, tied=0.0)
    estimate = (concordant + tied / 2) / total
    influence = weight * (pairs @ np.array([1.0, 0.0, 0.5]) - estimate * pairs.sum(axis=1)) / total
    if cluster is not None:
        influence = np.bincount(cluster, influence)
    return Concordance(
        estimate=float(estimate),
        std_error=float(np.sqrt(influence @ influence)),
        concordant=float(concordant),
        discordant=float(discordant),
        tied=float(tied),
    )


def _all_pairs(
    score: FloatArray,
    time: FloatArray,
    event: BoolArray,
    entry: FloatArray | None,
    weight: FloatArray,
    stratum: IntArray,
) -> FloatArray:
    """Weights (n, 3) of each person's comparable pairs: all with a later time, less those who entered only later."""
    rank = distinct(score - score.min(), ROUNDING)[1]
    when = distinct(time if entry is None else np.concatenate([time, entry]))[1]
    leaving = 2 * when[: time.size] + ~event
    pairs = _pairs(rank, leaving, event, np.ones_like(event), weight, stratum)
    if entry is None:
        return pairs
    twice = [np.concatenate([a, a]) for a in (rank, weight, stratum)]
    keys = np.concatenate([leaving, 2 * when[time.size :] + 1])
    entered = np.repeat([False, True], time.size)
    too_late = _pairs(twice[0], keys, np.concatenate([event, ~entered[time.size :]]), entered, twice[1], twice[2])
    return pairs - too_late[: time.size] - too_late[time.size :]


def _pairs(
    rank: IntArray, key: IntArray, first: BoolArray, second: BoolArray, weight: FloatArray, stratum: IntArray
) -> FloatArray:
    """Sum for each item (n,) the weights of its pairs that are concordant, discordant, tied: (n, 3).

    A pair is one item that may come `first` and one with a greater `key` that may come `second`.
    """
    n_levels = max(int(key.max()).bit_length(), 1)
    key = (stratum << n_levels) + key
    order = np.lexsort((rank, stratum))
    found = np.zeros((rank.size, 3))
    for level in reversed(range(n_levels)):
        block = key[order] >> (level + 1)
        later = ((key[order] >> level) & 1).astype(bool)
        found[order] += _compared(block, rank[order], weight[order], ~later & first[order], later & second[order])
        order = order[_split(block, later)]
    return found


def _compared(block: IntArray, rank: IntArray, weight: FloatArray, early: BoolArray, late: BoolArray) -> FloatArray:
    """Count, within blocks ordered by rank, the pairs of an early and a late item: (n, 3) as in `_pairs`."""
    start, stop = _runs(block)
    first, end = _runs(block, rank)
    below_late, equal_late, above_late = _around(weight * late, start, first, end, stop)
    below_early, equal_early, above_early = _around(weight * early, start, first, end, stop)
    return np.column_stack(
        [
            late * above_early + early * below_late,
            late * below_early + early * above_late,
            late * equal_early + early * equal_late,
        ]
    )


def _around(
    values: FloatArray, start: IntArray, first: IntArray, end: IntArray, stop: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return total[first] - total[start], total[end] - total[first], total[stop] - total[end]


def _runs(*keys: IntArray) -> tuple[IntArray, IntArray]:
    """For each element the first index of its run of equal keys, and the one after its last."""
    size = keys[0].size
    new = np.ones(size, dtype=bool)
    new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    starts = np.flatnonzero(new)
    run = np.cumsum(new) - 1
    return starts[run], np.append(starts[1:], size)[run]


def _split(block: IntArray, later: BoolArray) -> IntArray:
    """The order that puts each block's earlier half before its later one, and keeps the order within halves."""
    start, stop = _runs(block)
    n_later = np.concatenate([[0], np.cumsum(later)])
    ones_before = n_later[:-1] - n_later[start]
    zeros_before = np.arange(later.size) - start - ones_before
    n_zeros = (stop - start) - (n_later[stop] - n_later[start])
    position = start + np.where(later, n_zeros + ones_before, zeros_before)
    order = np.empty_like(position)
    order[position] = np.arange(later.size)
    return order
