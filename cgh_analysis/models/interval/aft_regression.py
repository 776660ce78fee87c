"""What an accelerated failure time regression found: log time ratios, scales, and their covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.models.fit import Fit
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.interval.aft import AftSolution
from cgh_analysis.numerics.interval.aft_likelihood import AftData
from cgh_analysis.numerics.interval.aft_predict import Known, residuals

Residual = Literal["response", "deviance"]


@dataclass(frozen=True, kw_only=True)
class AftRegression(Fit):
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

    def residuals(self, kind: Residual = "response") -> pd.Series:
        """Return residuals by row: response, the time (or the likeliest place in its interval) less exp(x b); deviance.

        Rows that say nothing have none.
        """
        check_option("kind", kind, get_args(Residual))
        response, deviance = residuals(self.rows_used, self.solution)
        values = np.full(len(self.data), np.nan)
        values[self.informed] = response if kind == "response" else deviance
        return pd.Series(values, index=self.data.index, name=kind)
