"""The mean time up to a day tau: the area under Kaplan and Meier's curves, and its variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.kaplan_meier import Steps
from cgh_analysis.numerics.survival.risk_sets import TIE


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMeans:
    """Means of min(T, tau) by group and their variances (G,).

    `known_until` is the last time seen of a group, infinite where its curve has come down to zero by then: beyond it
    the area is not determined, and the mean holds the curve's last value as if it went on.
    """

    mean: FloatArray
    variance: FloatArray
    known_until: FloatArray


def restricted_means(steps: Steps, n_groups: int, tau: float) -> RestrictedMeans:
    """Return the area under each group's curve from 0 to tau.

    The variance is the sum over event times of A^2 d / (r (r - d)), A being the area from the event to tau (Klein and
    Moeschberger 2003, section 4.5), which without censoring is that of the times min(T, tau) over n, with n, and not
    n - 1, as divisor of the squares.
    """
    mean, variance, until = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    for g in range(n_groups):
        own = slice(*np.searchsorted(steps.group, [g, g + 1]))
        time, survival = steps.time[own], steps.survival[own]
        area, mean[g] = areas(time, survival, tau)
        stay = steps.n_risk[own] - steps.n_event[own]
        # where nobody is left no area is either
        left = np.where(stay > 1e-12 * steps.n_risk[own], stay, np.inf)
        variance[g] = np.sum(area**2 * steps.n_event[own] / (steps.n_risk[own] * left))
        until[g] = np.inf if survival[-1] == 0 else time[-1]
    return RestrictedMeans(mean=mean, variance=variance, known_until=until)


def areas(time: FloatArray, survival: FloatArray, tau: float) -> tuple[FloatArray, float]:
    """Return the areas (P,) under one curve from each of its times to tau, 0 for later ones, and that from 0."""
    edges = np.minimum(np.concatenate([[0.0], time, [tau]]), tau)
    # a time of tau up to rounding is tau
    edges[np.abs(edges - tau) <= TIE * tau] = tau
    pieces = np.diff(edges) * np.concatenate([[1.0], survival])
    after = np.cumsum(pieces[::-1])[::-1]
    return np.append(after[1:], 0.0)[: time.size], float(after[0])
