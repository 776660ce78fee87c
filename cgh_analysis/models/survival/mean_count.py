"""The mean number of recurrent events by group and time, which needs no model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cgh_analysis.models.survival.counting import check_subjects
from cgh_analysis.models.survival.curve import _grid
from cgh_analysis.models.survival.observed import coded, known_rows, observed
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.survival import mean_count as kernel
from cgh_analysis.numerics.survival.risk_sets import TIE

VALUES = ["estimate", "std_error", "conf_low", "conf_high"]


@dataclass(frozen=True, kw_only=True)
class MeanCount:
    """Mean numbers of events by group; `table` has a row for each group and time with an event, as `steps()`.

    `groups` are the levels of the grouping column ("" where there is none), with `n` people and `events` each; `spans`
    are the rows' starts and stops by group.
    """

    method: str
    groups: tuple[object, ...]
    n: tuple[int, ...]
    events: tuple[int, ...]
    table: pd.DataFrame
    spans: pd.DataFrame
    conf_level: float
    n_left_out: int

    def steps(self) -> pd.DataFrame:
        """Return group, time, n_risk, n_event, estimate, std_error, conf_low, conf_high at each time with an event."""
        return self.table.copy()

    def at(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return the mean number by chosen times, in ascending order, for each group.

        `n_risk` are under observation at the time; `n_event` counts events since the previous one of `times`. Before
        the first event the estimate is 0, without limits; once nobody of a group is under observation it is missing.
        """
        grid = _grid(times)
        return pd.concat([self._at(group, grid) for group in self.groups], ignore_index=True)

    def _at(self, group: object, grid: FloatArray) -> pd.DataFrame:
        steps = self.table.loc[(self.table["group"] == group).to_numpy()]
        spans = self.spans.loc[(self.spans["group"] == group).to_numpy()]
        starts, stops = np.sort(spans["start"].to_numpy()), np.sort(spans["stop"].to_numpy())
        reached = np.searchsorted(steps["time"].to_numpy(), grid * (1 + TIE), side="right")
        events = np.concatenate([[0.0], np.cumsum(steps["n_event"].to_numpy())])[reached]
        values = np.concatenate([[[0.0, 0.0, np.nan, np.nan]], steps[VALUES].to_numpy()])[reached]
        values[grid > stops[-1] * (1 + TIE)] = np.nan
        frame = pd.DataFrame({"group": group, "time": grid})
        left = np.searchsorted(stops, grid * (1 - TIE))
        frame["n_risk"] = (np.searchsorted(starts, grid * (1 - TIE)) - left).astype(float)
        frame["n_event"] = np.diff(events, prepend=0.0)
        frame[VALUES] = values
        return frame

    def _repr_html_(self) -> str:
        counts = pd.DataFrame({"group": self.groups, "people": self.n, "events": self.events})
        return f"<p><b>{self.method}</b></p>{counts.to_html(index=False)}"


def mean_count(
    data: pd.DataFrame,
    *,
    subject: str,
    time: str,
    event: str,
    entry: str | None = None,
    by: str | None = None,
    conf_level: float = 0.95,
) -> MeanCount:
    """Estimate the mean number of events a person by a time, of events that may come again (Nelson 1995).

    The estimand is the expected number of events by t of somebody who stays under observation; it assumes that leaving
    observation says nothing of what would have come, and nothing else: a person's events may depend on each other, for
    the variance is a sum over people (Lawless and Nadeau 1995; Lin, Wei, Yang and Ying 2000). Each row is a person
    (`subject`) from `entry` (0) to `time`, with an `event` at its end or none; rows of a person that overlap are
    refused by label. Limits are made on the log scale. Rows without a group are left out and counted.

    >>> data = pd.DataFrame({"id": [1, 1, 2, 3], "start": [0, 3, 0, 0], "stop": [3, 9, 5, 9], "back": [1, 1, 0, 0]})
    >>> curve = mean_count(data, subject="id", entry="start", time="stop", event="back")
    >>> curve.at([3, 9])["estimate"].round(4).tolist()
    [0.3333, 0.8333]
    """
    factor = stats.norm.ppf(below_upper(conf_level))
    seen = observed(data, time=time, event=event, entry=entry)
    people = check_subjects(data[subject], seen, recurrent=True)
    codes, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    known = known_rows(codes)
    seen, codes, people = seen.take(known), codes[known], people[known]
    steps = kernel.mean_counts(seen.time, seen.event, codes, people, entry=seen.entry)
    half = factor * steps.std_error / steps.mean
    labels = np.array(groups, dtype=object)
    table = pd.DataFrame(
        {
            "group": labels[steps.stratum],
            "time": steps.time,
            "n_risk": steps.n_risk,
            "n_event": steps.n_event,
            "estimate": steps.mean,
            "std_error": steps.std_error,
            "conf_low": np.where(steps.std_error > 0, steps.mean * np.exp(-half), np.nan),
            "conf_high": np.where(steps.std_error > 0, steps.mean * np.exp(half), np.nan),
        }
    )
    start = np.zeros(seen.time.size) if seen.entry is None else seen.entry
    return MeanCount(
        method="Mean number of events (Nelson), robust errors by person",
        groups=groups,
        n=tuple(np.unique(people[codes == i]).size for i in range(len(groups))),
        events=tuple(np.bincount(codes[seen.event], minlength=len(groups)).tolist()),
        table=table,
        spans=pd.DataFrame({"group": labels[codes], "start": start, "stop": seen.time}),
        conf_level=conf_level,
        n_left_out=int((~known).sum()),
    )
