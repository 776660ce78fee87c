"""Mean time up to a day, and survival to it, of times known up to intervals: bounds, bootstrap, pseudo-values.

Both are linear in the masses of the NPMLE's boxes. Where within its box the mass lies the data do not say: the estimate
spreads it evenly, which is a convention, and the bounds put all of it at one end of each box, or at the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.horizon.pseudo_values import Quantity
from cgh_analysis.numerics.interval.cells import located
from cgh_analysis.numerics.interval.npmle import Npmle, npmle, survival
from cgh_analysis.numerics.survival.risk_sets import TIE, distinct

# a mass that is only rounding
NOTHING: Final = 1e-12
# and a curvature, against the largest
FLAT: Final = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """An estimate and the least and the most that the NPMLE leaves open; beyond `known_until` nothing is determined."""

    estimate: float
    low: float
    high: float
    known_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The distinct intervals of one sample, in their order, how many people each has, and the index (n,) of a person's.

    `count` are people, or sums of their weights.
    """

    left: FloatArray
    right: FloatArray
    count: FloatArray
    place: IntArray


def sample(left: FloatArray, right: FloatArray, weights: FloatArray | None = None) -> Sample:
    """Count identical intervals; the order of people does not matter."""
    n, endless = left.size, np.isinf(right)
    values, rank = distinct(np.concatenate([left, np.where(endless, 0.0, right)]))
    start, stop = rank[:n], np.where(endless, values.size, rank[n:])
    cell = start * (values.size + 1) + stop
    cells, place = _counted(cell, values.size * (values.size + 1))
    count = np.bincount(place, weights, minlength=cells.size)
    return Sample(
        left=values[cells // (values.size + 1)],
        right=np.append(values, np.inf)[cells % (values.size + 1)],
        count=count.astype(float),
        place=place,
    )


def _counted(codes: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Return the distinct codes below `size`, and the index of each; few are counted instead of sorted."""
    if size > 4 * codes.size + 4096:
        cells, place = np.unique(codes, return_inverse=True)
        return cells, place
    there = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]


def fitted(s: Sample) -> Npmle:
    """Return the NPMLE of a sample."""
    return npmle(s.left, s.right, weights=s.count)


def horizon(fit: Npmle, day: float, quantity: Quantity) -> Horizon:
    """Return the mean of min(T, day), or the probability of T > day.

    After the last look at which somebody still waited nothing is known, unless all mass lies before: `known_until` is
    that look. Beyond it the estimate holds survival at its last value, and the bounds let it fall at once, or never.
    """
    open_ = np.isinf(fit.right) & (fit.mass > NOTHING)
    until = float(fit.left[open_].min(initial=np.inf))
    if quantity == "survival":
        low, high = (float(x[0]) for x in survival(fit, np.array([day]))[1:])
    else:
        low, high = (float(fit.mass @ np.minimum(end, day)) for end in (fit.left, fit.right))
    return Horizon(estimate=_estimate(fit, day, quantity), low=low, high=high, known_until=until)


def _estimate(fit: Npmle, day: float, quantity: Quantity) -> float:
    return float(fit.mass @ _of_cells(fit, day, quantity))


def _of_cells(fit: Npmle, day: float, quantity: Quantity) -> FloatArray:
    """What a unit of mass in each cell (m,) brings: spread evenly over its box, or kept for ever if that has no end."""
    spread = np.isfinite(fit.right) & (fit.right > fit.left)
    width = np.where(spread, fit.right - fit.left, 1.0)
    come = fit.right <= day * (1 + TIE)
    inside = ~come & spread & (fit.left < day * (1 - TIE))
    by_then = np.where(inside, (day - np.where(inside, fit.left, day)) / width, come.astype(float))
    if quantity == "survival":
        return 1 - by_then
    # the mean of a time within the box and before the day, and the day itself for what is later
    return by_then * (np.minimum(fit.left, day) + np.minimum(fit.right, day)) / 2 + (1 - by_then) * day


def bootstrap(s: Sample, fit: Npmle, tau: float, *, replicates: int, seed: int) -> FloatArray:
    """Return the mean of min(T, tau) (replicates,) from as many people drawn with replacement, as counts of intervals.

    The mean time is a smooth functional of the distribution, for which bootstrapping an NPMLE is right also where
    everybody has visit days of their own (shown for one look each by Groeneboom and Hendrickx 2017); survival at a day
    is none, which is why that is not offered. A draw that was followed for less long keeps its last value.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    n = round(float(s.count.sum()))
    draws = rng.multinomial(n, s.count / s.count.sum(), size=replicates)
    return np.array([_again(s, drawn.astype(float), fit, tau, "rmst") for drawn in draws])


def influence(s: Sample, fit: Npmle, day: float, quantity: Quantity) -> FloatArray:
    """Return the derivative (D,) of the estimate by the weight of one who has each of the distinct intervals.

    With the cells that carry mass as they are, the masses answer to a weight by H^-1 (a / P - 1), a being the cells of
    the interval, P their mass, and H the sum of a a' / P^2 over people. What the data leave open stays. For the mean
    time this is in large samples the efficient influence function, also where everybody has visit days of their own
    (Groeneboom 1995), so that the sum over people of its squares is the variance; for times known exactly
    it is that of Kaplan and Meier's curve.
    """
    cells, run = located(s.left, s.right)
    first, last = cells.first[run], cells.last[run]
    node = np.concatenate([[0], np.cumsum(fit.mass > 0)])
    cumulated = np.concatenate([[0.0], np.cumsum(fit.mass)])
    on = cumulated[last] - cumulated[first]
    size = int(node[-1])
    held = np.zeros((size + 1, size + 1))
    np.add.at(held, (node[first], node[last]), s.count / on**2)
    # runs that begin until k and end after l hold both cells
    both = np.cumsum(np.cumsum(held, axis=0)[:, ::-1], axis=1)[:-1, ::-1][:, 1:]
    information = np.triu(both) + np.triu(both, 1).T
    pull = np.zeros(fit.mass.size)
    pull[fit.mass > 0] = _solved(information, _of_cells(fit, day, quantity)[fit.mass > 0])
    so_far = np.concatenate([[0.0], np.cumsum(pull)])
    return np.asarray((so_far[last] - so_far[first]) / on - so_far[-1])


def infinitesimal(s: Sample, fit: Npmle, day: float, quantity: Quantity) -> FloatArray:
    """Return the pseudo-values (n,) of the infinitesimal jackknife: theta + n d theta / d w_i."""
    return (_estimate(fit, day, quantity) + s.count.sum() * influence(s, fit, day, quantity))[s.place]


def _solved(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a symmetric system with a unit diagonal, in the directions in which the likelihood bends."""
    scale = np.sqrt(np.diag(matrix))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    bent = values > FLAT * values[-1]
    along = vectors[:, bent]
    return np.asarray(along @ ((along.T @ (right / scale)) / values[bent]) / scale)


def jackknife(s: Sample, fit: Npmle, day: float, quantity: Quantity) -> FloatArray:
    """Return the pseudo-values (n,): n theta - (n - 1) theta(i), the sample fitted anew without each distinct interval.

    The sample must not be weighted. Where follow-up ends earlier without a person, survival keeps its last value. Where
    everybody has visit days of their own, leaving a person out moves the cells, and the values are noisy.
    """
    n = float(s.count.sum())
    theta = _estimate(fit, day, quantity)
    if n == 1:
        return np.full(1, theta)
    one = np.eye(s.count.size)
    without = np.array([_again(s, s.count - one[i], fit, day, quantity) for i in range(s.count.size)])
    return (n * theta - (n - 1) * without)[s.place]


def _again(s: Sample, count: FloatArray, fit: Npmle, day: float, quantity: Quantity) -> float:
    return _estimate(npmle(s.left, s.right, weights=count, start=fit), day, quantity)
