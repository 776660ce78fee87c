"""Love plot: how far the arms are apart at baseline, covariate by covariate (Austin 2009)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cgh_analysis.figures.effects import contrast
from cgh_analysis.figures.legend import draw_legend, legend_height
from cgh_analysis.figures.place import EDGE, LINE_MM, axes_at, foot_height, foot_lines, widest, wrap, write, write_foot
from cgh_analysis.figures.rows import frame_of, not_shown, nothing, ordered, reason
from cgh_analysis.figures.style import DOUBLE, FAINT, MARKERS, ArmStyle, canvas, styled
from cgh_analysis.labels import column_label, level_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Balance of the arms at baseline"
LIMIT = 0.1
ROW_MM, ABOVE_MM, BELOW_MM, LABEL_CAP, GAP_MM, RIGHT_MM = 4.0, 4.5, 8.4, 70.0, 2.5, 3.0
GREYS = ("#1a1a1a", "#6e6e6e", "#a3a3a3")


def balance(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw the absolute standardised mean difference of each covariate for each pair of arms, the largest on top.

    The dashed line at 0.1 is the usual mark below which a difference is called small (Austin 2009); it is no test.

    >>> from cgh_analysis.results import rows as make
    >>> smd = {"analysis": "balance", "statistic": "smd", "outcome": "age_years", "group": "a", "reference": "b"}
    >>> balance(make([{**smd, "estimate": -0.3}])).axes[0].get_xlabel()
    'Absolute standardised mean difference (SD units)'
    """
    frame = frame_of(rows)
    found = _distances(frame)
    if found["estimate"].notna().sum() == 0:
        return nothing(TITLE, reason(found))
    names = {
        (o, s): level_label(s, study) if s else column_label(o, study)
        for o, s in zip(found["outcome"], found["subgroup"], strict=True)
    }
    labelled = found.assign(
        label=[names[o, s] for o, s in zip(found["outcome"], found["subgroup"], strict=True)],
        pair=[contrast(row, study) for _, row in found.iterrows()],
        size=found["estimate"].abs(),
    )
    with styled():
        return _draw(labelled)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    found = _distances(frame)["estimate"].abs()
    over = (
        f" {int((found > LIMIT).sum())} of {int(found.notna().sum())} exceed {LIMIT:g}." if found.notna().any() else ""
    )
    return (
        "Absolute standardised mean differences between arms at baseline, by covariate and pair of arms, the largest "
        f"on top; the dashed line marks {LIMIT:g}.{over}"
    )


def _distances(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one distance a covariate and pair: of a category as a whole where there is one, else of its levels."""
    found = frame.loc[(frame["analysis"] == "balance") & (frame["statistic"] == "smd")]
    whole = found.loc[found["subgroup"] == "", "outcome"]
    return found.loc[(found["subgroup"] == "") | ~found["outcome"].isin(whole)]


def _draw(found: pd.DataFrame) -> Figure:
    styles = [
        ArmStyle(label=pair, colour=GREYS[k % len(GREYS)], marker=MARKERS[k % len(MARKERS)], line="none")
        for k, pair in enumerate(ordered(found["pair"]))
    ]
    largest = found.groupby("label", sort=False)["size"].max()
    labels = list(largest.sort_values(kind="stable", na_position="first").index)
    texts = [wrap(label, LABEL_CAP) for label in labels]
    heights = np.array([ROW_MM + LINE_MM * (len(text) - 1) for text in texts])
    key, notes = legend_height(styles, DOUBLE - 2 * EDGE) + ABOVE_MM, foot_lines(not_shown(found), DOUBLE)
    figure = canvas(DOUBLE, 2 * EDGE + key + heights.sum() + BELOW_MM + foot_height(notes))
    figure.set_label(TITLE)
    draw_legend(figure, styles, EDGE, figure.get_figheight() * 25.4 - EDGE, DOUBLE - 2 * EDGE)
    write_foot(figure, notes)
    left, bottom = EDGE + min(widest(labels), LABEL_CAP) + GAP_MM, EDGE + foot_height(notes) + BELOW_MM
    centres = dict(zip(labels, np.cumsum(heights) - heights / 2, strict=True))
    for text, y in zip(texts, centres.values(), strict=True):
        write(figure, EDGE, bottom + y, "\n".join(text))
    axes = axes_at(figure, left, bottom, (DOUBLE - EDGE - RIGHT_MM - left, heights.sum()))
    _dress(axes, centres, float(heights.sum()), float(found["size"].max()))
    for style in styles:
        part = found.loc[found["pair"] == style.label]
        axes.plot(part["size"], part["label"].map(centres), marker=style.marker, color=style.colour, linestyle="none")
    return figure


def _dress(axes: Axes, centres: dict[str, float], height: float, largest: float) -> None:
    axes.set_ylim(0, height)
    axes.set_yticks([])
    axes.set_xlim(0, max(1.06 * largest, 2 * LIMIT))
    axes.hlines(
        list(centres.values()), 0, 1, transform=axes.get_yaxis_transform(), color="#e3e3e3", linewidth=0.5, zorder=0
    )
    axes.axvline(LIMIT, color=FAINT, linestyle=(0, (4, 2)), linewidth=0.8, zorder=0.5)
    axes.annotate(
        f"{LIMIT:g}", (LIMIT, 1), (0, 2), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center"
    )
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_xlabel("Absolute standardised mean difference (SD units)")
