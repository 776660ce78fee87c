"""The milestone: shares resolved by it and mean days to resolution within it, by arm and method, and differences."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import NEUTRAL, Block, Line, Mark, limits_of
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.effects import contrast
from cgh_analysis.figures.place import wrap
from cgh_analysis.figures.rows import (
    chosen,
    ci_head,
    failures,
    frame_of,
    level_text,
    not_shown,
    nothing,
    ordered,
    p_text,
    reason,
)
from cgh_analysis.figures.style import ArmStyle, styled, styles_of
from cgh_analysis.format import MISSING, estimate_ci, people, print_factor
from cgh_analysis.labels import milestone_label, short_method
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "The milestone"
ESTIMATORS = ("milestone", "rmst")
LABELS_MM = (44.0, 44.0)
FOOT = "Kaplan-Meier takes the day of a visit for that of the resolution and is shown for comparison."
# the statistic of an arm, that of a difference, what they are called, their unit and that of the difference
PARTS = (
    ("resolved", "resolved_difference", "Resolved by", "resolved, %", "percentage points"),
    ("rmst", "rmst_difference", "Mean days to resolution within", "days", "days"),
)


def milestone(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the share resolved by the milestone, and the mean days to resolution within it, by arm and method.

    Below each its differences between arms, first-named less second. Methods stand under each other, so that what
    counting from the day of the visit does to a number is seen beside those that know only the interval.

    >>> from cgh_analysis.results import rows as make
    >>> share = {"group": "sham", "statistic": "resolved", "time": 91, "estimate": 0.4}
    >>> milestone(make([share])).axes[0].get_xlabel()
    'resolved, %'
    """
    frame = frame_of(rows)
    found = _rows(frame)
    if found["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(found, failures(frame, ESTIMATORS, study)))
    styles = styles_of(found, study)
    blocks = [block for part in PARTS for block in _blocks(found, part, styles, study)]
    compared = FOOT if found["method"].str.contains("Kaplan").any() else ""
    with styled():
        foot = f"{compared} {not_shown(found)}".strip()
        return draw_blocks([((), blocks)], title=TITLE, foot=foot, label_caps=LABELS_MM)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    found = _rows(frame)
    level = level_text(found)
    told = "; ".join([*ordered(found["method"]), *([f"{level} confidence limits"] if level else [])])
    return (
        "Share resolved by the milestone and mean days to resolution within it (restricted mean time), by arm and "
        f"method, with differences of the first-named arm less the second.{f' {told}.' if told else ''}"
    )


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of both parts, each number once: an analysis of curves may give a share that another one gives too."""
    found = chosen(frame, [name for part in PARTS for name in part[:2]])
    same = found.assign(method=found["method"].map(short_method), estimate=found["estimate"].round(9))
    return found.loc[~same.duplicated(["method", "group", "reference", "time", "statistic", "estimate"])]


def _blocks(
    found: pd.DataFrame, part: tuple[str, ...], styles: dict[str, ArmStyle], study: Study | None
) -> list[Block]:
    arms, differences, name, unit, difference_unit = part
    blocks = []
    of_part = found.loc[found["statistic"].isin([arms, differences])]
    for day, rows in of_part.groupby("time", sort=True, dropna=False):
        label = milestone_label(float(str(day))) if pd.notna(day) else "the milestone"
        of_arms, of_pairs = (rows.loc[rows["statistic"] == s] for s in (arms, differences))
        if len(of_arms):
            blocks.append(_arm_block(of_arms, f"{name} {label}", unit, styles))
        if len(of_pairs):
            blocks.append(_pair_block(of_pairs, f"{name} {label}: difference", difference_unit, study))
    return blocks


def _arm_block(rows: pd.DataFrame, heading: str, unit: str, styles: dict[str, ArmStyle]) -> Block:
    lines: list[Line] = []
    for arm in [a for a in styles if (rows["group"] == a).any()]:
        own = rows.loc[rows["group"] == arm]
        names = _over_lines(styles[arm].label, len(own))
        marks = [_mark(row, (estimate_ci(row), people(row)), styles[arm]) for _, row in own.iterrows()]
        lines += _lines(names, own, marks, rule=bool(lines))
    share = rows["statistic"].iloc[0] == "resolved"
    limits = (0.0, 100.0) if share else limits_of(lines)
    heads = (f"{'Resolved, %' if share else 'Days'}{ci_head(rows)}", "n")
    return Block(heading=heading, lines=tuple(lines), heads=heads, unit=unit, limits=limits)


def _pair_block(rows: pd.DataFrame, heading: str, unit: str, study: Study | None) -> Block:
    lines: list[Line] = []
    for a, b in dict.fromkeys(zip(rows["group"], rows["reference"], strict=True)):
        own = rows.loc[(rows["group"] == a) & (rows["reference"] == b)]
        names = _over_lines(contrast(own.iloc[0], study), len(own))
        marks = [_mark(row, (estimate_ci(row), _p(row)), NEUTRAL) for _, row in own.iterrows()]
        lines += _lines(names, own, marks, rule=bool(lines))
    heads = (f"Difference{ci_head(rows)}", "Adjusted p" if rows["p_adjusted"].notna().any() else "p")
    limits = limits_of(lines, null=0.0)
    return Block(heading=heading, lines=tuple(lines), heads=heads, unit=unit, null=0.0, limits=limits)


def _over_lines(name: str, lines: int) -> list[str]:
    """Spread a name that is broken over the lines that it stands beside; what is left over goes to the last one."""
    broken = wrap(name, LABELS_MM[0])
    return [*broken[: lines - 1], *[""] * (lines - 1 - len(broken)), " ".join(broken[lines - 1 :])][:lines]


def _lines(names: list[str], rows: pd.DataFrame, marks: list[Mark], *, rule: bool) -> list[Line]:
    """One line a method; a hairline runs above the first of them where another arm comes before it."""
    methods = [short_method(str(method)) for method in rows["method"]]
    methods = methods if len(set(methods)) == len(methods) else list(rows["method"])
    return [
        Line(labels=(name, method), marks=(mark,), rule=rule and k == 0)
        for k, (name, method, mark) in enumerate(zip(names, methods, marks, strict=True))
    ]


def _mark(row: pd.Series, cells: tuple[str, ...], style: ArmStyle) -> Mark:
    factor = print_factor(str(row["statistic"]))
    low, high = factor * row["conf_low"], factor * row["conf_high"]
    return Mark(estimate=factor * row["estimate"], low=low, high=high, cells=cells, style=style)


def _p(row: pd.Series) -> str:
    p = row["p_value"] if pd.isna(row["p_adjusted"]) else row["p_adjusted"]
    return MISSING if pd.isna(p) else p_text(p).removeprefix("p").removeprefix("=")
