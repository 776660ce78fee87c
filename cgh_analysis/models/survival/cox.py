"""Cox's proportional hazards regression of right-censored times, and the hazard ratios of a study's arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import check_frame
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import contrasts, level_pairs
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.effects import compared_with
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution, records
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.models.survival.observed import Observed, coded, observed
from cgh_analysis.models.words import Paragraph, line_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.survival.cox import solve_cox
from cgh_analysis.numerics.survival.cox_residuals import by_cluster, dfbeta
from cgh_analysis.numerics.survival.partial_likelihood import Ties, cox_data
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study


def cox(
    formula: str,
    data: pd.DataFrame,
    *,
    time: str,
    event: str,
    entry: str | None = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: Ties = "efron",
) -> CoxFit:
    """Regress the hazard on covariates: h(t | x) = h0(t) exp(x b), h0 left open (Cox 1972).

    Assumes hazards proportional over time (`ph_test` looks), censoring that tells nothing of what would have come, and
    linear effects on the log hazard. `formula` is a right-hand side, "arm + age"; the other arguments name columns:
    `time` >= 0, `event` 0/1 or boolean, at risk while `entry` < t <= `time`, each of `strata` with its own h0. Ties by
    "efron" or "breslow". With `cluster`, or weights that are no whole numbers, errors are the sandwich's (Lin and Wei
    1989). Rows with a missing covariate, stratum or cluster are left out and counted. Raises NotEstimable where a
    coefficient has no finite maximum, naming the column.

    >>> data = pd.DataFrame({"day": [1, 1, 6, 6, 8, 9], "gone": [1, 0, 1, 1, 0, 1], "x": [1, 1, 1, 0, 0, 0]})
    >>> cox("x", data, time="day", event="gone", ties="breslow").coefficients()["hazard_ratio"].round(6).tolist()
    [4.372281]
    """
    check_option("ties", ties, get_args(Ties))
    by = tuple(as_names(strata))
    extra = [c for c in (entry, cluster, weights) if c is not None]
    check_frame(data, [time, event, *extra, *by])
    # the whole frame first: a missing time is a fault, not a row to leave out
    observed(data, time=time, event=event, entry=entry, weights=weights)
    d = design(formula, data, keep=[time, event, *extra, *by], survival=True)
    if not d.terms:
        raise ArgumentError(f"The formula {formula!r} has no covariate.", remedy="kaplan_meier needs none.")
    seen = observed(d.data, time=time, event=event, entry=entry, weights=weights)
    if not seen.event.any():
        raise NotEstimable("no event among the rows in which all columns are known")
    clusters = coded(d.data, [cluster])[0] if cluster else None
    fit = replace(_fitted(d, seen, by, clusters, ties), outcome=time)
    if cluster is not None or (seen.weights is not None and not np.array_equal(seen.weights, seen.weights.round())):
        fit = _sandwiched(fit)
    return replace(fit, method=_method(fit, ties, cluster))


def _method(fit: CoxFit, ties: Ties, cluster: str | None) -> str:
    parts = [
        f"{'Cox' if fit.observed.weights is None else 'Weighted Cox'} regression, {ties.capitalize()} ties",
        f"stratified by {', '.join(fit.strata)}" if fit.strata else "",
        f"robust errors{f' by {cluster}' if cluster else ''}" if fit.robust else "",
    ]
    return ", ".join(filter(None, parts))


def _fitted(d: Design, seen: Observed, by: tuple[str, ...], clusters: IntArray | None, ties: Ties) -> CoxFit:
    """Fit with the inverse information as covariance."""
    codes, names = coded(d.data, by) if by else (None, ("",))
    risk = cox_data(d.matrix, seen.time, seen.event, stratum=codes, entry=seen.entry, weights=seen.weights, ties=ties)
    solution = solve_cox(risk, d.terms)
    return CoxFit(
        method="Cox regression",
        outcome="time",
        terms=d.terms,
        coef=solution.coef,
        covariance_of_coef=solution.covariance,
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link="log",
        intercept=False,
        log_likelihood=solution.log_likelihood,
        n_parameters=len(d.terms),
        observed=seen,
        risk=risk,
        solution=solution,
        strata=by,
        stratum_names=names,
        cluster=clusters,
        robust=False,
    )


def _sandwiched(fit: CoxFit) -> CoxFit:
    """Replace the covariance by the sum over clusters (or rows) of their squared influence."""
    parts = by_cluster(dfbeta(fit.risk, fit.solution.sums, fit.solution.covariance), fit.cluster)
    if len(parts) <= len(fit.terms):
        raise NotEstimable(f"{len(parts)} clusters do not give the covariance of {len(fit.terms)} coefficients")
    return replace(fit, covariance_of_coef=parts.T @ parts, robust=True)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the hazard ratios of resolution of all pairs of arms, adjusted for the covariates, and tests of the model.

    An arm without a resolution has no finite hazard ratio; the others are fitted without it, which is what the
    likelihood tends to.
    """
    followed = days_to_resolution(cohort)
    complete = followed.dropna(subset=list(analysis.covariates))
    reasons = _reasons(cohort, complete)
    kept = complete.loc[~complete["arm"].astype(str).isin(reasons)]
    formula = " + ".join(["arm", *map(quoted, analysis.covariates)])
    try:
        fit = cox(formula, kept, time="resolution_day", event="resolution_event")
        found = [*_hazard_ratios(fit, analysis, cohort.study), *_tests(fit)]
        method = fit.method
    except NotEstimable as failure:
        reasons = {arm: str(failure) for arm in cohort.study.arm_ids} | reasons
        found, method = [], "Cox regression, Efron ties"
    compared = cohort.study.reference if analysis.multiplicity == "dunnett" else None
    missing = [
        {"group": a, "reference": b, "statistic": "hazard_ratio", "note": results.why_not(why)}
        for a, b in level_pairs(cohort.study.arm_ids, compared)
        if (why := reasons.get(a) or reasons.get(b))
    ]
    return results.rows(
        found + missing,
        analysis=analysis.id,
        method=method,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        conf_level=cohort.study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Hazard ratios",
        text=f"Cox regression with Efron's handling of ties: {'; '.join(line_in_words(study, a) for a in lines)}. "
        "Above 1 means faster resolution. Proportional hazards are tested against coefficients that change with time, "
        f"as Kaplan-Meier transforms it.{multiplicity_in_words(study, lines, '')}",
        cites=("cox", "ph_test", *multiplicity_cites(study, lines)),
    )


def _reasons(cohort: Cohort, complete: pd.DataFrame) -> dict[str, str]:
    """Why arms have no hazard ratio, by arm."""
    events = complete.groupby(complete["arm"].astype(str))["resolution_event"].sum()
    nobody = {arm: f"nobody in {arm} was followed" for arm in cohort.study.arm_ids if arm not in events.index}
    return nobody | {str(arm): f"no resolution in {arm}" for arm in events.index[events == 0]}


def _hazard_ratios(fit: CoxFit, analysis: Analysis, study: Study) -> list[dict[str, Any]]:
    arms = sorted_levels(fit.data["arm"])
    reference = compared_with(study, analysis, arms)
    how: dict[str, Any] = {"adjust": analysis.multiplicity, "reference": reference, "conf_level": study.conf_level}
    table = contrasts(fit, "arm", **how)
    arm, event = fit.data["arm"], fit.observed.event
    n, events = arm.value_counts(), arm.loc[event].value_counts()
    limits = ["estimate", "conf_low", "conf_high"]
    table[limits] = np.exp(table[limits])
    numbers = records(table[[*limits, "std_error", "p_value", "p_adjusted"]].assign(statistic="hazard_ratio"))
    return [
        {"group": str(a), "reference": str(b), "n": n[a] + n[b], "events": events[a] + events[b], **row}
        for (a, b), row in zip(level_pairs(arms, reference), numbers, strict=True)
    ]


def _tests(fit: CoxFit) -> list[dict[str, Any]]:
    """Tests of proportional hazards, by term and overall."""
    counts = {"statistic": "ph_test", "n": fit.n_observations, "events": fit.n_events}
    try:
        table = fit.ph_test()
    except NotEstimable as failure:
        return [{**counts, "group": "GLOBAL", "note": results.why_not(failure)}]
    found = table.rename(columns={"statistic": "estimate"}).rename_axis("group").reset_index()
    return [{**counts, **row} for row in records(found)]
