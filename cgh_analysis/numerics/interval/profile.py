"""The likelihood of survival at one time, all else at its best: limits of S(t), and two groups compared at t.

With survival held at s, the mass up to t is 1 - s and the rest s. Each side keeps to its own maximal intersections, of
the intervals cut at t: what holds t inside supports mass on both sides of it. The profile l(s) is concave, so that
limits are where 2 (max l - l(s)) reaches a quantile of chi-square on one degree of freedom. That law is exact in large
samples where visits fall on few days (as it then is a multinomial likelihood; Tang, Banerjee & Kosorok 2012), and on
the safe side where each person has days of their own: the limit law that Banerjee & Wellner (2001) found for one visit
each lies below it. Bootstrapping from the NPMLE is inconsistent there (Sen & Xu 2013). Weights must count people.
Where t lies within a box the limits include what the data leave open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.interval.ascent import climb
from cgh_analysis.numerics.interval.cells import cells
from cgh_analysis.numerics.interval.npmle import REFUSED, Npmle, npmle, survival
from cgh_analysis.numerics.interval.quadratic import Runs

MAX_STEPS: Final = 100
PRECISION: Final = 1e-8
# nearer to 0 or 1 is there
LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A sample as survival at `time` sees it: runs of cells cut there, and what the NPMLE says of S(time).

    `estimate` is drawn within a box (NaN in one without end); `low` and `high` are the least and the most that S can
    be at the maximum `log_likelihood`.
    """

    time: float
    runs: Runs
    estimate: float
    low: float
    high: float
    log_likelihood: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The profile log-likelihood at one value of survival, its derivative there, and the masses of the cells (m,)."""

    log_likelihood: float
    slope: float
    mass: FloatArray


def at(
    left: FloatArray, right: FloatArray, time: float, *, weights: FloatArray | None = None, fit: Npmle | None = None
) -> At:
    """Prepare a sample (n,) for questions about S(time); `time` is positive, `fit` its NPMLE where it is known."""
    weight = np.ones(left.size) if weights is None else weights
    found = npmle(left, right, weights=weights) if fit is None else fit
    cut = cells(left, right, weight, cut=time)
    runs = Runs(first=cut.first, last=cut.last, weight=cut.weight, m=cut.left.size, cut=cut.cut, mass=(0.5, 0.5))
    estimate, low, high = (float(x[0]) for x in survival(found, np.array([time])))
    return At(time=time, runs=runs, estimate=estimate, low=low, high=high, log_likelihood=found.log_likelihood)


def profile(sample: At, s: float, start: Point | None = None) -> Point:
    """Return the maximal log-likelihood subject to S(time) = s, in [0, 1]; minus infinity where it is impossible.

    `start` is the point of the same sample at another s, from which fewer steps are needed.
    """
    s = 0.0 if s < LEAST else 1.0 if 1 - s < LEAST else s
    runs = replace(sample.runs, mass=(1 - s, s))
    if s <= 0 and np.any(runs.first >= runs.cut):
        return Point(log_likelihood=-np.inf, slope=np.inf, mass=np.zeros(runs.m))
    if s >= 1 and np.any(runs.last <= runs.cut):
        return Point(log_likelihood=-np.inf, slope=-np.inf, mass=np.zeros(runs.m))
    near = _shared(start.mass, runs) if start is not None and 0 < s < 1 else None
    mode = None if near is None else climb(runs, near, rough=1)
    if mode is None or not mode.kkt <= REFUSED:
        even = np.full(runs.m, (1 - s) / runs.cut)
        even[runs.cut :] = s / (runs.m - runs.cut)
        mode = climb(runs, even)
    if not mode.kkt <= REFUSED:
        raise NotEstimable(f"the likelihood at a fixed survival did not converge ({mode.kkt:.1e})")
    slope = mode.multipliers[1] - mode.multipliers[0]
    return Point(log_likelihood=mode.log_likelihood, slope=slope, mass=mode.mass)


def _shared(shape: FloatArray, runs: Runs) -> FloatArray | None:
    """Give each side of the cut its mass in the proportions of a shape; None where a side would have none to scale."""
    sides = [shape[: runs.cut], shape[runs.cut :]]
    if not all(part.sum() > 0 for part in sides):
        return None
    return np.concatenate([part * (mass / part.sum()) for part, mass in zip(sides, runs.mass, strict=True)])


def limits(
    sample: At, *, conf_level: float = 0.95, near: tuple[float, float] = (np.nan, np.nan)
) -> tuple[float, float]:
    """Return the confidence limits of S(time): the values that the likelihood ratio test does not reject.

    `near` is where they are looked for first, such as the limits at a time close by.
    """

    last: list[Point | None] = [None]

    def loss(s: float) -> tuple[float, float]:
        last[0] = point = profile(sample, s, last[0])
        return 2 * (sample.log_likelihood - point.log_likelihood), -2 * point.slope

    level = chi_square_level(conf_level)
    low, high = near
    return reached(loss, sample.low, 0.0, level, low), reached(loss, sample.high, 1.0, level, high)


def reached(
    loss: Callable[[float], tuple[float, float]], start: float, end: float, level: float, near: float = np.nan
) -> float:
    """Return where a loss, 0 at `start`, reaches a level on the way to `end`, which is returned where it does not.

    `loss` gives value and derivative. It grows like a power of the distance (2 from an estimate inside, 1 from one at
    0 or 1), which each step reads off the derivative; steps stay between what is known to be below and above.
    """
    if start == end or loss(end)[0] <= level:
        return end
    below, above = start, end
    x = near if min(start, end) < near < max(start, end) else start + (end - start) * 0.1
    for turn in range(MAX_STEPS):
        value, slope = loss(x)
        below, above = (x, above) if value < level else (below, x)
        if abs(value - level) <= PRECISION * level or abs(above - below) <= PRECISION * abs(end - start):
            return x
        power = slope * (x - start) / value if 0 < value < np.inf else np.nan
        new = start + (x - start) * (level / value) ** (1 / power) if power > 0 else np.nan
        inside = min(below, above) < new < max(below, above)
        # every fifth step halves what is left, should the others creep
        x = new if inside and turn % 5 < 4 else (below + above) / 2
    raise NotEstimable("no confidence limit was found in the profile likelihood")


def chi_square_level(conf_level: float) -> float:
    """Return what a likelihood ratio on one degree of freedom is held against."""
    return float(stats.norm.ppf(below_upper(conf_level)) ** 2)
