"""What a regression of a subdistribution hazard found, and the cumulative incidences that it predicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.models.fit import Fit
from cgh_analysis.models.newdata import new_matrix
from cgh_analysis.models.times import chosen_times
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.states.fine_gray import Subdistribution, Sums
from cgh_analysis.numerics.states.fine_gray_curves import Predicted, predicted
from cgh_analysis.numerics.survival.chi_square import ChiSquare, quadratic_test
from cgh_analysis.numerics.survival.kaplan_meier import limits
from cgh_analysis.numerics.survival.newton import Maximum
from cgh_analysis.numerics.survival.risk_sets import TIE


@dataclass(frozen=True, kw_only=True)
class FineGrayFit(Fit):
    """A regression of the subdistribution hazard of the cause `of`; `coef` are log subdistribution hazard ratios.

    `people_influence` (n, p) is what each row adds to the score, `strata` the columns by which censoring was estimated,
    `cluster` codes of rows that belong together.
    """

    of: str
    solution: Maximum[Sums]
    people_influence: FloatArray
    strata: tuple[str, ...]
    cluster: IntArray | None

    @property
    def subdistribution(self) -> Subdistribution:
        """The risk sets, in which people with a competing event stay."""
        return self.solution.at.of

    @property
    def n_events(self) -> int:
        """Rows with the event of interest."""
        return int(self.subdistribution.dead.size)

    @property
    def n_competing(self) -> int:
        """Rows with a competing event."""
        return int(self.subdistribution.kept.people.size)

    @property
    def n_units(self) -> int:
        """What BIC counts: events, as for a Cox model."""
        return self.n_events

    @property
    def null_log_likelihood(self) -> float:
        """The log pseudo-likelihood with all coefficients zero."""
        return self.solution.null_log_likelihood

    @property
    def wald_test(self) -> ChiSquare:
        """The Wald test that all coefficients are zero; a pseudo-likelihood has no likelihood-ratio test."""
        return quadratic_test(self.coef, self.covariance_of_coef)

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the frame of every fit, with subdistribution_hazard_ratio and its limits, ..._low and ..._high."""
        table = super().coefficients(conf_level)
        # in a tiny unit of a covariate a limit may be infinite
        with np.errstate(over="ignore"):
            ratios = np.exp(table[["estimate", "conf_low", "conf_high"]])
        return table.assign(
            subdistribution_hazard_ratio=ratios["estimate"],
            subdistribution_hazard_ratio_low=ratios["conf_low"],
            subdistribution_hazard_ratio_high=ratios["conf_high"],
        )

    def baseline(self) -> pd.DataFrame:
        """Return time, cumulative_hazard (of the subdistribution), incidence where the design's columns are all zero.

        Columns are zero at the reference levels of factors and at zero of numbers, which may be far from the data;
        `predict(newdata)` gives curves of people.
        """
        s = self.solution.at
        hazard = np.cumsum(s.hazard) * np.exp(-s.shift - s.of.center @ self.coef)
        return pd.DataFrame(
            {"time": s.of.kept.sets.times, "cumulative_hazard": hazard, "incidence": -np.expm1(-hazard)}
        )

    def predict(
        self, newdata: pd.DataFrame, times: float | Iterable[float] | None = None, *, conf_level: float = 0.95
    ) -> pd.DataFrame:
        """Return cumulative incidences: row (label of newdata), time, estimate, std_error, conf_low, conf_high.

        F(t | x) = 1 - exp(-Lambda0(t) exp(x b)), at the times of events, or at chosen `times` up to the last one seen,
        after which they are missing. Errors are of F's influence function, with b's, Lambda0's and the censoring
        curve's part; limits are made on the scale of log(-log(1 - F)).
        """
        below_upper(conf_level)
        x = new_matrix(self, newdata)
        events = self.subdistribution.kept.sets.times
        grid, reached = events, np.arange(events.size)
        if times is not None:
            grid = chosen_times(times)
            reached = np.searchsorted(events, grid * (1 + TIE), side="right") - 1
        found = self._predicted(x, np.unique(reached[reached >= 0]))
        frame = _frame(newdata.index, grid, reached, found, conf_level)
        last_seen = float(self.subdistribution.censoring.times[-1])
        numbers = ["estimate", "std_error", "conf_low", "conf_high"]
        frame.loc[frame["time"] > last_seen * (1 + TIE), numbers] = np.nan
        return frame

    def _predicted(self, x: FloatArray, points: IntArray) -> Predicted:
        return predicted(
            self.solution.at,
            self.coef,
            self.people_influence @ self.solution.covariance,
            x,
            points,
            cluster=self.cluster,
        )


def _frame(labels: pd.Index, grid: FloatArray, reached: IntArray, found: Predicted, conf_level: float) -> pd.DataFrame:
    """Rows of new people x times; before the first event incidence is zero, without limits."""
    place = np.searchsorted(np.unique(reached[reached >= 0]), reached)
    some = reached >= 0
    hazard, error = np.zeros((2, len(labels), grid.size))
    hazard[:, some] = found.cumulative_hazard[:, place[some]]
    error[:, some] = found.std_error[:, place[some]]
    free = np.exp(-hazard)
    low, high = limits(free, error, conf_level=conf_level)
    return pd.DataFrame(
        {
            "row": np.repeat(labels, grid.size),
            "time": np.tile(grid, len(labels)),
            "estimate": -np.expm1(-hazard).ravel(),
            "std_error": (free * error).ravel(),
            "conf_low": 1 - high.ravel(),
            "conf_high": 1 - low.ravel(),
        }
    )
