"""Quantities up to a day of an accelerated failure time model, whose survival is averaged over people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.horizon.arms import Arms
from cgh_analysis.models.horizon.seen import Times, complete, seen
from cgh_analysis.models.interval.aft import aft
from cgh_analysis.models.interval.aft_fit import AftFit
from cgh_analysis.models.newdata import design_matrix
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.interval.aft_predict import mean_survival
from cgh_analysis.numerics.interval.distributions import Law

NODES: Final = 96


def of_aft(
    data: pd.DataFrame,
    times: Times,
    by: str | None,
    covariates: Sequence[str],
    distribution: Law,
    nodes: tuple[FloatArray, FloatArray],
    day: float,
) -> Arms:
    """Return by group sums over `nodes` (times, weights) of survival, had everybody been in that group.

    Survival is averaged over the people analysed (g-computation, Robins 1986); errors are by the delta method and take
    their covariates as given. Groups without an event have no finite coefficient, and are left out of the model.
    """
    kept = complete(data, covariates)
    s = seen(kept, times, by)
    here = np.bincount(s.code[s.event], minlength=len(s.groups)) > 0
    why = tuple("" if some else _no_event(group) for some, group in zip(here, s.groups, strict=True))
    if not here.any():
        raise NotEstimable("; ".join(why))
    rows = kept.loc[s.known].assign(**({} if by is None else {by: s.labels()})).loc[here[s.code]]
    terms = [*([by] if by is not None and here.sum() > 1 else []), *covariates]
    formula = " + ".join(map(quoted, terms)) or "1"
    columns: dict[str, Any] = times.columns
    fit = aft(formula, rows, distribution=distribution, weights=times.weights, **columns)
    estimate, covariance = np.zeros(here.size), np.zeros((here.size, here.size))
    estimate[here], covariance[np.ix_(here, here)] = _summed(fit, by if here.sum() > 1 else None, nodes)
    n, events = s.counts(day)
    return Arms(
        groups=s.groups,
        n=n,
        events=events,
        estimate=estimate,
        covariance=covariance,
        why=why,
    )


def area_nodes(tau: float) -> tuple[FloatArray, FloatArray]:
    """Return times and weights whose weighted sum of survival is the area under it up to tau (Gauss and Legendre).

    Times crowd towards 0, as tau u^3, where a curve may fall steeply.
    """
    x, w = np.polynomial.legendre.leggauss(NODES)
    u = (x + 1) / 2
    return tau * u**3, tau * 3 * u**2 * w / 2


def day_node(day: float) -> tuple[FloatArray, FloatArray]:
    """Return the nodes of survival at one day."""
    return np.array([day]), np.ones(1)


def _summed(fit: AftFit, factor: str | None, nodes: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, FloatArray]:
    t, weight = nodes
    if factor is None:
        of_people = np.ones(len(fit.data)) if fit.intervals.weights is None else fit.intervals.weights
        mean, slope = mean_survival(fit.known, design_matrix(fit, fit.data), fit.stratum, of_people, t)
        gradient = weight @ slope
        return np.array([weight @ mean]), np.array([[gradient @ fit.full_covariance @ gradient]])
    found = fit.standardised(factor, t.tolist())
    size = len(found.frame) // t.size
    linear = np.kron(np.eye(size), weight)
    return linear @ found.frame["estimate"].to_numpy(dtype=float), linear @ found.covariance @ linear.T


def _no_event(group: object) -> str:
    return f"no event in {group}" if group != "" else "no event"
