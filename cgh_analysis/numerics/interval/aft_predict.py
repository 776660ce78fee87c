"""What an accelerated failure time fit says of people: quantiles, survival, their means, residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.interval.aft import AftSolution
from cgh_analysis.numerics.interval.aft_likelihood import AftData, row_terms
from cgh_analysis.numerics.interval.distributions import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An estimate of the law of T: coefficients and scales with their covariance, the model's or the sandwich's."""

    law: Distribution
    solution: AftSolution
    covariance: FloatArray


def log_quantiles(k: Known, x: FloatArray, stratum: IntArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log of the times (m, q) by which shares p have had the event, for rows (m, terms), and their errors."""
    sigma = _scale(k, stratum)
    v = sigma[:, None] * k.law.quantile(p)
    return (x @ k.solution.coef)[:, None] + v, np.sqrt(_variance(k, x, stratum, v))


def standardised_times(k: Known, x: FloatArray, stratum: IntArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """z = (log t - x b) / sigma, (m, q), whose survival is S(z), and its errors; at time 0 z is -inf and known."""
    sigma = _scale(k, stratum)
    with np.errstate(divide="ignore"):
        v = np.log(t) - (x @ k.solution.coef)[:, None]
    error = np.sqrt(_variance(k, x, stratum, np.where(t > 0, v, 0.0))) / sigma[:, None]
    return v / sigma[:, None], np.where(t > 0, error, 0.0)


def mean_survival(
    k: Known, x: FloatArray, stratum: IntArray, weight: FloatArray, t: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Weighted mean (q,) of the survival of rows at times t (q,), and its gradient (q, k) by (b, log sigma_s)."""
    p, s = x.shape[1], k.covariance.shape[0] - x.shape[1]
    inverse = 1 / _scale(k, stratum)
    share = weight / weight.sum()
    member = share[:, None] * (stratum[:, None] == np.arange(s))
    centre = x @ k.solution.coef
    mean, slope = np.ones(t.size), np.zeros((t.size, p + s))
    for j in np.flatnonzero(t > 0):
        z = (np.log(t[j]) - centre) * inverse
        f = k.law.slope(z)
        mean[j] = share @ k.law.survival(z)
        slope[j, :p] = (share * f * inverse) @ x
        slope[j, p:] = (f * z) @ member
    return mean, slope


def _scale(k: Known, stratum: IntArray) -> FloatArray:
    return k.solution.scale[stratum] if k.solution.scale.size else np.ones(stratum.size)


def _variance(k: Known, x: FloatArray, stratum: IntArray, v: FloatArray) -> FloatArray:
    """Variance (m, q) of x b + v log sigma_s at fixed v."""
    p = x.shape[1]
    of_b = np.einsum("ij,jk,ik->i", x, k.covariance[:p, :p], x)[:, None]
    if not k.solution.scale.size:
        return of_b + np.zeros_like(v)
    rows = np.arange(stratum.size)
    cross = (x @ k.covariance[:p, p:])[rows, stratum][:, None]
    of_scale = np.diag(k.covariance)[p:][stratum][:, None]
    return np.maximum(of_b + 2 * v * cross + v**2 * of_scale, 0.0)


def residuals(data: AftData, solution: AftSolution) -> tuple[FloatArray, FloatArray]:
    """Response and deviance residuals (n,).

    A row's own time is the one that makes it most probable at its scale, with x b free: the exact time, the end of a
    row with one end, the middle of an interval (Weibull: log of width over exp(width) - 1). The response residual is
    that time less exp(x b). The deviance residual is the root of twice the log-likelihood that x b costs, with the sign
    of the way in which the row would move it: up for a row with no end.
    """
    inverse = 1 / (solution.scale[data.stratum] if solution.scale.size else np.ones(data.y.size))
    width = data.gap * inverse
    centre = data.x @ solution.coef
    best = np.zeros(data.y.size)
    best[data.between] = data.law.mode(width[data.between])
    top = row_terms(data, best, width).value
    top[data.above] = top[data.below] = 0.0
    found = row_terms(data, (data.y - centre) * inverse, width)
    deviance = -np.sign(found.da) * np.sqrt(2 * np.maximum(top - found.value, 0.0))
    return np.exp(data.y - best / inverse) - np.exp(centre), deviance
