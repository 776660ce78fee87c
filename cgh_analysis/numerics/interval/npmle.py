"""The nonparametric maximum likelihood estimate of a distribution of times known up to intervals (Turnbull 1976)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.interval.ascent import Mode, climb
from cgh_analysis.numerics.interval.cells import Cells, cells
from cgh_analysis.numerics.interval.quadratic import Runs
from cgh_analysis.numerics.survival.risk_sets import TIE

# a violation of the Kuhn-Tucker conditions, per unit of weight, that is no rounding
REFUSED: Final = 1e-8
# a sum of masses this near to 1 is 1
ROUNDING: Final = 1e-12
WARM: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Npmle:
    """Masses of the maximal intersections (left, right] (m,), exact where left == right; right may be infinite.

    `kkt` is the largest violation of the Kuhn-Tucker conditions: by how much the derivative of the log-likelihood at a
    cell, per unit of the total weight `n`, is above 1, or differs from 1 where there is mass.
    """

    left: FloatArray
    right: FloatArray
    mass: FloatArray
    log_likelihood: float
    kkt: float
    iterations: int
    n: float


def npmle(
    left: FloatArray, right: FloatArray, *, weights: FloatArray | None = None, start: Npmle | None = None
) -> Npmle:
    """Estimate where the mass lies of times in (left, right], or at `left` where it equals `right`.

    Arrays (n,), 0 <= left <= right, 0 < right; `right` is infinite where the event was not seen. Identical intervals
    count once, with their number. `start` is an estimate of similar data, from which few steps are needed. Raises
    NotEstimable where there is no row, or no convergence.

    >>> fit = npmle(np.array([0.0, 7.0, 7.0, 14.0]), np.array([7.0, 14.0, np.inf, np.inf]))
    >>> fit.left.tolist(), fit.right.tolist(), fit.mass.round(3).tolist()
    ([0.0, 7.0, 14.0], [7.0, 14.0, inf], [0.25, 0.375, 0.375])
    """
    weight = np.ones(left.size) if weights is None else weights
    if not np.any(weight > 0):
        raise NotEstimable("no interval to estimate from")
    found = cells(left, right, weight)
    mode = _mode(found, start)
    if not mode.kkt <= REFUSED:
        raise NotEstimable(f"the NPMLE did not converge: the Kuhn-Tucker conditions are violated by {mode.kkt:.1e}")
    return Npmle(
        left=found.left,
        right=found.right,
        mass=mode.mass,
        log_likelihood=mode.log_likelihood,
        kkt=mode.kkt,
        iterations=mode.iterations,
        n=float(found.weight.sum()),
    )


def _mode(found: Cells, start: Npmle | None) -> Mode:
    m = found.left.size
    runs = Runs(first=found.first, last=found.last, weight=found.weight, m=m, cut=m, mass=(1.0, 0.0))
    even = np.full(m, 1 / m)
    if start is None:
        return climb(runs, even)
    # a little mass everywhere, for a cell that was empty in other data need not be so here
    reached = 1 - np.append(_before_infinity(start, found.right[:-1]), 0.0)
    return climb(runs, 0.98 * np.diff(reached, prepend=0.0) + 0.02 * even, rough=WARM)


def _before_infinity(fit: Npmle, times: FloatArray) -> FloatArray:
    estimate, _, high = survival(fit, times)
    return np.where(np.isnan(estimate), high, estimate)


def survival(fit: Npmle, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return survival at times (T,), and the least and the most that it can be within the box a time lies in.

    Between boxes the three agree. Within one, survival is drawn as falling evenly, which is a convention and no
    estimate; within a box without end it is NaN.
    """
    reached = np.searchsorted(fit.right, times * (1 + TIE), side="right")
    above = np.append(np.cumsum(fit.mass[::-1])[::-1], 0.0)[reached]
    above[above > 1 - ROUNDING] = 1.0
    left, right, mass = (np.append(x, np.inf)[reached] for x in (fit.left, fit.right, fit.mass))
    inside = left < times * (1 - TIE)
    box = np.where(inside, np.where(np.isinf(left), 0.0, mass), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(box > 0, (times - left) / (right - left), 0.0)
    estimate = np.where((box > 0) & np.isinf(right), np.nan, above - share * box)
    return estimate, np.maximum(above - box, 0.0), above
