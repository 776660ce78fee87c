"""Small studies that test hypotheses together, and rows of the comparisons that they name."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgh_analysis import results
from cgh_analysis.multiplicity import decide
from cgh_analysis.study import Study
from cgh_analysis.study.contradictions import contradictions
from tests.builders import study

ARMS = [
    {"id": "drug", "label": "Drug", "reference": True},
    {"id": "block", "label": "Block"},
    {"id": "manual", "label": "Manual"},
]
LINES = [
    {"id": "ndi", "estimator": "ancova", "outcome": "ndi", "at": "week12"},
    {"id": "pains", "estimator": "ancova", "outcome": ["pain_nprs", "hit6"], "at": "week12"},
    {"id": "visits", "estimator": "gee", "outcome": "ndi"},
    {"id": "better", "estimator": "responder", "outcome": "ndi", "at": "week12", "response": {"by": "mcid"}},
    {"id": "hazards", "estimator": "cox"},
    {"id": "vs-drug", "estimator": "ancova", "outcome": "hit6", "at": "week12", "multiplicity": "dunnett"},
    {"id": "curves", "estimator": "kaplan_meier"},
]
NDI = {"id": "h1", "analysis": "ndi", "contrast": ["block", "drug"]}
PAIN = {"id": "h2", "analysis": "pains", "outcome": "pain_nprs", "contrast": ["manual", "drug"]}
TWO = [{**NDI, "weight": 0.5}, {**PAIN, "weight": 0.5}]


def plan(*hypotheses: dict[str, Any], procedure: str = "holm", **parts: Any) -> Study:
    """Return a three-arm study with these hypotheses."""
    block = {"procedure": procedure, "hypotheses": list(hypotheses), **parts}
    return study(arms=ARMS, analyses=LINES, multiplicity=block)


def compared(p: float, analysis: str = "ndi", outcome: str = "ndi", **parts: Any) -> dict[str, Any]:
    """Return the row of a comparison; `parts` replace or add columns."""
    pair = {"group": "block", "reference": "drug", "time": 84, "statistic": "mean_difference"}
    return {"analysis": analysis, "outcome": outcome, **pair, "estimate": -2.0, "n": 80, "p_value": p, **parts}


PAIN_ROW = compared(0.04, "pains", "pain_nprs", group="manual")


def decided(on: Study, *rows: dict[str, Any]) -> pd.DataFrame:
    """Return what is decided on these rows of the plan."""
    return decide(on, results.rows(list(rows))).frame


def faults(on: Study) -> str:
    """Return what is told of a study file, in lines."""
    return "\n".join(f"{message} {remedy}" for message, remedy in contradictions(on))
