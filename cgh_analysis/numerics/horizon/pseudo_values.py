"""Each person's part in the mean time up to a day, or in survival to it: pseudo-values of right-censored times.

With theta(i) the estimate from everybody but i, the jackknife's pseudo-value is n theta - (n - 1) theta(i) (Andersen,
Klein and Rosthoj 2003); the infinitesimal jackknife's is theta + n d theta / d w_i. Both depend on a person's time, cut
at the day, and event alone, so that they are found for the distinct times: leaving out one who was at risk up to a time
changes every risk set up to then by one, and none after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.horizon.restricted_mean import areas
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.survival.risk_sets import TIE, distinct

Quantity = Literal["rmst", "survival"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """One sample, cut at a day. Distinct `time`, people at risk and events there, and the rest of theta (P,).

    `tail` is what theta gains after a time, and `onward` the same for one who is still there then. `place` (n,) is each
    person's time among them, `event` (n,) whether it is one that counts; `theta` the estimate.
    """

    time: FloatArray
    risk: FloatArray
    died: FloatArray
    tail: FloatArray
    onward: FloatArray
    theta: float
    place: IntArray
    event: BoolArray


def jackknife(time: FloatArray, event: BoolArray, day: float, quantity: Quantity) -> FloatArray:
    """Return the pseudo-values (n,) of one sample, exactly those of n estimates that leave one person out each.

    Where nobody else is at risk any more, the curve without a person keeps its last value.
    """
    c = _cut(time, event, day, quantity)
    others = np.maximum(c.risk - 1, 1.0)
    alone = c.risk == 1
    stays = np.where(alone, 1.0, np.maximum(1 - c.died / others, 0.0))
    own_event = np.where(alone, 1.0, 1 - (c.died - 1) / others)
    # the curve without one who is at risk, just before each time, and the area under it up to there
    before = np.concatenate([[1.0], np.cumprod(stays)[:-1]])
    gained = np.cumsum(before * np.diff(c.time, prepend=0.0)) if quantity == "rmst" else np.zeros(c.time.size)
    without = gained + before * np.stack([stays, own_event]) * c.onward
    n = c.place.size
    return n * c.theta - (n - 1) * without[c.event.astype(np.intp), c.place]


def infinitesimal(time: FloatArray, event: BoolArray, day: float, quantity: Quantity) -> FloatArray:
    """Return the pseudo-values (n,) of the infinitesimal jackknife, which are those of R's survival."""
    return _cut(time, event, day, quantity).theta + time.size * influence(time, event, day, quantity)


def influence(
    time: FloatArray, event: BoolArray, day: float, quantity: Quantity, weights: FloatArray | None = None
) -> FloatArray:
    """Return the derivative (n,) of theta by each person's weight: the sum of the squares is Greenwood's variance."""
    c = _cut(time, event, day, quantity, weights)
    stay = c.risk - c.died
    pull = np.divide(c.tail, stay, out=np.zeros_like(stay), where=stay > 1e-12 * c.risk)
    met = np.cumsum(pull * c.died / c.risk)
    return np.asarray(met[c.place] - c.event * pull[c.place])


def _cut(time: FloatArray, event: BoolArray, day: float, quantity: Quantity, weights: FloatArray | None = None) -> _Cut:
    by_then = event & (time <= day * (1 + TIE))
    cut = np.where(time >= day * (1 - TIE), day, time)
    points, place = distinct(cut)
    steps = kaplan_meier(cut, by_then, np.zeros(time.size, dtype=np.intp), weights=weights)
    if quantity == "rmst":
        tail, theta = areas(points, steps.survival, day)
        at_best = day - points
    else:
        theta = float(steps.survival[-1])
        tail, at_best = np.full(points.size, theta), np.ones(points.size)
    onward = np.divide(tail, steps.survival, out=at_best, where=steps.survival > 0)
    return _Cut(
        time=points,
        risk=steps.n_risk,
        died=steps.n_event,
        tail=tail,
        onward=onward,
        theta=theta,
        place=place,
        event=by_then,
    )
