"""The key of the resolution figure: a small table, so that each arm's curve stands beside its numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.legend import SAMPLE_MM, draw_sample
from cgh_analysis.figures.place import LINE_MM, widest, wrap, write
from cgh_analysis.figures.rows import ci_head
from cgh_analysis.figures.style import ArmStyle
from cgh_analysis.format import blank, estimate_ci, number, people
from cgh_analysis.labels import milestone_label
from cgh_analysis.results import NOT_ESTIMABLE, SUPPRESSED

ROW_MM, GAP_MM, LABEL_MM = 3.8, 5.0, 44.0
NOT_REACHED = "not reached"


def key_rows(analysis: pd.DataFrame, styles: dict[str, ArmStyle], milestone: float | None) -> list[list[str]]:
    """Return the table's texts, heads first: arm, people resolved of all, resolved by the milestone, median time.

    A column is left out where no arm has its statistic.
    """
    limits = ci_head(analysis)
    by = f" by {milestone_label(milestone)}" if milestone is not None else ""
    heads = ["", f"Resolved{by} / n", f"Resolved{by}, %{limits}", f"Median, days{limits}"]
    lines = []
    for arm, style in styles.items():
        part = analysis.loc[analysis["group"] == arm]
        label = "\n".join(wrap(style.label, LABEL_MM))
        lines.append([label, _crude(part), _text(part, "resolved"), _text(part, "median_time")])
    kept = [k for k in range(len(heads)) if any(line[k] for line in lines)]
    return [[row[k] for k in kept] for row in (heads, *lines)]


def key_height(key: list[list[str]]) -> float:
    """Return the table's height in mm."""
    return LINE_MM + 0.8 + sum(map(_row_height, key[1:]))


def draw_key(figure: Figure, key: list[list[str]], styles: Sequence[ArmStyle], corner: tuple[float, float]) -> None:
    """Draw the table with its upper left corner at a place in mm."""
    left, top = corner
    widths = [widest([line[k] for line in key], "bold" if k else "normal") for k in range(len(key[0]))]
    starts = [left + SAMPLE_MM + 1.2 + sum(widths[:k]) + GAP_MM * k for k in range(len(widths))]
    _write_line(figure, key[0], starts, (top - LINE_MM / 2, "bold"))
    top -= LINE_MM + 0.8
    for line, style in zip(key[1:], styles, strict=True):
        middle = top - _row_height(line) / 2
        draw_sample(figure, style, left, middle)
        _write_line(figure, line, starts, (middle, "normal"))
        top -= _row_height(line)


def _row_height(line: list[str]) -> float:
    return ROW_MM + LINE_MM * line[0].count("\n")


def _write_line(figure: Figure, line: list[str], starts: list[float], how: tuple[float, str]) -> None:
    for text, x in zip(line, starts, strict=True):
        write(figure, x, how[0], text, weight=how[1])


def _crude(part: pd.DataFrame) -> str:
    resolved = part.loc[part["statistic"] == "resolved"]
    if resolved.empty:
        return ""
    row = resolved.iloc[0]
    return people(row) if pd.isna(row["events"]) else f"{number(row['events'], 0)}/{people(row)}"


def _text(part: pd.DataFrame, statistic: str) -> str:
    found = part.loc[part["statistic"] == statistic]
    if found.empty:
        return ""
    row = found.iloc[0]
    told = str(row["note"]).startswith((SUPPRESSED, NOT_ESTIMABLE))
    if statistic == "median_time" and pd.isna(row["estimate"]) and not told:
        return NOT_REACHED
    return blank(str(row["note"])) if pd.isna(row["estimate"]) else estimate_ci(row)
