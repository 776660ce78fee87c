"""What an accelerated failure time fit answers beside its coefficients: quantiles and survival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from cgh_analysis.models.interval import aft_predictions
from cgh_analysis.models.interval.aft_predictions import StandardisedSurvival
from cgh_analysis.models.interval.aft_regression import AftRegression


@dataclass(frozen=True, kw_only=True)
class AftFit(AftRegression):
    """An accelerated failure time regression, and what can be asked of it."""

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
