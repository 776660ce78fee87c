"""Newton's method on a log partial likelihood, whatever its ties; what has no finite maximum is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, quadratic_test, solve_scaled

MAX_ITERATIONS: Final = 60
# Newton's decrement g' I^-1 g is the squared step in standard errors: at 1e-20 a step moves 1e-10 of one.
CONVERGED: Final = 1e-20
# A step of under FLAT squared standard errors that yet moves x b by over MOVING across the range of x is not on its way
# to a maximum: the likelihood rises for ever (or the standard error of a log hazard ratio is over 500).
FLAT: Final = 1e-8
MOVING: Final = 0.05


class Evaluated(Protocol):
    """A log-likelihood at one value of the coefficients; its information is asked for only where it is needed."""

    @property
    def log_likelihood(self) -> float:
        """The log-likelihood, not finite where it cannot be computed."""

    @property
    def score(self) -> FloatArray:
        """Its gradient (p,)."""

    def information(self) -> FloatArray:
        """Return its negative Hessian (p, p)."""


E = TypeVar("E", bound=Evaluated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A log-likelihood that was computed with both derivatives."""

    log_likelihood: float
    score: FloatArray
    hessian: FloatArray

    def information(self) -> FloatArray:
        """Return the negative Hessian (p, p)."""
        return -self.hessian


@dataclass(frozen=True, slots=True, kw_only=True)
class Maximum(Generic[E]):
    """The maximum: coefficients (p,), inverse information (p, p), log-likelihoods there and at zero, and the tests."""

    coef: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio: ChiSquare
    score_test: ChiSquare
    at: E


def maximise(
    evaluate: Callable[[FloatArray], E],
    names: Sequence[str],
    *,
    spread: FloatArray,
    unit: float = 1.0,
) -> Maximum[E]:
    """Maximise a log-likelihood from zero; `names` (p,) are the columns' names, for refusals.

    `spread` (p,) is the range of each column, and `unit` the mean weight of a row. Raises NotEstimable for columns that
    do not vary within risk sets or follow from others there, for coefficients without a finite maximum, and where
    Newton's method with step halving does not converge.
    """
    coef = np.zeros(len(names))
    null = at = evaluate(coef)
    first = matrix = at.information()
    refuse_dependent(first, names)
    for _ in range(MAX_ITERATIONS):
        step = _step(matrix, at.score, names)
        decrement = float(at.score @ step) / unit
        if decrement < FLAT:
            _refuse_monotone(step * spread, names)
        if decrement < CONVERGED:
            break
        coef, at = climb(evaluate, at, coef, step)
        matrix = at.information()
    else:
        raise no_maximum()
    return Maximum(
        coef=coef,
        covariance=solve_scaled(matrix, np.eye(coef.size)),
        log_likelihood=at.log_likelihood,
        null_log_likelihood=null.log_likelihood,
        likelihood_ratio=chi_square(2 * (at.log_likelihood - null.log_likelihood), coef.size),
        score_test=quadratic_test(null.score, first),
        at=at,
    )


def _step(matrix: FloatArray, gradient: FloatArray, names: Sequence[str]) -> FloatArray:
    try:
        return solve_scaled(matrix, gradient)
    except NotEstimable:
        raise NotEstimable(
            f"the likelihood becomes flat in {', '.join(names)}; "
            "look for a covariate that separates those with an event from those without"
        ) from None


def climb(evaluate: Callable[[FloatArray], E], at: E, coef: FloatArray, step: FloatArray) -> tuple[FloatArray, E]:
    """Take the step, or half of it, or a quarter, so that the likelihood does not fall by more than rounding."""
    floor = at.log_likelihood - 1e-12 * abs(at.log_likelihood)
    for halvings in range(30):
        moved = coef + step / 2**halvings
        there = evaluate(moved)
        if np.isfinite(there.log_likelihood) and there.log_likelihood >= floor:
            return moved, there
    raise no_maximum()


def no_maximum() -> NotEstimable:
    """Say that the search for the maximum failed."""
    return NotEstimable(
        "Newton's method found no maximum of the partial likelihood; "
        "leave out covariates one at a time, or look for extreme values of one"
    )


def _refuse_monotone(moves: FloatArray, names: Sequence[str]) -> None:
    endless = [name for name, move in zip(names, moves, strict=True) if abs(move) > MOVING]
    if endless:
        raise NotEstimable(
            f"the likelihood rises without end in {', '.join(endless)} (a level without events, or separation); "
            "merge the level with another one, or leave the column out"
        )


def refuse_dependent(matrix: FloatArray, names: Sequence[str]) -> None:
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
