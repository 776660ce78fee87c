"""Change in range of motion at the primary visit against the minimal detectable change (MDC)."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import Block, Line, Mark, limits_of
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.effects import primary_day
from cgh_analysis.figures.rom import MOVEMENTS
from cgh_analysis.figures.rows import chosen, ci_head, frame_of, not_shown, nothing, ordered, reason, told
from cgh_analysis.figures.style import ArmStyle, styled, styles_of
from cgh_analysis.format import MISSING, estimate_ci, number, people
from cgh_analysis.labels import day_label, instrument, short_label, unit, with_unit
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Change in range of motion"
FOOT = (
    "Grey: change within the minimal detectable change (MDC). "
    "Beyond MDC: people whose change for the better exceeds it."
)


def rom_change(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the mean change from baseline by direction and arm, with the share of people who changed more than the MDC.

    The grey zone is the minimal detectable change to both sides of 0: a change within it may be measurement error.
    Other outcomes are drawn only if the rows have no change in range of motion.

    >>> from cgh_analysis.results import rows as make
    >>> change = {"analysis": "change", "outcome": "frt_left_deg", "group": "sham", "time": 84, "statistic": "mean"}
    >>> rom_change(make([{**change, "estimate": 8.0}])).axes[0].get_xlabel()
    'change (deg)'
    """
    changes = _changes(frame_of(rows), study)
    means = changes.loc[changes["statistic"] == "mean"]
    if means["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(means))
    styles = styles_of(changes, study)
    units = means["outcome"].map(lambda o: unit(o, study))
    blocks = [
        _block(changes.loc[changes["outcome"].isin(means.loc[units == u, "outcome"])], styles, study)
        for u in ordered(units)
    ]
    with styled():
        return draw_blocks(
            [((), blocks)], title=TITLE, foot=f"{FOOT} {not_shown(means)}".strip(), label_caps=(36.0, 50.0)
        )


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the figure shows."""
    changes = _changes(frame, study)
    means = changes.loc[changes["statistic"] == "mean"]
    when = f" at {day_label(means['time'].iloc[0], study).lower()}" if len(means) else ""
    return (
        f"Mean change from baseline{when} by direction and arm.{told(means)} The grey zone is the minimal detectable "
        "change (MDC) of the measurement; the last column is the percentage of people whose change for the better "
        "exceeds it."
    )


def _changes(frame: pd.DataFrame, study: Study | None) -> pd.DataFrame:
    """Return the rows of change at one visit: the primary one if they have it, else the last."""
    changes = chosen(frame.loc[frame["analysis"] == "change"], ("mean", "percent"))
    movements = changes.loc[changes["outcome"].isin(MOVEMENTS)]
    kept = movements if len(movements) else changes
    day = primary_day(study)
    return kept.loc[kept["time"] == (day if (kept["time"] == day).any() else kept["time"].max())]


def _block(changes: pd.DataFrame, styles: dict[str, ArmStyle], study: Study | None) -> Block:
    means = changes.loc[changes["statistic"] == "mean"]
    lines = [line for outcome in ordered(means["outcome"]) for line in _lines(changes, outcome, styles, study)]
    limits = ci_head(means)
    zones = [m.zone for line in lines for m in line.marks if m.zone is not None]
    low, high = limits_of(lines, null=0.0)
    reach = 1.15 * max(zones, default=0.0)
    return Block(
        heading=f"Change from baseline to {day_label(means['time'].iloc[0], study).lower()}",
        lines=tuple(lines),
        heads=(f"Mean{limits}", "n", f"% beyond MDC{limits}"),
        unit=with_unit("change", unit(str(means["outcome"].iloc[0]), study)),
        null=0.0,
        limits=(min(low, -reach), max(high, reach)),
    )


def _lines(changes: pd.DataFrame, outcome: str, styles: dict[str, ArmStyle], study: Study | None) -> list[Line]:
    part = changes.loc[changes["outcome"] == outcome]
    known = instrument(outcome, study)
    mdc = known.mdc if known else None
    names = [short_label(outcome, study), f"MDC {number(mdc, 1)}" if mdc is not None else ""]
    arms = [arm for arm in styles if (part["group"] == arm).any()]
    lines = []
    for k, arm in enumerate(arms):
        label = names[k] if k < len(names) else ""
        mark = _mark(part.loc[part["group"] == arm], styles[arm], mdc)
        lines.append(Line(labels=(label, styles[arm].label), marks=(mark,), rule=k == 0))
    return lines


def _mark(part: pd.DataFrame, style: ArmStyle, mdc: float | None) -> Mark:
    mean = part.loc[part["statistic"] == "mean"]
    share = part.loc[part["statistic"] == "percent"]
    beyond = estimate_ci(share.iloc[0]) if len(share) else MISSING
    if mean.empty:
        return Mark(
            estimate=math.nan, low=math.nan, high=math.nan, cells=(MISSING, MISSING, beyond), style=style, zone=mdc
        )
    row = mean.iloc[0]
    return Mark(
        estimate=row["estimate"],
        low=row["conf_low"],
        high=row["conf_high"],
        cells=(estimate_ci(row), people(row), beyond),
        style=style,
        zone=mdc,
    )
