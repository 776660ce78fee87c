"""Outcomes over visits: observed means, or adjusted ones of a model for repeated outcomes."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.rows import chosen, frame_of, level_text, not_shown, nothing, reason, told
from cgh_analysis.figures.style import styled, styles_of
from cgh_analysis.figures.visits import draw_courses
from cgh_analysis.instruments import FLEXION_ROTATION, ROM_DIRECTIONS
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Outcomes over visits"


def course(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw means over visits by arm, one panel an outcome, with the number of people behind them.

    Means are the observed ones (analysis 'course') where the rows have them, else adjusted ones of several visits.
    Range of motion has its own figure, and is drawn here only if the rows have nothing else.

    >>> from cgh_analysis.results import rows as make
    >>> mean = {"analysis": "course", "outcome": "ndi", "group": "sham", "statistic": "mean"}
    >>> course(make([{**mean, "time": day, "estimate": 20 - day / 14} for day in (0, 84)])).get_label()
    'Outcomes over visits'
    """
    means = _outcomes(mean_rows(frame_of(rows)))
    if means["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(means))
    with styled():
        return draw_courses(means, styles_of(means, study), title=TITLE, foot=foot_of(means), study=study)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    means = _outcomes(mean_rows(frame))
    what = "Adjusted means" if _adjusted(means) else "Observed means"
    return (
        f"{what} over visits by arm; vertical lines are their intervals.{told(means)} "
        "The numbers below each panel are the people behind each mean."
    )


def mean_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the means over visits: those observed, or, where there are none, adjusted ones of several visits."""
    observed = chosen(frame.loc[frame["analysis"] == "course"], ("mean",))
    if len(observed):
        return observed
    adjusted = chosen(frame, ("marginal_mean",))
    return adjusted.loc[adjusted.groupby(["analysis", "outcome"])["time"].transform("nunique") > 1]


def foot_of(means: pd.DataFrame) -> str:
    """Return the foot note: what points and lines are, and what is not shown."""
    level = level_text(means)
    limits = f", lines {level} confidence intervals" if level else ""
    what = "adjusted" if _adjusted(means) else "observed"
    return f"Points are {what} means{limits}; n is the number of people behind a mean. {not_shown(means)}".strip()


def _adjusted(means: pd.DataFrame) -> bool:
    return bool((means["statistic"] == "marginal_mean").any())


def _outcomes(means: pd.DataFrame) -> pd.DataFrame:
    others = means.loc[~means["outcome"].isin((*ROM_DIRECTIONS, *FLEXION_ROTATION))]
    return others if len(others) else means
