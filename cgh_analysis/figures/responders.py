"""Responders by arm, and differences between arms with the number needed to treat (NNT)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import NEUTRAL, Block, Line, Mark, limits_of
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.effects import at_visit, contrast, effect_name, favours
from cgh_analysis.figures.rows import chosen, ci_head, frame_of, not_shown, nothing, reason, told
from cgh_analysis.figures.style import ArmStyle, styled, styles_of
from cgh_analysis.format import MISSING, blank, estimate_ci, number
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Responders"
FOOT = "NNT: people to treat with the first-named arm for one more responder than in the other (harm: one fewer)."
KEY = ["analysis", "outcome", "time"]


def responders(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the share of responders by arm and its differences between arms, each definition of a response by itself.

    Shares are those of the rows (standardised where the analysis has covariates); the counts beside them are crude.

    >>> from cgh_analysis.results import rows as make
    >>> risk = {"analysis": "half", "outcome": "ndi", "group": "sham", "statistic": "risk", "estimate": 0.4}
    >>> responders(make([risk])).axes[0].get_xlabel()
    'responders, %'
    """
    found = chosen(frame_of(rows), ("risk", "risk_difference", "nnt"))
    risks = found.loc[found["statistic"] == "risk"]
    if risks["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(risks))
    styles = styles_of(found, study)
    parts = [part for _, part in found.groupby(KEY, sort=False, dropna=False)]
    blocks = [block for part in parts for block in _blocks(part, styles, study)]
    drawn = found.loc[found["statistic"] != "nnt"]
    with styled():
        return draw_blocks([((), blocks)], title=TITLE, foot=f"{FOOT} {not_shown(drawn)}".strip(), label_caps=(58.0,))


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    found = chosen(frame, ("risk", "risk_difference"))
    return (
        f"Percentage of responders by arm, and differences between arms in percentage points with the number needed to "
        f"treat (NNT).{told(found)} Where the interval of a difference includes 0, the NNT has no interval."
    )


def _blocks(part: pd.DataFrame, styles: dict[str, ArmStyle], study: Study | None) -> list[Block]:
    risks = part.loc[part["statistic"] == "risk"]
    differences = part.loc[part["statistic"] == "risk_difference"]
    limits = ci_head(part)
    blocks = [
        Block(
            heading=f"{effect_name(part.iloc[0], study)}{at_visit(part, study)}",
            lines=tuple(_risk_line(row, styles[row["group"]]) for _, row in risks.iterrows()),
            heads=(f"Responders, %{limits}", "Responders / n"),
            unit="responders, %",
            limits=(0.0, 100.0),
        )
    ]
    if len(differences):
        nnt = part.loc[part["statistic"] == "nnt"]
        lines = tuple(_difference_line(row, nnt, study) for _, row in differences.iterrows())
        blocks.append(
            Block(
                heading=f"Difference{favours(differences, study)}",
                lines=lines,
                heads=(f"Difference{limits}", f"NNT{limits}"),
                unit="percentage points",
                null=0.0,
                limits=limits_of(lines, null=0.0),
            )
        )
    return blocks


def _mark(row: pd.Series, second: str, style: ArmStyle = NEUTRAL) -> Mark:
    values = {"estimate": 100 * row["estimate"], "low": 100 * row["conf_low"], "high": 100 * row["conf_high"]}
    return Mark(**values, cells=(estimate_ci(row), second), style=style)


def _risk_line(row: pd.Series, style: ArmStyle) -> Line:
    held_back = pd.isna(row["events"]) or pd.isna(row["n"])
    crude = blank(str(row["note"])) if held_back else f"{number(row['events'], 0)}/{number(row['n'], 0)}"
    return Line(labels=(style.label,), marks=(_mark(row, crude, style),))


def _difference_line(row: pd.Series, nnt: pd.DataFrame, study: Study | None) -> Line:
    same = nnt.loc[(nnt["group"] == row["group"]) & (nnt["reference"] == row["reference"])]
    text = estimate_ci(same.iloc[0]) if len(same) else MISSING
    harm = f"harm: {text}" if row["estimate"] < 0 and text[:1].isdigit() else text
    return Line(labels=(contrast(row, study),), marks=(_mark(row, harm),))
