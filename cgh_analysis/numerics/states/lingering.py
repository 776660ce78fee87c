"""Risk sets in which people stay after they have left, with a weight that falls over time.

Who had a competing event can have no event of interest, yet belongs to the risk set of its subdistribution: at point t
with the weight G(t-) / G(T-), T being the time of leaving and G a curve that is common to a group. As the weight is a
product, sums over such people are running sums too, and cost O(people + points x groups).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival import risk_sets
from cgh_analysis.numerics.survival.risk_sets import RiskSets


@dataclass(frozen=True, slots=True, kw_only=True)
class Lingering:
    """Ordinary risk sets of one stratum, and rows (m,) of `people` who stay in them.

    `since` is the first point at which each lingers (P: none), with its `group` and 1 / G(T-), `share`. `falls`
    (groups, P) is G(t-) at the points.
    """

    sets: RiskSets
    people: IntArray
    since: IntArray
    group: IntArray
    share: FloatArray
    falls: FloatArray


def at_risk(kept: Lingering, values: FloatArray) -> FloatArray:
    """Sum `values` (n,) of people over the risk set of each point: (P,)."""
    n_groups, size = kept.falls.shape
    cell = kept.group * (size + 1) + kept.since
    come = np.bincount(cell, values[kept.people] * kept.share, n_groups * (size + 1)).reshape(n_groups, -1)
    staying = (kept.falls * np.cumsum(come[:, :size], axis=1)).sum(axis=0)
    return np.asarray(risk_sets.at_risk(kept.sets, values) + staying)


def met(kept: Lingering, values: FloatArray) -> FloatArray:
    """Sum `values` (P,) over the points at which each person is at risk, with the weights there: (n,)."""
    ahead = np.cumsum((kept.falls * values)[:, ::-1], axis=1)[:, ::-1]
    ahead = np.concatenate([ahead, np.zeros((len(ahead), 1))], axis=1)
    total = risk_sets.met(kept.sets, values)
    total[kept.people] += kept.share * ahead[kept.group, kept.since]
    return total
