"""What an accelerated failure time fit answers: time ratios, scales, quantiles, survival, residuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.models.fit import Fit
from cgh_analysis.models.interval import aft_predictions
from cgh_analysis.models.interval.aft_predictions import StandardisedSurvival
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.interval.aft import AftSolution
from cgh_analysis.numerics.interval.aft_likelihood import AftData
from cgh_analysis.numerics.interval.aft_predict import Known, residuals

Residual = Literal["response", "deviance"]


@dataclass(frozen=True, kw_only=True)
class AftFit(Fit):
    """An accelerated failure time regression; `coef` are log time ratios, after the intercept.

    `informed` (n,) says which rows say anything of the time; `stratum` (n,) are codes of `stratum_names`.
    """

    distribution: str
    intervals: Intervals
    informed: BoolArray
    rows_used: AftData
    solution: AftSolution
    full_covariance: FloatArray
    strata: tuple[str, ...]
    stratum: IntArray
    stratum_names: tuple[object, ...]
    robust: bool

    @property
    def n_events(self) -> int:
        """Rows whose time is known, exactly or up to an interval."""
        return int(np.isfinite(self.intervals.right).sum())

    @property
    def n_uninformative(self) -> int:
        """Rows from 0 to infinity, which are kept and say nothing."""
        return int((~self.informed).sum())

    @property
    def n_units(self) -> int:
        """What BIC counts: rows that say something, as R does."""
        return int(self.informed.sum())

    @property
    def scale(self) -> pd.Series:
        """Sigma by stratum; 1 for the exponential distribution."""
        values = self.solution.scale if self.solution.scale.size else np.ones(1)
        return pd.Series(values, index=pd.Index(list(self.stratum_names), name="stratum"), name="scale")

    @property
    def full_vcov(self) -> pd.DataFrame:
        """Covariance of the coefficients and of the log of each scale."""
        several = len(self.stratum_names) > 1
        scales = [f"Log(scale)[{name}]" if several else "Log(scale)" for name in self.stratum_names]
        names = [*self.terms, *scales[: self.solution.scale.size]]
        return pd.DataFrame(self.full_covariance.copy(), index=names, columns=names)

    @property
    def known(self) -> Known:
        """The fitted law of time, as kernels take it."""
        return Known(law=self.rows_used.law, solution=self.solution, covariance=self.full_covariance)

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the frame of every fit, with time_ratio, time_ratio_low, time_ratio_high (none of the intercept)."""
        table = super().coefficients(conf_level)
        given = {"time_ratio": "estimate", "time_ratio_low": "conf_low", "time_ratio_high": "conf_high"}
        # in a tiny unit of a covariate a limit may be infinite
        with np.errstate(over="ignore"):
            ratios = {new: np.exp(table[old].mask(table.index == "Intercept")) for new, old in given.items()}
        return table.assign(**ratios)

    def quantile(
        self, newdata: pd.DataFrame, p: float | Sequence[float] = 0.5, *, conf_level: float = 0.95
    ) -> pd.DataFrame:
        """Return times by which shares p have had the event: row, p, estimate, std_error, conf_low, conf_high.

        A row of `newdata` has the model's columns, and those of its strata. Errors are the delta method's, limits are
        made for the log of the time.
        """
        return aft_predictions.quantile(self, newdata, p, conf_level)

    def survival(
        self, newdata: pd.DataFrame, times: float | Sequence[float], *, conf_level: float = 0.95
    ) -> pd.DataFrame:
        """Return survival at times: row, time, estimate, std_error, conf_low, conf_high.

        Errors are the delta method's. Limits are made for z = (log t - x b) / sigma and brought back: on the scale of
        log(-log S) for Weibull, of the logit for log-logistic, of the probit for lognormal times.
        """
        return aft_predictions.survival(self, newdata, times, conf_level)

    def standardised(
        self, factor: str, times: float | Sequence[float], *, conf_level: float = 0.95
    ) -> StandardisedSurvival:
        """Set `factor` to each of its levels in every row, and average survival at times over the rows (their weights).

        The estimand is survival had everybody had that level; a causal reading needs no unmeasured confounding, overlap
        and the right model (Robins 1986). Errors are by the delta method and take the people as given; limits are made
        for log(-log S). The answer's `frame` has the level, time, estimate, std_error, conf_low, conf_high; its
        `covariance` is that of all its rows together, for differences, ratios, and areas under the curves.
        """
        return aft_predictions.standardised(self, factor, times, conf_level)

    def residuals(self, kind: Residual = "response") -> pd.Series:
        """Return residuals by row: response, the time (or the likeliest place in its interval) less exp(x b); deviance.

        Rows that say nothing have none.
        """
        check_option("kind", kind, get_args(Residual))
        response, deviance = residuals(self.rows_used, self.solution)
        values = np.full(len(self.data), np.nan)
        values[self.informed] = response if kind == "response" else deviance
        return pd.Series(values, index=self.data.index, name=kind)
