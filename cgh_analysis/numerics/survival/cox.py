"""Cox regression: Newton's method on the partial likelihood, with its tests; what does not converge is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, quadratic_test, solve_scaled
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, information, score, sums

MAX_ITERATIONS: Final = 60
# Newton's decrement g' I^-1 g is the squared step in standard errors: at 1e-20 a step moves 1e-10 of one.
CONVERGED: Final = 1e-20
# A step of under FLAT squared standard errors that yet moves x b by over MOVING across the range of x is not on its way
# to a maximum: the likelihood rises for ever (or the standard error of a log hazard ratio is over 500).
FLAT: Final = 1e-8
MOVING: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxSolution:
    """The maximum: coefficients (p,), inverse information (p, p), log-likelihoods there and at zero, and the tests."""

    coef: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio: ChiSquare
    score_test: ChiSquare
    sums: Sums


def solve_cox(data: CoxData, names: Sequence[str]) -> CoxSolution:
    """Maximise the partial likelihood from zero; `names` (p,) are the columns' names, for refusals.

    Raises NotEstimable for columns that do not vary within risk sets or follow from others there, for coefficients
    without a finite maximum, and where Newton's method with step halving does not converge.
    """
    zero = np.zeros(len(names))
    null = sums(data, zero)
    first = information(data, null)
    _refuse_dependent(first, names)
    coef, at, matrix = _maximise(data, null, first, names)
    gain = 2 * (at.log_likelihood - null.log_likelihood)
    return CoxSolution(
        coef=coef,
        covariance=solve_scaled(matrix, np.eye(zero.size)),
        log_likelihood=at.log_likelihood,
        null_log_likelihood=null.log_likelihood,
        likelihood_ratio=chi_square(gain, zero.size),
        score_test=quadratic_test(score(data, null), first),
        sums=at,
    )


def _maximise(data: CoxData, at: Sums, matrix: FloatArray, names: Sequence[str]) -> tuple[FloatArray, Sums, FloatArray]:
    """Climb from zero, where `at` and the information `matrix` are; return the coefficients with both there."""
    coef = np.zeros(len(names))
    spread = np.ptp(data.rows.columns, axis=1)
    mean_weight = data.rows.weight.mean()
    for _ in range(MAX_ITERATIONS):
        gradient = score(data, at)
        step = _newton_step(matrix, gradient, names)
        decrement = float(gradient @ step) / mean_weight
        if decrement < FLAT:
            _refuse_monotone(step * spread, names)
        if decrement < CONVERGED:
            return coef, at, matrix
        coef, at = _climb(data, at, coef, step)
        matrix = information(data, at)
    raise _no_maximum()


def _newton_step(matrix: FloatArray, gradient: FloatArray, names: Sequence[str]) -> FloatArray:
    try:
        return solve_scaled(matrix, gradient)
    except NotEstimable:
        raise NotEstimable(
            f"the likelihood becomes flat in {', '.join(names)}; "
            "look for a covariate that separates those with an event from those without"
        ) from None


def _climb(data: CoxData, at: Sums, coef: FloatArray, step: FloatArray) -> tuple[FloatArray, Sums]:
    """Take the step, or half of it, or a quarter, so that the likelihood does not fall by more than rounding."""
    floor = at.log_likelihood - 1e-12 * abs(at.log_likelihood)
    for halvings in range(30):
        moved = coef + step / 2**halvings
        there = sums(data, moved)
        if np.isfinite(there.log_likelihood) and there.log_likelihood >= floor:
            return moved, there
    raise _no_maximum()


def _no_maximum() -> NotEstimable:
    return NotEstimable(
        f"Newton's method found no maximum of the partial likelihood in {MAX_ITERATIONS} iterations; "
        "leave out covariates one at a time, or look for extreme values of one"
    )


def _refuse_monotone(moves: FloatArray, names: Sequence[str]) -> None:
    endless = [name for name, move in zip(names, moves, strict=True) if abs(move) > MOVING]
    if endless:
        raise NotEstimable(
            f"the likelihood rises without end in {', '.join(endless)} (a level without events, or separation); "
            "merge the level with another one, or leave the column out"
        )


def _refuse_dependent(matrix: FloatArray, names: Sequence[str]) -> None:
    """Name each column whose part that is orthogonal to the ones before it vanishes within the risk sets."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    unit = matrix / np.outer(*(np.where(scale > 0, scale, 1.0),) * 2)
    values, vectors = np.linalg.eigh(unit)
    own = np.diag(np.linalg.qr(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T, mode="r")) ** 2
    # rounding leaves about 1e-16 of a variance of 1
    dependent = [name for name, size, s in zip(names, own, scale, strict=True) if size < 1e-12 or s == 0]
    if dependent:
        raise NotEstimable(
            f"the columns {', '.join(dependent)} are constant, or determined by the others, among people at risk "
            "together; leave them out, or the strata that fix them"
        )
