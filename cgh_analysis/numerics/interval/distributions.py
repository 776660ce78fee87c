"""Log-probabilities of W in log T = x b + sigma W, with derivatives that stay exact in the tails.

W follows the smallest extreme value (T Weibull), the logistic (T log-logistic) or the normal law (T lognormal). Each
function takes z = (log t - x b) / sigma and returns a log-probability with its first and second derivatives; of an
interval from a to a + width the derivatives by a and by the width, so that nothing cancels however narrow it is.
Nothing is clipped: what is too improbable for a double is -inf, and a step there is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import erfcx, expit, log_ndtr, logit, ndtr, ndtri

from cgh_analysis.numerics.arrays import FloatArray

Law = Literal["weibull", "lognormal", "loglogistic", "exponential"]
LOG_ROOT_TWO_PI: Final = float(np.log(2 * np.pi) / 2)
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Log-probability of one end, its first and its second derivative by z."""

    value: FloatArray
    d: FloatArray
    dd: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Log-probability of an interval, its derivatives by the lower end a and by the width w."""

    value: FloatArray
    da: FloatArray
    dw: FloatArray
    daa: FloatArray
    daw: FloatArray
    dww: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The law of W: density, above (right-censored), below (left-censored), between; survival, quantile of F.

    `slope` is the density itself, `mode` the a of the most probable place of an interval of a given width.
    """

    density: Callable[[FloatArray], Point]
    above: Callable[[FloatArray], Point]
    below: Callable[[FloatArray], Point]
    between: Callable[[FloatArray, FloatArray], Between]
    survival: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    quantile: Callable[[FloatArray], FloatArray]
    mode: Callable[[FloatArray], FloatArray]


def log_expm1(width: FloatArray) -> FloatArray:
    """Log of exp(width) - 1 for width > 0, also where that overflows."""
    return width + np.log(-np.expm1(-width))


def log_1m_exp(log_d: FloatArray) -> FloatArray:
    """Log of 1 - exp(-D), given log D."""
    d = np.exp(log_d)
    some = np.clip(d, 1e-5, 1.0)
    return np.where(d < 1e-5, log_d - d / 2, np.where(d < 1, np.log(-np.expm1(-some)), np.log1p(-np.exp(-d - (d < 1)))))


def _shares(log_d: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log of 1 - exp(-D) with its derivatives by log D: q = D / (exp(D) - 1) and q (1 - D - q)."""
    d = np.exp(log_d)
    e = -np.expm1(-d)
    q = np.where(d > 0, d * np.exp(-d) / np.where(d > 0, e, 1.0), 1.0)
    few = np.minimum(d, 1e-3)
    slope = np.where(d < 1e-3, -few / 2 - few**2 / 12, 1 - q - np.where(q > 0, d, 0.0))
    return log_1m_exp(log_d), q, q * slope


def _extreme_density(z: FloatArray) -> Point:
    m = np.exp(z)
    return Point(value=z - m, d=1 - m, dd=-m)


def _extreme_above(z: FloatArray) -> Point:
    m = -np.exp(z)
    return Point(value=m, d=m, dd=m)


def _extreme_below(z: FloatArray) -> Point:
    value, d, dd = _shares(z)
    return Point(value=value, d=d, dd=dd)


def _extreme_between(a: FloatArray, width: FloatArray) -> Between:
    m = np.exp(a)
    value, q, dq = _shares(a + log_expm1(width))
    past = 1 / np.expm1(width)
    r = 1 + past
    return Between(value=value - m, da=q - m, dw=q * r, daa=dq - m, daw=dq * r, dww=dq * r**2 - q * r * past)


def _softplus(z: FloatArray) -> FloatArray:
    return np.logaddexp(0.0, z)


def _logistic_density(z: FloatArray) -> Point:
    p = expit(z)
    return Point(value=z - 2 * _softplus(z), d=1 - 2 * p, dd=-2 * p * expit(-z))


def _logistic_above(z: FloatArray) -> Point:
    p = expit(z)
    return Point(value=-_softplus(z), d=-p, dd=-p * expit(-z))


def _logistic_below(z: FloatArray) -> Point:
    q = expit(-z)
    return Point(value=-_softplus(-z), d=q, dd=-q * expit(z))


def _logistic_between(a: FloatArray, width: FloatArray) -> Between:
    b = a + width
    pa, pb = expit(a) * expit(-a), expit(b) * expit(-b)
    past = 1 / np.expm1(width)
    return Between(
        value=a + log_expm1(width) - _softplus(a) - _softplus(b),
        da=expit(-a) - expit(b),
        dw=past + expit(-b),
        daa=-pa - pb,
        daw=-pb,
        dww=-past * (1 + past) - pb,
    )


def _log_phi(z: FloatArray) -> FloatArray:
    return -z * z / 2 - LOG_ROOT_TWO_PI


def _normal_density(z: FloatArray) -> Point:
    return Point(value=_log_phi(z), d=-z, dd=-np.ones_like(z))


def _normal_above(z: FloatArray) -> Point:
    hazard = np.sqrt(2 / np.pi) / erfcx(z / np.sqrt(2))
    return Point(value=log_ndtr(-z), d=-hazard, dd=-hazard * (hazard - z))


def _normal_below(z: FloatArray) -> Point:
    mirrored = _normal_above(-z)
    return Point(value=mirrored.value, d=-mirrored.d, dd=mirrored.dd)


def _normal_between(a: FloatArray, width: FloatArray) -> Between:
    """With Z between a and b: d/da = -E Z, d2/da2 = Var Z - 1, d/dw = phi(b) / P =: u, d2/dadw = u (E Z - b)."""
    m = a + width / 2
    narrow = width * (1 + np.abs(m)) < 1
    value, u, mean, below_b, variance = np.empty((5, a.size))
    for rows, moments in ((narrow, _narrow), (~narrow, _wide)):
        if rows.any():
            value[rows], u[rows], mean[rows], below_b[rows], variance[rows] = moments(m[rows], width[rows] / 2)
    return Between(value=value, da=-mean, dw=u, daa=variance - 1, daw=u * below_b, dww=-u * (a + width + u))


def _narrow(m: FloatArray, h: FloatArray) -> tuple[FloatArray, ...]:
    """log P, phi(b) / P, E Z, E Z - b and Var Z by Gauss's rule, exact to rounding where h (1 + |m|) < 1/2."""
    s = h[:, None] * NODES
    e = NODE_WEIGHTS * np.exp(-(m[:, None] + s / 2) * s)
    total = e.sum(axis=1)
    shift = (e * s).sum(axis=1) / total
    variance = (e * s * s).sum(axis=1) / total - shift**2
    u = np.exp(-(m + h / 2) * h) / (h * total)
    return _log_phi(m) + np.log(h * total), u, m + shift, shift - h, variance


def _wide(m: FloatArray, h: FloatArray) -> tuple[FloatArray, ...]:
    """The same from the tails' functions, mirrored so that the middle is not negative."""
    low, high = np.abs(m) - h, np.abs(m) + h
    beyond = np.maximum(low, 0.0)
    drop = np.exp(-2 * h * np.abs(m))
    tail = erfcx(beyond / np.sqrt(2)) - erfcx(high / np.sqrt(2)) * drop
    with np.errstate(divide="ignore"):
        outside = np.log(tail / 2) - beyond**2 / 2
    value = np.where(low > 0, outside, np.log1p(-ndtr(-high) - ndtr(np.minimum(low, 0.0))))
    u_low, u_high = np.exp(_log_phi(low) - value), np.exp(_log_phi(high) - value)
    mean = u_low - u_high
    variance = 1 + low * u_low - high * u_high - mean**2
    up = m > 0
    mean = np.where(up, mean, -mean)
    return value, np.where(up, u_high, u_low), mean, mean - (m + h), variance


def _extreme_mode(width: FloatArray) -> FloatArray:
    return np.log(width) - log_expm1(width)


DISTRIBUTIONS: Final[dict[str, Distribution]] = {
    "weibull": Distribution(
        density=_extreme_density,
        above=_extreme_above,
        below=_extreme_below,
        between=_extreme_between,
        survival=lambda z: np.exp(-np.exp(z)),
        slope=lambda z: np.exp(z - np.exp(z)),
        quantile=lambda p: np.log(-np.log1p(-p)),
        mode=_extreme_mode,
    ),
    "loglogistic": Distribution(
        density=_logistic_density,
        above=_logistic_above,
        below=_logistic_below,
        between=_logistic_between,
        survival=lambda z: expit(-z),
        slope=lambda z: expit(z) * expit(-z),
        quantile=logit,
        mode=lambda width: -width / 2,
    ),
    "lognormal": Distribution(
        density=_normal_density,
        above=_normal_above,
        below=_normal_below,
        between=_normal_between,
        survival=lambda z: ndtr(-z),
        slope=lambda z: np.exp(_log_phi(z)),
        quantile=ndtri,
        mode=lambda width: -width / 2,
    ),
}
