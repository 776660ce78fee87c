"""Competing events: how many have resolved, and how many had something else first, stacked over time by arm."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.patches import Layer, layers
from cgh_analysis.figures.rows import chosen, failures, frame_of, not_shown, nothing, ordered, p_text, reason, told
from cgh_analysis.figures.stacked import BEYOND, REST, Stack, draw_stacked, hidden_rest
from cgh_analysis.figures.style import styled, styles_of
from cgh_analysis.figures.time_axis import milestone_of, planned_days
from cgh_analysis.labels import milestone_label, words
from cgh_analysis.results import SUPPRESSED, Result
from cgh_analysis.study import Study

TITLE = "Resolution and competing events"
ESTIMATORS = ("cumulative_incidence",)
FREE = "Headache, and none of these"
NOT_ALL = "None of these, or an event of too few to show"


def competing_events(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw cumulative incidences of all causes on top of each other, one panel an arm; what is left had no event.

    Each is the share that had this event first (Aalen and Johansen 1978), so that they sum to 100% with those who had
    none. An event that too few had is held back: it is then part of what is left.

    >>> from cgh_analysis.results import rows as make
    >>> step = {"outcome": "resolution", "group": "sham", "statistic": "cumulative_incidence"}
    >>> competing_events(make([{**step, "time": day, "estimate": day / 200} for day in (0, 91)])).get_label()
    'Resolution and competing events'
    """
    frame = frame_of(rows)
    found = _first(frame)
    if found["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(found, failures(frame, ESTIMATORS, study)))
    causes = ordered(found["outcome"])
    hidden = found["note"].str.startswith(SUPPRESSED).any()
    rest = hidden_rest(NOT_ALL) if hidden else Layer(id=REST, label=FREE, colour="#e9e9e9")
    last = BEYOND * float(max(found["time"].max(), 1.0))
    stack = Stack(
        layers=layers(causes),
        rest=rest,
        days=planned_days(study, last),
        milestone=milestone_of(frame, study),
        title=TITLE,
        ylabel="Had this event first (%)",
        foot=_foot(frame, found),
        last=last,
        growing=True,
    )
    with styled():
        return draw_stacked(found, styles_of(found, study), stack, lambda _: "")


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    day = milestone_of(frame, study)
    mark = f" The dotted line marks {milestone_label(day)}." if day is not None else ""
    return (
        f"Cumulative incidence of resolution and of competing events by arm, stacked.{told(_first(frame))} Above "
        f"them are those who had no event yet.{mark}"
    )


def _first(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first analysis with cumulative incidences."""
    found = chosen(frame, ("cumulative_incidence",))
    known = ordered(found.loc[found["estimate"].notna(), "analysis"]) or ordered(found["analysis"])
    return found.loc[found["analysis"] == known[0]] if known else found


def _foot(frame: pd.DataFrame, found: pd.DataFrame) -> str:
    tests = chosen(frame, ("gray",))
    of_all = tests.loc[(tests["group"] == "") & tests["p_value"].notna()]
    each = "; ".join(f"{words(row['outcome']).lower()} {p_text(row['p_value'])}" for _, row in of_all.iterrows())
    tested = f"Gray's test of all arms: {each}." if each else ""
    return f"{tested} {not_shown(found)}".strip()
