"""Pseudo-values: each person's part in a mean time or a probability, for regressions that know no censoring."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.models.horizon.seen import Seen, Times, checked_day, named, seen
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.observed import Observed
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.horizon import intervals
from cgh_analysis.numerics.horizon import pseudo_values as kernel
from cgh_analysis.numerics.horizon.pseudo_values import Quantity

Method = Literal["jackknife", "infinitesimal"]


def pseudo_values(
    data: pd.DataFrame,
    *,
    at: float,
    quantity: Quantity = "rmst",
    time: str | None = None,
    event: str | None = None,
    left: str | None = None,
    right: str | None = None,
    by: str | None = None,
    method: Method | None = None,
) -> pd.Series:
    """Return for each person n theta - (n - 1) theta(i), theta(i) being the estimate without that person.

    theta is the mean of min(T, at), "rmst", or the probability of T > at, "survival": of Kaplan and Meier's curve of
    `time` and `event`, or of the NPMLE of the intervals (`left`, `right`]. Regressed on covariates (`ancova`, or `gee`
    with a link) they estimate what T would, had nobody been censored (Andersen, Klein and Rosthoj 2003), if censoring
    depends on no covariate; with `by` it may depend on the group, in each of which they are made. For right-censored
    times the "jackknife" is meant where no `method` is named, exact and found without refits; "infinitesimal" gives
    those of R's survival, theta + n d theta / d w_i. For intervals it is the other way round: leaving a person out
    moves the boxes of the NPMLE, and where visits fall on everybody's own days a regression of such values is noisy.
    Errors of the regression must be robust ones. Returns a Series with the rows' labels; rows without a group are not
    in it. Where `at` is beyond what was seen, curves keep their last value.

    >>> data = pd.DataFrame({"day": [7, 14, 14, 21], "gone": [1, 1, 0, 1]})
    >>> pseudo_values(data, time="day", event="gone", at=20).round(6).tolist()
    [7.0, 14.0, 20.0, 20.0]
    """
    check_option("quantity", quantity, get_args(Quantity))
    day = checked_day("at", at)
    times = named(Times(time=time, event=event, left=left, right=right))
    s = seen(data, times, by)
    return pd.Series(of_groups(s, day, quantity, method), index=s.index, name=f"pseudo_{quantity}")


def of_groups(s: Seen, day: float, quantity: Quantity, method: Method | None = None) -> FloatArray:
    """Return pseudo-values (n,), made within each group."""
    method = method or ("jackknife" if isinstance(s.times, Observed) else "infinitesimal")
    check_option("method", method, get_args(Method))
    out = np.zeros(s.code.size)
    for g in range(len(s.groups)):
        out[s.code == g] = _of_one(s.of(g), day, quantity, method)
    return out


def _of_one(times: Observed | Intervals, day: float, quantity: Quantity, method: Method) -> FloatArray:
    if isinstance(times, Observed):
        of_times = kernel.jackknife if method == "jackknife" else kernel.infinitesimal
        return of_times(times.time, times.event, day, quantity)
    of_intervals = intervals.jackknife if method == "jackknife" else intervals.infinitesimal
    sample = intervals.sample(times.left, times.right)
    return of_intervals(sample, intervals.fitted(sample), day, quantity)
