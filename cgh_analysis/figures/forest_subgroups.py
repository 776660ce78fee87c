"""Forest plot of subgroups: one effect in everybody and within the levels of each declared subgroup."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import Block, Line
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.effects import effect_name, heterogeneity_mark, one_visit
from cgh_analysis.figures.forest_panels import (
    Pairs,
    banks,
    by_pair,
    effect_block,
    effect_line,
    foot_of,
    heading_of,
)
from cgh_analysis.figures.rows import frame_of, nothing, reason, told
from cgh_analysis.figures.style import styled
from cgh_analysis.labels import column_label, level_words
from cgh_analysis.results import CONTRASTS, Result
from cgh_analysis.study import Study

TITLE = "Effects within subgroups"
LABELS_MM = (20.0, 30.0)


def forest_subgroups(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw one effect in everybody and within each level of the subgroups, side by side for the pairs of arms.

    Where the rows hold several analyses with subgroups, the study's primary one is drawn, else the first.

    >>> from cgh_analysis.results import rows as make
    >>> effect = {"outcome": "ndi", "group": "a", "reference": "b", "statistic": "mean_difference", "estimate": -3}
    >>> forest_subgroups(make([effect, {**effect, "subgroup": "sex=female"}])).get_label()
    'Effects within subgroups'
    """
    frame = frame_of(rows)
    effects = _with_subgroups(frame, study)
    if effects["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(effects))
    tests = _heterogeneity(frame, effects)
    heading = f"{effect_name(effects.iloc[0], study)}: {heading_of(effects, study)}"

    def blocks(pairs: Pairs) -> list[Block]:
        return [effect_block(effects, heading, _lines(effects, tests, pairs, study), study)]

    with styled():
        return draw_blocks(banks(effects, blocks, study), title=TITLE, foot=foot_of(effects), label_caps=LABELS_MM)


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the forest plot of subgroups shows."""
    effects = _with_subgroups(frame, study)
    name = effect_name(effects.iloc[0], study) if len(effects) else "The effect"
    return (
        f"{name}: effects between arms in everybody and within the declared subgroups; the first-named arm is compared "
        f"with the second.{told(effects)} Whether the levels of a subgroup differ is judged by the test for "
        "heterogeneity; intervals are not adjusted for the number of subgroups."
    )


def _lines(effects: pd.DataFrame, tests: pd.DataFrame, pairs: Pairs, study: Study | None) -> tuple[Line, ...]:
    """Return a line for everybody, then for each column its levels and the test that they differ."""
    lines = []
    for column, rows in effects.groupby(effects["subgroup"].str.partition("=")[0], sort=False):
        name = column_label(str(column), study) if column else "Everybody"
        for k, (subgroup, part) in enumerate(rows.groupby("subgroup", sort=False)):
            level = str(subgroup).partition("=")[2]
            labels = ("" if k else name, level_words(level) if level else "")
            lines.append(effect_line(part, labels, pairs, rule=bool(column) and k == 0))
        test = tests.loc[tests["subgroup"] == column]
        if len(test):
            marks = tuple(heterogeneity_mark(f, stacked=len(pairs) > 1) for f in by_pair(test, pairs))
            lines.append(Line(labels=("", "Heterogeneity"), marks=marks))
    return tuple(lines)


def _with_subgroups(frame: pd.DataFrame, study: Study | None) -> pd.DataFrame:
    """Return one effect: its rows of everybody, then those of subgroups."""
    effects = one_visit(frame.loc[frame["statistic"].isin(CONTRASTS)], study)
    within = effects.loc[effects["subgroup"] != ""]
    if within.empty:
        return within
    primary = [a.id for a in study.analyses if a.primary] if study else []
    first = within.loc[within["analysis"].isin(primary)]
    key = (first if len(first) else within).iloc[0][["analysis", "outcome", "statistic"]]
    same = effects.loc[(effects[key.index] == key).all(axis=1)]
    return same.sort_values("subgroup", key=lambda s: s != "", kind="stable")


def _heterogeneity(frame: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Return the tests that the levels of a subgroup differ in the effect that is drawn."""
    same = frame["analysis"].isin(effects["analysis"]) & frame["outcome"].isin(effects["outcome"])
    return frame.loc[same & (frame["statistic"] == "heterogeneity")]
