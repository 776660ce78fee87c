"""What cumulative incidences answer: steps, values at chosen times, all states side by side, and Gray's test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.options import check_option
from cgh_analysis.models.states.observed import Competing
from cgh_analysis.models.survival.curve import VALUES
from cgh_analysis.models.times import chosen_times
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.numerics.states import gray
from cgh_analysis.numerics.survival.risk_sets import TIE

FREE = "event-free"
Adjust = Literal["none", "bonferroni", "holm", "hochberg"]


@dataclass(frozen=True, kw_only=True)
class IncidenceCurve:
    """Cumulative incidence by group and cause; `table` has a row for each group, cause and distinct time.

    `groups` are the levels of the grouping column ("" where there is none), with `n` rows each, and `events` (groups x
    causes). `seen`, `group` and `stratum` are the rows that were used, for tests; `free` is the share without an event.
    """

    method: str
    time: str
    groups: tuple[object, ...]
    causes: tuple[str, ...]
    n: tuple[int, ...]
    events: IntArray
    table: pd.DataFrame
    free: pd.DataFrame
    seen: Competing
    group: IntArray
    stratum: IntArray | None
    conf_level: float
    n_left_out: int

    def steps(self) -> pd.DataFrame:
        """Return a row for each group, cause and distinct time, of events or of censoring, without one for time zero.

        Columns group, cause, time, n_risk (just before), n_event (of the cause), estimate, std_error, conf_low,
        conf_high. Limits are missing before the first event of the cause.
        """
        return self.table.copy()

    def at(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return incidence at chosen times, in ascending order, for each group and cause.

        `n_event` counts events of the cause since the previous one of `times`. After the last time seen of a group
        nothing is known, and the estimate is missing, unless everybody had had an event.
        """
        grid = chosen_times(times)
        parts = [self._at(g, cause, grid) for g in self.groups for cause in self.causes]
        return pd.concat(parts, ignore_index=True)

    def state_occupation(self, times: float | Iterable[float] | None = None) -> pd.DataFrame:
        """Return group, state, time, estimate, std_error: who is event-free, and who had which cause first.

        At each distinct time, from 0 on, or at chosen ones, the states of a group add to one.
        """
        if times is None:
            return self._all_states()
        grid = chosen_times(times)
        parts = [self._free_at(g, grid) for g in self.groups]
        causes = self.at(grid).rename(columns={"cause": "state"})[["group", "state", "time", "estimate", "std_error"]]
        return self._in_order(pd.concat([*parts, causes], ignore_index=True))

    def gray_test(
        self, cause: int | str, *, rho: float = 0.0, pairwise: bool = False, adjust: Adjust = "holm"
    ) -> pd.DataFrame:
        """Test that groups share one cumulative incidence of a cause, within strata where the curve was given them.

        Gray's (1988) k-sample test, its times weighted by (1 - F)^rho, F being the common incidence before. `cause` is
        a code or a name. Returns contrast, statistic (chi-square), df, p_value, p_adjusted, the overall test first,
        with `pairwise` each two groups on their own rows. Raises NotEstimable without events of the cause, or with one
        group; ArgumentError for weights or late entries, for which there is no such test.
        """
        check_option("adjust", adjust, STEPWISE)
        if not np.isfinite(rho):
            raise ArgumentError(f"rho={rho!r} is no power.", remedy="Give 0, or 1 for early times.")
        found = [{"contrast": "overall", **self.test(cause, rho=rho)}]
        if pairwise:
            found += self.pairs(cause, rho=rho, adjust=adjust)
        return pd.DataFrame(found).reindex(columns=["contrast", "statistic", "df", "p_value", "p_adjusted"])

    def test(self, cause: int | str, *, rho: float = 0.0) -> dict[str, Any]:
        """Return Gray's test of all groups: statistic, df, p_value, with n rows and events."""
        return self._test(self._tested(cause), rho, tuple(range(len(self.groups))))

    def pairs(self, cause: int | str, *, rho: float = 0.0, adjust: Adjust = "holm") -> list[dict[str, Any]]:
        """Test each later group against each earlier one; what is not estimable has a note and no number."""
        of = self._tested(cause)
        found = []
        for later, earlier in level_pairs(range(len(self.groups))):
            a, b = str(self.groups[later]), str(self.groups[earlier])
            numbers = or_reason(partial(self._test, of, rho, (later, earlier)))
            found.append({"contrast": f"{a} - {b}", "group": a, "reference": b, **numbers})
        adjusted = STEPWISE[adjust]([r.get("p_value", np.nan) for r in found])
        return [{**r, "p_adjusted": p} for r, p in zip(found, adjusted, strict=True)]

    def rows(self) -> results.Result:
        """Return the steps as result rows; `outcome` is the cause, `time` in the data's own unit."""
        steps = self.table.rename(columns={"n_risk": "n", "n_event": "events", "cause": "outcome"})
        steps = steps.assign(statistic="cumulative_incidence", group=steps["group"].astype(str))
        return results.rows(steps, method=self.method, conf_level=self.conf_level)

    def _repr_html_(self) -> str:
        left_out = f", {self.n_left_out} rows left out as incomplete" if self.n_left_out else ""
        head = f"<p><b>{self.method}</b> of {self.time}, {100 * self.conf_level:g} % limits{left_out}</p>"
        last = self.table.groupby(["group", "cause"], sort=False).tail(1)
        shown = last[["group", "cause", "time", *VALUES]].assign(n=np.repeat(self.n, len(self.causes)))
        shown["events"] = self.events.ravel()
        return head + str(shown.to_html(index=False, na_rep="", float_format=lambda x: f"{x:.4g}"))

    def _tested(self, cause: int | str) -> int:
        if self.seen.entry is not None or self.seen.weights is not None:
            raise ArgumentError(
                "Gray's test knows neither weights nor late entries.", remedy="Estimate the curves without them."
            )
        return self.seen.place(cause, "cause")

    def _test(self, of: int, rho: float, groups: tuple[int, ...]) -> dict[str, Any]:
        rows = np.isin(self.group, groups)
        place = np.searchsorted(np.sort(groups), self.group[rows])
        found = gray.gray_test(
            self.seen.time[rows],
            self.seen.cause[rows],
            place,
            of=of,
            stratum=None if self.stratum is None else self.stratum[rows],
            rho=rho,
        ).test
        numbers = {"statistic": found.statistic, "df": found.df, "p_value": found.p_value}
        return {**numbers, "n": int(rows.sum()), "events": int((self.seen.cause[rows] == of).sum())}

    def _at(self, group: object, cause: str, grid: FloatArray) -> pd.DataFrame:
        steps = self.table.loc[(self.table["group"] == group).to_numpy() & (self.table["cause"] == cause).to_numpy()]
        time = steps["time"].to_numpy()
        reached = np.searchsorted(time, grid * (1 + TIE), side="right")
        events = np.concatenate([[0.0], np.cumsum(steps["n_event"].to_numpy())])[reached]
        values = np.concatenate([[[0.0, 0.0, np.nan, np.nan]], steps[VALUES].to_numpy()])[reached]
        values[self._unknown(group, grid)] = np.nan
        frame = pd.DataFrame({"group": group, "cause": cause, "time": grid, "n_risk": self._n_risk(group, grid)})
        frame["n_event"] = np.diff(events, prepend=0.0)
        frame[VALUES] = values
        return frame

    def _n_risk(self, group: object, grid: FloatArray) -> FloatArray:
        """Sum the weights of those who leave at or after a time, less those who enter at or after it."""
        rows = self.group == self.groups.index(group)
        weights = np.ones(rows.sum()) if self.seen.weights is None else self.seen.weights[rows]
        leaving = _from(self.seen.time[rows], weights, grid)
        return leaving if self.seen.entry is None else leaving - _from(self.seen.entry[rows], weights, grid)

    def _free_at(self, group: object, grid: FloatArray) -> pd.DataFrame:
        free = self.free.loc[(self.free["group"] == group).to_numpy()]
        reached = np.searchsorted(free["time"].to_numpy(), grid * (1 + TIE), side="right")
        values = np.concatenate([[[1.0, 0.0]], free[["estimate", "std_error"]].to_numpy()])[reached]
        values[self._unknown(group, grid)] = np.nan
        frame = pd.DataFrame({"group": group, "state": FREE, "time": grid})
        frame[["estimate", "std_error"]] = values
        return frame

    def _unknown(self, group: object, grid: FloatArray) -> FloatArray:
        """Which times come after all that is known of a group."""
        last = self.free.loc[(self.free["group"] == group).to_numpy()].iloc[-1]
        return np.asarray((grid > last["time"] * (1 + TIE)) & (last["estimate"] > 0))

    def _all_states(self) -> pd.DataFrame:
        columns = ["group", "state", "time", "estimate", "std_error"]
        causes = self.table.rename(columns={"cause": "state"})[columns]
        start = pd.DataFrame(
            [(g, s, 0.0, float(s == FREE), 0.0) for g in self.groups for s in (FREE, *self.causes)], columns=columns
        )
        later = pd.concat([self.free.assign(state=FREE)[columns], causes])
        # who left on day 0 left after it had begun
        return self._in_order(pd.concat([start, later], ignore_index=True))

    def _in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        group = frame["group"].map({g: i for i, g in enumerate(self.groups)}).astype(int)
        state = frame["state"].map({s: i for i, s in enumerate((FREE, *self.causes))})
        order = np.lexsort((frame["time"], state, group))
        return frame.iloc[order].reset_index(drop=True)


def _from(times: FloatArray, weights: FloatArray, grid: FloatArray) -> FloatArray:
    order = np.argsort(times)
    total = np.concatenate([np.cumsum(weights[order][::-1])[::-1], [0.0]])
    return np.asarray(total[np.searchsorted(times[order], grid * (1 - TIE))])


def or_reason(test: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a test finds, or a note that says why it finds nothing."""
    try:
        return test()
    except NotEstimable as reason:
        return {"note": results.why_not(reason)}
