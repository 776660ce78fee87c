"""What a survival curve answers: its steps and values, people at risk, quantiles, bands, and its cumulative hazard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.survival.bands import BandKind, simultaneous
from cgh_analysis.models.survival.curve_table import CurveTable
from cgh_analysis.models.survival.hazard import HazardTies, ScaleType, cumulative_hazard, survival_from_hazard
from cgh_analysis.models.times import chosen_times
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.kaplan_meier import ConfType, quantile
from cgh_analysis.numerics.survival.risk_sets import TIE

VALUES = ["estimate", "std_error", "conf_low", "conf_high"]


@dataclass(frozen=True, kw_only=True)
class Curve(CurveTable):
    """Survival by group, and what can be asked of it."""

    def steps(self) -> pd.DataFrame:
        """Return a row for each group and distinct time, of events or of censoring, without a row for time zero.

        Columns group, time, n_risk (just before), n_event, n_censor, estimate, std_error, conf_low, conf_high. Limits
        are missing before the first event, and where the estimate is zero.
        """
        return self.table.copy()

    def at(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return survival at chosen times, in ascending order, for each group.

        `n_risk` are at risk just before the time; `n_event` counts events since the previous one of `times`. After the
        last time seen of a group nothing is known, and the estimate is missing, unless survival had fallen to zero.
        """
        grid = chosen_times(times)
        return pd.concat([self._at(group, grid) for group in self.groups], ignore_index=True)

    def at_risk(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return group, time, n_risk: the people at risk just before each of the times."""
        grid = chosen_times(times)
        parts = [pd.DataFrame({"group": g, "time": grid, "n_risk": self._n_risk(g, grid)}) for g in self.groups]
        return pd.concat(parts, ignore_index=True)

    def median(self) -> pd.DataFrame:
        """Return by group the median time with limits read off the curve's: see `quantile`."""
        return self.quantile(0.5)

    def quantile(self, probability: float) -> pd.DataFrame:
        """Return by group the time by which a share has had the event: group, n, n_event, estimate and its limits.

        The first time at which survival, or its lower or upper limit, is at most 1 - probability (Brookmeyer and
        Crowley 1982); where it is exactly that over a flat piece, the middle of it. Missing where it is not reached.
        """
        if not 0 < probability < 1:
            raise ArgumentError(f"probability={probability!r} is not a share.", remedy="Give one between 0 and 1.")
        found = []
        for group, n, events in zip(self.groups, self.n, self.events, strict=True):
            steps = self._steps(group)
            time = steps["time"].to_numpy()
            times = [quantile(time, steps[c].to_numpy(), probability) for c in ("estimate", "conf_low", "conf_high")]
            found.append((group, n, events, *times))
        return pd.DataFrame(found, columns=["group", "n", "n_event", "estimate", "conf_low", "conf_high"])

    def band(
        self,
        kind: BandKind,
        *,
        times: tuple[float, float],
        conf_level: float | None = None,
        conf_type: ConfType = "log-log",
    ) -> pd.DataFrame:
        """Return limits that hold the whole curve over a range of times at once: see `bands.simultaneous`."""
        return simultaneous(self, kind, times=times, conf_level=conf_level, conf_type=conf_type)

    def cumulative_hazard(self, ties: HazardTies = "nelson-aalen", *, conf_type: ScaleType = "log") -> pd.DataFrame:
        """Return the cumulative hazard at each distinct time: see `hazard.cumulative_hazard`."""
        return cumulative_hazard(self, ties, conf_type=conf_type)

    def survival_from_hazard(
        self, ties: HazardTies = "nelson-aalen", *, conf_type: ConfType = "log-log"
    ) -> pd.DataFrame:
        """Return exp(-cumulative hazard) at each distinct time, an alternative to Kaplan and Meier's estimate."""
        return survival_from_hazard(self, ties, conf_type=conf_type)

    def rows(self) -> results.Result:
        """Return the steps and the medians as result rows; `time` is in the data's own unit."""
        steps = self.table.rename(columns={"n_risk": "n", "n_event": "events"}).drop(columns=["n_censor"])
        median = self.median().rename(columns={"n_event": "events"})
        both = pd.concat([steps.assign(statistic="survival"), median.assign(statistic="median_time")])
        both["group"] = both["group"].astype(str)
        return results.rows(both, method=self.method, outcome=self.time, conf_level=self.conf_level)

    def _repr_html_(self) -> str:
        left_out = f", {self.n_left_out} rows left out as incomplete" if self.n_left_out else ""
        head = f"<p><b>{self.method}</b>, median {self.time}, {100 * self.conf_level:g} % limits{left_out}</p>"
        return head + str(self.median().to_html(index=False, na_rep="not reached", float_format=lambda x: f"{x:.4g}"))

    def _steps(self, group: object) -> pd.DataFrame:
        return self.table.loc[(self.table["group"] == group).to_numpy()]

    def _at(self, group: object, grid: FloatArray) -> pd.DataFrame:
        steps = self._steps(group)
        time = steps["time"].to_numpy()
        reached = np.searchsorted(time, grid * (1 + TIE), side="right")
        events = np.concatenate([[0.0], np.cumsum(steps["n_event"].to_numpy())])[reached]
        start = np.array([[1.0, 0.0, np.nan, np.nan]])
        values = np.concatenate([start, steps[VALUES].to_numpy()])[reached]
        values[(grid > time[-1] * (1 + TIE)) & (values[:, 0] > 0)] = np.nan
        frame = pd.DataFrame({"group": group, "time": grid, "n_risk": self._n_risk(group, grid)})
        frame["n_event"] = np.diff(events, prepend=0.0)
        frame[VALUES] = values
        return frame

    def _n_risk(self, group: object, grid: FloatArray) -> FloatArray:
        """Count those who leave at or after a time, less those who enter at or after it."""
        steps = self._steps(group)
        entries = self.entries.loc[(self.entries["group"] == group).to_numpy()]
        leaving = (steps["n_event"] + steps["n_censor"]).to_numpy()
        here = _from(steps["time"].to_numpy(), leaving, grid)
        return here - _from(entries["time"].to_numpy(), entries["weight"].to_numpy(), grid)


def _from(time: FloatArray, weight: FloatArray, grid: FloatArray) -> FloatArray:
    """Sum the weights of sorted times from each time of a grid on."""
    total = np.concatenate([np.cumsum(weight[::-1])[::-1], [0.0]])
    return np.asarray(total[np.searchsorted(time, grid * (1 - TIE))])
