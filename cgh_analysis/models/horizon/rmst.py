"""Restricted mean times: how long, on average, the event is waited for up to a day, by group and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, get_args

import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.horizon.adjusted import of_pseudo_values
from cgh_analysis.models.horizon.arms import Adjust, Arms, compared
from cgh_analysis.models.horizon.parametric import area_nodes, of_aft
from cgh_analysis.models.horizon.plan import ENDS, Asked, arm_rows
from cgh_analysis.models.horizon.seen import Method, Times, checked_day, chosen_method, named, seen
from cgh_analysis.models.horizon.unadjusted import Draws, of_curves, of_intervals, of_pieces
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution
from cgh_analysis.models.words import Paragraph, line_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.interval.distributions import Law
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

Errors = Literal["influence", "bootstrap"]
NAMES: Final = ("rmst", "difference", "ratio")
OF_INTERVALS: Final = ("piecewise", "npmle")


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
    errors: Errors = "influence",
    replicates: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """Return mean times within `tau` days, E min(T, tau), by group, their differences and their ratios.

    That is the area under the survival curve, which needs no proportional hazards (Royston and Parmar 2013). It assumes
    that censoring and visits tell nothing of the time. From `time` and `event` the curve is Kaplan and Meier's, its
    variance Klein and Moeschberger's (2003, section 4.5). From (`left`, `right`] it has, by group, a hazard that is
    constant between rounds of visits ("piecewise", Friedman 1982), with errors by the information.

    method="npmle" takes the NPMLE, drawn as falling evenly within a box: `bound_low` and `bound_high` are what boxes
    leave open. Where everybody has visit days of their own it puts the mass of a stretch without visits at its end, so
    that means come out too long. Its errors are the sum of squared influences, which for times known exactly is the
    variance above (Groeneboom 1995); or, with errors="bootstrap", the spread over `replicates` draws of people from
    `seed` (Groeneboom and Hendrickx 2017). method="aft" takes a regression with `distribution` instead. With `adjust`,
    differences are those of a linear model of pseudo-values made within groups, or are standardised with "aft", and
    groups' means are for everybody's covariates. Whole weights count people; others do not go with "bootstrap", and
    none with `adjust` unless by "aft".

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
    check_option("errors", errors, get_args(Errors))
    drawn = errors == "bootstrap"
    how = chosen_method("npmle" if drawn and method is None and left else method, times, OF_INTERVALS)
    if drawn and how != "npmle":
        raise ArgumentError(
            "Only the NPMLE's errors are by bootstrap.", remedy="Take method='npmle', or leave errors=."
        )
    covariates = as_names(adjust)
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 2:
        raise ArgumentError(f"replicates={replicates!r} gives no error.", remedy="Take some hundreds.")
    draws = Draws(replicates=replicates, seed=seed) if errors == "bootstrap" else None
    found = _arms(data, times, by, reference, covariates, how, distribution, until, draws)
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
    draws: Draws | None,
) -> Arms:
    if how == "kaplan-meier" and not covariates:
        return of_curves(data, times, by, tau)
    s = seen(data, times, by, reference)
    if how == "aft":
        return of_aft(data, times, by, covariates, distribution, area_nodes(tau), tau)
    if covariates:
        return of_pseudo_values(data, times, by, covariates, tau, "rmst", smooth=how == "piecewise")
    return of_pieces(s, tau) if how == "piecewise" else of_intervals(s, tau, draws)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's mean days to resolution within tau, and the differences and ratios of all pairs.

    Of the intervals between visits: by arm as they are, or pseudo-values adjusted for the line's covariates. Where the
    line declares no tau, it is the last day on which somebody of every arm was seen with the headache, or the last
    planned visit if that is earlier.
    """
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    followed = days_to_resolution(cohort)
    tau, what = _tau(cohort.study, analysis, followed)
    how = "hazards of intervals constant between rounds of visits"
    if analysis.covariates:
        how = f"{how}, pseudo-values by arm adjusted for covariates, HC3 errors"
    asked = Asked(
        one=("rmst", "rmst"),
        difference="rmst_difference",
        ratio="rmst_ratio",
        method=f"Mean days to resolution within {what}, {how}",
        unit=" days",
    )

    def call() -> pd.DataFrame:
        return rmst(
            followed,
            tau=tau,
            left=ENDS["left"],
            right=ENDS["right"],
            by="arm",
            adjust=analysis.covariates,
            conf_level=cohort.study.conf_level,
            adjust_p=analysis.multiplicity,  # type: ignore[arg-type]
        )

    return results.rows(
        arm_rows(cohort, call, asked),
        analysis=analysis.id,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        time=tau,
        conf_level=cohort.study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    crude, adjusted = ([a for a in lines if bool(a.covariates) is given] for given in (False, True))
    said = [
        f"By arm as they are: {'; '.join(map(_line(study), crude))}." if crude else "",
        f"By regression of pseudo-values, with robust errors: {'; '.join(map(_line(study), adjusted))}."
        if adjusted
        else "",
    ]
    return Paragraph(
        title="Mean time to resolution",
        text="The mean number of days with the headache up to a day is the area under the curve of those who still "
        "have it; it needs no proportional hazards. The curve is the maximum likelihood estimate from the intervals "
        "between visits with a hazard that is constant between the rounds of visits of an arm. "
        f"{' '.join(filter(None, said))} An arm that was not followed so long has no mean."
        f"{multiplicity_in_words(study, lines, '')}",
        cites=(
            "rmst",
            "piecewise",
            *(("pseudo_values",) if adjusted else ()),
            *multiplicity_cites(study, lines),
        ),
    )


def _line(study: Study) -> Callable[[Analysis], str]:
    def said(a: Analysis) -> str:
        until = f"day {a.tau}" if a.tau is not None else "the last planned visit, or as long as all arms were followed"
        return f"{line_in_words(study, a)}, until {until}"

    return said


def _tau(study: Study, analysis: Analysis, followed: pd.DataFrame) -> tuple[float, str]:
    """The day up to which means are taken, and how it was chosen."""
    if analysis.tau is not None:
        return float(analysis.tau), f"{analysis.tau} days"
    seen_with = followed.groupby(followed["arm"].astype(str))["resolution_left"].max()
    last = float(seen_with[seen_with > 0].min())
    planned = float(max(visit.day for visit in study.visits))
    if not last > 0:
        raise NotEstimable("nobody was seen again with the headache")
    if last >= planned:
        return planned, f"{planned:g} days (the last planned visit)"
    return last, f"{last:g} days (as long as every arm was followed)"
