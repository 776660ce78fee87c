"""What the occupation of states answers: shares over time, mean days in each state, and their differences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.states.stays import counted
from cgh_analysis.models.times import chosen_times
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.inference import below_upper, wald
from cgh_analysis.numerics.states import occupation as kernel
from cgh_analysis.numerics.states.occupation import DaysInState, Histories, Occupation
from cgh_analysis.numerics.survival.risk_sets import TIE

LIMITS = ["conf_low", "conf_high"]


@dataclass(frozen=True, kw_only=True)
class StateOccupation:
    """Occupation of `states` by group; `histories` are the stays of each group, `n` its people.

    `groups` are the levels of the grouping column ("" where there is none).
    """

    method: str
    time: str
    groups: tuple[object, ...]
    states: tuple[str, ...]
    n: tuple[int, ...]
    histories: tuple[Histories, ...]
    conf_level: float
    n_left_out: int

    def steps(self) -> pd.DataFrame:
        """Return a row for each group, state and time at which somebody of the group moved, the start included.

        Columns group, state, time, n_risk (seen in the state just before), n_event (moves into it at the time),
        estimate, std_error, conf_low, conf_high. States of a group add to one at any time.
        """
        return pd.concat(
            [self._at(place, found.time) for place, found in enumerate(self._occupations)], ignore_index=True
        )

    def at(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return the same at chosen times, in ascending order; `n_event` counts moves since the previous one of them.

        After the last time seen of a group the estimate is missing, unless everybody was in a state that nobody leaves.
        """
        grid = chosen_times(times)
        return pd.concat([self._at(place, grid) for place in range(len(self.groups))], ignore_index=True)

    def days_in_state(self, tau: float) -> pd.DataFrame:
        """Return mean days in each state from the start up to day `tau`: group, state, n, estimate, std_error, limits.

        Days of a group's states add to tau less its start. Raises NotEstimable where a group is not followed so far.
        """
        found = [(place, self._days(place, tau)) for place in range(len(self.groups))]
        return pd.DataFrame([row for place, days in found for row in self._day_rows(place, days)])

    def differences(self, tau: float, *, state: str, reference: Any = None) -> pd.DataFrame:
        """Return differences in mean days in a state up to `tau`, each group less each earlier one, or `reference`.

        Columns group, reference, state, n, estimate, std_error, statistic (z), p_value, conf_low, conf_high.
        """
        place = self._state(state)
        days = {group: self._days(i, tau) for i, group in enumerate(self.groups)}
        n = dict(zip(self.groups, self.n, strict=True))
        found = []
        for a, b in level_pairs(self.groups, reference):
            estimate = days[a].mean[place] - days[b].mean[place]
            error = float(np.hypot(days[a].std_error[place], days[b].std_error[place]))
            w = wald(estimate, error, conf_level=self.conf_level)
            numbers = {"n": n[a] + n[b], "estimate": estimate, "std_error": error, "statistic": float(w.statistic)}
            limits = {"p_value": float(w.p_value), "conf_low": float(w.conf_low), "conf_high": float(w.conf_high)}
            found.append({"group": a, "reference": b, "state": state, **numbers, **limits})
        columns = ["group", "reference", "state", "n", "estimate", "std_error", "statistic", "p_value", *LIMITS]
        return pd.DataFrame(found, columns=columns)

    def followed(self) -> pd.Series:
        """Return by group the day up to which occupation is known: infinite where all ended in states nobody leaves."""
        return pd.Series([self._last(i) for i in range(len(self.groups))], index=pd.Index(self.groups, dtype=object))

    def rows(self) -> results.Result:
        """Return the steps as result rows; `outcome` is the state, `n` the group's people, `events` moves into it."""
        steps = self.steps().rename(columns={"state": "outcome", "n_event": "events"}).drop(columns="n_risk")
        n = dict(zip(self.groups, self.n, strict=True))
        steps = steps.assign(statistic="state_occupation", n=steps["group"].map(n), group=steps["group"].astype(str))
        return results.rows(steps, method=self.method, conf_level=self.conf_level)

    def _repr_html_(self) -> str:
        left_out = f", {self.n_left_out} rows left out as incomplete" if self.n_left_out else ""
        head = f"<p><b>{self.method}</b> by {self.time}, {100 * self.conf_level:g} % limits{left_out}</p>"
        last = self.steps().groupby(["group", "state"], sort=False).tail(1)
        return head + str(last.to_html(index=False, na_rep="", float_format=lambda x: f"{x:.4g}"))

    @cached_property
    def _occupations(self) -> tuple[Occupation, ...]:
        return tuple(kernel.occupation(h) for h in self.histories)

    def _at(self, place: int, grid: FloatArray) -> pd.DataFrame:
        found, h = self._occupations[place], self.histories[place]
        reached = np.searchsorted(found.time, grid * (1 + TIE), side="right") - 1
        unknown = (reached < 0) | (grid > self._last(place) * (1 + TIE))
        share, error = (np.where(unknown[:, None], np.nan, v[reached]) for v in (found.share, found.std_error))
        low, high = _limits(share, error, self.conf_level)
        at, entered = counted(h, grid)
        return pd.DataFrame(
            {
                "group": self.groups[place],
                "state": np.repeat(self.states, grid.size),
                "time": np.tile(grid, len(self.states)),
                "n_risk": at.T.ravel(),
                "n_event": np.diff(entered, axis=0, prepend=0.0).T.ravel(),
                "estimate": share.T.ravel(),
                "std_error": error.T.ravel(),
                "conf_low": low.T.ravel(),
                "conf_high": high.T.ravel(),
            }
        )

    def _last(self, place: int) -> float:
        """The last day seen of a group; infinite where whoever is left is in a state that nobody leaves."""
        left = self._occupations[place].share[-1][~self._absorbing]
        return np.inf if left.sum() <= 1e-12 else float(self.histories[place].stop.max())

    @property
    def _absorbing(self) -> BoolArray:
        """Which states nobody was ever seen in under observation, only to come into."""
        return ~np.isin(np.arange(len(self.states)), np.concatenate([h.origin for h in self.histories]))

    def _days(self, place: int, tau: float) -> DaysInState:
        if not np.isfinite(tau) or tau <= 0:
            raise ArgumentError(f"tau={tau!r} is no day after the start.", remedy="Give a finite one.")
        if tau > self._last(place) * (1 + TIE):
            named = f"of {self.groups[place]} " if self.groups[place] != "" else ""
            raise NotEstimable(f"nobody {named}was followed up to day {tau:g}, but to {self._last(place):g}")
        return kernel.days_in_state(self.histories[place], tau)

    def _day_rows(self, place: int, days: DaysInState) -> list[dict[str, Any]]:
        w = wald(days.mean, days.std_error, conf_level=self.conf_level)
        return [
            {
                "group": self.groups[place],
                "state": state,
                "n": self.n[place],
                "estimate": days.mean[s],
                "std_error": days.std_error[s],
                # nobody spends less than no time in a state
                "conf_low": max(w.conf_low[s], 0.0) if np.isfinite(w.conf_low[s]) else np.nan,
                "conf_high": w.conf_high[s],
            }
            for s, state in enumerate(self.states)
        ]

    def _state(self, state: str) -> int:
        if state not in self.states:
            raise ArgumentError(f"There is no state {state!r}.", remedy=f"They are: {', '.join(self.states)}.")
        return self.states.index(state)


def _limits(share: FloatArray, error: FloatArray, conf_level: float) -> tuple[FloatArray, FloatArray]:
    """Limits of shares on the logit scale; missing where a share is none, all, or certain."""
    below_upper(conf_level)
    inside = (share > 1e-12) & (share < 1 - 1e-12) & (error > 0)
    p = np.where(inside, share, 0.5)
    w = wald(np.log(p / (1 - p)), np.where(inside, error, np.nan) / (p * (1 - p)), conf_level=conf_level)
    low, high = (1 / (1 + np.exp(-limit)) for limit in (w.conf_low, w.conf_high))
    return low, high
