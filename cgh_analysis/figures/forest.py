"""Forest plots, one panel for each pair of arms: every effect of the plan at its visit, one effect within subgroups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.blocks import Block, Line, limits_of
from cgh_analysis.figures.draw import draw_blocks
from cgh_analysis.figures.effects import (
    EFFECTS,
    at_visit,
    better,
    contrast,
    effect_mark,
    effect_name,
    effect_unit,
    favours,
    is_ratio,
    numbers_head,
    one_visit,
    test_mark,
)
from cgh_analysis.figures.rows import chosen, frame_of, not_shown, nothing, ordered, reason, told
from cgh_analysis.figures.style import styled
from cgh_analysis.labels import column_label, day_label, level_words
from cgh_analysis.results import STATISTICS, Result
from cgh_analysis.study import Study

TITLE = "Effects"
TITLE_SUBGROUPS = "Effects within subgroups"
HEADINGS = {"mean_difference": "Difference in means", "risk_difference": "Difference in responders"}
PANELS = 3
LABEL_MM = 34.0
PAIR = ["group", "reference"]

Pairs = Sequence[tuple[str, str]]


def forest(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw every difference and ratio between arms, one block for each scale, with estimate, interval, p and n.

    Effects in the same unit and direction share an axis; others never do. Of an analysis with several visits, only
    those are drawn that analyses of one visit have, or the study's primary one, or the last.

    >>> from cgh_analysis.results import rows as make
    >>> effect = {"outcome": "ndi", "group": "a", "reference": "b", "statistic": "mean_difference", "estimate": -3}
    >>> forest(make([effect])).axes[0].get_xlabel()
    'points, 0–50'
    """
    effects = one_visit(chosen(frame_of(rows), EFFECTS), study)
    if effects["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(effects))

    def blocks(pairs: Pairs) -> list[Block]:
        return [_block(part, _heading(part, study), _outcome_lines(part, pairs, study), study) for part in scales]

    scales = _by_scale(effects, study)
    with styled():
        return draw_blocks(_banks(effects, blocks, study), title=TITLE, foot=_foot(effects), label_caps=(LABEL_MM,))


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
        return nothing(TITLE_SUBGROUPS, reason(effects))
    tests = _heterogeneity(frame, effects)
    heading = f"{effect_name(effects.iloc[0], study)}: {_heading(effects, study)}"

    def blocks(pairs: Pairs) -> list[Block]:
        return [_block(effects, heading, _level_lines(effects, tests, pairs, study), study)]

    with styled():
        return draw_blocks(
            _banks(effects, blocks, study), title=TITLE_SUBGROUPS, foot=_foot(effects), label_caps=(20.0, 30.0)
        )


def caption(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the forest plot shows."""
    effects = one_visit(chosen(frame, EFFECTS), study)
    return (
        "Effects between arms, each in its own unit; the first-named arm is compared with the second."
        f"{told(effects)} Squares are estimates, lines their intervals; the grey line means no difference; "
        "n counts the people in the two arms."
    )


def caption_subgroups(frame: pd.DataFrame, study: Study | None) -> str:
    """Say in words what the forest plot of subgroups shows."""
    effects = _with_subgroups(frame, study)
    name = effect_name(effects.iloc[0], study) if len(effects) else "The effect"
    return (
        f"{name}: effects between arms in everybody and within the declared subgroups; the first-named arm is compared "
        f"with the second.{told(effects)} Whether the levels of a subgroup differ is judged by the test for "
        "heterogeneity; intervals are not adjusted for the number of subgroups."
    )


def _foot(effects: pd.DataFrame) -> str:
    adjusted = "p-values are adjusted for the number of comparisons." if effects["p_adjusted"].notna().any() else ""
    return f"{adjusted} {not_shown(effects)}".strip()


def _banks(
    effects: pd.DataFrame, blocks: Callable[[Pairs], list[Block]], study: Study | None
) -> list[tuple[tuple[str, ...], list[Block]]]:
    """Put the pairs of arms side by side, three at most; more pairs go below. Blocks keep their limits in all banks."""
    named = {(r["group"], r["reference"]): contrast(r, study) for _, r in effects.iterrows()}
    pairs = list(named)
    shared = [limits_of(block.lines, null=block.null, log=block.log) for block in blocks(pairs)]
    width = min(PANELS, len(pairs))
    banks = []
    for start in range(0, len(pairs), width):
        here = pairs[start : start + width]
        fixed = [replace(block, limits=limits) for block, limits in zip(blocks(here), shared, strict=True)]
        banks.append((tuple(named[pair] for pair in here), fixed))
    return banks


def _by_scale(effects: pd.DataFrame, study: Study | None) -> list[pd.DataFrame]:
    """Split effects by statistic, unit and direction, in order of first appearance."""
    scale = [f"{r['statistic']} {effect_unit(r, study)} {better(r, study)}" for _, r in effects.iterrows()]
    key = pd.Series(scale, index=effects.index, dtype=object)
    return [effects.loc[key == k] for k in ordered(key)]


def _heading(effects: pd.DataFrame, study: Study | None) -> str:
    statistic = str(effects["statistic"].iloc[0])
    name = HEADINGS.get(statistic, STATISTICS[statistic].label) + at_visit(effects, study)
    return f"{name}{favours(effects, study)}"


def _block(effects: pd.DataFrame, heading: str, lines: tuple[Line, ...], study: Study | None) -> Block:
    ratio = is_ratio(str(effects["statistic"].iloc[0]))
    one_panel = len(lines[0].marks) == 1
    return Block(
        heading=heading,
        lines=lines,
        heads=numbers_head(effects) if one_panel else (),
        unit=effect_unit(effects.iloc[0], study),
        null=1.0 if ratio else 0.0,
        log=ratio,
    )


def _line(part: pd.DataFrame, labels: tuple[str, ...], pairs: Pairs, *, rule: bool) -> Line:
    marks = tuple(effect_mark(found, stacked=len(pairs) > 1) for found in _by_pair(part, pairs))
    return Line(labels=labels, marks=marks, rule=rule)


def _by_pair(part: pd.DataFrame, pairs: Pairs) -> list[pd.DataFrame]:
    return [part.loc[(part["group"] == a) & (part["reference"] == b)] for a, b in pairs]


def _outcome_lines(effects: pd.DataFrame, pairs: Pairs, study: Study | None) -> tuple[Line, ...]:
    return tuple(_line(part, (name,), pairs, rule=k > 0) for k, (name, part) in enumerate(_named(effects, study)))


def _level_lines(effects: pd.DataFrame, tests: pd.DataFrame, pairs: Pairs, study: Study | None) -> tuple[Line, ...]:
    """Return a line for everybody, then for each column its levels and the test that they differ."""
    lines = []
    for column, rows in effects.groupby(effects["subgroup"].str.partition("=")[0], sort=False):
        name = column_label(str(column), study) if column else "Everybody"
        for k, (subgroup, part) in enumerate(rows.groupby("subgroup", sort=False)):
            level = str(subgroup).partition("=")[2]
            labels = ("" if k else name, level_words(level) if level else "")
            lines.append(_line(part, labels, pairs, rule=bool(column) and k == 0))
        test = tests.loc[tests["subgroup"] == column]
        if len(test):
            marks = tuple(test_mark(f, stacked=len(pairs) > 1) for f in _by_pair(test, pairs))
            lines.append(Line(labels=("", "Heterogeneity"), marks=marks))
    return tuple(lines)


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


def _with_subgroups(frame: pd.DataFrame, study: Study | None) -> pd.DataFrame:
    """Return one effect: its rows of everybody, then those of subgroups."""
    effects = one_visit(frame.loc[frame["statistic"].isin(EFFECTS)], study)
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
