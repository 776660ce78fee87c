"""Which state people are in over time: headache, resolved, back again, or under another treatment."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.patches import layers
from cgh_analysis.figures.rows import (
    chosen,
    ci_head,
    failures,
    frame_of,
    not_shown,
    nothing,
    ordered,
    reason,
    told,
    why_blank,
)
from cgh_analysis.figures.stacked import BEYOND, Stack, draw_stacked, hidden_rest
from cgh_analysis.figures.style import styled, styles_of
from cgh_analysis.figures.time_axis import milestone_of, planned_days
from cgh_analysis.format import estimate_ci
from cgh_analysis.labels import milestone_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "States over time"
ESTIMATORS = ("state_occupation",)
FREE, START = "resolved", "headache"


def state_occupation(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the share of people in each state on top of each other over time, one panel an arm.

    Mean days in the state without headache (statistic days_in_state) stand beside an arm's name. States that too few
    are in are held back on that day, and so hatched.

    >>> from cgh_analysis.results import rows as make
    >>> state = {"group": "sham", "statistic": "state_occupation", "time": 0}
    >>> both = [{**state, "outcome": "headache", "estimate": 0.9}, {**state, "outcome": "resolved", "estimate": 0.1}]
    >>> state_occupation(make(both)).get_label()
    'States over time'
    """
    frame = frame_of(rows)
    found = chosen(frame, ("state_occupation",))
    if found["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(found, failures(frame, ESTIMATORS, study)))
    found = found.loc[found["analysis"] == found.loc[found["estimate"].notna(), "analysis"].iloc[0]]
    # who is free of headache lies at the bottom, where a share can be read off
    states = [s for s in ordered(found["outcome"]) if s not in (FREE, START)]
    there = [s for s in (FREE, *states, START) if s in set(found["outcome"])]
    rest = None if found["estimate"].notna().all() else hidden_rest("Not shown")
    last = BEYOND * float(max(found["time"].max(), 1.0))
    stack = Stack(
        layers=layers(there),
        rest=rest,
        days=planned_days(study, last),
        milestone=milestone_of(frame, study),
        title=TITLE,
        ylabel="In this state (%)",
        foot=not_shown(found),
        last=last,
    )
    days = chosen(frame, ("days_in_state",))
    with styled():
        return draw_stacked(found, styles_of(found, study), stack, lambda arm: _days_free(days, arm))


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    found = chosen(frame, ("state_occupation", "days_in_state"))
    day = milestone_of(frame, study)
    mark = f" The dotted line marks {milestone_label(day)}." if day is not None else ""
    return (
        f"Share of people in each state over time by arm, stacked, with mean days free of headache.{told(found)}{mark}"
    )


def _days_free(days: pd.DataFrame, arm: str) -> str:
    """The mean days free of headache of an arm, and up to which day they are counted."""
    own = days.loc[(days["group"] == arm) & (days["outcome"] == FREE)]
    if own.empty:
        return ""
    row = own.iloc[0]
    until = f" of {row['time']:g}" if pd.notna(row["time"]) else ""
    text = why_blank(row) if pd.isna(row["estimate"]) else estimate_ci(row)
    return f"Mean days free of headache{until}{ci_head(own)}: {text}"
