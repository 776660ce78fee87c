"""Milestones: the probability that the event has come by a day, by group and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

import pandas as pd

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.horizon.adjusted import of_pseudo_values
from cgh_analysis.models.horizon.arms import Adjust, code_pairs, compared, framed, group_row
from cgh_analysis.models.horizon.by_a_day import of_curves, of_intervals, resolved
from cgh_analysis.models.horizon.parametric import day_node, of_aft
from cgh_analysis.models.horizon.seen import Method, Seen, Times, checked_day, chosen_method, named, seen
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.interval.distributions import Law

NAMES: Final = ("probability", "difference", "ratio")


def milestone(
    data: pd.DataFrame,
    *,
    day: float,
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
) -> pd.DataFrame:
    """Return the probability P(T <= day) of the event by a day, by group, with differences and ratios.

    Assumes that censoring and visits tell nothing of the time. From (`left`, `right`] it is the NPMLE's, with limits
    and tests by the likelihood ratio and without standard errors, since a curve of visits on everybody's own days has
    no normal law; `bound_low` and `bound_high` are what a box that holds the day leaves open, and the limits include
    it. From `time` and `event` it is Kaplan and Meier's, with log-log limits for groups, Greenwood's errors for
    differences and ratios (limits for the log), and the test of a pair on the scale of log(-log S) (Klein et al. 2007),
    which is missing where a probability is 0 or 1. method="aft" averages a regression with `distribution` over the
    people (g-computation). With `adjust`, that has the covariates; the others are regressions of pseudo-values, whose
    differences are those of a linear model. Columns and options are those of `rmst`, the statistics probability,
    difference and ratio.

    >>> data = pd.DataFrame({"a": [0, 7, 7, 14] * 5, "b": [7, 14, None, None] * 5, "arm": list("xyxyx") * 4})
    >>> found = milestone(data, day=14, left="a", right="b", by="arm")
    >>> found[["group", "statistic", "estimate"]].round(3).to_numpy().tolist()
    [['x', 'probability', 0.6], ['y', 'probability', 0.625], ['y', 'difference', 0.025], ['y', 'ratio', 1.042]]
    """
    check_option("adjust_p", adjust_p, get_args(Adjust))
    below_upper(conf_level)
    by_then = checked_day("day", day)
    times = named(Times(time=time, event=event, left=left, right=right, weights=weights))
    how, covariates = chosen_method(method, times), as_names(adjust)
    s = seen(data, times, by, reference)
    options = {"reference": reference, "adjust_p": adjust_p}
    if how == "aft":
        arms = resolved(of_aft(data, times, by, covariates, distribution, day_node(by_then)), log_log=conf_level)
    elif covariates:
        arms = resolved(of_pseudo_values(data, times, by, covariates, by_then, "survival"))
    elif how == "kaplan-meier":
        arms = of_curves(data, times, by, by_then, conf_level)
    else:
        return _by_likelihood(s, by_then, conf_level, reference, adjust_p)
    return compared(arms, NAMES, conf_level=conf_level, **options)


def _by_likelihood(s: Seen, day: float, conf_level: float, reference: object, adjust_p: Adjust) -> pd.DataFrame:
    found = of_intervals(s, day, conf_level)
    if all(found.arms.why):
        raise NotEstimable("; ".join(dict.fromkeys(found.arms.why)))
    rows = [group_row(found.arms, g, NAMES[0], conf_level) for g in range(len(s.groups))]
    rows += found.rows(code_pairs(s.groups, reference), NAMES[1:])
    return framed(rows, adjust_p, bounds=True)
