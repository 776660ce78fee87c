"""The primary comparisons in a sentence each, for the head of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgh_analysis.format import estimate_ci, p_value
from cgh_analysis.results import CONTRASTS, STATISTICS, Result
from cgh_analysis.study import Study


def summary(released: Result, study: Study) -> list[str]:
    """Return one sentence for each comparison of a primary analysis, in the order of the plan."""
    primary = {a.id for a in study.analyses if a.primary}
    frame = released.frame
    chosen = frame.loc[frame["analysis"].isin(primary) & frame["statistic"].isin(CONTRASTS) & (frame["subgroup"] == "")]
    return [_sentence(row, study) for row in chosen.to_dict("records")]


def _sentence(row: Mapping[Any, Any], study: Study) -> str:
    arms = study.arm_labels
    pair = f"{arms[row['group']]} against {arms[row['reference']]}"
    where = f" at {study.visit_title(row['time']).lower()}" if row["time"] == row["time"] else ""
    what = f"{study.label(row['outcome'])}{where}" if row["outcome"] else "Time to resolution"
    if row["note"]:
        return f"{what}, {pair}: {row['note']}."
    p = row["p_adjusted"] if row["p_adjusted"] == row["p_adjusted"] else row["p_value"]
    label = STATISTICS[row["statistic"]].label.lower()
    level = f"{100 * row['conf_level']:g}% CI"
    return f"{what}, {pair}: {label} {estimate_ci(row)} ({level} in brackets), p = {p_value(p)}.".replace("= <", "< ")
