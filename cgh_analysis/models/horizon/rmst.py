"""Restricted mean times: how long, on average, the event is waited for up to a day, by group and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.horizon.adjusted import of_pseudo_values
from cgh_analysis.models.horizon.arms import Adjust, Arms, compared
from cgh_analysis.models.horizon.parametric import area_nodes, of_aft
from cgh_analysis.models.horizon.seen import Method, Times, checked_day, chosen_method, named, seen
from cgh_analysis.models.horizon.unadjusted import of_curves, of_intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.interval.distributions import Law

NAMES: Final = ("rmst", "difference", "ratio")
REPLICATES: Final = 500


def rmst(
    data: pd.DataFrame,
    *,
    tau: float,
    time: str | None = None,
    event: str | None = None,
    left: str | None = None,
    right: str | None = None,
    by: str | None = None,
    reference: object = None,
    adjust: str | Sequence[str] | None = None,
    weights: str | None = None,
    method: Method | None = None,
    distribution: Law = "weibull",
    conf_level: float = 0.95,
    adjust_p: Adjust = "none",
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pd.DataFrame:
    """Return mean times within `tau` days, E min(T, tau), by group, their differences and their ratios.

    That is the area under the survival curve, which needs no proportional hazards (Royston and Parmar 2013). It assumes
    that censoring and visits tell nothing of the time. From `time` and `event` the curve is Kaplan and Meier's, its
    variance Klein and Moeschberger's (2003, section 4.5). From (`left`, `right`] it is the NPMLE, drawn as falling
    evenly within a box, which is a convention: `bound_low` and `bound_high` are what the boxes leave open, beside the
    limits, which tell of chance alone; errors are the bootstrap's, over people (`replicates` draws from `seed`).
    method="aft" takes a regression with `distribution` instead. With `adjust`, differences are those of a linear model
    of pseudo-values made within groups, or are standardised with "aft", and groups' means are for everybody's
    covariates. Weights that are no whole numbers go with right-censored times or "aft".

    A group that was not followed up to tau has no mean, unless its curve is at zero by then (survRM2's rule).
    Comparisons are of all pairs, later less earlier, or of each group with `reference`; limits of a ratio are made for
    its log. Columns: group, reference (empty for the groups), statistic (rmst, difference, ratio), estimate, std_error,
    conf_low, conf_high, p_value, p_adjusted over the pairs (`adjust_p`), n, events, note (why there is no number).
    Raises ArgumentError for times, days, groups and options that cannot be, NotEstimable where no group has a mean.

    >>> data = pd.DataFrame({"day": [7, 14, 14, 21, 5, 6, 9, 30], "gone": [1, 1, 0, 1, 1, 1, 1, 0]})
    >>> found = rmst(data.assign(arm=list("aaaabbbb")), tau=20, time="day", event="gone", by="arm")
    >>> found[["group", "statistic", "estimate"]].round(4).to_numpy().tolist()
    [['a', 'rmst', 15.25], ['b', 'rmst', 10.0], ['b', 'difference', -5.25], ['b', 'ratio', 0.6557]]
    """
    check_option("adjust_p", adjust_p, get_args(Adjust))
    below_upper(conf_level)
    until = checked_day("tau", tau)
    times = named(Times(time=time, event=event, left=left, right=right, weights=weights))
    how = chosen_method(method, times)
    covariates = as_names(adjust)
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 2:
        raise ArgumentError(f"replicates={replicates!r} gives no error.", remedy="Take some hundreds.")
    found = _arms(data, times, by, reference, covariates, how, distribution, until, (replicates, seed))
    return compared(found, NAMES, reference=reference, conf_level=conf_level, adjust_p=adjust_p)


def _arms(
    data: pd.DataFrame,
    times: Times,
    by: str | None,
    reference: object,
    covariates: list[str],
    how: str,
    distribution: Law,
    tau: float,
    draws: tuple[int, int],
) -> Arms:
    s = seen(data, times, by, reference)
    if how == "aft":
        return of_aft(data, times, by, covariates, distribution, area_nodes(tau))
    if covariates:
        return of_pseudo_values(data, times, by, covariates, tau, "rmst")
    if how == "npmle":
        return of_intervals(s, tau, replicates=draws[0], seed=draws[1])
    return of_curves(data, times, by, tau)
