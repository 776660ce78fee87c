"""Time to resolution: who still has headache by arm, who is followed, what is read off at the milestone and the median.

Drawn is the nonparametric maximum likelihood estimate of interval-censored times where the rows have one, else the
curve of Kaplan and Meier that takes the day of a visit for that of the resolution.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.key_table import draw_key, key_height, key_rows
from cgh_analysis.figures.place import EDGE, foot_height, foot_lines, write_foot
from cgh_analysis.figures.rows import (
    chosen,
    failures,
    frame_of,
    level_text,
    not_shown,
    nothing,
    ordered,
    p_text,
    reason,
    told,
)
from cgh_analysis.figures.style import DOUBLE, canvas, styled, styles_of
from cgh_analysis.figures.survival_lines import draw_behind, draw_npmle, draw_steps
from cgh_analysis.figures.time_axis import (
    draw_axes,
    followed_height,
    milestone_of,
    time_axis,
    write_followed,
)
from cgh_analysis.labels import milestone_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Time to resolution"
ESTIMATORS = ("turnbull", "kaplan_meier")
OUTCOMES = ("resolution", "")
LEFT_OPEN = (
    " Boxes are what the visits leave open: within one the curve may fall at any time. Where visits of other people "
    "close them, the limits say how little is known between rounds of visits."
)
MERGED = "Steps are merged to protect people; the numbers above are of the unmerged curve."
BOXES = "Boxes: within them the data do not say when the curve falls."
BEHIND = "Thin steps: Kaplan-Meier, by the day of the visit."
PLOT_MM, ABOVE_MM, AXIS_MM = 60.0, 6.5, 9.2


def resolution(rows: Result | pd.DataFrame, study: Study | None = None, *, kaplan_meier: bool = False) -> Figure:
    """Draw who still has headache over time by arm, with the numbers followed at the planned visits.

    Interval-censored curves (statistic npmle_survival; Turnbull 1976) are flat between boxes; in a box it is not known
    when they fall. `kaplan_meier` draws the curves by the day of the visit behind them; where the rows have no others,
    those are drawn (Kaplan and Meier 1958). Each curve ends with its last row, or at the last planned visit at which
    somebody of the arm was followed. Bands are limits at each time. Of several analyses the first one is drawn.

    >>> from cgh_analysis.results import rows as make
    >>> step = {"analysis": "km", "group": "sham", "statistic": "survival"}
    >>> resolution(make([{**step, "time": 0, "estimate": 1}, {**step, "time": 30, "estimate": 0.5}])).get_label()
    'Time to resolution'
    """
    frame = frame_of(rows)
    curves = _curves(frame)
    if curves["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(curves, failures(frame, ESTIMATORS, study)))
    behind = _by_visit(frame) if kaplan_meier and _by_interval(curves) else frame.iloc[:0]
    with styled():
        return _draw(frame, curves, behind, study)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    curves = _curves(frame)
    day = milestone_of(frame, study)
    mark = f" The dotted line marks {milestone_label(day)}." if day is not None else ""
    boxes = LEFT_OPEN if _boxed(curves) else ""
    followed = "under observation" if _by_interval(curves) else "at risk"
    return (
        f"People still with headache over time by arm.{told(curves)} Shaded bands are limits at each time; the "
        f"numbers {followed} stand below the planned visits.{boxes}{mark}"
    )


def _curves(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first analysis with a curve, interval-censored ones first."""
    both = (chosen(frame, ("npmle_survival",)), _by_visit(frame))
    for found in both:
        known = ordered(found.loc[found["estimate"].notna(), "analysis"]) or [""]
        if found["estimate"].notna().any():
            return found.loc[found["analysis"] == known[0]]
    return pd.concat(both)


def _by_visit(frame: pd.DataFrame) -> pd.DataFrame:
    """Kaplan-Meier curves of resolution: a plan has those of other events too, such as a relief that ends."""
    found = chosen(frame, ("survival",))
    return found.loc[found["outcome"].isin(OUTCOMES) | (found["analysis"] == "")]


def _by_interval(curves: pd.DataFrame) -> bool:
    return bool((curves["statistic"] == "npmle_survival").any())


def _boxed(curves: pd.DataFrame) -> bool:
    return _by_interval(curves) and bool(curves["estimate"].notna().any())


def _test(frame: pd.DataFrame, by_interval: bool) -> str:
    """The log-rank test of all arms that belongs to the curves: of intervals, or of days."""
    everybody = frame["group"] + frame["reference"] + frame["subgroup"] == ""
    of_resolution = frame["outcome"].isin(OUTCOMES)
    tests = frame.loc[(frame["statistic"] == "logrank") & everybody & of_resolution & frame["p_value"].notna()]
    of_intervals = tests["method"].str.contains("interval", case=False)
    same = tests.loc[of_intervals == by_interval]
    name = "Interval-censored log-rank test" if by_interval else "Log-rank test"
    return f"{name} of all arms: {p_text(same['p_value'].iloc[0])}." if len(same) else ""


def _foot(frame: pd.DataFrame, curves: pd.DataFrame, behind: pd.DataFrame) -> str:
    level = level_text(curves)
    bands = f"Shaded: {level} confidence limits at each time." if level else ""
    after = curves["time"] > curves.groupby("group")["time"].transform("min")
    events = curves.loc[after & curves["estimate"].notna(), "events"]
    merged = MERGED if len(events) and events.isna().all() else ""
    boxes = BOXES if _by_interval(curves) else ""
    drawn_behind = BEHIND if len(behind) else ""
    parts = (bands, boxes, drawn_behind, merged, _test(frame, _by_interval(curves)), not_shown(curves))
    return " ".join(part for part in parts if part)


def _draw(frame: pd.DataFrame, curves: pd.DataFrame, behind: pd.DataFrame, study: Study | None) -> Figure:
    of_analysis = (frame["analysis"] == curves["analysis"].iloc[0]) & (frame["subgroup"] == "")
    analysis = frame.loc[of_analysis]
    followed = analysis.loc[analysis["statistic"] == "n_risk"]
    styles, milestone = styles_of(curves, study), milestone_of(analysis, study)
    key, notes = key_rows(analysis, styles, milestone), foot_lines(_foot(frame, curves, behind), DOUBLE)
    table = followed_height(styles) if len(followed) else 0.0
    height = 2 * EDGE + key_height(key) + ABOVE_MM + PLOT_MM + AXIS_MM + table + foot_height(notes)
    figure = canvas(DOUBLE, height)
    figure.set_label(TITLE)
    draw_key(figure, key, list(styles.values()), (EDGE, height - EDGE))
    write_foot(figure, notes)
    axis = time_axis(pd.concat([curves["time"], behind["time"]]), followed, styles, milestone)
    bottom = height - EDGE - key_height(key) - ABOVE_MM - PLOT_MM
    axes = draw_axes(figure, axis, bottom, PLOT_MM)
    axes.set_ylabel("Still with headache (%)")
    draw_curve = draw_npmle if _by_interval(curves) else draw_steps
    for arm, style in styles.items():
        own = behind.loc[behind["group"] == arm]
        if len(own):
            draw_behind(axes, own, style)
        planned = followed.loc[(followed["group"] == arm) & (followed["estimate"] > 0), "time"]
        draw_curve(axes, curves.loc[curves["group"] == arm], style, planned.max() if len(planned) else 0.0)
    if len(followed):
        head = "Under observation" if _by_interval(curves) else "At risk"
        write_followed(figure, followed, styles, (axis, bottom - AXIS_MM), head)
    return figure
