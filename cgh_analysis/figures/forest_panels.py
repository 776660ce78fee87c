"""Effects laid out as a forest plot: the pairs of arms side by side, and in each panel one mark an effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from cgh_analysis.figures.blocks import Block, Line, limits_of
from cgh_analysis.figures.effects import at_visit, contrast, effect_mark, effect_unit, favours, is_ratio, numbers_head
from cgh_analysis.figures.rows import not_shown
from cgh_analysis.results import STATISTICS
from cgh_analysis.study import Study

HEADINGS = {"mean_difference": "Difference in means", "risk_difference": "Difference in responders"}
PANELS = 3

Pairs = Sequence[tuple[str, str]]


def foot_of(effects: pd.DataFrame) -> str:
    """Return the foot note: whether p-values are adjusted, and what is not shown."""
    adjusted = "p-values are adjusted for the number of comparisons." if effects["p_adjusted"].notna().any() else ""
    return f"{adjusted} {not_shown(effects)}".strip()


def banks(
    effects: pd.DataFrame, blocks: Callable[[Pairs], list[Block]], study: Study | None
) -> list[tuple[tuple[str, ...], list[Block]]]:
    """Put the pairs of arms side by side, three at most; more pairs go below. Blocks keep their limits in all banks."""
    named = {(r["group"], r["reference"]): contrast(r, study) for _, r in effects.iterrows()}
    pairs = list(named)
    shared = [limits_of(block.lines, null=block.null, log=block.log) for block in blocks(pairs)]
    width = min(PANELS, len(pairs))
    found = []
    for start in range(0, len(pairs), width):
        here = pairs[start : start + width]
        fixed = [replace(block, limits=limits) for block, limits in zip(blocks(here), shared, strict=True)]
        found.append((tuple(named[pair] for pair in here), fixed))
    return found


def heading_of(effects: pd.DataFrame, study: Study | None) -> str:
    """Return what the effects of a block are, at which visit, and which side favours whom."""
    statistic = str(effects["statistic"].iloc[0])
    name = HEADINGS.get(statistic, STATISTICS[statistic].label) + at_visit(effects, study)
    return f"{name}{favours(effects, study)}"


def effect_block(effects: pd.DataFrame, heading: str, lines: tuple[Line, ...], study: Study | None) -> Block:
    """Return lines of effects of one scale as a block; heads stand over the numbers where there is one panel only."""
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


def effect_line(part: pd.DataFrame, labels: tuple[str, ...], pairs: Pairs, *, rule: bool) -> Line:
    """Return one line: its labels, and the effect of each pair of arms."""
    marks = tuple(effect_mark(found, stacked=len(pairs) > 1) for found in by_pair(part, pairs))
    return Line(labels=labels, marks=marks, rule=rule)


def by_pair(part: pd.DataFrame, pairs: Pairs) -> list[pd.DataFrame]:
    """Return the rows of each pair of arms."""
    return [part.loc[(part["group"] == a) & (part["reference"] == b)] for a, b in pairs]
