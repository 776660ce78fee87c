"""What a survival curve is: one row a group and distinct time, and how many people it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class CurveTable:
    """Survival by group; `table` has one row a group and distinct time, as `steps()` returns it.

    `groups` are the levels of the grouping column ("" where there is none), with `n` rows and `events` each; `entries`
    are entry times by group, with the weight that enters, where there are any. `hazard` has Nelson and Aalen's estimate
    and std_error for the rows of `table`; `of_counts` says that weights, if any, are numbers of people.
    """

    method: str
    time: str
    groups: tuple[object, ...]
    n: tuple[int, ...]
    events: tuple[int, ...]
    table: pd.DataFrame
    entries: pd.DataFrame
    conf_level: float
    n_left_out: int
    hazard: pd.DataFrame
    of_counts: bool
