"""Critical values of simultaneous confidence bands of a survival curve over a range of times.

With v(t) the variance of log S(t) and a = n v / (1 + n v), the error of S(t) / S(t) is to first order a Brownian bridge
B at a, divided by 1 - a. Hall and Wellner (1980) bound the bridge itself by a constant, Nair's (1984) equal-precision
band the bridge over its standard deviation. Both probabilities are those of a diffusion that has not left (-c, c),
expanded in its eigenfunctions, which is exact: no table and no interpolation. (The usual approximation for large c
of the second differs in the third decimal of c.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from scipy import linalg, optimize, special

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.survival.kaplan_meier import ConfType, around

BandKind = Literal["hall-wellner", "equal-precision"]
SHORTEST: Final = 1e-4  # of a range on the clock of the diffusion; shorter ones would need ever more eigenfunctions
NODES, WEIGHTS = np.polynomial.legendre.leggauss(600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Limits (k,) of a curve throughout a range of times, and the `critical` value that makes them."""

    low: FloatArray
    high: FloatArray
    critical: float


def band(
    kind: BandKind,
    survival: FloatArray,
    variance: FloatArray,
    n: float,
    *,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
) -> Band:
    """Return limits of a curve of n people from its values and the variances of their logs, (k,), over the range.

    The first and the last of them are those at the ends of the range. Hall and Wellner's are k (1 + n v) / sqrt n from
    log S, equal-precision ones c sqrt v, carried to the scale of `conf_type` as pointwise limits are.
    """
    a = n * variance / (1 + n * variance)
    if kind == "hall-wellner":
        critical = hall_wellner(a[0], a[-1], conf_level)
        half = critical * (1 + n * variance) / np.sqrt(n)
    else:
        critical = equal_precision(a[0], a[-1], conf_level)
        half = critical * np.sqrt(variance)
    low, high = around(survival, half, conf_type=conf_type)
    return Band(low=low, high=high, critical=critical)


def hall_wellner(a_low: float, a_high: float, conf_level: float = 0.95) -> float:
    """Return k such that |B(a)| <= k throughout [a_low, a_high], 0 <= a_low < a_high < 1, with probability conf_level.

    >>> round(hall_wellner(0, 0.999999), 3)  # Kolmogorov's for the whole bridge
    1.358
    """
    below_upper(conf_level)
    _check_range(a_high - a_low)
    return _solved(lambda k: bridge_stays(k, a_low, a_high), conf_level, 4.0)


def equal_precision(a_low: float, a_high: float, conf_level: float = 0.95) -> float:
    """Return c such that |B(a)| <= c sqrt(a (1 - a)) throughout [a_low, a_high], 0 < a_low < a_high < 1, likewise.

    >>> round(equal_precision(0.1, 0.9), 3)
    3.052
    """
    below_upper(conf_level)
    span = float(special.logit(a_high) - special.logit(a_low)) / 2
    _check_range(span)
    return _solved(lambda c: stationary_stays(c, span), conf_level, 9.0)


def bridge_stays(k: float, a_low: float, a_high: float) -> float:
    """Return the probability that a Brownian bridge stays within k of zero on [a_low, a_high].

    The bridge is a Brownian motion B killed at k and -k from a_low to a_high, given what it is at a_low and that it
    returns to 0 at 1; its transition density is the sum over odd m of cos(w x) cos(w y) exp(-w^2 (a_high - a_low) / 2)
    / k, w = m pi / 2k.
    """
    w: FloatArray = np.arange(1.0, 800.0, 2.0) * (np.pi / (2 * k))
    fading = np.exp(-(w**2) * (a_high - a_low) / 2)
    w, fading = w[fading > 1e-18], fading[fading > 1e-18]
    start, end = (_cosines(w, k, variance) for variance in (a_low, 1 - a_high))
    return float(np.sqrt(2 * np.pi) / k * np.sum(fading * start * end))


def _cosines(w: FloatArray, k: float, variance: float) -> FloatArray:
    """Integrate cos(w x) times a normal density with mean 0 over (-k, k)."""
    if variance == 0:
        return np.ones(w.size)
    reach = min(k, 9 * np.sqrt(variance))
    x = reach * NODES
    density = np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    return np.asarray(np.cos(np.outer(w, x)) @ (reach * WEIGHTS * density))


def stationary_stays(c: float, span: float) -> float:
    """Return the probability that a stationary process with covariance exp(-|s - t|) stays within c for a time `span`.

    B(a) / sqrt(a (1 - a)) is that process at half the logit of a (Ornstein and Uhlenbeck's). With its normal density
    phi, the probability is the sum of exp(-value span) (integral of g sqrt phi)^2 over the eigenfunctions of -g'' +
    (x^2 / 4 - 1 / 2) g, g(c) = g(-c) = 0, found in polynomials (Galerkin).
    """
    size = 32 if span > 0.05 else 200
    basis = _even_polynomials(size)
    x, dx = c * NODES, c * WEIGHTS
    stiffness = np.eye(size) / c + (basis * dx * (x**2 / 4 - 0.5)) @ basis.T
    values, vectors = linalg.eigh(stiffness, (basis * dx) @ basis.T)
    means = vectors.T @ (basis @ (dx * np.exp(-(x**2) / 4) / (2 * np.pi) ** 0.25))
    return float(np.sum(np.exp(-values * span) * means**2))


@lru_cache(maxsize=2)
def _even_polynomials(size: int) -> FloatArray:
    """Even polynomials at the nodes that vanish at both ends, P(m + 2) - P(m), with orthonormal slopes."""
    m = np.arange(0, 2 * size, 2)
    legendre = np.polynomial.legendre.legvander(NODES, 2 * size).T
    return np.asarray((legendre[m + 2] - legendre[m]) / np.sqrt(4 * m + 6)[:, None])


def _solved(stays: Callable[[float], float], conf_level: float, most: float) -> float:
    return float(optimize.brentq(lambda c: stays(c) - conf_level, 1e-4, most, xtol=1e-10))


def _check_range(length: float) -> None:
    if not length >= SHORTEST:
        raise NotEstimable("hardly an event falls into the range")
