"""Residuals of a Cox model, its baseline hazard and predicted curves (Therneau and Grambsch 2000)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, hazard_met, mean_covariate
from cgh_analysis.numerics.survival.risk_sets import met, running


def martingale(data: CoxData, s: Sums) -> FloatArray:
    """Events less the events expected of each person (n,), a weight counting as one person."""
    return data.event - s.risk / data.weight * hazard_met(data, s)


def deviance(data: CoxData, s: Sums) -> FloatArray:
    """Martingale residuals made symmetric: sign(M) sqrt(-2 (M + event log(event - M))), (n,)."""
    m = martingale(data, s)
    expected = data.event - m
    log = np.log(np.where(data.event, expected, 1.0))
    return np.asarray(np.sign(m) * np.sqrt(np.maximum(-2 * (m + log), 0.0)))


def score_residuals(data: CoxData, s: Sums) -> FloatArray:
    """Each person's part (n, p) of the score, before weighting; with weights they sum to zero at the maximum."""
    tied0 = s.a[:, None] * s.s1 - s.b[:, None] * s.d1
    tied1 = s.b[:, None] * s.s1 - s.c[:, None] * s.d1
    mean_met = met(data.sets, tied0)
    mean_met[data.dead] -= tied1[data.point]
    out = data.x * martingale(data, s)[:, None] + (s.risk / data.weight)[:, None] * mean_met
    out[data.dead] -= mean_covariate(s, data)[data.point]
    return np.asarray(out)


def dfbeta(data: CoxData, s: Sums, covariance: FloatArray) -> FloatArray:
    """Approximate change (n, p) of the coefficients when a person is left out, weights included."""
    return np.asarray(data.weight[:, None] * score_residuals(data, s) @ covariance)


def schoenfeld(data: CoxData, s: Sums) -> tuple[IntArray, FloatArray]:
    """Rows (E,) with an event in the order of strata and time, and their x less the risk set's mean (E, p)."""
    order = np.argsort(data.point, kind="stable")
    rows, point = data.dead[order], data.point[order]
    return rows, data.x[rows] - mean_covariate(s, data)[point]


def by_cluster(values: FloatArray, cluster: IntArray | None) -> FloatArray:
    """Sum values (n, p) within clusters, codes (n,) from 0; without clusters each row is its own."""
    if cluster is None:
        return values
    return np.column_stack([np.bincount(cluster, column) for column in values.T])


def baseline_hazard(data: CoxData, s: Sums, coef: FloatArray) -> FloatArray:
    """Cumulative hazard (P,) at x = 0, in the covariates' own units, at each (stratum, time) with an event."""
    level = np.exp(-s.shift - data.center @ coef)
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
    x = new - data.center
    level = np.exp((x @ coef)[:, None] - s.shift[data.sets.stratum])
    hazard = running(data.sets, s.h0)
    means = running(data.sets, s.a[:, None] * s.s1 - s.b[:, None] * s.d1)
    q = x[:, None, :] * hazard[:, None] - means
    variance = running(data.sets, s.a) + np.einsum("mpj,jk,mpk->mp", q, covariance, q)
    return Predicted(cumulative_hazard=level * hazard, std_error=level * np.sqrt(variance))
