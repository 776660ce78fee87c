"""Cox regression: the maximum of the partial likelihood, by ties as Efron, Breslow or the discrete model have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare
from cgh_analysis.numerics.survival.exact_ties import exact_data, exact_likelihood
from cgh_analysis.numerics.survival.firth import solve_firth
from cgh_analysis.numerics.survival.newton import Maximum, maximise
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, information, score, sums

Likelihood = Literal["partial", "exact", "firth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxSolution:
    """The maximum: coefficients (p,), inverse information (p, p), log-likelihoods there and at zero, and the tests.

    `sums` are those of the partial likelihood at the coefficients, by Breslow where ties are exact.
    """

    coef: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio: ChiSquare
    score_test: ChiSquare
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """The partial likelihood at one value of the coefficients."""

    data: CoxData
    sums: Sums
    score: FloatArray

    @property
    def log_likelihood(self) -> float:
        return self.sums.log_likelihood

    def information(self) -> FloatArray:
        return information(self.data, self.sums)


def solve_cox(data: CoxData, names: Sequence[str], likelihood: Likelihood = "partial") -> CoxSolution:
    """Maximise the partial likelihood, that of truly discrete times, or Firth's; `names` (p,) are the columns' names.

    Raises NotEstimable as `maximise` does, and where exact ties would take too long.
    """
    spread = np.ptp(data.rows.columns, axis=1)
    if likelihood == "firth":
        penalised = solve_firth(data, names)
        return solution(penalised, penalised.at.sums)
    if likelihood == "exact":
        discrete = exact_data(data.rows)
        found = maximise(lambda b: exact_likelihood(discrete, b), names, spread=spread)
        return solution(found, sums(data, found.coef))
    unit = float(data.rows.weight.mean())
    best = maximise(lambda b: _at(data, b), names, spread=spread, unit=unit)
    return solution(best, best.at.sums)


def _at(data: CoxData, coef: FloatArray) -> _At:
    found = sums(data, coef)
    return _At(data=data, sums=found, score=score(data, found))


def solution(found: Maximum, of: Sums) -> CoxSolution:
    """Return a maximum together with the sums there."""
    return CoxSolution(
        coef=found.coef,
        covariance=found.covariance,
        log_likelihood=found.log_likelihood,
        null_log_likelihood=found.null_log_likelihood,
        likelihood_ratio=found.likelihood_ratio,
        score_test=found.score_test,
        sums=of,
    )
