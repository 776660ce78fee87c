"""What a figure takes from result rows: those it draws, what was held back, and the figure that says there are none."""

from __future__ import annotations

import textwrap
from collections.abc import Collection

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.figures.style import SINGLE, Drawing, canvas, styled
from cgh_analysis.format import blank, p_value
from cgh_analysis.results import NOT_ESTIMABLE, SUPPRESSED, Result
from cgh_analysis.study import Study


def frame_of(rows: Result | pd.DataFrame) -> pd.DataFrame:
    """Return rows as a frame with exactly the fixed columns; the caller's rows stay as they are."""
    return rows.frame if isinstance(rows, Result) else results.rows(rows).frame


def chosen(frame: pd.DataFrame, statistics: Collection[str], *, subgroup: bool = False) -> pd.DataFrame:
    """Return the rows of some statistics; those of everybody unless `subgroup` asks for those of subgroups."""
    of_subgroup = frame["subgroup"] != ""
    return frame.loc[frame["statistic"].isin(statistics) & (of_subgroup == subgroup)]


def ordered(values: pd.Series) -> list[str]:
    """Return distinct values that are not empty, in order of first appearance."""
    return [str(v) for v in values.unique() if v != ""]


def numbers(frame: pd.DataFrame, *names: str) -> tuple[np.ndarray, ...]:
    """Return columns as float arrays."""
    return tuple(frame[name].to_numpy(float) for name in names)


def failures(frame: pd.DataFrame, estimators: Collection[str], study: Study | None = None) -> pd.DataFrame:
    """Return the rows that say that an analysis gave no number; with a study, only of its analyses by `estimators`."""
    failed = frame.loc[(frame["statistic"] == "") & frame["note"].str.startswith(NOT_ESTIMABLE)]
    if study is None:
        return failed
    return failed.loc[failed["analysis"].isin([a.id for a in study.analyses if a.estimator in estimators])]


def reason(frame: pd.DataFrame, failed: pd.DataFrame | None = None) -> str:
    """Return why none of these rows can be shown; `failed` are rows of analyses that gave no number."""
    notes = pd.concat([frame["note"], *([] if failed is None else [failed["note"]])])
    told = notes.loc[notes.str.startswith(NOT_ESTIMABLE)]
    if len(told):
        return str(told.iloc[0])
    if frame.empty:
        return "there are no such rows in the results"
    held_back = notes.str.startswith(SUPPRESSED).any()
    return "every number rests on too few people" if held_back else "no number is given"


def not_shown(frame: pd.DataFrame) -> str:
    """Return the foot note that says how many numbers are missing from the picture and why; empty if none is."""
    missing = frame.loc[frame["estimate"].isna()]
    held_back = int(missing["note"].str.startswith(SUPPRESSED).sum())
    told = missing.loc[missing["note"].str.startswith(NOT_ESTIMABLE)]
    parts = []
    if held_back:
        them = "it" if held_back == 1 else "them"
        parts.append(f"{held_back} not shown because too few people stand behind {them}")
    for note, part in told.groupby("note", sort=False):
        parts.append(f"{len(part)} {note}")
    return f"Of {len(frame)} numbers, {'; '.join(parts)}." if parts else ""


def cell(row: pd.Series, text: str) -> str:
    """Return a number's text, or what its note says of it where it has none."""
    return blank(str(row["note"])) if pd.isna(row["estimate"]) else text


def why_blank(row: pd.Series) -> str:
    """Return what stands in the place of a number that is no count: 'n<10', so that it does not read as one below 10.

    >>> why_blank(pd.Series({"note": "suppressed: fewer than 10"}))
    'n<10'
    """
    text = blank(str(row["note"]))
    return f"n{text}" if text.startswith("<") else text


def nothing(title: str, why: str) -> Drawing:
    """Return a small figure that says that there is nothing to show, and why."""
    with styled():
        figure = canvas(SINGLE, 24)
        figure.set_label(title)
        lines = textwrap.wrap(f"{title}. Nothing to show: {why}.", 56)
        figure.text(0.5, 0.5, "\n".join(lines[:5]), ha="center", va="center", linespacing=1.4)
    return figure


def level_text(frame: pd.DataFrame) -> str:
    """Return the confidence level of rows as '95%'; empty text where they have no limits."""
    level = frame["conf_level"].dropna()
    return f"{100 * level.iloc[0]:g}%" if len(level) else ""


def ci_head(frame: pd.DataFrame) -> str:
    """Return ' (95% CI)' for the head over numbers with limits, empty text where they have none."""
    level = level_text(frame)
    return f" ({level} CI)" if level else ""


def p_text(p: float) -> str:
    """Return 'p<0.001', 'p=0.012' or 'p –'."""
    text = p_value(p)
    return f"p{text}" if text[0] in "<>" else f"p={text}" if text[0].isdigit() else f"p {text}"


def told(frame: pd.DataFrame) -> str:
    """Return a sentence with the methods and the confidence level of rows; empty text if they have none."""
    level = level_text(frame)
    parts = [" and ".join(ordered(frame["method"])), f"{level} confidence limits" if level else ""]
    text = "; ".join(part for part in parts if part)
    return f" {text[:1].upper()}{text[1:]}." if text else ""
