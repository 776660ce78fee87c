"""Semiparametric regression of interval-censored times: the joint maximum over coefficients and baseline, with errors.

At the maximum the score of each empty cell is not positive, that of each other cell and of each coefficient is zero:
the Kuhn-Tucker conditions, whose largest violation is returned. The covariance is the inverse of the profile
likelihood's information (Murphy and van der Vaart 2000). Cells that are empty stay so near the maximum, so that the
profile's second derivative is the Schur complement of the joint Hessian over the cells with mass: no step width has to
be chosen. With the same visit days for all it is the information of binary regression on (person, interval) rows, with
exact and right-censored times that of Cox's partial likelihood with Breslow's ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.interval.newton import CONVERGED, FLAT, STALLED, refuse_endless
from cgh_analysis.numerics.interval.semiparametric_likelihood import Model, SemiData
from cgh_analysis.numerics.interval.semiparametric_steps import (
    Place,
    curvature,
    joint_step,
    place,
    row_slopes,
    solve_levels,
    support_step,
)
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, solve_scaled

MAX_ITERATIONS: Final = 300
# score of an empty cell, for H rising by as much as H's largest finite value, per unit of weight: 1e-9 is rounding
SATISFIED: Final = 1e-9
# log ratios of two people that no data support: exp(100) is 1e43
BEYOND: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SemiSolution:
    """The maximum `at`, the covariance of b (p, p), the largest violation of its conditions, the test of b = 0."""

    at: Place
    covariance: FloatArray
    violation: float
    likelihood_ratio: ChiSquare


def solve_semi(data: SemiData, model: Model, names: Sequence[str], warm: Place | None = None) -> SemiSolution:
    """Maximise over b and H; `names` (p,) are the columns' names, for refusals.

    Raises NotEstimable where all intervals overlap, a coefficient has no finite maximum, or none is found.
    """
    if not data.m:
        raise NotEstimable("all intervals overlap: nobody's time is known to be longer than another's")
    zero = np.zeros(data.x.shape[1])
    null, _ = climb(data, model, place(data, model, zero, start(data, model)), names=names, fixed=True)
    at, violation = climb(data, model, warm or null, names=names)
    try:
        covariance = solve_scaled(profile_information(data, at), np.eye(zero.size))
    except NotEstimable:
        raise NotEstimable(f"the intervals do not tell the effects of {', '.join(names)} apart") from None
    return SemiSolution(
        at=at,
        covariance=covariance,
        violation=violation,
        likelihood_ratio=chi_square(max(2 * (at.log_likelihood - null.log_likelihood), 0.0), zero.size),
    )


def start(data: SemiData, model: Model) -> FloatArray:
    """Return an H (m + 1,) that gives every row a probability, with the fewest cells that do."""
    ends = data.high <= data.m
    earliest = np.full(data.m + 2, data.m + 2)
    np.minimum.at(earliest, data.low[ends], data.high[ends])
    earliest = np.minimum.accumulate(earliest[::-1])[::-1]
    chosen, node = [], int(earliest[0])
    while node <= data.m:
        chosen.append(node)
        node = int(earliest[node])
    mass = np.zeros(data.m + 1)
    mass[chosen] = 1 / (len(chosen) + 1)
    survival = 1 - np.cumsum(mass)
    return np.asarray(-np.log(survival) if model == "ph" else (1 - survival) / survival)


# a trial step may go where exp overflows: it is taken back
@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def climb(data: SemiData, model: Model, at: Place, *, names: Sequence[str], fixed: bool = False) -> tuple[Place, float]:
    """Return the maximum over (b, H), or over H with b `fixed`, and the largest violation of its conditions.

    Raises NotEstimable where a coefficient has no finite maximum, naming it, or none is found.
    """
    p, total = at.b.size, float(data.weight.sum())
    free = slice(p if fixed else 0, None)
    spread = np.ptp(data.x, axis=0)
    last = np.inf
    emptied = False  # after a step that emptied a cell comes one without it, or both kinds would undo each other
    for _ in range(MAX_ITERATIONS):
        if not emptied and _violation(at, total) > SATISFIED:
            at = support_step(data, model, at)
        violation = _violation(at, total)
        c = curvature(data, at)
        step = np.zeros(c.score.size)
        step[free] = solve_levels(c.information[free, free], c.score[free], names)
        decrement = float(c.score @ step) * data.weight.size / total
        if not fixed and (decrement < FLAT or np.ptp(data.x @ at.b) > BEYOND):
            refuse_endless(step[:p] * spread, names)
        done = decrement < CONVERGED or last / 4 < decrement < STALLED
        moved = None if done else joint_step(data, model, at, c, step)
        if moved is None and decrement < STALLED and violation <= SATISFIED:
            return at, max(violation, decrement)
        emptied = moved is not None and bool(np.sum(np.diff(moved.h) > 0) < c.score.size - p)
        at, last = moved or at, decrement
    raise NotEstimable(f"no maximum of the likelihood was found in {MAX_ITERATIONS} iterations")


def _violation(at: Place, total: float) -> float:
    """The largest score of an empty cell, per unit of weight, for H rising by its largest finite value."""
    empty = np.diff(at.h) <= 0
    return float(at.jump_score[empty].max(initial=0.0)) * float(at.h[-1]) / total


def profile_information(data: SemiData, at: Place) -> FloatArray:
    """Minus the second derivative (p, p) of the log-likelihood that is maximised over H."""
    information, p = curvature(data, at).information, at.b.size
    return information[:p, :p] - information[:p, p:] @ solve_levels(information[p:, p:], information[p:, :p])


def efficient_scores(data: SemiData, at: Place) -> FloatArray:
    """Each row's part (n, p) of the profile score, weights included: its score by b less its share by H."""
    s, information, p = row_slopes(data, at), curvature(data, at).information, at.b.size
    by_h = np.vstack([np.zeros((1, p)), solve_levels(information[p:, p:], information[p:, :p])])
    own = (s.g_low + s.g_high)[:, None] * data.x
    return own - s.g_low[:, None] * by_h[s.low] - s.g_high[:, None] * by_h[s.high]
