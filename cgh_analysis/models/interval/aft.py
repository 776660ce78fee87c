"""Accelerated failure time regression of right- or interval-censored times, and the time ratios of a study's arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, get_args

import numpy as np
import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame, row_labels
from cgh_analysis.models.design import Design
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.interval.aft_fit import AftFit
from cgh_analysis.models.interval.arm_ratios import LEFT, RIGHT, arm_ratios
from cgh_analysis.models.interval.complete import broken, complete_rows, informed
from cgh_analysis.models.interval.observed import Intervals, intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.observed import coded, observed
from cgh_analysis.models.words import Paragraph, lines_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.interval.aft import sandwich, solve_aft
from cgh_analysis.numerics.interval.aft_likelihood import aft_data
from cgh_analysis.numerics.interval.distributions import Law
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

LABELS: Final = {
    "weibull": "Weibull",
    "lognormal": "Lognormal",
    "loglogistic": "Log-logistic",
    "exponential": "Exponential",
}


def aft(
    formula: str,
    data: pd.DataFrame,
    *,
    distribution: Law = "weibull",
    time: str | None = None,
    event: str | None = None,
    left: str | None = None,
    right: str | None = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    robust: bool = False,
) -> AftFit:
    """Regress the log of time on covariates: log T = x b + sigma W; exp(b) is a ratio of times, under 1 is faster.

    W is smallest-extreme-value (Weibull), normal (lognormal) or logistic (log-logistic); exponential is Weibull with
    sigma = 1. Assumes that covariates stretch time alike for everybody, and that visits and censoring tell nothing of
    the time beyond the interval (Kalbfleisch and Prentice 2002). `formula` is a right-hand side, "arm + age". Times are
    known up to intervals (`left`, `right`], in days: exact where both are equal, from 0 where it was over at the first
    look, to infinity (or missing) where it was not at the last; or are `time` with `event` 0/1. Each of `strata` has
    its own sigma. Errors are the inverse information's; with `robust`, `cluster`, or weights that are no whole numbers
    the sandwich's (Huber 1967; Lin and Wei 1989). Rows from 0 to infinity are kept and say nothing; rows with a missing
    covariate, stratum or cluster are left out and counted. Raises ArgumentError for times that cannot be,
    NotEstimable where a coefficient or a scale has no finite maximum, naming it.

    >>> data = pd.DataFrame({"a": [0, 28, 28, 0, 56, 28], "b": [28, 56, np.inf, 28, 84, 84], "x": [1, 0, 0, 0, 0, 1]})
    >>> aft("x", data, left="a", right="b").coefficients()["time_ratio"].round(4).tolist()
    [nan, 0.6426]
    """
    check_option("distribution", distribution, get_args(Law))
    by = tuple(as_names(strata))
    if by and distribution == "exponential":
        raise ArgumentError("An exponential distribution has no scale to stratify.", remedy="Take weibull.")
    extra = [*by, *([cluster] if cluster else [])]
    check_frame(data, extra)
    seen, outcome = _seen(data, time=time, event=event, left=left, right=right, weights=weights)
    d, seen = complete_rows(formula, data, seen, extra)
    codes, names = coded(d.data, by) if by else (np.zeros(len(d.data), dtype=np.intp), ("",))
    clusters = coded(d.data, [cluster])[0] if cluster else None
    fit = replace(_fitted(d, seen, codes, names, distribution), outcome=outcome, strata=by)
    if robust or cluster is not None or broken(seen):
        fit = replace(fit, full_covariance=sandwich(fit.rows_used, fit.solution, _of(fit, clusters)), robust=True)
        fit = replace(fit, covariance_of_coef=fit.full_covariance[: len(fit.terms), : len(fit.terms)])
    return replace(fit, method=_method(fit, distribution, cluster))


def _seen(
    data: pd.DataFrame,
    *,
    time: str | None,
    event: str | None,
    left: str | None,
    right: str | None,
    weights: str | None,
) -> tuple[Intervals, str]:
    """Read either pair of columns as intervals; return them with what the outcome is called."""
    if time is not None and event is not None and left is None and right is None:
        at = observed(data, time=time, event=event, weights=weights)
        never = at.event & (at.time == 0)
        if never.any():
            raise ArgumentError(
                f"The column {time!r} has {int(never.sum())} event(s) at time 0, at {row_labels(data.index[never])}.",
                remedy="A time on a log scale is above 0: mend these rows, or leave them out on purpose.",
            )
        end = np.where(at.event, at.time, np.inf)
        return Intervals(left=at.time, right=end, weights=at.weights), time
    if left is not None and right is not None and time is None and event is None:
        return intervals(data, left=left, right=right, weights=weights), right
    raise ArgumentError(
        "The times are not named.", remedy="Give left= and right=, or time= and event=: one pair of columns."
    )


def _fitted(d: Design, seen: Intervals, codes: IntArray, names: tuple[object, ...], distribution: Law) -> AftFit:
    """Fit with the inverse information as covariance."""
    says = informed(seen)
    x: FloatArray = np.column_stack([np.ones(len(d.matrix)), d.matrix])
    rows = aft_data(
        distribution,
        x[says],
        seen.left[says],
        seen.right[says],
        stratum=codes[says],
        weights=None if seen.weights is None else seen.weights[says],
    )
    scales = [f"Log(scale)[{name}]" for name in names] if len(names) > 1 else ["Log(scale)"]
    terms = ("Intercept", *d.terms)
    solution = solve_aft(rows, terms, scales)
    return AftFit(
        method="",
        outcome="",
        terms=terms,
        coef=solution.coef,
        covariance_of_coef=solution.covariance[: len(terms), : len(terms)],
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link="log",
        log_likelihood=solution.log_likelihood,
        n_parameters=len(solution.theta),
        distribution=distribution,
        intervals=seen,
        informed=says,
        rows_used=rows,
        solution=solution,
        full_covariance=solution.covariance,
        strata=(),
        stratum=codes,
        stratum_names=names,
        robust=False,
    )


def _of(fit: AftFit, clusters: IntArray | None) -> IntArray | None:
    """Clusters of the rows that say something, coded from 0 without gaps."""
    return None if clusters is None else np.unique(clusters[fit.informed], return_inverse=True)[1]


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the time ratios of resolution of all pairs of arms, adjusted for the covariates.

    An arm without a resolution has no finite time ratio; the others are fitted without it.
    """

    def fit(formula: str, data: pd.DataFrame) -> AftFit:
        return aft(formula, data, distribution=analysis.distribution, left=LEFT, right=RIGHT)

    method = f"{LABELS[analysis.distribution]} accelerated failure time regression"
    return arm_ratios(cohort, analysis, fit, statistic="time_ratio", method=method)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    said = lines_in_words(study, lines, lambda a: f"{LABELS[a.distribution]} times".lower())
    return Paragraph(
        title="Time ratios",
        text="Accelerated failure time regression of the interval in which the headache resolved, from the last visit "
        f"with it to the first without, with {said}. Below 1 means faster resolution."
        f"{multiplicity_in_words(study, lines, '')}",
        cites=("aft", *multiplicity_cites(study, lines)),
    )


def _method(fit: AftFit, distribution: Law, cluster: str | None) -> str:
    parts = [
        f"{LABELS[distribution]} accelerated failure time regression",
        "weighted" if fit.intervals.weights is not None else "",
        f"a scale for each of {', '.join(fit.strata)}" if fit.strata else "",
        f"robust errors{f' by {cluster}' if cluster else ''}" if fit.robust else "",
    ]
    return ", ".join(filter(None, parts))
