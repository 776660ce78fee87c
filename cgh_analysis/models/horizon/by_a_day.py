"""Probabilities that the event has come by a day, by group: Kaplan and Meier's, a regression's, and NPMLEs'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.horizon.arms import Arms, Pair, of_pair
from cgh_analysis.models.horizon.seen import Seen, Times, counted
from cgh_analysis.models.horizon.unadjusted import not_known, people
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.horizon import intervals as kernel
from cgh_analysis.numerics.interval.compare import Compared, difference, ratio
from cgh_analysis.numerics.interval.profile import At, at, limits
from cgh_analysis.numerics.survival.kaplan_meier import limits as log_log_limits


def resolved(survival: Arms, *, log_log: float | None = None) -> Arms:
    """Return the probabilities of the event from those of being without it.

    With a level `log_log` the groups' limits are made for log(-log S), which keeps them between 0 and 1.
    """
    ends = None
    if log_log is not None:
        s, error = survival.estimate, np.sqrt(np.diag(survival.covariance))
        se_log = np.divide(error, s, out=np.zeros_like(s), where=s > 0)
        low, high = log_log_limits(s, se_log, conf_level=log_log)
        ends = np.column_stack([1 - high, 1 - low])
    return replace(survival, estimate=1 - survival.estimate, limits=ends)


def of_curves(data: pd.DataFrame, times: Times, by: str | None, day: float, conf_level: float) -> Arms:
    """Return Kaplan and Meier's probabilities, with limits and tests of pairs for log(-log S) (Klein et al. 2007)."""
    curve = kaplan_meier(
        data, time=str(times.time), event=str(times.event), by=by, weights=times.weights, conf_level=conf_level
    )
    found = curve.at(day)
    s = found["estimate"].to_numpy(dtype=float)
    # at zero Greenwood's error is missing: nobody is left whose going could move the curve
    error = np.where(s > 0, found["std_error"].to_numpy(dtype=float), 0.0)
    n, events = people(curve, data, times, by, day)
    return Arms(
        groups=curve.groups,
        n=n,
        events=events,
        estimate=1 - s,
        covariance=np.diag(error**2),
        why=tuple(not_known(np.inf if known else 0.0, day) for known in ~np.isnan(s)),
        limits=1 - found[["conf_high", "conf_low"]].to_numpy(dtype=float),
        test=partial(_log_log_test, s, error),
    )


def _log_log_test(s: FloatArray, error: FloatArray, a: int, b: int) -> float:
    """Test that two probabilities are equal, on the scale of log(-log S): missing where one is 0 or 1."""
    if not np.all((s[[a, b]] > 0) & (s[[a, b]] < 1)):
        return float("nan")
    log = np.log(s[[a, b]])
    variance = np.sum((error[[a, b]] / (s[[a, b]] * log)) ** 2)
    return float(2 * stats.norm.sf(abs(np.diff(np.log(-log))[0]) / np.sqrt(variance)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihoods:
    """The groups' probabilities of the event by a day, and each sample as survival at that day sees it."""

    arms: Arms
    samples: tuple[At, ...]
    conf_level: float

    def rows(self, pairs: list[Pair], statistics: tuple[str, str]) -> list[dict[str, Any]]:
        """Return rows of differences and of ratios of pairs, with limits and tests by the likelihood ratio."""
        return [
            self._row(pair, name, by)
            for name, by in zip(statistics, (difference, ratio), strict=True)
            for pair in pairs
        ]

    def _row(self, pair: Pair, statistic: str, by: Callable[..., Compared]) -> dict[str, Any]:
        row = of_pair(self.arms, pair, statistic)
        if row["note"]:
            return row
        one, other = (self.samples[g] for g in pair)
        try:
            found = by(one, other, of="resolved", conf_level=self.conf_level)
        except NotEstimable as reason:
            return row | {"note": str(reason)}
        return row | {
            "estimate": found.estimate,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
            "p_value": found.p_value,
            "bound_low": found.low,
            "bound_high": found.high,
        }


def of_intervals(s: Seen, day: float, conf_level: float) -> Likelihoods:
    """Return NPMLEs' probabilities with likelihood ratio limits; they have no standard error."""
    n, events = counted(s).counts(day)
    samples, until, ends = [], [], []
    for g in range(len(s.groups)):
        own = s.of(g)
        assert isinstance(own, Intervals)
        sample = kernel.sample(own.left, own.right, own.weights)
        fit = kernel.fitted(sample)
        samples.append(at(sample.left, sample.right, day, weights=sample.count, fit=fit))
        until.append(kernel.horizon(fit, day, "survival").known_until)
        ends.append(limits(samples[-1], conf_level=conf_level))
    arms = Arms(
        groups=s.groups,
        n=n,
        events=events,
        estimate=1 - np.array([x.estimate for x in samples]),
        covariance=np.full((len(samples), len(samples)), np.nan),
        why=tuple(not_known(u, day) for u in until),
        limits=1 - np.array(ends)[:, ::-1],
        bounds=np.array([(1 - x.high, 1 - x.low) for x in samples]),
    )
    return Likelihoods(arms=arms, samples=tuple(samples), conf_level=conf_level)
