"""The mean time up to a day tau: the area under one curve of Kaplan and Meier, and its variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.risk_sets import TIE


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """The mean of min(T, tau) and its variance.

    `known_until` is the last time seen, infinite where the curve has come down to zero by then: beyond it the area is
    not determined, and the mean holds the curve's last value as if it went on.
    """

    mean: float
    variance: float
    known_until: float


def restricted_mean(
    time: FloatArray, survival: FloatArray, n_risk: FloatArray, n_event: FloatArray, tau: float
) -> RestrictedMean:
    """Return the area from 0 to tau under a curve that is given at its distinct times (P,), of censoring too.

    The variance is the sum over event times of A^2 d / (r (r - d)), A being the area from the event to tau (Klein and
    Moeschberger 2003, section 4.5), which without censoring is that of the times min(T, tau) over n, with n, and not
    n - 1, as divisor of the squares. lifelines 0.30 returns the variance of a person's time instead of the mean's.
    """
    area, mean = areas(time, survival, tau)
    stay = n_risk - n_event
    # where nobody is left no area is either
    left = np.where(stay > 1e-12 * n_risk, stay, np.inf)
    return RestrictedMean(
        mean=mean,
        variance=float(np.sum(area**2 * n_event / (n_risk * left))),
        known_until=np.inf if survival[-1] == 0 else float(time[-1]),
    )


def areas(time: FloatArray, survival: FloatArray, tau: float) -> tuple[FloatArray, float]:
    """Return the areas (P,) under one curve from each of its times to tau, 0 for later ones, and that from 0."""
    edges = np.minimum(np.concatenate([[0.0], time, [tau]]), tau)
    # a time of tau up to rounding is tau
    edges[np.abs(edges - tau) <= TIE * tau] = tau
    pieces = np.diff(edges) * np.concatenate([[1.0], survival])
    after = np.cumsum(pieces[::-1])[::-1]
    return np.append(after[1:], 0.0)[: time.size], float(after[0])
