"""Aalen and Johansen's cumulative incidence of competing events by group, and three estimates of its variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.survival.risk_sets import RiskSets, at_risk, risk_sets, running, tally

Variance = Literal["greenwood", "aalen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """The curves at each distinct (group, time), arrays (P,) in the order of groups, then of time; (P, K) by cause.

    `free` is the share without any event, `se_log_free` the standard error of its logarithm, NaN where it is zero.
    """

    group: IntArray
    time: FloatArray
    n_risk: FloatArray
    n_event: FloatArray
    n_censor: FloatArray
    incidence: FloatArray
    std_error: FloatArray
    free: FloatArray
    se_log_free: FloatArray


def cumulative_incidence(
    time: FloatArray,
    cause: IntArray,
    group: IntArray,
    *,
    n_causes: int,
    weights: FloatArray | None = None,
    entry: FloatArray | None = None,
    variance: Variance = "greenwood",
) -> Incidence:
    """Estimate F_k(t) = sum over times s <= t of S(s-) d_k / r, S being Kaplan and Meier's of any event.

    Arrays (n,): `cause` 0 is censored, 1..K the events; `group` holds codes from 0; at risk while entry < t <= time.
    The variance is the delta method's with multinomial counts on each day ("greenwood": that of 1 - F is Greenwood's
    where nothing competes), or Aalen's (1978) with its corrections for finite numbers ("aalen"). Weights that are no
    whole numbers stand for no count of people, so that their variance is the infinitesimal jackknife's.
    """
    weight = np.ones(time.size) if weights is None else weights
    free = kaplan_meier(time, cause > 0, group, weights=weights, entry=entry)
    sets = risk_sets(time, group, entry=entry)
    size = sets.times.size
    died = np.column_stack([tally(sets.last, weight * (cause == k), size) for k in range(1, n_causes + 1)])
    before = np.ones(size)
    before[1:] = free.survival[:-1]
    before[sets.starts] = 1.0
    incidence = running(sets, (before / free.n_risk)[:, None] * died)
    counts = _Counts(risk=free.n_risk, died=free.n_event, before=before)
    if np.array_equal(weight, np.round(weight)):
        parts = [_by_counts(sets, counts, died[:, k], incidence[:, k], variance) for k in range(n_causes)]
    else:
        own = [cause == k + 1 for k in range(n_causes)]
        parts = [
            _jackknife(sets, counts, weight, own[k], cause > 0, died[:, k], incidence[:, k]) for k in range(n_causes)
        ]
    return Incidence(
        group=free.group,
        time=free.time,
        n_risk=free.n_risk,
        n_event=died,
        n_censor=free.n_censor,
        incidence=incidence,
        std_error=np.sqrt(np.maximum(np.column_stack(parts), 0.0)),
        free=free.survival,
        se_log_free=free.se_log,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """At risk r, events of any cause d, and S(t-) at each point (P,)."""

    risk: FloatArray
    died: FloatArray
    before: FloatArray

    @property
    def remaining(self) -> FloatArray:
        """r - d, infinite where nobody is left: weighted counts agree only to rounding."""
        return np.where(self.died >= self.risk * (1 - 1e-12), np.inf, self.risk - self.died)


def _by_counts(sets: RiskSets, c: _Counts, own: FloatArray, f: FloatArray, variance: Variance) -> FloatArray:
    """Variance of F(t) as a sum over times s of (F(t) - F(s))^2 a - 2 (F(t) - F(s)) b + c, which cumulative sums give.

    An event of another cause takes (F(t) - F(s)) / (r - d) away, one of this cause gives S / r and takes as much.
    """
    r, left = c.risk, c.remaining
    if variance == "greenwood":
        square = c.died / (r * left)
        cross = c.before * own / r**2
        # who is not at risk any more has no event: a day on which all have it is certain
        constant = c.before**2 * own * (r - own) / r**3
    else:
        other = c.died - own
        tied_own, tied_other = (d * (1 - np.maximum(d - 1, 0) / np.maximum(r - 1, 1)) for d in (own, other))
        square = (tied_own + tied_other) / left**2
        cross = tied_own * c.before / (r * left)
        constant = tied_own * (c.before / r) ** 2
    total = running(sets, square)
    linear = running(sets, square * f + cross)
    rest = running(sets, square * f**2 + 2 * cross * f + constant)
    # before the first event it is zero, not rounding
    return np.where(f > 0, f**2 * total - 2 * f * linear + rest, 0.0)


def _jackknife(
    sets: RiskSets,
    c: _Counts,
    weight: FloatArray,
    own: BoolArray,
    event: BoolArray,
    died: FloatArray,
    f: FloatArray,
) -> FloatArray:
    """Variance of F(t) as the sum over people of their squared influence, weights included.

    While at risk from entry e on, a person's influence is A(t) - A(e) - H(e) (F(t) - F(e)), where H is Greenwood's sum
    and A the integral of H(t-) - 1 / r over F. Leaving at T adds S / r for an event of this cause, and from then on the
    influence grows by H(T) - H(e) - event / (r - d) for each unit of F. Its square is expanded, so that it needs
    cumulative sums over those who have left, and sums over the risk set for the others.
    """
    size = sets.times.size
    hazard = running(sets, c.died / (c.risk * c.remaining))
    lagged = hazard - c.died / (c.risk * c.remaining)
    a = running(sets, (lagged - 1 / c.risk) * c.before * died / c.risk)
    squared = weight**2
    h0, offset = np.zeros((2, weight.size))
    h0[sets.late] = hazard[sets.before]
    offset[sets.late] = hazard[sets.before] * f[sets.before] - a[sets.before]
    last = sets.last
    at_end = a[last] - h0 * f[last] + offset + own * c.before[last] / c.risk[last]
    slope = hazard[last] - h0 - event / c.remaining[last]
    constant = at_end - slope * f[last]
    gone = [running(sets, tally(last, squared * v, size)) for v in (constant**2, constant * slope, slope**2)]
    s0, s1, s2, s11, s12, s22 = (
        at_risk(sets, squared * v) - tally(last, squared * v, size)
        for v in (np.ones_like(h0), h0, offset, h0**2, h0 * offset, offset**2)
    )
    variance = gone[0] + 2 * f * gone[1] + f**2 * gone[2]
    variance += a**2 * s0 + f**2 * s11 + s22 - 2 * a * f * s1 + 2 * a * s2 - 2 * f * s12
    return np.where(f > 0, variance, 0.0)
