"""Milestones: the probability that the event has come by a day, by group and compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, get_args

import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.labels import column_label
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.horizon.adjusted import of_pseudo_values
from cgh_analysis.models.horizon.arms import Adjust, code_pairs, compared, framed, group_row
from cgh_analysis.models.horizon.by_a_day import of_curves, of_intervals, resolved
from cgh_analysis.models.horizon.parametric import day_node, of_aft
from cgh_analysis.models.horizon.plan import ENDS, Asked, arm_rows
from cgh_analysis.models.horizon.seen import Method, Seen, Times, checked_day, chosen_method, named, seen
from cgh_analysis.models.interval.aft import LABELS
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution
from cgh_analysis.models.words import Paragraph, multiplicity_cites, multiplicity_in_words, small
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.interval.distributions import Law
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

NAMES: Final = ("probability", "difference", "ratio")
LIKELIHOOD: Final = "NPMLE of intervals, likelihood ratio limits"
ON_VISIT_DAYS: Final = "Kaplan-Meier on days of visits, for comparison"
ASKED: Final[dict[str, Any]] = {
    "one": ("probability", "resolved"),
    "difference": "resolved_difference",
    "ratio": "resolved_ratio",
    "percent": True,
    "unit": " %",
}


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

    >>> data = pd.DataFrame({"a": [0, 7, 7, 14] * 5, "b": [7, 14, None, None] * 5, "arm": ["x"] * 10 + ["y"] * 10})
    >>> found = milestone(data, day=14, left="a", right="b", by="arm")
    >>> found[["group", "statistic", "estimate"]].round(3).to_numpy().tolist()
    [['x', 'probability', 0.72], ['y', 'probability', 0.52], ['y', 'difference', -0.2], ['y', 'ratio', 0.722]]
    """
    check_option("adjust_p", adjust_p, get_args(Adjust))
    below_upper(conf_level)
    by_then = checked_day("day", day)
    times = named(Times(time=time, event=event, left=left, right=right, weights=weights))
    how, covariates = chosen_method(method, times), as_names(adjust)
    s = seen(data, times, by, reference)
    if how == "aft":
        arms = resolved(
            of_aft(data, times, by, covariates, distribution, day_node(by_then), by_then), log_log=conf_level
        )
    elif covariates:
        arms = resolved(of_pseudo_values(data, times, by, covariates, by_then, "survival"))
    elif how == "kaplan-meier":
        arms = of_curves(data, times, by, by_then, conf_level)
    else:
        return _by_likelihood(s, by_then, conf_level, reference, adjust_p)
    return compared(arms, NAMES, reference=reference, conf_level=conf_level, adjust_p=adjust_p)


def _by_likelihood(s: Seen, day: float, conf_level: float, reference: object, adjust_p: Adjust) -> pd.DataFrame:
    found = of_intervals(s, day, conf_level)
    if all(found.arms.why):
        raise NotEstimable("; ".join(dict.fromkeys(found.arms.why)))
    rows = [group_row(found.arms, g, NAMES[0], conf_level) for g in range(len(s.groups))]
    rows += found.rows(code_pairs(s.groups, reference), NAMES[1:])
    return framed(rows, adjust_p, bounds=True)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the shares resolved by the milestone, with all differences and ratios of arms, by three methods.

    The NPMLE of the intervals between visits; a regression of them, adjusted for the line's covariates; and, to be
    compared with them, Kaplan and Meier's curve of the visits at which the headache was first seen to be gone.
    """
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    followed = days_to_resolution(cohort)
    if cohort.study.resolution is None:
        raise NotEstimable("the study declares no resolution")
    day = float(cohort.study.resolution.milestone_days)
    same: dict[str, Any] = {
        "day": day,
        "by": "arm",
        "conf_level": cohort.study.conf_level,
        "adjust_p": analysis.multiplicity,
    }
    model = {"method": "aft", "distribution": analysis.distribution, "adjust": analysis.covariates}
    ways = [
        (LIKELIHOOD, {**same, **ENDS}),
        (_regression(analysis), {**same, **ENDS, **model}),
        (ON_VISIT_DAYS, {**same, "time": "resolution_day", "event": "resolution_event"}),
    ]
    rows = [
        row
        for method, how in ways
        for row in arm_rows(cohort, partial(milestone, followed, **how), Asked(**ASKED, method=method))
    ]
    return results.rows(
        rows,
        analysis=analysis.id,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        time=day,
        conf_level=cohort.study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    models = ", ".join(dict.fromkeys(LABELS[a.distribution] for a in lines))
    named_covariates = [small(column_label(c, study)) for a in lines for c in a.covariates]
    adjusted = f" adjusted for {', '.join(dict.fromkeys(named_covariates))} and" if named_covariates else ""
    day = f"day {study.resolution.milestone_days}" if study.resolution else "the milestone"
    return Paragraph(
        title="Resolved by the milestone",
        text=f"The share resolved by {day} is estimated in three ways: by nonparametric maximum likelihood from the "
        "intervals between visits, with limits and tests by the likelihood ratio, which include what an interval that "
        f"holds the day leaves open; by accelerated failure time regression ({models}) of the intervals,{adjusted} "
        "averaged over everybody as if all were in each arm; and, for comparison only, by Kaplan-Meier on the days of "
        "visits, which favours arms that are looked at more often, pairs being tested on the scale of log(-log S)."
        f"{multiplicity_in_words(study, lines, ' by one method')}",
        cites=("turnbull", "tang_grid", "aft", "kaplan_meier", "milestone", *multiplicity_cites(study, lines)),
    )


def _regression(analysis: Analysis) -> str:
    adjusted = ", adjusted for covariates" if analysis.covariates else ""
    return f"{LABELS[analysis.distribution]} accelerated failure time regression of intervals{adjusted}"
