"""What the plan's adapters share: the formula of a line of the plan, and the rows of its arms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable, StudyError
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import contrasts, level_pairs
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.grid import At
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study, Visit

NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high"]


def outcome_formula(cohort: Cohort, analysis: Analysis, outcome: str, *, arms: str = "arm") -> str:
    """Return 'outcome ~ arms + its baseline + covariates'; `arms` is what the estimator puts in for the arm."""
    baseline = f"{outcome}_baseline"
    known = analysis.baseline and baseline in cohort.cases
    covariates = dict.fromkeys([*([baseline] if known else []), *analysis.covariates])
    return f"{quoted(outcome)} ~ {' + '.join([arms, *map(quoted, covariates)])}"


def planned_visit(cohort: Cohort, analysis: Analysis) -> Visit:
    """Return the visit of a line of the plan, which must name one."""
    if analysis.at is None:
        raise StudyError(f"Analysis {analysis.id!r} names no visit.", remedy="Add at = '<visit id>'.")
    return cohort.study.visit(analysis.at)


def each_outcome(
    cohort: Cohort, analysis: Analysis, method: str, one: Callable[[str], Result], *, time: float | None = None
) -> Result:
    """Run `one` for each outcome of a line of the plan; what is not estimable becomes a row that says why."""
    if not analysis.outcomes:
        raise StudyError(f"Analysis {analysis.id!r} names no outcome.", remedy="Add outcome = '<column>'.")
    found: list[Result] = []
    for outcome in analysis.outcomes:
        try:
            found.append(one(outcome))
        except NotEstimable as error:
            same = {"analysis": analysis.id, "subgroup": cohort.subgroup, "outcome": outcome}
            found.append(results.not_estimable(error.message, method=method, time=time, **same))
    return results.concat(found)


def arm_effects(
    fit: Fit, cohort: Cohort, analysis: Analysis, *, outcome: str, time: float, at: At | None = None
) -> Result:
    """Return rows of the arms' adjusted means, of all pairwise differences, and of the joint test of the arms.

    Means are for people like those analysed: numbers at their mean, categories in their observed proportions, so that
    neither is a made-up population; differences do not depend on it unless arms interact. `at` picks a visit.
    """
    conf_level = cohort.study.conf_level
    common = common_columns(cohort, analysis, method=fit.method, outcome=outcome, time=time)
    rows_at = fit.data.loc[(fit.data[list(at or {})] == pd.Series(dict(at or {}))).all(axis=1)]
    people = rows_at.groupby("arm", observed=False).size()
    arms = sorted_levels(fit.data["arm"])
    means = marginal_means(fit, "arm", at=at, weights="proportional", conf_level=conf_level)
    mean_rows = means[NUMBERS].assign(statistic="marginal_mean", group=arms, n=people.reindex(arms).to_numpy())
    reference = compared_with(cohort.study, analysis, arms)
    pairs = level_pairs(arms, reference)
    how: dict[str, Any] = {"adjust": analysis.multiplicity, "reference": reference, "conf_level": conf_level}
    compared = contrasts(fit, "arm", at=at, weights="proportional", **how)
    difference_rows = compared[[*NUMBERS, "p_value", "p_adjusted"]].assign(
        statistic="mean_difference",
        group=[a for a, _ in pairs],
        reference=[b for _, b in pairs],
        n=[people[a] + people[b] for a, b in pairs],
    )
    tables = [mean_rows, difference_rows, _joint_rows(fit, at, len(rows_at))]
    return results.concat(
        [*(results.rows(t, **common) for t in tables), *absent_arm_rows(cohort, arms, "marginal_mean", common)]
    )


def compared_with(study: Study, analysis: Analysis, arms: Sequence[Any]) -> str | None:
    """Return the arm that all others are compared with, in Dunnett's procedure; None where all pairs are compared."""
    if analysis.multiplicity != "dunnett":
        return None
    if study.reference not in arms:
        raise NotEstimable(f"nobody is in {study.reference}, with which Dunnett's procedure compares")
    return study.reference


def common_columns(cohort: Cohort, analysis: Analysis, *, method: str, outcome: str, time: float) -> dict[str, Any]:
    """Return what all rows of one outcome of a line of the plan have in common, by column."""
    return {
        "analysis": analysis.id,
        "method": method,
        "outcome": outcome,
        "subgroup": cohort.subgroup,
        "time": time,
        "conf_level": cohort.study.conf_level,
    }


def absent_arm_rows(cohort: Cohort, arms: list[Any], statistic: str, common: dict[str, Any]) -> list[Result]:
    """Return a row for each arm of the study that is not in a fit: nobody's outcome and covariates were known."""
    return [
        results.not_estimable(
            "nobody in this arm has all that the model needs", group=arm, statistic=statistic, n=0, **common
        )
        for arm in cohort.study.arm_ids
        if arm not in arms
    ]


def _joint_rows(fit: Fit, at: At | None, n: int) -> pd.DataFrame:
    test = joint_test(fit, "arm", at=at)
    return pd.DataFrame(
        {"estimate": test["statistic"], "df": test["num_df"], "p_value": test["p_value"], "n": n}
    ).assign(statistic="joint_test")
