"""Forest plot: every effect of the plan at its visit, one block for each scale, one panel for each pair of arms."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import Block, Line
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.effects import better, effect_name, effect_unit, one_visit
from cgh_analysis.figures.forest_panels import Pairs, banks, effect_block, effect_line, foot_of, heading_of
from cgh_analysis.figures.rows import chosen, frame_of, nothing, ordered, reason, told
from cgh_analysis.figures.style import styled
from cgh_analysis.labels import day_label
from cgh_analysis.results import CONTRASTS, Result
from cgh_analysis.study import Study

TITLE = "Effects"
LABEL_MM = 34.0
# what is not drawn here: effects that have a figure of their own, and other ratios of times, which their table has
ELSEWHERE = (
    *("resolved_difference", "resolved_ratio", "rmst_difference", "rmst_ratio", "days_in_state_difference"),
    "parallel_share_difference",
    *("odds_ratio", "time_ratio", "subdistribution_hazard_ratio", "rate_ratio"),
)
DRAWN = tuple(name for name in CONTRASTS if name not in ELSEWHERE)


def forest(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw differences and ratios between arms, one block for each scale, with estimate, interval, p and n.

    Effects in the same unit and direction share an axis; others never do. Of an analysis with several visits, only
    those are drawn that analyses of one visit have, or the study's primary one, or the last.

    >>> from cgh_analysis.results import rows as make
    >>> effect = {"outcome": "ndi", "group": "a", "reference": "b", "statistic": "mean_difference", "estimate": -3}
    >>> forest(make([effect])).axes[0].get_xlabel()
    'points, 0–50'
    """
    effects = one_visit(chosen(frame_of(rows), DRAWN), study)
    if effects["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(effects))

    def blocks(pairs: Pairs) -> list[Block]:
        return [effect_block(part, heading_of(part, study), _lines(part, pairs, study), study) for part in scales]

    scales = _by_scale(effects, study)
    with styled():
        return draw_blocks(banks(effects, blocks, study), title=TITLE, foot=foot_of(effects), label_caps=(LABEL_MM,))


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the forest plot shows."""
    effects = one_visit(chosen(frame, DRAWN), study)
    return (
        "Differences between arms, each in its own unit; the first-named arm is compared with the second."
        f"{told(effects)} Squares are estimates, lines their intervals; the grey line means no difference; "
        "n counts the people in the two arms."
    )


def _by_scale(effects: pd.DataFrame, study: Study | None) -> list[pd.DataFrame]:
    """Split effects by statistic, unit and direction, in order of first appearance."""
    scale = [f"{r['statistic']} {effect_unit(r, study)} {better(r, study)}" for _, r in effects.iterrows()]
    key = pd.Series(scale, index=effects.index, dtype=object)
    return [effects.loc[key == k] for k in ordered(key)]


def _lines(effects: pd.DataFrame, pairs: Pairs, study: Study | None) -> tuple[Line, ...]:
    return tuple(effect_line(part, (name,), pairs, rule=k > 0) for k, (name, part) in enumerate(_named(effects, study)))


def _named(effects: pd.DataFrame, study: Study | None) -> list[tuple[str, pd.DataFrame]]:
    """Return an axis' effects by what they are about, told apart where need be by visit, method and analysis."""
    parts = [part for _, part in effects.groupby(["analysis", "outcome", "time"], sort=False, dropna=False)]
    firsts = [part.iloc[0] for part in parts]
    names = [effect_name(row, study) for row in firsts]
    visits = [day_label(row["time"], study).lower() if pd.notna(row["time"]) else "" for row in firsts]
    if len(set(visits)) > 1:
        names = [f"{name}, {visit}" if visit else name for name, visit in zip(names, visits, strict=True)]
    for aspect in ([str(row["method"]).split(",")[0] for row in firsts], [str(row["analysis"]) for row in firsts]):
        names = _told_apart(names, aspect)
    return list(zip(names, parts, strict=True))


def _told_apart(names: list[str], aspect: list[str]) -> list[str]:
    """Add an aspect to names that are given more than once, if it differs between them."""
    same = [{a for a, other in zip(aspect, names, strict=True) if other == name} for name in names]
    return [f"{n} ({a})" if len(s) > 1 else n for n, a, s in zip(names, aspect, same, strict=True)]
