"""The samples that log-rank tests compare: tables of who was at risk and who had the event, by group and stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.survival.counted import counted, known_cells
from cgh_analysis.models.survival.observed import Observed, coded, known_rows, observed
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival.logrank import EventTables, event_tables, tables_from_day_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The levels of the groups, with people and events of each (G,), and their tables at all times of an event."""

    groups: tuple[object, ...]
    n: IntArray
    events: IntArray
    tables: EventTables


def read_samples(
    data: pd.DataFrame, *, time: str, event: str, by: str, strata: Sequence[str] = (), entry: str | None = None
) -> Samples:
    """Read the named columns; rows without a group or a stratum are left out."""
    group, groups = coded(data, [by])
    stratum, levels = coded(data, strata) if strata else (np.zeros(len(data), dtype=np.intp), ("",))
    size, n_strata = len(groups), len(levels)
    counts = None
    if entry is None:
        cell = np.where((stratum < 0) | (group < 0), -1, stratum * size + group) if strata else group
        counts = counted(data, time=time, event=event, cell=cell, n_cells=n_strata * size)
    if counts is None:
        return _of_rows(observed(data, time=time, event=event, entry=entry), group, groups, stratum)
    known = known_cells(counts)[0].reshape(len(counts), n_strata, size, 2)
    return Samples(
        groups=groups,
        n=known.sum(axis=(0, 1, 3)),
        events=known[..., 1].sum(axis=(0, 1)),
        tables=tables_from_day_counts(known),
    )


def _of_rows(seen: Observed, group: IntArray, groups: tuple[object, ...], stratum: IntArray) -> Samples:
    known = known_rows(group, stratum)
    seen, group = seen.take(known), group[known]
    size = len(groups)
    return Samples(
        groups=groups,
        n=np.bincount(group, minlength=size),
        events=np.bincount(group[seen.event], minlength=size),
        tables=event_tables(seen.time, seen.event, group, n_groups=size, stratum=stratum[known], entry=seen.entry),
    )


def trend_scores(by: pd.Series, groups: tuple[object, ...], trend: bool | Mapping[Any, float]) -> FloatArray | None:
    """Return a score for each group, None where no trend is asked for."""
    if trend is False:
        return None
    if trend is True:
        if not (by.dtype.kind in "iuf" or getattr(by.dtype, "ordered", False)):
            raise ArgumentError(
                f"trend=True, but the levels of {by.name!r} have no order.",
                remedy="Make it an ordered category, or give a score of each: {level: number}.",
            )
        return np.arange(1.0, len(groups) + 1)
    without = [g for g in groups if g not in trend]
    scores = np.array([trend[g] for g in groups if g in trend], dtype=float)
    if without or not np.all(np.isfinite(scores)) or len(set(scores.tolist())) < 2:
        raise ArgumentError(
            f"trend={trend!r} does not score the groups.",
            remedy=f"Give each of {', '.join(map(str, groups))} a number, not all the same.",
        )
    return scores
