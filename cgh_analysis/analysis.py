"""Run the plan: describe, split by subgroup, estimate. What cannot be estimated becomes a row that says why."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.adjust import ADJUSTMENTS
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe import SUMMARIES, summary
from cgh_analysis.engine import Progress, run_tasks
from cgh_analysis.errors import CghError, NotEstimable, Problem, study_error
from cgh_analysis.frames import check_kind
from cgh_analysis.models import ESTIMATORS, estimator
from cgh_analysis.multiplicity import decide, untestable
from cgh_analysis.numerics.inference import heterogeneity
from cgh_analysis.results import CONTRASTS, STATISTICS, Result
from cgh_analysis.study import Analysis, Study


def run_plan(
    study: Study, cohort: Cohort, executor: Executor | None = None, progress: Progress | None = None
) -> Result:
    """Run the descriptions and every line of the plan; rows come in the order of the plan, however they were run.

    Where the study tests hypotheses together, what is decided about them comes last.

    `executor` may be any concurrent.futures.Executor, a Dask client's among them; the rows are the same. Raises
    StudyError for lines of the plan that no data could carry out; what the data do not determine is a row with a note.

    >>> from cgh_analysis import build_cohort, read_study, read_tables
    >>> study = read_study("reports/demo/study.toml")
    >>> cohort = build_cohort(read_tables(study), study)
    >>> rows = run_plan(study.model_copy(update={"analyses": study.analyses[:1]}), cohort)
    >>> study.analyses[0].id in set(rows.frame["analysis"])
    True
    """
    check_kind("study", study, Study)
    check_kind("cohort", cohort, Cohort)
    check_plan(study)
    rehearse(study, cohort)
    tasks = [(name, partial(_described, name, cohort)) for name in SUMMARIES]
    tasks += [(a.id, partial(run_analysis, a, cohort)) for a in study.analyses]
    found = results.concat(run_tasks(tasks, executor, progress))
    return results.concat([found, decide(study, found)])


def check_plan(study: Study) -> None:
    """Refuse a plan that names what is not there, before any data are read; every fault at once."""
    faults = [
        _fault(analysis, f"the estimator {analysis.estimator!r} is not known.", f"Known: {', '.join(ESTIMATORS)}.")
        for analysis in study.analyses
        if analysis.estimator not in ESTIMATORS
    ]
    faults += [_fault(analysis, message, remedy) for analysis, message, remedy in untestable(study)]
    _refuse(faults)


def rehearse(study: Study, cohort: Cohort) -> None:
    """Refuse lines of the plan that no data could carry out, every one at once: each is tried on nobody."""
    nobody = replace(cohort, cases=cohort.cases.iloc[:0], visits=cohort.visits.iloc[:0], events=cohort.events.iloc[:0])
    faults = []
    for analysis in study.analyses:
        try:
            estimator(analysis.estimator)(nobody, analysis)
        except NotEstimable:
            pass
        except CghError as error:
            faults.append(_fault(analysis, error.message, error.remedy))
    _refuse(faults)


def _fault(analysis: Analysis, message: str, remedy: str) -> Problem:
    named = "" if repr(analysis.id) in message else f"Analysis {analysis.id!r}: "
    return Problem(severity="error", rule="study", message=f"{named}{message}", remedy=remedy)


def _refuse(faults: list[Problem]) -> None:
    if faults:
        raise study_error("The plan cannot be carried out:", faults)


def run_analysis(analysis: Analysis, cohort: Cohort) -> Result:
    """Run one line of the plan: on everybody, then within each level of its declared subgroups."""
    parts = [_estimated(analysis, cohort)]
    for column in analysis.subgroups:
        within = [_estimated(analysis, part) for part in ADJUSTMENTS["subgroups"](cohort, column)]
        parts += [*within, _heterogeneity(results.concat(within), column)]
    return results.concat(parts)


def _described(name: str, cohort: Cohort) -> Result:
    try:
        return summary(name)(cohort)
    except NotEstimable as reason:
        return results.not_estimable(str(reason), analysis=name)


def _estimated(analysis: Analysis, cohort: Cohort) -> Result:
    try:
        return estimator(analysis.estimator)(cohort, analysis)
    except NotEstimable as reason:
        outcome = analysis.outcomes[0] if len(analysis.outcomes) == 1 else ""
        return results.not_estimable(
            str(reason), analysis=analysis.id, method=analysis.estimator, outcome=outcome, subgroup=cohort.subgroup
        )


def _heterogeneity(within: Result, column: str) -> Result:
    """Test each contrast for a difference between a subgroup's levels (Cochran's Q on the contrast's own scale)."""
    frame = within.frame
    contrasts = frame.loc[frame["statistic"].isin(CONTRASTS)]
    keys = ["analysis", "outcome", "group", "reference", "time", "statistic"]
    found = [
        {**dict(zip(keys, key, strict=True)), **_q(rows)}
        for key, rows in contrasts.groupby(keys, sort=False, dropna=False)
        if rows["std_error"].gt(0).sum() > 1
    ]
    return results.rows(
        pd.DataFrame(found).assign(statistic="heterogeneity", subgroup=column, method="Cochran's Q across subgroups")
        if found
        else []
    )


def _q(rows: pd.DataFrame) -> dict[str, float]:
    known = rows.loc[rows["std_error"].gt(0)]
    log_scale = STATISTICS[known["statistic"].iloc[0]].scale == "log"
    test = heterogeneity(np.log(known["estimate"]) if log_scale else known["estimate"], known["std_error"])
    return {
        "estimate": test.statistic * test.num_df,
        "df": test.num_df,
        "p_value": test.p_value,
        "n": known["n"].sum(),
    }
