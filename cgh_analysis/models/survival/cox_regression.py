"""What a Cox regression found: log hazard ratios, likelihoods, and the tests that all of them are zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.survival.observed import Observed
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, quadratic_test
from cgh_analysis.numerics.survival.cox import CoxSolution
from cgh_analysis.numerics.survival.cox_residuals import by_cluster, score_residuals
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Ties, sums

Penalty = Literal["firth"]


@dataclass(frozen=True, kw_only=True)
class CoxRegression(Fit):
    """A Cox regression. `coef` are log hazard ratios; `strata` the columns and `stratum_names` the strata they make.

    `robust` says whether the covariance is the sandwich's, over clusters (`cluster`, codes) or rows. With a `penalty`
    the likelihoods are penalised, and so are the tests of ratio and score. `several_rows` says whether a person has
    more than one.
    """

    observed: Observed
    risk: CoxData
    solution: CoxSolution
    strata: tuple[str, ...]
    stratum_names: tuple[object, ...]
    cluster: IntArray | None
    robust: bool
    ties: Ties = "efron"
    penalty: Penalty | None = None
    several_rows: bool = False

    @property
    def n_events(self) -> int:
        """Rows with an event."""
        return int(self.observed.event.sum())

    @property
    def n_units(self) -> int:
        """What BIC counts: events (Volinsky and Raftery 2000), as R does."""
        return self.n_events

    @property
    def null_log_likelihood(self) -> float:
        """The log partial likelihood with all coefficients zero."""
        return self.solution.null_log_likelihood

    @property
    def naive_vcov(self) -> pd.DataFrame:
        """The inverse information, terms x terms: `vcov` where that is not robust."""
        return pd.DataFrame(self.solution.covariance.copy(), index=list(self.terms), columns=list(self.terms))

    @property
    def likelihood_ratio_test(self) -> ChiSquare:
        """The likelihood-ratio test that all coefficients are zero; it takes rows to be independent."""
        return self.solution.likelihood_ratio

    @property
    def wald_test(self) -> ChiSquare:
        """The Wald test that all coefficients are zero, robust where the covariance is."""
        return quadratic_test(self.coef, self.covariance_of_coef)

    @property
    def score_test(self) -> ChiSquare:
        """The score test that all coefficients are zero; with one factor and no ties it is the log-rank test."""
        return self.solution.score_test

    def refuse(self, what: str, *, penalised: bool = False) -> None:
        """Refuse what is not defined with exact ties, and where asked also what is not of a `penalised` likelihood."""
        if self.ties == "exact":
            raise ArgumentError(f"A fit with exact ties has no {what}.", remedy='Fit with ties="efron".')
        if penalised and self.penalty is not None:
            raise ArgumentError(f"A fit with a penalty has no {what}.", remedy="Fit without the penalty.")

    @property
    def robust_score_test(self) -> ChiSquare:
        """The score test with the variance that clusters (rows where there are none) show."""
        self.refuse("robust score test", penalised=True)
        residuals = score_residuals(self.risk, sums(self.risk, np.zeros(self.coef.size)))
        weighted = residuals if self.observed.weights is None else self.observed.weights[:, None] * residuals
        parts = by_cluster(weighted, self.cluster)
        return quadratic_test(parts.sum(axis=0), parts.T @ parts)

    @property
    def linear_predictor(self) -> FloatArray:
        """Log hazard ratio (n,) of each row against the mean of the covariates."""
        return self.risk.rows.as_given(self.coef @ self.risk.rows.columns)

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the frame of every fit, with hazard_ratio and its limits hazard_ratio_low, hazard_ratio_high."""
        table = super().coefficients(conf_level)
        # in a tiny unit of a covariate a limit may be infinite
        with np.errstate(over="ignore"):
            ratios = np.exp(table[["estimate", "conf_low", "conf_high"]])
        return table.assign(
            hazard_ratio=ratios["estimate"],
            hazard_ratio_low=ratios["conf_low"],
            hazard_ratio_high=ratios["conf_high"],
        )
