"""Hypotheses of several lines of the plan, tested together at one familywise level, after all lines have been run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.gatekeeping import (
    Decisions,
    fixed_sequence,
    gatekeep,
    graph,
    holm_graph,
    step_up,
    unconnected,
)
from cgh_analysis.results import CONTRASTS, HYPOTHESIS, NOT_ESTIMABLE, Result
from cgh_analysis.study import Analysis, Hypothesis, MultiplicityPlan, Study

ANALYSIS: Final = "multiplicity"
# ratios beside a difference, which test the same
BESIDE: Final = ("rmst_ratio", "resolved_ratio")
# what compares two arms and has a p-value
TESTS: Final = tuple(name for name in (*CONTRASTS, "logrank") if name not in BESIDE)
# estimators that show arms side by side and test no two of them
NO_TEST: Final = ("age_response", "kaplan_meier", "turnbull")

NAMES: Final = {
    "graph": "Bonferroni-based graph",
    "fixed_sequence": "Fixed sequence",
    "holm": "Holm's procedure",
    "hochberg": "Hochberg's procedure",
    "bonferroni": "Bonferroni's procedure",
}


def decide(study: Study, found: Result) -> Result:
    """Return a row for each hypothesis of the study: p-value, adjusted p-value, local level and decision.

    `found` are the rows of the plan. A hypothesis whose comparison could not be estimated is not rejected, and its
    share of alpha goes to nobody. A study that tests nothing together gives no rows.

    >>> from cgh_analysis.study import read_study
    >>> decide(read_study("reports/demo/study.toml"), results.rows([])).frame["note"][0][:30]
    'not estimable: ndi-week12 gave'
    """
    plan = study.multiplicity
    if plan is None:
        return results.rows([])
    tested = [_tested(h, study, found.frame) for h in plan.hypotheses]
    p = np.array([row["p_value"] for row in tested], dtype=float)
    decided = DECIDE[plan.procedure](p, plan)
    notes = [
        f"{row['note']}; not rejected, and hands nothing on" if row["note"] else _decision(rejected, level, plan.alpha)
        for row, rejected, level in zip(tested, decided.rejected, decided.level, strict=True)
    ]
    method = f"{NAMES[plan.procedure]}, familywise level {plan.alpha:g}"
    level = np.where(np.isnan(p), np.nan, decided.level)
    table = pd.DataFrame(tested).assign(estimate=level, p_adjusted=decided.p_adjusted, note=notes)
    return results.rows(table, analysis=ANALYSIS, method=method, statistic="gate")


def untestable(study: Study) -> list[tuple[Analysis, str, str]]:
    """Return the analyses that hypotheses name and that compare no two arms, with what is the matter and what to do."""
    named = study.multiplicity.hypotheses if study.multiplicity else ()
    return [
        (a, f"{a.estimator} tests no two arms, as the hypothesis {h.id!r} needs it.", "Name another analysis.")
        for h in named
        for a in study.analyses
        if a.id == h.analysis and a.estimator in NO_TEST
    ]


def _graph_of(p: FloatArray, plan: MultiplicityPlan) -> Decisions:
    place = {name: i for i, name in enumerate(plan.ids)}
    transitions = np.zeros((p.size, p.size))
    for (start, end), weight in plan.arrows.items():
        transitions[place[start], place[end]] = weight
    return gatekeep(p, graph(list(plan.shares.values()), transitions), plan.alpha)


DECIDE: Final[dict[str, Callable[[FloatArray, MultiplicityPlan], Decisions]]] = {
    "graph": _graph_of,
    "fixed_sequence": lambda p, plan: gatekeep(p, fixed_sequence(p.size), plan.alpha),
    "holm": lambda p, plan: gatekeep(p, holm_graph(p.size), plan.alpha),
    "hochberg": lambda p, plan: step_up(p, plan.alpha),
    "bonferroni": lambda p, plan: gatekeep(p, unconnected(p.size), plan.alpha),
}


def _decision(rejected: bool, level: float, alpha: float) -> str:
    if rejected:
        return f"rejected at {alpha:g}"
    return "not rejected" if level > 0 else f"not rejected: no share of {alpha:g} came to it"


def _tested(h: Hypothesis, study: Study, frame: pd.DataFrame) -> dict[str, Any]:
    """What a hypothesis is about, with its p-value or the reason why there is none."""
    place = place_of(h, study)
    own = frame.loc[(frame["analysis"] == h.analysis) & (frame["subgroup"] == "")]
    if place["outcome"]:
        own = own.loc[own["outcome"] == place["outcome"]]
    timed = own.loc[(own["time"] == place["time"]) | math.isnan(place["time"])]
    pair = timed["group"].isin(h.contrast) & timed["reference"].isin(h.contrast)
    rows = timed.loc[pair & timed["statistic"].isin(TESTS)]
    # a line that compares by several methods is decided by its first
    rows = rows.loc[rows["method"] == rows["method"].iloc[0]] if len(rows) else rows
    if len(rows) == 1 and rows["p_value"].notna().all():
        return {**place, "outcome": rows["outcome"].iloc[0], "p_value": rows["p_value"].iloc[0], "note": ""}
    return {**place, "p_value": math.nan, "note": _why(h, rows, own)}


def _why(h: Hypothesis, rows: pd.DataFrame, own: pd.DataFrame) -> str:
    if len(rows) > 1:
        return results.why_not(f"{h.analysis} gave {len(rows)} such comparisons")
    of_pair = own.loc[own["group"].isin(["", *h.contrast]) & own["reference"].isin(["", *h.contrast])]
    notes = pd.concat([rows["note"], of_pair["note"]])
    told = notes.loc[notes.str.startswith(NOT_ESTIMABLE)]
    return str(told.iloc[0]) if len(told) else results.why_not(f"{h.analysis} gave no such comparison")


def place_of(h: Hypothesis, study: Study) -> dict[str, Any]:
    """Return the columns of a row that say what a hypothesis is about."""
    line = next((a for a in study.analyses if a.id == h.analysis), None)
    at = h.at or (line.at if line else None)
    return {
        "outcome": h.outcome or (line.outcomes[0] if line and line.outcomes else ""),
        "group": h.contrast[0],
        "reference": h.contrast[1],
        "subgroup": f"{HYPOTHESIS}{h.id}",
        "time": study.visit(at).day if at else math.nan,
    }
