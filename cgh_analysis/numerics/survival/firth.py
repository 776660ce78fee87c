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
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, solve_scaled
from cgh_analysis.numerics.survival.newton import Maximum, climb, maximise, no_maximum
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, information, score, sums
from cgh_analysis.numerics.survival.risk_rows import point_sums

# the steps are those of the likelihood without penalty: they converge by a factor, not by doubling digits
ITERATIONS: Final = 500
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
    """Maximise the penalised likelihood; its likelihood-ratio and score tests are the penalised ones."""
    spread = np.ptp(data.rows.columns, axis=1)
    unit = float(data.rows.weight.mean())
    return maximise(lambda b: firth_likelihood(data, b), names, spread=spread, unit=unit, iterations=ITERATIONS)


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
    falls = []
    for r in range(best.size):
        zero = np.where(np.arange(best.size) == r, 0.0, best)
        falls.append(top - _constrained(likelihood, zero, r)[1].log_likelihood)
    tests = tuple(chi_square(max(2 * fall, 0.0), 1) for fall in falls)
    return Profile(low=np.array(ends[0]), high=np.array(ends[1]), tests=tests)


Likelihood = Callable[[FloatArray], FirthAt]


def _limit(likelihood: Likelihood, best: FloatArray, r: int, se: float, top: float, drop: float) -> float:
    """Newton's method for the place beyond `best`, in the direction of `se`, where the profile has fallen by `drop`."""
    coef = best.copy()
    place = best[r] + np.sqrt(2 * drop) * se
    for _ in range(LIMIT_STEPS):
        coef[r] = place
        coef, at = _constrained(likelihood, coef, r)
        step = (top - at.log_likelihood - drop) / at.score[r]
        # a profile that is flat far out sends the step too far
        step = float(np.clip(step, -5 * abs(se), 5 * abs(se)))
        place += step
        if not np.isfinite(place):
            break
        if abs(step) < 1e-9 * abs(se):
            return float(place)
    raise NotEstimable("the penalised profile likelihood has no finite limit")


def _constrained(likelihood: Likelihood, coef: FloatArray, fixed: int) -> tuple[FloatArray, FirthAt]:
    """Maximise over all coefficients but one, starting from `coef`."""
    free = np.arange(coef.size) != fixed
    at = likelihood(coef)
    for _ in range(ITERATIONS):
        if not np.isfinite(at.log_likelihood):
            break
        step = np.zeros(coef.size)
        if free.any():
            step[free] = solve_scaled(at.matrix[np.ix_(free, free)], at.score[free])
        if at.score @ step < 1e-18:
            return coef, at
        coef, at = climb(likelihood, at, coef, step)
    raise no_maximum()
