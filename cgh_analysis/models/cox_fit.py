"""What a Cox fit answers: hazard ratios, tests, residuals, curves, concordance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgh_analysis.models import cox_checks, cox_curves
from cgh_analysis.models.cox_checks import Residual
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival_input import Observed
from cgh_analysis.numerics.survival import concordance as c_index
from cgh_analysis.numerics.survival.chi_square import ChiSquare, quadratic_test
from cgh_analysis.numerics.survival.cox import CoxSolution
from cgh_analysis.numerics.survival.cox_residuals import by_cluster, score_residuals
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, sums
from cgh_analysis.numerics.survival.proportional_hazards import Transform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class CoxFit(Fit):
    """A Cox regression. `coef` are log hazard ratios; `strata` the columns and `stratum_names` the strata they make.

    `robust` says whether the covariance is the sandwich's, over clusters (`cluster`, codes) or rows.
    """

    observed: Observed
    risk: CoxData
    solution: CoxSolution
    strata: tuple[str, ...]
    stratum_names: tuple[object, ...]
    cluster: IntArray | None
    robust: bool

    @property
    def n_events(self) -> int:
        """Rows with an event."""
        return int(self.risk.event.sum())

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

    @property
    def robust_score_test(self) -> ChiSquare:
        """The score test with the variance that clusters (rows where there are none) show."""
        residuals = score_residuals(self.risk, sums(self.risk, np.zeros(self.coef.size)))
        parts = by_cluster(self.risk.weight[:, None] * residuals, self.cluster)
        return quadratic_test(parts.sum(axis=0), parts.T @ parts)

    @property
    def linear_predictor(self) -> FloatArray:
        """Log hazard ratio (n,) of each row against the mean of the covariates."""
        return np.asarray(self.risk.x @ self.coef)

    @property
    def concordance(self) -> float:
        """Share of comparable pairs in which the one with the higher predicted hazard has the event first (Harrell)."""
        return self.concordance_details.estimate

    @cached_property
    def concordance_details(self) -> c_index.Concordance:
        """The concordance with its standard error and counts of pairs."""
        return c_index.concordance(
            self.linear_predictor,
            self.observed.time,
            self.observed.event,
            stratum=self.risk.stratum,
            entry=self.observed.entry,
            weights=self.observed.weights,
            cluster=self.cluster,
        )

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

    def ph_test(self, transform: Transform = "km", *, terms: bool = True) -> pd.DataFrame:
        """Test proportional hazards by term (or by coefficient) and overall: statistic (chi-square), df, p_value.

        The score test of coefficients that change with g(time) (Grambsch and Therneau 1994; R's survival 3): g is 1
        less Kaplan-Meier ("km"), the time ("identity"), its "rank", or its "log". The last row is GLOBAL.
        """
        return cox_checks.ph_test(self, transform, terms=terms)

    def residuals(self, kind: Residual = "martingale") -> pd.Series | pd.DataFrame:
        """Return residuals by row: martingale, deviance (series); score, dfbeta (frames, rows x terms).

        "schoenfeld" and "scaled_schoenfeld" have a row for each event, in the order of strata and time. Rows keep their
        labels. Score and Schoenfeld residuals are unweighted, dfbeta include the weights.
        """
        check_option("kind", kind, cox_checks.RESIDUALS)
        return cox_checks.RESIDUALS[kind](self)

    def baseline(self) -> pd.DataFrame:
        """Return stratum, time, cumulative_hazard, survival where all the design's columns are zero, at event times.

        Columns are zero at the reference levels of factors and at zero of numbers, which may be far from the data;
        `survival(newdata)` gives curves of people.
        """
        return cox_curves.baseline(self)

    def survival(self, newdata: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
        """Return predicted curves: row (label of newdata), stratum, time, estimate, std_error, conf_low, conf_high.

        A row of `newdata` has the model's columns, and those of its strata; its curve has a step at each event time.
        Errors are the delta method's (Link 1984), limits log-log.
        """
        return cox_curves.survival(self, newdata, conf_level)
