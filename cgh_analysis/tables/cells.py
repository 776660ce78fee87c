"""From rows to the text of cells: the number, or why there is none, with a footnote that says it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cgh_analysis.format import blank, estimate, estimate_ci, number, p_value
from cgh_analysis.format import people as people_of
from cgh_analysis.results import NOT_ESTIMABLE, STATISTICS, SUPPRESSED, Result

Record = dict[str, Any]
Marks = Mapping[str, str]
SUPERSCRIPT: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def records(rows: Result, *statistics: str, subgroups: bool = False) -> list[Record]:
    """Return the rows of some statistics as dicts, in their order; those of everybody, or those of subgroups."""
    frame = rows.frame
    chosen = frame["statistic"].isin(statistics) & ((frame["subgroup"] != "") == subgroups)
    return all_records(Result(frame.loc[chosen]))


def all_records(rows: Result) -> list[Record]:
    """Return every row as a dict, in their order."""
    return [{str(k): v for k, v in record.items()} for record in rows.frame.to_dict("records")]


def of_analysis(rows: Result, analysis: str) -> Result:
    """Return the rows of one analysis."""
    return Result(rows.frame.loc[rows.frame["analysis"] == analysis].reset_index(drop=True))


def pick(found: Iterable[Record], **columns: object) -> Record | None:
    """Return the first row with these values in its columns, or None."""
    return next((r for r in found if all(r[name] == value for name, value in columns.items())), None)


def distinct(found: Iterable[Record], column: str) -> list[Any]:
    """Return a column's values in the order in which they first appear; empty text is none."""
    return [value for value in dict.fromkeys(r[column] for r in found) if value != ""]


def marks_of(found: Iterable[Record]) -> dict[str, str]:
    """Return a footnote mark for each reason why something is not estimable, in the order of the rows."""
    reasons = dict.fromkeys(str(r["note"]) for r in found if str(r["note"]).startswith(NOT_ESTIMABLE))
    return {reason: str(i + 1).translate(SUPERSCRIPT) for i, reason in enumerate(reasons)}


def foot(found: Iterable[Record], marks: Marks) -> tuple[str, ...]:
    """Return the notes that explain what stands in cells without a number."""
    limits = sorted({blank(note) for r in found if (note := str(r["note"])).startswith(SUPPRESSED)})
    below = [text.removeprefix("<") for text in limits if text.startswith("<")]
    return (
        *(f"NE{mark}: {reason}." for reason, mark in marks.items()),
        *(f"<{n}, n<{n}: not shown, because fewer than {n} people stand behind it." for n in below),
    )


def cell(row: Record | None, marks: Marks, show: Callable[[Record], str] = estimate_ci) -> str:
    """Return what `show` makes of a row, or what its note says instead; no row gives an empty cell.

    A count that is held back is '<10', any other number 'n<10': a mean must not read as one below 10.
    """
    if row is None:
        return ""
    if not math.isnan(float(row["estimate"])):
        return show(row)
    note = str(row["note"])
    if note.startswith(NOT_ESTIMABLE):
        return f"NE{marks.get(note, '')}"
    held_back = blank(note)
    return f"n{held_back}" if held_back.startswith("<") and not STATISTICS[row["statistic"]].count else held_back


def people(row: Record | None) -> str:
    """Return how many people a row rests on, or below how many they are; no row gives an empty cell."""
    return "" if row is None else people_of(row)


def events(row: Record | None) -> str:
    """Return 'events / people' of a row, or the people alone where no events are known."""
    if row is None or math.isnan(float(row["events"])):
        return people(row)
    return f"{number(float(row['events']), 0)}/{people(row)}"


def p_text(row: Record | None, which: str = "p_value") -> str:
    """Return a row's p-value, or an empty cell where it has none."""
    return "" if row is None or math.isnan(float(row[which])) else p_value(float(row[which]))


def point(row: Record) -> str:
    """Return a row's estimate without its limits."""
    return estimate(row)


def count_percent(count: Record | None, percent: Record | None, marks: Marks) -> str:
    """Return '12 (34.3)'; the count alone where it, or its percentage, is held back."""
    n = cell(count, marks, point)
    known = (
        percent is not None and not math.isnan(percent["estimate"]) and not math.isnan((count or percent)["estimate"])
    )
    return f"{n} ({cell(percent, marks, point)})" if known else n


def limits_name(rows: Result) -> str:
    """Return what the limits are called: '95% CI'."""
    known = rows.frame["conf_level"].dropna()
    return f"{100 * known.iloc[0]:g}% CI" if len(known) else "95% CI"
