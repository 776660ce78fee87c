"""Kaplan and Meier's estimator by group: counts per distinct time, Greenwood's variance, limits, quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.survival.risk_sets import RiskSets, at_risk, risk_sets, running, tally

ConfType = Literal["log-log", "log", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The curves at each distinct (group, time), arrays (P,) in the order of groups, then of time.

    `se_log` is the standard error of log survival; NaN where survival is zero.
    """

    group: IntArray
    time: FloatArray
    n_risk: FloatArray
    n_event: FloatArray
    n_censor: FloatArray
    survival: FloatArray
    se_log: FloatArray


def kaplan_meier(
    time: FloatArray,
    event: BoolArray,
    group: IntArray,
    *,
    weights: FloatArray | None = None,
    entry: FloatArray | None = None,
) -> Steps:
    """Estimate survival by group: S(t) = product over event times of 1 - d / r (Kaplan and Meier 1958).

    Arrays (n,); `group` holds codes from 0; a person is at risk while entry < t <= time. The variance of log S is
    Greenwood's, sum of d / (r (r - d)). Weights that are not whole numbers stand for no count of people, so that their
    variance is the infinitesimal jackknife's, sum over people of (weight x influence)^2, which is Greenwood's for unit
    weights.
    """
    weight = np.ones(time.size) if weights is None else weights
    sets = risk_sets(time, group, entry=entry)
    size = sets.times.size
    died = tally(sets.last, weight * event, size)
    left = tally(sets.last, weight * ~event, size)
    at = at_risk(sets, weight)
    over = died >= at * (1 - 1e-12)  # nobody is left: weighted counts agree only to rounding
    stay = np.split(np.where(over, 0.0, 1 - died / at), sets.starts[1:])
    survival = np.concatenate([np.cumprod(part) for part in stay])
    remaining = np.where(over, np.inf, at - died)
    whole = np.array_equal(weight, np.round(weight))
    greenwood = running(sets, died / (at * remaining))
    variance = greenwood if whole else _jackknife(sets, weight, event, greenwood, remaining)
    return Steps(
        group=sets.stratum,
        time=sets.times,
        n_risk=at,
        n_event=died,
        n_censor=left,
        survival=survival,
        se_log=np.where(survival > 0, np.sqrt(np.maximum(variance, 0.0)), np.nan),
    )


def _jackknife(
    sets: RiskSets, weight: FloatArray, event: BoolArray, greenwood: FloatArray, remaining: FloatArray
) -> FloatArray:
    """Variance of log S(t) by influence: G(t before leaving) - G(entry) - event / (r - d), G being Greenwood's sum.

    Who has left keeps an influence that no longer changes; who is still there has G(t) - G(entry), whose square is
    expanded so that it needs sums over the risk set only.
    """
    squared = weight**2
    start = np.zeros(weight.size)
    start[sets.late] = greenwood[sets.before]
    influence = greenwood[sets.last] - start - event / remaining[sets.last]
    size = sets.times.size
    gone = running(sets, tally(sets.last, squared * influence**2, size))
    here = [at_risk(sets, squared * start**k) - tally(sets.last, squared * start**k, size) for k in range(3)]
    variance = gone + greenwood**2 * here[0] - 2 * greenwood * here[1] + here[2]
    # before the first event it is zero, not the rounding of those who enter later
    return np.where(greenwood > 0, variance, 0.0)


def limits(
    survival: FloatArray, se_log: FloatArray, *, conf_type: ConfType = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return pointwise limits of survival on a scale: of S itself, of log S, or of log(-log S); within 0 and 1.

    NaN where there is no variance to go by: before the first event, and once survival is zero.
    """
    z = stats.norm.ppf(below_upper(conf_level))
    s = np.where((survival > 0) & (se_log > 0), survival, np.nan)
    half = z * se_log
    if conf_type == "plain":
        low, high = s - half * s, s + half * s
    elif conf_type == "log":
        low, high = s * np.exp(-half), s * np.exp(half)
    else:
        low, high = s ** np.exp(-half / np.log(s)), s ** np.exp(half / np.log(s))
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def quantile(time: FloatArray, survival: FloatArray, probability: float) -> float:
    """Return the time by which a share `probability` has had the event, of one curve (or limit of a curve).

    The first time at which survival is at most 1 - p; where it is exactly that over a flat piece, the middle of the
    piece, up to the last time where the curve ends so (Brookmeyer and Crowley 1982; R's survfit). NaN: never reached.
    """
    tolerance = np.sqrt(np.finfo(float).eps)
    level = 1 - probability
    reached = np.flatnonzero(survival <= level + tolerance)
    if not reached.size:
        return float("nan")
    first = reached[0]
    if survival[first] < level - tolerance:
        return float(time[first])
    lower = np.flatnonzero(survival < level - tolerance)
    return float(time[first] + (time[lower[0]] if lower.size else time[-1])) / 2
