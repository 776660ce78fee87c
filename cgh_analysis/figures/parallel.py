"""Resolution in parallel with the cervical lesion (ICHD-3), and within three months of treatment (ICHD-2)."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import Block, Line, Mark
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.rows import chosen, failures, frame_of, not_shown, nothing, ordered, reason, told, why_blank
from cgh_analysis.figures.style import ArmStyle, styled, styles_of
from cgh_analysis.format import MISSING, estimate, estimate_ci, people
from cgh_analysis.labels import milestone_label, parallel_bound, words
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Resolution by the diagnostic criteria"
ESTIMATORS = ("parallel_resolution",)
NAMES = {"ichd3_parallel": "ICHD-3: headache and lesion in parallel", "ichd2_three_months": "ICHD-2: within 3 months"}
FOOT = (
    "Pale bars, and the range, run from those of whom it is certain to those of whom it is possible, given the days of "
    "their visits; lines are {}."
)
LIMITS = {True: "limits of the estimates, which are the markers", False: "limits of both"}
NO_ROW = pd.Series({"estimate": math.nan, "conf_low": math.nan, "conf_high": math.nan})
NOBODY = Mark(estimate=math.nan, low=math.nan, high=math.nan, cells=(MISSING,))


def parallel(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the shares that resolved as either edition of the criteria asks, side by side by arm.

    The methods of the rows say which is which: "certain" and "possible" are the shares of those of whom the visits
    leave no doubt, and of whom they leave it open; any other is an estimate.

    >>> from cgh_analysis.results import rows as make
    >>> share = {"group": "sham", "outcome": "ichd3_parallel", "statistic": "parallel_share", "estimate": 0.4}
    >>> parallel(make([share])).axes[0].get_xlabel()
    'resolved, %'
    """
    frame = frame_of(rows)
    found = chosen(frame, ("parallel_share",))
    if found["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(found, failures(frame, ESTIMATORS, study)))
    known = ordered(found["outcome"])
    outcomes = [name for name in NAMES if name in known] + [name for name in known if name not in NAMES]
    lines = tuple(_line(found, outcomes, arm, style) for arm, style in styles_of(found, study).items())
    block = Block(heading=_heading(found), lines=lines, heads=(), unit="resolved, %", limits=(0.0, 100.0))
    titles = tuple(NAMES.get(name, words(name)) for name in outcomes)
    with styled():
        estimated = (found["method"].map(parallel_bound) == "estimate").any()
        foot = f"{FOOT.format(LIMITS[bool(estimated)])} {not_shown(found)}".strip()
        return draw_blocks([(titles, [block])], title=TITLE, foot=foot, label_caps=(44.0,))


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    return (
        "Share of people whose headache resolved in parallel with the cervical lesion (ICHD-3, 11.2.1) and within "
        f"three months of treatment (ICHD-2), by arm.{told(chosen(frame, ('parallel_share',)))} Pale bars run from "
        "what is certain to what is possible, given that only the visits around a resolution are known."
    )


def _heading(found: pd.DataFrame) -> str:
    lags = found.loc[(found["outcome"] == "ichd3_parallel") & found["time"].notna(), "time"]
    within = f"; in parallel: no more than {milestone_label(lags.iloc[0])} apart" if len(lags) else ""
    return f"Share resolved{within}"


def _line(found: pd.DataFrame, outcomes: list[str], arm: str, style: ArmStyle) -> Line:
    own = found.loc[found["group"] == arm]
    return Line(labels=(style.label,), marks=tuple(_mark(own.loc[own["outcome"] == o], style) for o in outcomes))


def _mark(own: pd.DataFrame, style: ArmStyle) -> Mark:
    """An estimate with its limits, or where there is none, limits from the certain's lower to the possible's upper."""
    if own.empty:
        return NOBODY
    by = {parallel_bound(str(row["method"])): row for _, row in own.iterrows()}
    least, most = by.get("certain", NO_ROW), by.get("possible", NO_ROW)
    ends = (100 * least["estimate"], 100 * most["estimate"])
    row = by.get("estimate")
    low, high = (least["conf_low"], most["conf_high"]) if row is None else (row["conf_low"], row["conf_high"])
    return Mark(
        estimate=math.nan if row is None else 100 * row["estimate"],
        low=100 * low,
        high=100 * high,
        cells=(_text(by),),
        style=style,
        span=ends if all(map(math.isfinite, ends)) else None,
    )


def _text(by: dict[str, pd.Series]) -> str:
    """The numbers of a mark: the estimate, what is certain to what is possible, and of how many."""
    lines = []
    if "estimate" in by:
        row = by["estimate"]
        lines.append(why_blank(row) if pd.isna(row["estimate"]) else estimate_ci(row))
    if "certain" in by and "possible" in by:
        least, most = (why_blank(r) if pd.isna(r["estimate"]) else estimate(r) for r in (by["certain"], by["possible"]))
        lines.append(f"range {least} to {most}")
    return "\n".join([*lines[:-1], f"{lines[-1]}{_of_how_many(list(by.values()))}"]) if lines else MISSING


def _of_how_many(rows: list[pd.Series]) -> str:
    known = next((row for row in rows if pd.notna(row["n"])), None)
    return "" if known is None else f"; n={people(known)}"
