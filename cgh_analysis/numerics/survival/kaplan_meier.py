"""Kaplan and Meier's estimator by group: counts per distinct time, Greenwood's variance, limits, quantiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.survival.day_counts import remaining
from cgh_analysis.numerics.survival.risk_sets import RiskSets, at_risk, risk_sets, running_from, tally

ConfType = Literal["log-log", "log", "plain", "logit", "arcsine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The curves at each distinct (group, time), arrays (P,) in the order of groups, then of time.

    `se_log` is the standard error of log survival; NaN where survival is zero. `hazard` is Nelson and Aalen's
    cumulative hazard, sum of d / r, and `se_hazard` its standard error.
    """

    group: IntArray
    time: FloatArray
    n_risk: FloatArray
    n_event: FloatArray
    n_censor: FloatArray
    survival: FloatArray
    se_log: FloatArray
    hazard: FloatArray
    se_hazard: FloatArray


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
    Greenwood's, sum of d / (r (r - d)), that of the hazard Aalen's, sum of d / r^2. Weights that are not whole numbers
    stand for no count of people, so that their variances are the infinitesimal jackknife's, sum over people of (weight
    x influence)^2, which are the same for unit weights.
    """
    weight = np.ones(time.size) if weights is None else weights
    sets = risk_sets(time, group, entry=entry)
    size = sets.times.size
    died = tally(sets.last, weight * event, size)
    left = tally(sets.last, weight * ~event, size)
    at = at_risk(sets, weight)
    steps = _steps(sets.stratum, sets.times, at, died, left)
    if np.array_equal(weight, np.round(weight)):
        return steps
    over = _over(died, at)
    variance = _jackknife(sets, weight, event, died, at, np.where(over, np.inf, at - died))
    return replace(
        steps,
        se_log=np.where(steps.survival > 0, np.sqrt(np.maximum(variance, 0.0)), np.nan),
        se_hazard=np.sqrt(np.maximum(_jackknife(sets, weight, event, died, at, at), 0.0)),
    )


def from_day_counts(counts: IntArray) -> Steps:
    """Estimate the same curves from people counted by day: (days, groups, 2), who left without and with the event."""
    group, day = np.nonzero(counts.any(axis=2).T)
    at, died, left = (
        values[day, group].astype(float) for values in (remaining(counts), counts[..., 1], counts[..., 0])
    )
    return _steps(group, day.astype(float), at, died, left)


def _steps(group: IntArray, time: FloatArray, at: FloatArray, died: FloatArray, left: FloatArray) -> Steps:
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    over = _over(died, at)
    stay = np.split(np.where(over, 0.0, 1 - died / at), starts[1:])
    survival = np.concatenate([np.cumprod(part) for part in stay])
    greenwood = running_from(died / (at * np.where(over, np.inf, at - died)), starts)
    return Steps(
        group=group,
        time=time,
        n_risk=at,
        n_event=died,
        n_censor=left,
        survival=survival,
        se_log=np.where(survival > 0, np.sqrt(greenwood), np.nan),
        hazard=running_from(died / at, starts),
        se_hazard=np.sqrt(running_from(died / at**2, starts)),
    )


def one_by_one(group: IntArray, at: FloatArray, died: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the cumulative hazard with tied events one after the other, and its standard error.

    Arrays (P,) of whole numbers by group and time; each time adds 1 / r + 1 / (r - 1) + ..., d terms (Fleming and
    Harrington 1984).
    """
    point = np.repeat(np.arange(at.size), died.astype(np.intp))
    before = np.arange(point.size) - np.repeat(np.cumsum(died) - died, died.astype(np.intp))
    term = 1 / (at[point] - before)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    hazard, variance = (running_from(tally(point, values, at.size), starts) for values in (term, term**2))
    return hazard, np.sqrt(variance)


def _over(died: FloatArray, at: FloatArray) -> BoolArray:
    """Whether nobody is left: weighted counts agree only to rounding."""
    return np.asarray(died >= at * (1 - 1e-12))


def _jackknife(
    sets: RiskSets, weight: FloatArray, event: BoolArray, died: FloatArray, at: FloatArray, rest: FloatArray
) -> FloatArray:
    """Variance by influence: event / rest - G(t before leaving) + G(entry), G being the sum of d / (r rest).

    `rest` is r - d for the log of survival, r for the hazard (with the sign changed). Who has left keeps an influence
    that no longer changes; who is still there has G(t) - G(entry), whose square is expanded so that it needs sums over
    the risk set only.
    """
    total = running_from(died / (at * rest), sets.starts)
    squared = weight**2
    start = np.zeros(weight.size)
    start[sets.late] = total[sets.before]
    influence = total[sets.last] - start - event / rest[sets.last]
    size = sets.times.size
    gone = running_from(tally(sets.last, squared * influence**2, size), sets.starts)
    here = [at_risk(sets, squared * start**k) - tally(sets.last, squared * start**k, size) for k in range(3)]
    variance = gone + total**2 * here[0] - 2 * total * here[1] + here[2]
    # before the first event it is zero, not the rounding of those who enter later
    return np.where(total > 0, variance, 0.0)


def limits(
    survival: FloatArray, se_log: FloatArray, *, conf_type: ConfType = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return pointwise limits of survival on the scale of S, log S, log(-log S), log(S / (1 - S)) or arcsin(sqrt S).

    NaN where there is no variance to go by: before the first event, and once survival is zero. Within 0 and 1.
    """
    return around(survival, stats.norm.ppf(below_upper(conf_level)) * se_log, conf_type=conf_type)


def around(survival: FloatArray, half: FloatArray, *, conf_type: ConfType) -> tuple[FloatArray, FloatArray]:
    """Return limits that lie `half` from log S, carried to another scale by the delta method; within 0 and 1."""
    s = np.where((survival > 0) & (half > 0), survival, np.nan)
    inside = np.where(s < 1, s, np.nan)  # where log(-log S) and the like are finite
    with np.errstate(over="ignore"):  # a limit too far away for its scale is 0 or 1, as it should be
        if conf_type == "plain":
            low, high = s - half * s, s + half * s
        elif conf_type == "log":
            low, high = s * np.exp(-half), s * np.exp(half)
        elif conf_type == "log-log":
            low, high = (inside ** np.exp(sign * half / np.log(inside)) for sign in (-1, 1))
        elif conf_type == "logit":
            odds, wide = inside / (1 - inside), np.exp(half / (1 - inside))
            low, high = odds / (odds + wide), odds / (odds + 1 / wide)
        else:
            angle, wide = np.arcsin(np.sqrt(inside)), half / 2 * np.sqrt(inside / (1 - inside))
            low, high = np.sin(np.maximum(angle - wide, 0.0)) ** 2, np.sin(np.minimum(angle + wide, np.pi / 2)) ** 2
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
