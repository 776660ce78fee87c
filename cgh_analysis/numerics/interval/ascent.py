"""Climb to the mode of sum_i w_i log(mass on run i) over masses of cells, to the Kuhn-Tucker conditions.

Two phases: EM steps with iterative convex minorants (Groeneboom & Wellner 1992; Wellner & Zhan 1997) find which cells
are empty; then constrained Newton steps (Wang 2007), each to the mode of the quadratic model over the cells that carry
mass and the best of those that should, give the digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.interval.quadratic import Runs, cumulated, mode_over, quadratic

TOLERANCE: Final = 1e-11
MAX_STEPS: Final = 200
# this near, steps that no longer halve the violation say that only rounding is left
NEAR: Final = 1e-7
PATIENCE: Final = 3
# the first steps find which cells are empty, cheaply
ROUGH: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Masses (m,), the log-likelihood, multipliers by side of the cut, largest violation per unit of weight."""

    mass: FloatArray
    log_likelihood: float
    multipliers: tuple[float, float]
    kkt: float
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where we are: masses, mass of each run (D,), log-likelihood, score of each cell, multiplier of each cell."""

    p: FloatArray
    on: FloatArray
    log_likelihood: float
    score: FloatArray
    multiplier: FloatArray
    multipliers: tuple[float, float]
    kkt: float


def climb(runs: Runs, start: FloatArray, *, rough: int = ROUGH) -> Mode:
    """Return the mode; `start` (m,) has mass on every run. From a good start, no rough steps are needed."""
    here = _place(runs, start)
    steps = stalled = 0
    while here.kkt > TOLERANCE and steps < MAX_STEPS and stalled < PATIENCE:
        there = None if steps < rough else _newton(runs, here)
        there = there or _minorant(runs, _expectation(runs, here))
        stalled = stalled + 1 if there.kkt > 0.5 * here.kkt and here.kkt < NEAR else 0
        here = there
        steps += 1
    return Mode(
        mass=here.p, log_likelihood=here.log_likelihood, multipliers=here.multipliers, kkt=here.kkt, iterations=steps
    )


def _place(runs: Runs, p: FloatArray) -> _Place:
    curve = cumulated(p, runs.cut)
    # a run of one cell takes its mass as it is: differences of sums lose digits of small masses
    alone = runs.last - runs.first == 1
    on = np.where(alone, p[runs.first], curve[runs.last] - curve[runs.first])
    if not np.all(on > 0):
        return _Place(
            p=p, on=on, log_likelihood=-np.inf, score=p, multiplier=p, multipliers=(np.nan, np.nan), kkt=np.inf
        )
    share = runs.weight / on
    wide = np.where(alone, 0.0, share)
    across = np.cumsum(np.bincount(runs.first, wide, runs.m + 1) - np.bincount(runs.last, wide, runs.m + 1))[:-1]
    score = (across + np.bincount(runs.first, np.where(alone, share, 0.0), runs.m)).astype(float)
    multiplier, share_of_side = np.empty(runs.m), np.empty(runs.m)
    both = []
    total = runs.weight.sum()
    for side, mass in zip((slice(0, runs.cut), slice(runs.cut, None)), runs.mass, strict=True):
        # where nothing may lie, the multiplier is what a first bit of mass would bring
        each = float(p[side] @ score[side]) / mass if mass > 0 else float(score[side].max(initial=0.0))
        multiplier[side], share_of_side[side] = each, mass
        both.append(each)
    # times the mass that could be moved there: what the log-likelihood could still gain, per unit of weight
    excess = (score - multiplier) * share_of_side / total
    kkt = max(excess.max(initial=0.0), np.abs(excess[p > 0]).max(initial=0.0))
    return _Place(
        p=p,
        on=on,
        log_likelihood=float(runs.weight @ np.log(on)),
        score=score,
        multiplier=multiplier,
        multipliers=(both[0], both[1]),
        kkt=float(kkt),
    )


def _expectation(runs: Runs, here: _Place) -> _Place:
    """One step of EM: each run's weight is shared out over its cells as their masses are (Turnbull 1976)."""
    # a side of the cut that no run reaches keeps its mass
    divisor = np.where(here.multiplier > 0, here.multiplier, 1.0)
    return _place(runs, here.p * np.where(here.multiplier > 0, here.score / divisor, 1.0))


def _minorant(runs: Runs, here: _Place) -> _Place:
    """One step of the iterative convex minorant: the mode of a diagonal quadratic model over monotone F."""
    curve = cumulated(here.p, runs.cut)[1:-1]
    share = runs.weight / here.on**2
    weight = np.bincount(runs.first, share, runs.m + 1) + np.bincount(runs.last, share, runs.m + 1)
    weight = weight[1:-1].astype(float)
    weight[weight == 0] = 1.0  # a cut at which nothing begins or ends; it is held anyway
    target = curve + (here.score[:-1] - here.score[1:]) / weight
    before, after = runs.mass
    ends = ((0, runs.cut - 1, -before, 0.0), (runs.cut, runs.m - 1, 0.0, after))
    new = curve.copy()
    for start, stop, low, high in ends:
        if stop > start:
            part = optimize.isotonic_regression(target[start:stop], weights=weight[start:stop]).x
            new[start:stop] = np.clip(part, low, high)
    step = np.diff(new, prepend=-before, append=after) - here.p
    return _further(runs, here, step) or here


def _further(runs: Runs, here: _Place, step: FloatArray) -> _Place | None:
    """Go the longest of the steps 1, 1/2, 1/4, ... that loses no likelihood, or is near and halves the violation.

    Near the mode the likelihood is flat to rounding, and its conditions are what still tells.
    """
    slack = 1e-15 * abs(here.log_likelihood)
    length = 1.0
    while length > 1e-9:
        p = np.maximum(here.p + length * step, 0.0)
        there = _place(runs, p)
        if there.log_likelihood >= here.log_likelihood - slack or there.kkt < 0.5 * here.kkt < NEAR:
            return there
        length /= 2
    return None


def _newton(runs: Runs, here: _Place) -> _Place | None:
    """One constrained Newton step, to the mode of the quadratic model over the cells that could carry mass."""
    carries = (here.p > 0) | _best(here, runs.cut)
    model = quadratic(runs, here.p, here.on, carries)
    p = np.zeros(runs.m)
    chosen = np.flatnonzero(carries)
    mass, kept = here.p[chosen], np.ones(chosen.size, dtype=bool)
    while True:
        goal = np.zeros(chosen.size)
        goal[kept] = mode_over(model, kept)
        if np.all(goal[kept] > 0):
            break
        falling = kept & (goal <= 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(falling, mass / (mass - goal), np.inf)
        reach[falling & (mass <= 0)] = 0.0
        mass = mass + reach.min() * (goal - mass)
        kept &= reach > reach.min()
        mass[~kept] = 0.0
    p[chosen] = goal
    return _further(runs, here, p - here.p)


def _best(here: _Place, cut: int) -> BoolArray:
    """The empty cell with the highest score between each two that carry mass, where it is above its multiplier."""
    excess = np.where(here.p > 0, -np.inf, here.score - here.multiplier)
    gap = np.cumsum(here.p > 0) + (np.arange(excess.size) >= cut)
    starts = np.flatnonzero(np.diff(gap, prepend=-1))
    highest = np.maximum.reduceat(excess, starts)
    return np.asarray((excess == np.repeat(highest, np.diff(starts, append=excess.size))) & (excess > 0))
