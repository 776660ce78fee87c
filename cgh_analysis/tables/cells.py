"""From rows to the text of cells: the number, or why there is none, with a footnote that says it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pandas as pd

from cgh_analysis.format import blank, estimate, estimate_ci, number, p_value
from cgh_analysis.results import STATISTICS, Result

Record = Mapping[str, Any]
DIGITS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NOT_ESTIMABLE: Final = "not estimable"
SUPPRESSED: Final = "suppressed"
NONE: Final = ""


def records(rows: Result, *statistics: str, subgroups: bool = False) -> list[dict[str, Any]]:
    """Return the rows of some statistics as dicts, in their order; those of everybody, or those of subgroups."""
    frame = rows.frame
    chosen = frame["statistic"].isin(statistics) & ((frame["subgroup"] != "") == subgroups)
    return [{str(k): v for k, v in record.items()} for record in frame.loc[chosen].to_dict("records")]


def failures(rows: Result) -> list[dict[str, Any]]:
    """Return the rows that stand for a whole analysis, or a whole outcome, that could not be estimated."""
    return [r for r in records(rows, "") if str(r["note"]).startswith(NOT_ESTIMABLE)]


def markers(shown: Iterable[Record]) -> dict[str, str]:
    """Return a footnote mark for every reason why something is not estimable, in order of appearance."""
    reasons = dict.fromkeys(str(r["note"]) for r in shown if str(r["note"]).startswith(NOT_ESTIMABLE))
    return {reason: str(i + 1).translate(DIGITS) for i, reason in enumerate(reasons)}


def foot(shown: Iterable[Record], marks: Mapping[str, str]) -> tuple[str, ...]:
    """Return the notes that explain what stands in cells without a number."""
    notes = [f"{mark} {_sentence(reason)}" for reason, mark in marks.items()]
    limits = sorted({blank(note) for r in shown if (note := str(r["note"])).startswith(SUPPRESSED)})
    held_back = [f"{text} and n{text}: rests on fewer than {text[1:]} people, not shown." for text in limits if text[0] == "<"]
    return (*notes, *held_back)


def text(row: Record | None, marks: Mapping[str, str], show: Callable[[Record], str] = estimate_ci) -> str:
    """Return a cell: what `show` makes of a row, or what its note says; an absent row gives an empty cell.

    A number that rests on few people is 'n<10' and a count '<10', so that no mean reads as one below 10.
    """
    if row is None:
        return NONE
    if not math.isnan(float(row["estimate"])):
        return show(row)
    note = str(row["note"])
    if note in marks:
        return f"NE{marks[note]}"
    held_back = blank(note)
    counts = STATISTICS[row["statistic"]].count if row["statistic"] in STATISTICS else False
    return f"n{held_back}" if held_back.startswith("<") and not counts else held_back


def people(row: Record | None) -> str:
    """Return how many people a row rests on, or below how many."""
    if row is None:
        return NONE
    n = float(row["n"])
    return blank(str(row["note"])) if math.isnan(n) and str(row["note"]).startswith(SUPPRESSED) else number(n, 0)


def events_of(row: Record | None) -> str:
    """Return 'events / people' of a row."""
    if row is None:
        return NONE
    events = float(row["events"])
    return people(row) if math.isnan(events) else f"{number(events, 0)} / {people(row)}"


def p_text(row: Record | None, which: str = "p_value") -> str:
    """Return a row's p-value, or an empty cell where it has none."""
    return NONE if row is None or math.isnan(float(row[which])) else p_value(float(row[which]))


def level_of(rows: Result) -> str:
    """Return what the limits are called: '95% CI'."""
    known = rows.frame["conf_level"].dropna()
    return f"{100 * known.iloc[0]:g}% CI" if len(known) else "95% CI"


def first(found: Iterable[Record]) -> Record | None:
    """Return the first of rows, or None."""
    return next(iter(found), None)


def same(a: Record, b: Record, *names: str) -> bool:
    """Return whether two rows agree in some columns, NaN agreeing with NaN."""
    return all(a[n] == b[n] or (pd.isna(a[n]) and pd.isna(b[n])) for n in names)


def plain(row: Record) -> str:
    """Return a row's estimate without its limits."""
    return estimate(row)


def _sentence(reason: str) -> str:
    text_of = reason[:1].upper() + reason[1:]
    return f"NE: {text_of.removeprefix('NE: ')}." if not text_of.endswith(".") else f"NE: {text_of}"
