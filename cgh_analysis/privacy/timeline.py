"""Calendar dates of all files as days from each patient's day 0, and birth dates as ages on it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import DataError
from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.identifiers import shown_file, shown_name
from cgh_analysis.ingest.typing.dates import IN_WORDS, YEAR_LAST, type_dates
from cgh_analysis.privacy.decide import Decision
from cgh_analysis.privacy.sources import Opened
from cgh_analysis.study import DateOrder

OLDEST: Final = 90
HIGHEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A column of dates: the day number of each record (NaN where blank or refused), and which cells were refused."""

    numbers: np.ndarray
    refused: np.ndarray


def read_dates(opened: Opened, decisions: Iterable[Decision], order: DateOrder | None) -> dict[str, Dated]:
    """Read the columns of dates of a file, in the order that is declared; one that needs none is read without."""
    wanted = [d.name for d in decisions if d.action in ("days", "age")]
    return {name: _dated(opened, name, opened.orders.get(name, order)) for name in wanted}


def day_zero(
    files: Iterable[tuple[np.ndarray, dict[str, Dated], Iterable[Decision]]], baseline: str | None
) -> pd.Series:
    """Return the day number of each patient's day 0: the first date of the baseline column, else of all dates.

    Birth dates begin nothing.
    """
    parts = [
        pd.Series(dates[d.name].numbers, index=people)
        for people, dates, decisions in files
        for d in decisions
        if d.action == "days" and (baseline is None or d.name == baseline)
    ]
    if baseline is not None and not parts:
        raise DataError(
            f"No file has the column {shown_name(baseline)!r} with dates.", remedy="Mend --baseline, or leave it out."
        )
    if not parts:
        return pd.Series(dtype="float64")
    whole = pd.concat(parts).dropna()
    return whole.groupby(whole.index).min()


def days(dated: Dated, people: np.ndarray, zero: pd.Series) -> np.ndarray:
    """Return the days from day 0, one a record; NaN where either is not known."""
    given: np.ndarray = dated.numbers - zero.reindex(people).to_numpy(dtype="float64")
    return given


def ages(dated: Dated, people: np.ndarray, zero: pd.Series) -> np.ndarray:
    """Return completed years at day 0, at most 90; NaN where a date is not known or nobody is of that age."""
    start = zero.reindex(people).to_numpy(dtype="float64")
    both = ~np.isnan(dated.numbers) & ~np.isnan(start)
    born, then = _calendar(dated.numbers[both]), _calendar(start[both])
    years = then[:, 0] - born[:, 0] - ((then[:, 1] * 100 + then[:, 2]) < (born[:, 1] * 100 + born[:, 2]))
    given = np.full(len(people), np.nan)
    given[both] = np.where((years >= 0) & (years <= HIGHEST), np.minimum(years, OLDEST), np.nan)
    return given


def _dated(opened: Opened, name: str, order: DateOrder | None) -> Dated:
    cells = opened.sheet.columns[name]
    if order is None and any(YEAR_LAST.match(text) for text in cells.texts):
        known = ", ".join(f"{short} ({words})" for short, words in IN_WORDS.items())
        raise DataError(
            f"The dates of {shown_name(name)!r} in {shown_file(opened.source.path)} may be read in two ways.",
            remedy=f"Say --dates: {known}.",
        )
    return _typed(cells, order or "dmy")


def _typed(cells: Cells, order: DateOrder) -> Dated:
    numbers, refused = type_dates(cells.texts, order)
    bad = np.zeros(len(cells.texts), dtype=bool)
    bad[list(refused)] = True
    return Dated(numbers=cells.spread(numbers), refused=cells.spread(bad))


def _calendar(numbers: np.ndarray) -> np.ndarray:
    """Year, month and day of day numbers, worked out once for each."""
    distinct, place = np.unique(numbers.astype(np.int64), return_inverse=True)
    dates = [datetime.date.fromordinal(n) for n in distinct.tolist()]
    parts = np.array([(d.year, d.month, d.day) for d in dates], dtype=np.int64).reshape(-1, 3)
    return parts[place]
