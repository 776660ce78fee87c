"""Residuals of a Cox model, its baseline hazard and predicted curves (Therneau and Grambsch 2000)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, hazard_met, mean_covariate
from cgh_analysis.numerics.survival.risk_sets import met, running


def martingale(data: CoxData, s: Sums) -> FloatArray:
    """Events less the events expected of each person (n,), a weight counting as one person."""
    return data.rows.as_given(_martingale(data, s))


def _martingale(data: CoxData, s: Sums) -> FloatArray:
    return data.rows.event - s.risk / data.rows.weight * hazard_met(data, s)


def deviance(data: CoxData, s: Sums) -> FloatArray:
    """Martingale residuals made symmetric: sign(M) sqrt(-2 (M + event log(event - M))), (n,)."""
    m, event = _martingale(data, s), data.rows.event
    log = np.log(np.where(event, event - m, 1.0))
    return data.rows.as_given(np.sign(m) * np.sqrt(np.maximum(-2 * (m + log), 0.0)))


def score_residuals(data: CoxData, s: Sums) -> FloatArray:
    """Each person's part (n, p) of the score, before weighting; with weights they sum to zero at the maximum."""
    return data.rows.as_given(_score_residuals(data, s))


def _score_residuals(data: CoxData, s: Sums) -> FloatArray:
    rows = data.rows
    tied0 = s.a[:, None] * s.s1 - s.b[:, None] * s.d1
    tied1 = s.b[:, None] * s.s1 - s.c[:, None] * s.d1
    mean_met = met(data.sets, tied0)
    mean_met[rows.dead] -= tied1[rows.point]
    out = rows.columns.T * _martingale(data, s)[:, None] + (s.risk / rows.weight)[:, None] * mean_met
    out[rows.dead] -= mean_covariate(s, data)[rows.point]
    return np.asarray(out)


def dfbeta(data: CoxData, s: Sums, covariance: FloatArray) -> FloatArray:
    """Approximate change (n, p) of the coefficients when a person is left out, weights included."""
    rows = data.rows
    return rows.as_given(rows.weight[:, None] * _score_residuals(data, s) @ covariance)


def schoenfeld(data: CoxData, s: Sums) -> tuple[IntArray, FloatArray]:
    """Rows (E,) with an event in the order of strata and time, and their x less the risk set's mean (E, p)."""
    rows = data.rows
    return rows.order[rows.dead], rows.columns[:, rows.dead].T - mean_covariate(s, data)[rows.point]


def by_cluster(values: FloatArray, cluster: IntArray | None) -> FloatArray:
    """Sum values (n, p) within clusters, codes (n,) from 0; without clusters each row is its own."""
    if cluster is None:
        return values
    return np.column_stack([np.bincount(cluster, column) for column in values.T])


def baseline_hazard(data: CoxData, s: Sums, coef: FloatArray) -> FloatArray:
    """Cumulative hazard (P,) at x = 0, in the covariates' own units, at each (stratum, time) with an event."""
    level = np.exp(-s.shift - data.rows.center @ coef)
    return running(data.sets, s.h0) * level[data.sets.stratum]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Cumulative hazards (m, P) with standard errors, for m people at the points of all strata."""

    cumulative_hazard: FloatArray
    std_error: FloatArray


def predicted(data: CoxData, s: Sums, coef: FloatArray, covariance: FloatArray, new: FloatArray) -> Predicted:
    """Predict cumulative hazards at covariates `new` (m, p), in their own units, with the delta method's error.

    The variance is that of the hazard increments plus q' V q, q being the integral of x - mean(t) over the hazard
    (Tsiatis 1981; Link 1984).
    """
    x = new - data.rows.center
    level = np.exp((x @ coef)[:, None] - s.shift[data.sets.stratum])
    hazard = running(data.sets, s.h0)
    means = running(data.sets, s.a[:, None] * s.s1 - s.b[:, None] * s.d1)
    q = x[:, None, :] * hazard[:, None] - means
    variance = running(data.sets, s.a) + np.einsum("mpj,jk,mpk->mp", q, covariance, q)
    return Predicted(cumulative_hazard=level * hazard, std_error=level * np.sqrt(variance))
