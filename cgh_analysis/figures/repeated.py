"""Outcomes over visits by a model: adjusted means of the arms, and below them their differences from the reference."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.rows import chosen, frame_of, level_text, not_shown, nothing, reason, told
from cgh_analysis.figures.style import arm_styles, styled, styles_of
from cgh_analysis.figures.visits import draw_courses
from cgh_analysis.labels import arm_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Adjusted outcomes over visits"


def repeated(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw adjusted means over visits by arm, and each arm's difference from the reference arm below them.

    >>> from cgh_analysis.results import rows as make
    >>> mean = {"analysis": "a", "outcome": "ndi", "group": "sham", "statistic": "marginal_mean"}
    >>> repeated(make([{**mean, "time": day, "estimate": 20 - day / 14} for day in (28, 84)])).get_label()
    'Adjusted outcomes over visits'
    """
    frame = frame_of(rows)
    means = _over_visits(chosen(frame, ("marginal_mean",)))
    if means["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(means))
    apart = _differences(frame, study)
    with styled():
        return draw_courses(
            means,
            styles_of(means, study),
            title=TITLE,
            foot=_foot(means, apart, study),
            study=study,
            differences=apart if apart["estimate"].notna().any() else None,
        )


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    means = _over_visits(chosen(frame, ("marginal_mean",)))
    apart = _differences(frame, study)
    below = f" Below them each arm less {_reference(apart, study)}." if len(apart) else ""
    return (
        f"Adjusted means over visits by arm; vertical lines are their intervals.{below}{told(means)} "
        "The numbers below each panel are the people behind each mean."
    )


def _over_visits(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[rows.groupby(["analysis", "outcome"])["time"].transform("nunique") > 1]


def _differences(frame: pd.DataFrame, study: Study | None) -> pd.DataFrame:
    """Differences from the reference arm, the study's or the one that is named first."""
    apart = _over_visits(chosen(frame, ("mean_difference",)))
    first = next(iter(arm_styles(frame, study)), "")
    return apart.loc[apart["reference"] == first]


def _reference(apart: pd.DataFrame, study: Study | None) -> str:
    label = arm_label(str(apart["reference"].iloc[0]), study)
    return f"{label[:1].lower()}{label[1:]}"


def _foot(means: pd.DataFrame, apart: pd.DataFrame, study: Study | None) -> str:
    level = level_text(means)
    limits = f", lines {level} confidence intervals" if level else ""
    below = f" Below: difference from {_reference(apart, study)}." if len(apart) else ""
    missing = not_shown(pd.concat([means, apart]))
    return f"Points are adjusted means{limits}; n is the number of people behind a mean.{below} {missing}".strip()
