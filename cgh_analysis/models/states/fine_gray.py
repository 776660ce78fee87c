"""Fine and Gray's regression of a cumulative incidence, and the subdistribution hazard ratios of a study's arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable, StudyError
from cgh_analysis.frames import check_frame
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import contrasts, level_pairs
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.effects import compared_with
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.resolution import OUTCOME, cause_names, days_to_resolution, records
from cgh_analysis.models.states.fine_gray_fit import FineGrayFit
from cgh_analysis.models.states.observed import Competing, checked_code, competing
from cgh_analysis.models.survival.observed import coded
from cgh_analysis.models.words import Paragraph, line_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.states.fine_gray import influence, solve_fine_gray, subdistribution
from cgh_analysis.numerics.survival.cox_residuals import by_cluster
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study


def fine_gray(
    formula: str,
    data: pd.DataFrame,
    *,
    time: str,
    cause: str,
    of: int,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
) -> FineGrayFit:
    """Regress the cumulative incidence of one cause on covariates: -log(1 - F(t | x)) = Lambda0(t) exp(x b).

    exp(b) is the ratio of subdistribution hazards: above 1, more people have the event `of` by any day, be it that it
    comes sooner or that less competes with it. It says nothing of a rate among people still at risk; `cox` does. Fine
    and Gray's (1999) weighted estimating equation, with Breslow's ties; assumes these hazards proportional, and that
    censoring is independent of covariates within `strata`, by which its curve is estimated; who had a competing event
    leaves the risk sets once nobody of the stratum is followed any more. `formula` is a right-hand side, "arm + age";
    `time` is at least 0, `cause` 0 where censored, `of` or another code, each of which competes. Errors allow for the
    estimated weights, and are summed over `cluster`s where given. Rows with a missing covariate, stratum or cluster are
    left out and counted. Raises NotEstimable without events, or where a coefficient has no finite maximum.

    >>> data = pd.DataFrame({"day": [1, 2, 3, 4, 5, 6, 7, 8], "why": [1, 2, 1, 1, 0, 2, 1, 0], "x": [1, 0, 1, 0] * 2})
    >>> fine_gray("x", data, time="day", cause="why", of=1).coefficients()["estimate"].round(4).tolist()
    [1.6336]
    """
    by = tuple(as_names(strata))
    extra = [c for c in (cluster,) if c is not None]
    check_frame(data, [time, cause, *extra, *by])
    # the whole frame first: a missing time is a fault, not a row to leave out
    present = competing(data, time=time, cause=cause).codes
    codes = {int(code): str(code) for code in sorted({*present, checked_code(of, "of")})}
    d = design(formula, data, keep=[time, cause, *extra, *by], survival=True)
    if not d.terms:
        raise ArgumentError(f"The formula {formula!r} has no covariate.", remedy="cumulative_incidence needs none.")
    seen = competing(d.data, time=time, cause=cause, causes=codes)
    if not np.any(seen.cause == seen.place(of, "of")):
        there = f"the codes are {', '.join(map(str, present))}" if present else "everybody is censored"
        raise NotEstimable(f"no event with the code {of} among the rows in which all columns are known; {there}")
    return _fitted(d, seen, time, of, by, cluster)


def _fitted(d: Design, seen: Competing, time: str, of: int, by: tuple[str, ...], cluster: str | None) -> FineGrayFit:
    groups = coded(d.data, by)[0] if by else None
    clusters = coded(d.data, [cluster])[0] if cluster else None
    sub = subdistribution(d.matrix, seen.time, seen.cause, of=seen.place(of, "of"), group=groups)
    solution = solve_fine_gray(sub, d.terms)
    own = influence(solution.at)
    parts = by_cluster(own @ solution.covariance, clusters)
    if clusters is not None and len(parts) <= len(d.terms):
        raise NotEstimable(f"{len(parts)} clusters do not give the covariance of {len(d.terms)} coefficients")
    return FineGrayFit(
        method=_method(by, cluster),
        outcome=time,
        terms=d.terms,
        coef=solution.coef,
        covariance_of_coef=parts.T @ parts,
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link="log",
        intercept=False,
        log_likelihood=solution.log_likelihood,
        n_parameters=len(d.terms),
        of=str(of),
        solution=solution,
        people_influence=own,
        strata=by,
        cluster=clusters,
    )


def _method(by: tuple[str, ...], cluster: str | None) -> str:
    parts = [
        "Fine-Gray regression",
        f"censoring by {', '.join(by)}" if by else "",
        f"robust errors by {cluster}" if cluster else "",
    ]
    return ", ".join(filter(None, parts))


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the subdistribution hazard ratios of a cause of all pairs of arms, adjusted for the covariates.

    The cause is the line's `of`, resolution where it names none. An arm without an event of it has no finite ratio; the
    others are fitted without it, which is what the pseudo-likelihood tends to.
    """
    study = cohort.study
    codes = {name: code for code, name in cause_names(study).items()}
    of = analysis.of or OUTCOME
    if of not in codes:
        raise StudyError(f"Analysis {analysis.id!r} is of {of!r}.", remedy=f"Known: {', '.join(codes)}.")
    complete = days_to_resolution(cohort).dropna(subset=list(analysis.covariates))
    reasons = _reasons(study, complete, of, codes[of])
    kept = complete.loc[~complete["arm"].astype(str).isin(reasons)]
    formula = " + ".join(["arm", *map(quoted, analysis.covariates)])
    compared = study.reference if analysis.multiplicity == "dunnett" else None
    try:
        fit = fine_gray(formula, kept, time="resolution_day", cause="resolution_cause", of=codes[of])
        found = _ratios(fit, analysis, study)
    except NotEstimable as failure:
        reasons = {arm: str(failure) for arm in study.arm_ids} | reasons
        found = []
    missing = [
        {"group": a, "reference": b, "note": results.why_not(why)}
        for a, b in level_pairs(study.arm_ids, compared)
        if (why := reasons.get(a) or reasons.get(b))
    ]
    return results.rows(
        found + missing,
        analysis=analysis.id,
        method=_method((), None),
        outcome=of,
        subgroup=cohort.subgroup,
        statistic="subdistribution_hazard_ratio",
        conf_level=study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    told = "; ".join(f"{line_in_words(study, a)}, of {(a.of or OUTCOME).replace('_', ' ')}" for a in lines)
    return Paragraph(
        title="Subdistribution hazard ratios",
        text=f"Fine and Gray's regression of cumulative incidence: {told}. Above 1 means that more people had had the "
        "event by any day, whether because it came sooner or because less competed with it. Censoring is weighted by "
        f"its Kaplan-Meier curve, which errors allow for.{multiplicity_in_words(study, lines, '')}",
        cites=("fine_gray", *multiplicity_cites(study, lines)),
    )


def _reasons(study: Study, complete: pd.DataFrame, of: str, code: int) -> dict[str, str]:
    """Why arms have no ratio, by arm."""
    events = (complete["resolution_cause"] == code).groupby(complete["arm"].astype(str)).sum()
    nobody = {arm: f"nobody in {arm} was followed" for arm in study.arm_ids if arm not in events.index}
    return nobody | {str(arm): f"no {of.replace('_', ' ')} in {arm}" for arm in events.index[events == 0]}


def _ratios(fit: FineGrayFit, analysis: Analysis, study: Study) -> list[dict[str, Any]]:
    arms = sorted_levels(fit.data["arm"])
    reference = compared_with(study, analysis, arms)
    how: dict[str, Any] = {"adjust": analysis.multiplicity, "reference": reference, "conf_level": study.conf_level}
    table = contrasts(fit, "arm", **how)
    arm = fit.data["arm"]
    n, events = arm.value_counts(), arm.iloc[fit.subdistribution.dead].value_counts()
    limits = ["estimate", "conf_low", "conf_high"]
    table[limits] = np.exp(table[limits])
    numbers = records(table[[*limits, "std_error", "p_value", "p_adjusted"]])
    return [
        {"group": str(a), "reference": str(b), "n": n[a] + n[b], "events": events[a] + events[b], **row}
        for (a, b), row in zip(level_pairs(arms, reference), numbers, strict=True)
    ]
