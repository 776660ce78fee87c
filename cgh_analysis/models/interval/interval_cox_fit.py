"""What a semiparametric regression of interval-censored times answers: ratios, the boxes of its baseline, survival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.models.fit import Fit
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.newdata import new_matrix
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.interval.semiparametric import SemiSolution
from cgh_analysis.numerics.interval.semiparametric_likelihood import Model, SemiData, survival
from cgh_analysis.numerics.survival.chi_square import ChiSquare

RATIOS: Final[dict[str, str]] = {"ph": "hazard_ratio", "po": "odds_ratio"}


@dataclass(frozen=True, kw_only=True)
class IntervalCoxFit(Fit):
    """A proportional hazards ("ph") or odds ("po") regression; `coef` are log ratios, above 0 is faster.

    `informed` (n,) says which rows say anything of the time; `n_failed` counts bootstrap draws without a maximum.
    """

    model: Model
    intervals: Intervals
    informed: BoolArray
    semi: SemiData
    solution: SemiSolution
    n_failed: int = 0

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
        """What BIC counts: rows that say something."""
        return int(self.informed.sum())

    @property
    def stationarity(self) -> float:
        """The largest violation of the Kuhn-Tucker conditions of the maximum, per person; rounding is under 1e-9."""
        return self.solution.violation

    @property
    def likelihood_ratio_test(self) -> ChiSquare:
        """The likelihood-ratio test that all coefficients are zero."""
        return self.solution.likelihood_ratio

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the frame of every fit, with hazard_ratio (or odds_ratio) and its limits, _low and _high."""
        table = super().coefficients(conf_level)
        name = RATIOS[self.model]
        # in a tiny unit of a covariate a limit may be infinite
        with np.errstate(over="ignore"):
            ratios = np.exp(table[["estimate", "conf_low", "conf_high"]])
        columns = {name: "estimate", f"{name}_low": "conf_low", f"{name}_high": "conf_high"}
        return table.assign(**{new: ratios[old] for new, old in columns.items()})

    def baseline(self) -> pd.DataFrame:
        """Return the boxes in which the baseline rises: left, right, cumulative, survival, mass.

        Within a box (left, right] the data do not say where; between boxes nothing happens. `cumulative` is the hazard
        ("ph") or the odds of having resolved ("po") after the box where all the design's columns are zero, `survival`
        that after the box, `mass` what the box takes from it. Zero may be far from the data; `survival(newdata)` gives
        curves of people.
        """
        boxes, h = self._boxes()
        level = h * np.exp(-self.semi.center @ self.coef)
        after = survival(self.model, level)
        return boxes.assign(cumulative=level, survival=after, mass=-np.diff(after, prepend=1.0))

    def survival(self, newdata: pd.DataFrame) -> pd.DataFrame:
        """Return predicted curves: row (label of newdata), left, right, survival_left, survival_right of each box.

        A curve is flat between boxes and unknown within them. It has no standard errors: it converges at a slower rate
        than 1 / sqrt(n), to no normal law (Groeneboom and Wellner 1992).
        """
        x = new_matrix(self, newdata) - self.semi.center
        boxes, h = self._boxes()
        after = survival(self.model, np.exp(x @ self.coef)[:, None] * h)
        before = np.column_stack([np.ones(len(x)), after[:, :-1]])
        repeated = pd.concat([boxes] * len(x), ignore_index=True)
        repeated.insert(0, "row", newdata.index.repeat(len(boxes)))
        return repeated.assign(survival_left=before.ravel(), survival_right=after.ravel())

    def _boxes(self) -> tuple[pd.DataFrame, FloatArray]:
        """Ends of the cells with mass, and H after each at the mean of the covariates."""
        h = self.solution.at.h
        rises = np.append(np.diff(h) > 0, np.full(self.semi.left.size - self.semi.m, True))
        level = np.append(h[1:], np.full(self.semi.left.size - self.semi.m, np.inf))
        return pd.DataFrame({"left": self.semi.left[rises], "right": self.semi.right[rises]}), level[rises]
