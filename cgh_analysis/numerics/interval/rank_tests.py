"""Rank tests of groups whose times are known up to intervals: scores at the pooled NPMLE, summed by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.interval.cells import located
from cgh_analysis.numerics.interval.npmle import npmle
from cgh_analysis.numerics.interval.scores import Model, Scores, information, model, score
from cgh_analysis.numerics.survival.chi_square import ChiSquare, quadratic_test


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Scores (D,) of distinct runs, members by run and group (D, G), and the sums of scores by group (G,).

    `moved` is the pooled curve as the tested parameter moves it, `first` and `last` (D,) the runs' nodes on it.
    """

    score: FloatArray
    counts: IntArray
    sums: FloatArray
    moved: Model
    first: IntArray
    last: IntArray


def ranked(left: FloatArray, right: FloatArray, group: IntArray, scores: Scores = "logrank") -> Ranked:
    """Score intervals (n,) at their pooled NPMLE and sum by group (codes from 0).

    Raises NotEstimable where there is one group only, or no event.
    """
    groups = np.unique(group).size
    if groups < 2:
        raise NotEstimable("one group only")
    if not np.isfinite(right).any():
        raise NotEstimable("no event")
    fit = npmle(left, right)
    runs, index = located(left, right)
    counts = np.bincount(index * groups + group, minlength=runs.first.size * groups).reshape(-1, groups)
    node = np.concatenate([[0], np.cumsum(fit.mass > 0)])
    first, last = node[runs.first], node[runs.last]
    moved = model(fit.mass[fit.mass > 0], scores)
    c = score(moved, first, last)
    return Ranked(score=c, counts=counts, sums=c @ counts, moved=moved, first=first, last=last)


def score_test(r: Ranked) -> ChiSquare:
    """Test the sums against their observed information, the curve's masses being estimated (Finkelstein 1986).

    Raises NotEstimable where that is singular: where a group's intervals tell nothing of the time.
    """
    v = information(r.moved, r.first, r.last, r.counts.astype(float))
    return quadratic_test(r.sums[1:], v[1:, 1:])
