"""Quantities up to a day adjusted for covariates, by a regression of pseudo-values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.grid import reference_grid
from cgh_analysis.models.horizon.arms import Arms
from cgh_analysis.models.horizon.pseudo_values import of_groups
from cgh_analysis.models.horizon.seen import Seen, Times, complete, seen
from cgh_analysis.models.horizon.unadjusted import not_known, pseudo_values_of_pieces
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.survival.observed import Observed
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.horizon import intervals
from cgh_analysis.numerics.horizon.pseudo_values import Quantity

PSEUDO: Final = "(pseudo-value)"


def of_pseudo_values(
    data: pd.DataFrame,
    times: Times,
    by: str | None,
    covariates: Sequence[str],
    day: float,
    quantity: Quantity,
    *,
    smooth: bool = False,
) -> Arms:
    """Return the means of a linear model of pseudo-values, for people with everybody's covariates in each group.

    Pseudo-values are made within groups, whose schedules and censoring may so differ; groups without an answer are left
    out of the model. Means are g-computation's, for the model is linear and has no interactions; errors are robust
    (HC3) and take covariates as given (Andersen, Klein and Rosthoj 2003; Klein et al. 2007). `smooth` takes mean times
    of intervals under piecewise constant hazards instead of the NPMLE's.
    """
    if by is None:
        raise ArgumentError("There is nothing to adjust without groups.", remedy="Name the groups in by=.")
    if times.weights is not None:
        raise ArgumentError("Weights do not go with adjust=.", remedy="Leave one of them out.")
    kept = complete(data, covariates)
    s = seen(kept, times, by)
    why = tuple(not_known(_known_until(s.of(g)), day) for g in range(len(s.groups)))
    here = ~np.array([bool(reason) for reason in why])
    n, events = s.counts(day)
    estimate, covariance = np.zeros(len(why)), np.zeros((len(why), len(why)))
    df = np.inf
    if here.any():
        pseudo = pseudo_values_of_pieces(s, day, here) if smooth else of_groups(s, day, quantity)
        estimate[here], covariance[np.ix_(here, here)], df = _means(kept, s, by, covariates, here, pseudo)
    return Arms(
        groups=s.groups,
        n=n,
        events=events,
        estimate=estimate,
        covariance=covariance,
        why=why,
        df=df,
    )


def _means(
    data: pd.DataFrame, s: Seen, by: str, covariates: Sequence[str], here: BoolArray, pseudo: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Regress the pseudo-values of the groups that have some; return means, their covariance, degrees of freedom."""
    if here.sum() == 1:
        raise NotEstimable("only one group is left to compare")
    added: dict[str, Any] = {by: s.labels(), PSEUDO: pseudo}
    frame = data.loc[s.known, list(covariates)].assign(**added).loc[here[s.code]]
    fit = ancova(f"{quoted(PSEUDO)} ~ {' + '.join(map(quoted, [by, *covariates]))}", frame)
    linear = reference_grid(fit, [by], weights="proportional").linear
    return linear @ fit.coef, linear @ fit.covariance_of_coef @ linear.T, fit.df


def _known_until(times: Observed | Intervals) -> float:
    """The day up to which a curve is determined."""
    if isinstance(times, Intervals):
        return intervals.horizon(intervals.fitted(intervals.sample(times.left, times.right)), 1.0, "rmst").known_until
    last = times.time.max()
    return float(last) if np.any(~times.event & (times.time == last)) else np.inf
