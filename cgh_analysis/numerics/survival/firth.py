"""Firth's penalised partial likelihood: l(b) + log|I(b)| / 2, whose maximum is finite also under separation.

The penalty is Jeffreys' prior (Firth 1993; for Cox models Heinze and Schemper 2001). Its score adds to each component
tr(I^-1 dI/db_r) / 2, and the derivative of the information is the third central moment of x within the risk sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg, stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, quadratic_test, solve_scaled
from cgh_analysis.numerics.survival.newton import Maximum, climb, no_maximum, refuse_dependent
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, information, score, sums
from cgh_analysis.numerics.survival.risk_rows import point_sums

ITERATIONS: Final = 200
CONVERGED: Final = 1e-20
LIMIT_STEPS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FirthAt:
    """The penalised likelihood at one value of the coefficients; `matrix` is the information without penalty."""

    sums: Sums
    log_likelihood: float
    score: FloatArray
    matrix: FloatArray

    def information(self) -> FloatArray:
        """Return the information (p, p) without penalty, whose inverse is the covariance."""
        return self.matrix


def firth_likelihood(data: CoxData, coef: FloatArray) -> FirthAt:
    """Return the penalised log-likelihood at `coef` (p,) with its score; -inf where the information is singular."""
    at = sums(data, coef)
    matrix = information(data, at)
    sign, log_det = np.linalg.slogdet(matrix) if np.isfinite(matrix).all() else (0.0, 0.0)
    if sign <= 0:
        return FirthAt(sums=at, log_likelihood=-np.inf, score=np.full(coef.size, np.nan), matrix=matrix)
    return FirthAt(
        sums=at,
        log_likelihood=at.log_likelihood + 0.5 * float(log_det),
        score=score(data, at) + 0.5 * trace_of_derivative(data, at, matrix),
        matrix=matrix,
    )


def trace_of_derivative(data: CoxData, s: Sums, matrix: FloatArray) -> FloatArray:
    """Return tr(I^-1 dI/db_r) for each coefficient (p,).

    With I = R R' and z = R^-1 x it is R times the sum over slots of E (z - m)|z - m|^2, m being the mean of z.
    """
    root = linalg.cholesky(matrix, lower=True)
    p = len(matrix)

    def features(columns: FloatArray) -> FloatArray:
        z = linalg.solve_triangular(root, columns, lower=True)
        return np.concatenate([z, (z[:, None] * z).reshape(p * p, -1), z * (z * z).sum(axis=0)])

    found = point_sums(data.rows, s.risk, features)
    of = data.slots
    phi, total = found.at_risk, found.at_risk_x
    times = of.mean_weight * of.n_dead
    if of.fraction is not None:
        f = of.fraction
        phi = np.repeat(phi, of.n_dead) - f * np.repeat(found.dead, of.n_dead)
        total = np.repeat(total, of.n_dead, axis=0) - f[:, None] * np.repeat(found.dead_x, of.n_dead, axis=0)
        times = np.repeat(of.mean_weight, of.n_dead)
    moments = total / phi[:, None]
    m, second, cubic = moments[:, :p], moments[:, p:-p].reshape(-1, p, p), moments[:, -p:]
    square = np.einsum("ijj->i", second) - 2 * (m * m).sum(axis=1)
    third = cubic - 2 * np.einsum("ijk,ik->ij", second, m) - m * square[:, None]
    return np.asarray(root @ (times @ third))


def solve_firth(data: CoxData, names: Sequence[str]) -> Maximum[FirthAt]:
    """Maximise the penalised likelihood; its likelihood-ratio and score tests are the penalised ones.

    `names` (p,) are the columns' names. Raises NotEstimable for columns that do not vary within risk sets or follow
    from others there.
    """
    zero = np.zeros(len(names))
    null = firth_likelihood(data, zero)
    refuse_dependent(null.matrix, names)
    coef, at = _highest(lambda b: firth_likelihood(data, b), zero, np.ones(zero.size, dtype=bool))
    return Maximum(
        coef=coef,
        covariance=solve_scaled(at.matrix, np.eye(zero.size)),
        log_likelihood=at.log_likelihood,
        null_log_likelihood=null.log_likelihood,
        likelihood_ratio=chi_square(2 * (at.log_likelihood - null.log_likelihood), zero.size),
        score_test=quadratic_test(null.score, null.matrix),
        at=at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Limits (p,) of the penalised profile likelihood, and its ratio test that each coefficient is zero."""

    low: FloatArray
    high: FloatArray
    tests: tuple[ChiSquare, ...]


def firth_profile(data: CoxData, best: FloatArray, covariance: FloatArray, conf_level: float) -> Profile:
    """Find where the profile falls by half the chi-square quantile, and how far it falls at zero.

    Raises NotEstimable where a limit is not finite.
    """
    likelihood: Likelihood = lambda b: firth_likelihood(data, b)  # noqa: E731
    top = likelihood(best).log_likelihood
    drop = stats.chi2.ppf(conf_level, 1) / 2
    se = np.sqrt(np.diag(covariance))
    ends = [[_limit(likelihood, best, r, side * se[r], top, drop) for r in range(best.size)] for side in (-1, 1)]
    falls, places = [], np.arange(best.size)
    for r in places:
        zero = np.where(places == r, 0.0, best)
        falls.append(top - _highest(likelihood, zero, places != r)[1].log_likelihood)
    tests = tuple(chi_square(max(2 * fall, 0.0), 1) for fall in falls)
    return Profile(low=np.array(ends[0]), high=np.array(ends[1]), tests=tests)


Likelihood = Callable[[FloatArray], FirthAt]


def _limit(likelihood: Likelihood, best: FloatArray, r: int, se: float, top: float, drop: float) -> float:
    """Newton's method for the place beyond `best`, in the direction of `se`, where the profile has fallen by `drop`."""
    coef = best.copy()
    place = best[r] + np.sqrt(2 * drop) * se
    for _ in range(LIMIT_STEPS):
        coef[r] = place
        coef, at = _highest(likelihood, coef, np.arange(best.size) != r)
        step = (top - at.log_likelihood - drop) / at.score[r]
        # a profile that is flat far out sends the step too far
        step = float(np.clip(step, -5 * abs(se), 5 * abs(se)))
        place += step
        if not np.isfinite(place):
            break
        if abs(step) < 1e-9 * abs(se):
            return float(place)
    raise NotEstimable("the penalised profile likelihood has no finite limit")


def _highest(likelihood: Likelihood, coef: FloatArray, free: BoolArray) -> tuple[FloatArray, FirthAt]:
    """Maximise over the `free` coefficients from `coef`, by Broyden, Fletcher, Goldfarb and Shanno's method.

    It begins with the information without penalty, which may be half of that with it.
    """
    at = likelihood(coef)
    if not np.isfinite(at.log_likelihood):
        raise no_maximum()
    n_free = int(free.sum())
    inverse = solve_scaled(at.matrix[np.ix_(free, free)], np.eye(n_free)) if n_free else np.zeros((0, 0))
    for _ in range(ITERATIONS):
        gradient = at.score[free]
        if gradient @ inverse @ gradient < CONVERGED:
            return coef, at
        step = np.zeros(coef.size)
        step[free] = inverse @ gradient
        moved, at = climb(likelihood, at, coef, step)
        inverse = _updated(inverse, (moved - coef)[free], gradient - at.score[free])
        coef = moved
    raise no_maximum()


def _updated(inverse: FloatArray, step: FloatArray, fall: FloatArray) -> FloatArray:
    """Update the inverse of the negative Hessian by a step and the fall of the gradient along it."""
    along = float(step @ fall)
    if along <= 0:
        return inverse
    left = np.eye(step.size) - np.outer(step, fall) / along
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / along)
