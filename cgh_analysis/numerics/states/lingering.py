"""People who stay in the risk sets after they have left, with a weight that falls over time.

Who had a competing event can have no event of interest, yet belongs to the risk set of its subdistribution: at point t
with the weight G(t-) / G(T-), T being the time of leaving and G a curve that is common to a group. As the weight is a
product, sums over such people are running sums too, and cost O(people + points x groups).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Lingering:
    """Rows (m,) of `people`, the first point `since` which each lingers (P: none), its `group`, and 1 / G(T-), `share`.

    `falls` (groups, P) is G(t-) at the points, which are of one stratum.
    """

    people: IntArray
    since: IntArray
    group: IntArray
    share: FloatArray
    falls: FloatArray


def lingering_sum(kept: Lingering, values: FloatArray) -> FloatArray:
    """Sum `values` (n,) of those who linger over the weights that they have at each point: (P,)."""
    n_groups, size = kept.falls.shape
    cell = kept.group * (size + 1) + kept.since
    come = np.bincount(cell, values[kept.people] * kept.share, n_groups * (size + 1)).reshape(n_groups, -1)
    return np.asarray((kept.falls * np.cumsum(come[:, :size], axis=1)).sum(axis=0))


def lingering_met(kept: Lingering, values: FloatArray) -> FloatArray:
    """Sum `values` (P,) over the points at which each of those who linger does so, with its weights there: (m,)."""
    ahead = np.cumsum((kept.falls * values)[:, ::-1], axis=1)[:, ::-1]
    ahead = np.concatenate([ahead, np.zeros((len(ahead), 1))], axis=1)
    return np.asarray(kept.share * ahead[kept.group, kept.since])
