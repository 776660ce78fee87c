"""The primary comparisons in a sentence each, for the head of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgh_analysis.format import estimate_ci, p_value
from cgh_analysis.labels import PROCEDURES, column_label, day_label
from cgh_analysis.report.hypotheses import decisions_in_words
from cgh_analysis.results import CONTRASTS, STATISTICS, Result
from cgh_analysis.study import Study


def summary(released: Result, study: Study) -> list[str]:
    """Return a sentence for each comparison of a primary analysis, and one for what was decided across the plan."""
    primary = {a.id for a in study.analyses if a.primary}
    frame = released.frame
    chosen = frame.loc[frame["analysis"].isin(primary) & frame["statistic"].isin(CONTRASTS) & (frame["subgroup"] == "")]
    return [*(_sentence(row, study) for row in chosen.to_dict("records")), *decisions_in_words(released, study)]


def _sentence(row: Mapping[Any, Any], study: Study) -> str:
    arms = study.arm_labels
    pair = f"{arms[row['group']]} against {arms[row['reference']]}"
    where = f" at {day_label(row['time'], study).lower()}" if row["time"] == row["time"] else ""
    what = f"{column_label(row['outcome'], study)}{where}" if row["outcome"] else "Time to resolution"
    if row["note"]:
        return f"{what}, {pair}: {row['note']}."
    label = STATISTICS[row["statistic"]].label.lower()
    level = f"{100 * row['conf_level']:g}% CI"
    return f"{what}, {pair}: {label} {estimate_ci(row)} ({level} in brackets), {_p(row, study)}."


def _p(row: Mapping[Any, Any], study: Study) -> str:
    """The p-value, and by which name it is adjusted for the comparisons of several arms, as the interval is not."""
    line = next(a for a in study.analyses if a.id == row["analysis"])
    adjusted = row["p_adjusted"] == row["p_adjusted"] and line.multiplicity != "none" and len(study.arms) > 2
    p = p_value(row["p_adjusted"] if adjusted else row["p_value"])
    compared = f"{p[0]} {p[1:]}" if p[0] in "<>" else f"= {p}"
    return f"p {compared}{f' ({PROCEDURES[line.multiplicity]})' if adjusted else ''}"
