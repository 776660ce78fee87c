"""Forest plots: every effect of the plan at its visit, and the effects within subgroups."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.labels import arm_label, day_label, instrument, level_label, short_label, unit, with_unit
from cgh_analysis.figures.lines import Block, Line, draw_blocks, limits_of
from cgh_analysis.figures.rows import about, cell, chosen, frame_of, not_shown, nothing, ordered, reason
from cgh_analysis.figures.style import styled
from cgh_analysis.format import estimate_ci, number, p_value, print_factor
from cgh_analysis.results import STATISTICS, Result
from cgh_analysis.study import Study

TITLE = "Effects"
TITLE_SUBGROUPS = "Effects within subgroups"
EFFECTS = ("mean_difference", "risk_difference", "risk_ratio", "odds_ratio", "hazard_ratio")
SHORT = {"mean_difference": "Difference", "risk_difference": "Difference", "hazard_ratio": "HR"}
KEY = ["analysis", "outcome", "statistic"]


def forest(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw every difference and ratio between arms, one block for each scale, with estimate, interval, p and n.

    Effects in the same unit share an axis; others never do. Of an analysis with several visits, only those visits are
    drawn that other analyses share, or the study's primary one, or the last.
    """
    frame = frame_of(rows)
    effects = _one_visit(chosen(frame, EFFECTS), study)
    if effects["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(effects if len(effects) else chosen(frame, ("",))))
    blocks = [_block(part, _outcome_names(part, study), study) for part in _by_scale(effects, study)]
    with styled():
        return draw_blocks(blocks, title=TITLE, foot=not_shown(effects), label_caps=(34.0, 54.0))


def forest_subgroups(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw one effect in everybody and within each level of the subgroups, one block for each pair of arms.

    Where the rows hold several analyses with subgroups, the study's primary one is drawn, else the first.
    """
    effects = _subgrouped(frame_of(rows), study)
    if effects["estimate"].notna().sum() == 0:
        return nothing(TITLE_SUBGROUPS, reason(effects))
    pairs = [part for _, part in effects.groupby(["group", "reference"], sort=False)]
    blocks = [_pair_block(part, study) for part in pairs]
    lines = [line for block in blocks for line in block.lines]
    limits = limits_of(lines, null=blocks[0].null, log=blocks[0].log)
    shared = [Block(**{**_fields(block), "limits": limits}) for block in blocks]
    with styled():
        return draw_blocks(shared, title=TITLE_SUBGROUPS, foot=not_shown(effects), label_caps=(34.0, 50.0))
