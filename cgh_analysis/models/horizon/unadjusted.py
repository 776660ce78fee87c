"""Mean times up to a day as they are, by group: of Kaplan and Meier's curves, and of NPMLEs of intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.models.horizon.arms import Arms
from cgh_analysis.models.horizon.seen import Seen, Times, counted, seen, whole
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.survival.curve import Curve
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.observed import Observed
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.horizon import intervals as kernel
from cgh_analysis.numerics.horizon.piecewise import MeanTime, cuts_of, mean_time, piecewise
from cgh_analysis.numerics.horizon.pseudo_values import influence
from cgh_analysis.numerics.horizon.restricted_mean import RestrictedMean, restricted_mean
from cgh_analysis.numerics.interval.npmle import Npmle
from cgh_analysis.numerics.survival.risk_sets import TIE


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How many times people are drawn with replacement, and from which seed."""

    replicates: int
    seed: int


def of_curves(data: pd.DataFrame, times: Times, by: str | None, tau: float) -> Arms:
    """Return areas under Kaplan and Meier's curves, with Klein and Moeschberger's variance.

    With weights that are no counts the variance is the infinitesimal jackknife's, which it is without weights too.
    """
    curve = kaplan_meier(data, time=str(times.time), event=str(times.event), by=by, weights=times.weights)
    found = [_area(curve, group, tau) for group in curve.groups]
    variance = np.array([r.variance for r in found])
    n, events = people(curve, data, times, by, tau)
    if times.weights is not None and not whole(data[times.weights].to_numpy(dtype=float)):
        variance = _weighted_variances(seen(data, times, by), tau)
    return Arms(
        groups=curve.groups,
        n=n,
        events=events,
        estimate=np.array([r.mean for r in found]),
        covariance=np.diag(variance),
        why=tuple(not_known(r.known_until, tau) for r in found),
    )


def of_intervals(s: Seen, tau: float, draws: Draws | None) -> Arms:
    """Return areas under NPMLEs, with the bounds that the boxes leave open; errors by influence, or of `draws`."""
    n, events = (s if draws is None else counted(s)).counts(tau)
    found: list[kernel.Horizon] = []
    variance = np.zeros(len(s.groups))
    for g in range(len(s.groups)):
        own = s.of(g)
        assert isinstance(own, Intervals)
        sample = kernel.sample(own.left, own.right, own.weights)
        fit = kernel.fitted(sample)
        found.append(kernel.horizon(fit, tau, "rmst"))
        if not not_known(found[-1].known_until, tau):
            variance[g] = _variance(sample, fit, tau, own.weights, draws)
    return Arms(
        groups=s.groups,
        n=n,
        events=events,
        estimate=np.array([h.estimate for h in found]),
        covariance=np.diag(variance),
        why=tuple(not_known(h.known_until, tau) for h in found),
        bounds=np.array([(h.low, h.high) for h in found]),
    )


def of_pieces(s: Seen, tau: float) -> Arms:
    """Return mean times under hazards that are constant between the rounds of visits of each group."""
    n, events = s.counts(tau)
    estimate, variance, why = np.zeros(len(s.groups)), np.zeros(len(s.groups)), []
    for g, group in enumerate(s.groups):
        own = s.of(g)
        assert isinstance(own, Intervals)
        sample = kernel.sample(own.left, own.right, own.weights)
        why.append(not_known(_followed(sample), tau) or ("" if events_of(sample) else f"no event in {group}"))
        if not why[-1]:
            found = mean_of_pieces(sample, tau)
            estimate[g], variance[g] = found.mean, found.variance
            if own.weights is not None and not whole(own.weights):
                variance[g] = np.sum((own.weights * found.influence[sample.place]) ** 2)
    return Arms(groups=s.groups, n=n, events=events, estimate=estimate, covariance=np.diag(variance), why=tuple(why))


def pseudo_values_of_pieces(s: Seen, tau: float, here: BoolArray) -> FloatArray:
    """Return each person's mean time plus n times the influence on it, by group of those that are `here`."""
    values = np.full(s.code.size, np.nan)
    for g in np.flatnonzero(here):
        own = s.of(int(g))
        assert isinstance(own, Intervals)
        sample = kernel.sample(own.left, own.right, own.weights)
        found = mean_of_pieces(sample, tau)
        values[s.code == g] = (found.mean + sample.count.sum() * found.influence)[sample.place]
    return values


def mean_of_pieces(sample: kernel.Sample, tau: float) -> MeanTime:
    """Return the mean time within tau of one sample."""
    cuts = cuts_of(sample.left, sample.right, sample.count)
    return mean_time(piecewise(sample.left, sample.right, sample.count, cuts), tau)


def events_of(sample: kernel.Sample) -> bool:
    """Whether anybody had the event."""
    return bool(np.isfinite(sample.right).any())


def _followed(sample: kernel.Sample) -> float:
    """The last day on which somebody was looked at."""
    return float(max(sample.left.max(), sample.right[np.isfinite(sample.right)].max(initial=0.0)))


def _variance(sample: kernel.Sample, fit: Npmle, tau: float, weights: FloatArray | None, draws: Draws | None) -> float:
    if draws is not None:
        # the same stream for each arm: its error depends on its own people alone
        drawn = kernel.bootstrap(sample, fit, tau, replicates=draws.replicates, seed=draws.seed)
        return float(drawn.var(ddof=1))
    part = kernel.influence(sample, fit, tau, "rmst")
    if weights is None or whole(weights):
        return float(sample.count @ part**2)
    return float(np.sum((weights * part[sample.place]) ** 2))


def not_known(until: float, day: float) -> str:
    """Return why a curve says nothing up to a day, or an empty text where it does."""
    return "" if until >= day * (1 - TIE) else f"nobody was under observation until day {day:g}"


def people(curve: Curve, data: pd.DataFrame, times: Times, by: str | None, day: float) -> tuple[FloatArray, FloatArray]:
    """Return people, and known events by a day, by group of a curve."""
    if times.weights is not None:
        return seen(data, times, by).counts(day)
    return np.array(curve.n, dtype=float), curve.at(day)["n_event"].to_numpy(dtype=float)


def _area(curve: Curve, group: object, tau: float) -> RestrictedMean:
    steps = curve.steps()
    own = steps.loc[(steps["group"] == group).to_numpy()]
    time, survival, at_risk, died = (own[c].to_numpy(dtype=float) for c in ("time", "estimate", "n_risk", "n_event"))
    return restricted_mean(time, survival, at_risk, died, tau)


def _weighted_variances(s: Seen, tau: float) -> FloatArray:
    variance = np.zeros(len(s.groups))
    for g in range(len(s.groups)):
        own = s.of(g)
        assert isinstance(own, Observed)
        part = influence(own.time, own.event, tau, "rmst", own.weights)
        variance[g] = np.sum((part if own.weights is None else own.weights * part) ** 2)
    return variance
