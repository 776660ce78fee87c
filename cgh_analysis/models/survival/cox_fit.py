"""What a Cox fit answers beside its coefficients: tests, residuals, curves, concordance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival import cox_checks, cox_curves, cox_effect
from cgh_analysis.models.survival.cox_checks import Residual
from cgh_analysis.models.survival.cox_regression import CoxRegression
from cgh_analysis.models.survival.cox_standardised import StandardisedCurves, standardised
from cgh_analysis.numerics.survival import concordance as c_index
from cgh_analysis.numerics.survival.proportional_hazards import Transform

ONE_ROW: Final = "Fit one row a person, with covariates as they were at the start."


@dataclass(frozen=True, kw_only=True)
class CoxFit(CoxRegression):
    """A Cox regression, and what can be asked of it."""

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
            stratum=self.risk.rows.as_given(self.risk.rows.stratum),
            entry=self.observed.entry,
            weights=self.observed.weights,
            cluster=self.cluster,
        )

    def profile(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the penalised profile likelihood's limits and tests of a Firth fit, by term.

        Columns estimate, conf_low, conf_high, statistic (likelihood ratio, chi-square), p_value, hazard_ratio and its
        limits hazard_ratio_low, hazard_ratio_high. Under separation the likelihood is skewed, and these hold their
        level where Wald's, in `coefficients`, do not (Heinze and Schemper 2001).
        """
        return cox_checks.profile(self, conf_level)

    def ph_test(self, transform: Transform = "km", *, terms: bool = True) -> pd.DataFrame:
        """Test proportional hazards by term (or by coefficient) and overall: statistic (chi-square), df, p_value.

        The score test of coefficients that change with g(time) (Grambsch and Therneau 1994; R's survival 3): g is 1
        less Kaplan-Meier ("km"), the time ("identity"), its "rank", or its "log". The last row is GLOBAL.
        """
        self.refuse("test of proportional hazards", penalised=True)
        return cox_checks.ph_test(self, transform, terms=terms)

    def ph_effect(
        self,
        factor: str | None = None,
        *,
        reference: Any = None,
        transform: Transform = "km",
        knots: int = 4,
        conf_level: float = 0.95,
    ) -> pd.DataFrame:
        """Return how log hazard ratios change over time: scaled Schoenfeld residuals, smoothed, at 25 event times.

        A natural cubic spline over the transformed time, with as many coefficients as `knots`, gives estimate,
        std_error, conf_low, conf_high by `time`, for each `term`, or for each contrast of a factor's levels (`group`
        against `reference`). Limits are exact given the smoother and the variance of Grambsch and Therneau (1994), and
        hold at one time each; where hazards are proportional the curve is flat, up to noise. Raises NotEstimable with
        events at too few times.
        """
        self.refuse("effect over time", penalised=True)
        return cox_effect.ph_effect(
            self, factor, reference=reference, transform=transform, knots=knots, conf_level=conf_level
        )

    def residuals(self, kind: Residual = "martingale") -> pd.Series | pd.DataFrame:
        """Return residuals by row: martingale, deviance (series); score, dfbeta (frames, rows x terms).

        "schoenfeld" and "scaled_schoenfeld" have a row for each event, in the order of strata and time. Rows keep their
        labels. Score and Schoenfeld residuals are unweighted, dfbeta include the weights.
        """
        check_option("kind", kind, cox_checks.RESIDUALS)
        self.refuse("residuals", penalised=kind == "dfbeta")
        return cox_checks.RESIDUALS[kind](self)

    def baseline(self) -> pd.DataFrame:
        """Return stratum, time, cumulative_hazard, survival where all the design's columns are zero, at event times.

        Columns are zero at the reference levels of factors and at zero of numbers, which may be far from the data;
        `survival(newdata)` gives curves of people.
        """
        self.refuse("baseline hazard")
        return cox_curves.baseline(self)

    def survival(self, newdata: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
        """Return predicted curves: row (label of newdata), stratum, time, estimate, std_error, conf_low, conf_high.

        A row of `newdata` has the model's columns, and those of its strata; its curve has a step at each event time.
        Errors are the delta method's (Link 1984), limits log-log.
        """
        self.refuse("predicted curves")
        return cox_curves.survival(self, newdata, conf_level)

    def standardised(
        self,
        factor: str,
        times: float | Sequence[float] | None = None,
        *,
        reference: object = None,
        people: Literal["given", "sampled"] = "given",
        conf_level: float = 0.95,
    ) -> StandardisedCurves:
        """Return adjusted survival curves: everybody's predicted curve with each level of `factor`, averaged.

        The estimand is the survival of these very people, had all of them had that level (standardisation, or
        g-computation); a causal reading needs no unmeasured confounding, overlap and the right model. `factor` is a
        category of the formula, or one of the strata, which then each have a baseline hazard of their own. The average
        is weighted as the fit is. `times` are days; without them all event times, or 200 of them.

        `curves` has factor, time, estimate, std_error and limits (log-log); `differences` and `ratios` (of 1 - S) have
        contrast, time and inference, of all pairs or with a `reference`. Errors are the delta method's, from the
        coefficients and the baseline hazard; people are "given", or "sampled" from a population, whose covariates then
        add to the errors.

        >>> from cgh_analysis import cox
        >>> data = pd.DataFrame({"day": [3, 5, 7, 9, 2, 4, 6, 8], "gone": [1] * 8, "arm": ["a"] * 4 + ["b"] * 4})
        >>> fit = cox("arm", data, time="day", event="gone")
        >>> fit.standardised("arm", 5).curves["estimate"].round(3).tolist()
        [0.61, 0.447]
        """
        self.refuse("adjusted curves")
        if self.several_rows:
            raise ArgumentError("Adjusted curves average over people, who have several rows each.", remedy=ONE_ROW)
        return standardised(self, factor, times, reference=reference, people=people, conf_level=conf_level)
