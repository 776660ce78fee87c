"""Hypotheses tested together: their graph with what was decided, or each p-value against the level that it was held to.

A graph needs the study, which declares its arrows; other procedures, and rows without a study, are drawn as a list.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.gate_graph import draw_graph
from cgh_analysis.figures.gate_list import draw_list
from cgh_analysis.figures.gates import Gate
from cgh_analysis.figures.rows import chosen, frame_of, nothing, ordered, p_text, reason
from cgh_analysis.figures.style import styled
from cgh_analysis.format import number, p_value
from cgh_analysis.labels import comparison_label, hypothesis_name
from cgh_analysis.results import HYPOTHESIS, NOT_ESTIMABLE, Result
from cgh_analysis.study import MultiplicityPlan, Study

TITLE = "Hypotheses tested together"
# more boxes than this are no picture any more
MOST = 12


def multiplicity(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw what was decided about each hypothesis, with its p-values and its share of the level.

    >>> from cgh_analysis.results import rows as make
    >>> decision = {"statistic": "gate", "subgroup": "hypothesis=ndi", "estimate": 0.05, "p_value": 0.01}
    >>> multiplicity(make([{**decision, "p_adjusted": 0.01, "note": "rejected at 0.05"}])).get_label()
    'Hypotheses tested together'
    """
    frame = _decisions(frame_of(rows))
    if frame["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(frame))
    plan = _drawn_plan(frame, study)
    gates = [_gate(row, plan, study) for _, row in frame.iterrows()]
    with styled():
        return draw_graph(gates, plan.arrows, TITLE) if plan else draw_list(gates, TITLE)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what is drawn."""
    decisions = _decisions(frame)
    method = " and ".join(ordered(decisions["method"]))
    rejected = int(decisions["note"].str.startswith("rejected").sum())
    how = (
        "Boxes are hypotheses with the share of the level that each starts with and the level at which it was decided; "
        "arrows say which part of its share a rejected hypothesis hands on. Rejected ones are filled, with a thick "
        "edge; a dashed edge means that no share came to it, a dotted one that it could not be estimated."
        if _drawn_plan(decisions, study)
        else "Markers are p-values, round where the hypothesis was rejected and crosses where it was not; the upright "
        "line is the level at which it was decided."
    )
    counted = f" {rejected} of {len(decisions)} were rejected." if decisions["estimate"].notna().any() else ""
    return f"Hypotheses tested together{f' ({method})' if method else ''}. {how}{counted}"


def _decisions(frame: pd.DataFrame) -> pd.DataFrame:
    """The decisions, each of which names its hypothesis where other rows name a subgroup."""
    return chosen(frame, ["gate"], subgroup=True)


def _drawn_plan(frame: pd.DataFrame, study: Study | None) -> MultiplicityPlan | None:
    """The plan whose arrows can be drawn: its hypotheses are those of the rows, each once."""
    plan = study.multiplicity if study else None
    if plan is None or plan.procedure not in ("graph", "fixed_sequence") or len(plan.ids) > MOST:
        return None
    return plan if frame["subgroup"].tolist() == [f"{HYPOTHESIS}{name}" for name in plan.ids] else None


def _gate(row: pd.Series, plan: MultiplicityPlan | None, study: Study | None) -> Gate:
    record = {str(name): value for name, value in row.items()}
    name = str(row["subgroup"]).removeprefix(HYPOTHESIS)
    note = str(row["note"])
    return Gate(
        id=name,
        name=hypothesis_name(record, study),
        about=comparison_label(record, study),
        share=plan.shares[name] if plan else 0.0,
        level=float(row["estimate"]),
        p=float(row["p_value"]),
        numbers=(p_value(row["p_value"]), number(row["estimate"], 4), p_value(row["p_adjusted"])),
        tests=(p_text(row["p_value"]), f"adjusted {p_text(row['p_adjusted'])}"),
        decision=_decision(note, float(row["estimate"])),
    )


def _decision(note: str, level: float) -> str:
    if note.startswith(NOT_ESTIMABLE):
        return "Not estimable"
    if note.startswith("rejected"):
        return "Rejected"
    return "Not rejected" if level > 0 else "Not tested"
