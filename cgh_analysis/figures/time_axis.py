"""An axis of weeks with its milestone, and below it, arm by arm, the people followed at the planned visits."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from cgh_analysis.figures.legend import draw_marker
from cgh_analysis.figures.place import EDGE, LINE_MM, axes_at, widest, wrap, write, write_lines
from cgh_analysis.figures.style import DOUBLE, FAINT, ArmStyle
from cgh_analysis.figures.visits import weeks_text
from cgh_analysis.format import people
from cgh_analysis.labels import milestone_label
from cgh_analysis.study import Study

WEEKS = "Weeks since baseline"
STEPS = (28, 56, 91, 182, 364)
MARKER_MM, GAP_MM, BETWEEN_MM, LABEL_MM, RIGHT_MM = 3.0, 5.5, 0.6, 44.0, 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """The time axis: where its plot begins and how wide it is (mm), its last day, the planned days, the milestone."""

    left: float
    width: float
    last: float
    days: tuple[float, ...]
    milestone: float | None

    def place(self, day: float) -> float:
        """Return where a day stands on paper, in mm."""
        return self.left + day / self.last * self.width


def milestone_of(frame: pd.DataFrame, study: Study | None) -> float | None:
    """Return the milestone's day: the study's, else that of the first share resolved, else None."""
    if study and study.resolution:
        return float(study.resolution.milestone_days)
    days = frame.loc[frame["statistic"] == "resolved", "time"].dropna()
    return float(days.iloc[0]) if len(days) else None


def milestone_name(day: float) -> str:
    """Return '3 months (day 91)', or 'Day 45' where it is no whole months."""
    label = milestone_label(day)
    return f"Day {day:g}" if label.endswith("days") else f"{label} (day {day:g})"


def planned_days(study: Study | None, last: float) -> set[float]:
    """Return the days to name on an axis: the planned visits, without a study whole quarters or four weeks."""
    if study is not None:
        return {0.0, *(float(v.day) for v in study.visits if v.day <= last)}
    step = next((s for s in STEPS if last / s <= 7), STEPS[-1])
    return {float(day) for day in range(0, int(last) + 1, step)}


def apart(days: set[float], room: float) -> tuple[float, ...]:
    """Return days in order, of which none is closer than `room` to the one kept before it."""
    kept: list[float] = []
    for day in sorted(days):
        if not kept or day - kept[-1] >= room:
            kept.append(day)
    return tuple(kept)


def time_axis(
    times: pd.Series, followed: pd.DataFrame, styles: dict[str, ArmStyle], milestone: float | None
) -> TimeAxis:
    """Return the axis that holds all times, and leaves room at its left for the names of arms."""
    left = EDGE + MARKER_MM + widest([line for lines in _labels(styles).values() for line in lines]) + GAP_MM
    width = DOUBLE - EDGE - RIGHT_MM - left
    last = float(max(times.max(), followed["time"].max() if len(followed) else 0.0, 1.0))
    texts = [people(row, "estimate") for _, row in followed.iterrows()]
    room = (widest([*texts, "52"]) + BETWEEN_MM) / width * last
    named = {0.0, *followed["time"]} if len(followed) else planned_days(None, last)
    return TimeAxis(left=left, width=width, last=last, days=apart(named, room), milestone=milestone)


def draw_axes(figure: Figure, axis: TimeAxis, bottom: float, height: float) -> Axes:
    """Make axes of percentages over weeks, with the milestone as a dotted line that is named above them."""
    axes = axes_at(figure, axis.left, bottom, (axis.width, height))
    axes.set(xlim=(0, axis.last), ylim=(0, 102), xlabel=WEEKS)
    weeks_and_percent(axes, axis.days)
    if axis.milestone is not None and axis.milestone <= axis.last:
        mark_milestone(axes, axis.milestone)
        name = milestone_name(axis.milestone)
        write(figure, axis.place(axis.milestone), bottom + height + 1.6, name, ha="center")
    return axes


def weeks_and_percent(axes: Axes, days: tuple[float, ...]) -> None:
    """Name these days in weeks, and every 20 percent."""
    axes.xaxis.set_major_locator(FixedLocator(list(days)))
    axes.xaxis.set_major_formatter(FixedFormatter([weeks_text(day) for day in days]))
    axes.yaxis.set_major_locator(FixedLocator([0, 20, 40, 60, 80, 100]))


def mark_milestone(axes: Axes, day: float, *, colour: str = FAINT) -> None:
    """Draw the dotted line at the milestone."""
    axes.axvline(day, color=colour, linestyle=(0, (1, 1.5)), linewidth=0.9, zorder=0.5)


def followed_height(styles: dict[str, ArmStyle]) -> float:
    """Return the height of the table of people followed, in mm."""
    return LINE_MM * (1 + sum(map(len, _labels(styles).values()))) + 1.0


def write_followed(
    figure: Figure, followed: pd.DataFrame, styles: dict[str, ArmStyle], under: tuple[TimeAxis, float], head: str
) -> None:
    """Write who is followed at the days of the axis, each number below its day; `under` is the axis and the top."""
    axis, top = under
    write(figure, EDGE, top - LINE_MM / 2, head, weight="bold")
    top -= LINE_MM
    for arm, lines in _labels(styles).items():
        middle = top - LINE_MM * len(lines) / 2
        draw_marker(figure, styles[arm], EDGE + MARKER_MM / 2 - 0.3, middle)
        write_lines(figure, EDGE + MARKER_MM, top, lines)
        for _, row in followed.loc[(followed["group"] == arm) & followed["time"].isin(axis.days)].iterrows():
            write(figure, axis.place(row["time"]), middle, people(row, "estimate"), ha="center")
        top -= LINE_MM * len(lines)


def _labels(styles: dict[str, ArmStyle]) -> dict[str, list[str]]:
    return {arm: wrap(style.label, LABEL_MM) for arm, style in styles.items()}
