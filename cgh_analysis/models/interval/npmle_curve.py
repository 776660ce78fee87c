"""What an NPMLE answers: survival at chosen times with what is not determined, boxes, people followed, quantiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.interval.observed import Intervals
from cgh_analysis.models.times import chosen_times
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.interval.npmle import Npmle, survival
from cgh_analysis.numerics.interval.profile import At, at, limits
from cgh_analysis.numerics.interval.quantile import quantile
from cgh_analysis.numerics.survival.risk_sets import TIE

UNCOUNTED: Final = "the weights count no people, so that the likelihood ratio has no known law"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group's distinct intervals with their weights, its NPMLE, and how many rows it has, with a time or not."""

    name: object
    seen: Intervals
    fit: Npmle
    n: int
    events: int

    def followed(self, times: FloatArray) -> FloatArray:
        """Count those followed until each time, and not known to have had the event before it."""
        until = np.where(np.isfinite(self.seen.right), self.seen.right, self.seen.left)
        order = np.argsort(until, kind="stable")
        weights = np.ones(until.size) if self.seen.weights is None else self.seen.weights
        rest = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
        return np.asarray(rest[np.searchsorted(until[order], times * (1 - TIE))])

    def resolved_by(self, time: float) -> float:
        """Count those known to have had the event by a time."""
        weights = np.ones(self.seen.right.size) if self.seen.weights is None else self.seen.weights
        return float(weights[self.seen.right <= time * (1 + TIE)].sum())

    def at(self, time: float) -> At:
        """Return the sample as survival at one time sees it."""
        return at(self.seen.left, self.seen.right, time, weights=self.seen.weights, fit=self.fit)

    def before(self, time: float) -> float:
        """Return a time just before another: nothing begins or ends between the two."""
        ends = np.concatenate([[0.0], self.seen.left, self.seen.right])
        return float(ends[ends < time * (1 - TIE)].max() + time) / 2


@dataclass(frozen=True, kw_only=True)
class NpmleCurve:
    """Survival by group from times known up to intervals; see `turnbull`.

    `note` says why there are no limits, where there are none. `log_likelihood` and `kkt` (the largest violation of the
    Kuhn-Tucker conditions, per unit of weight: rounding, where it has converged) are by group.
    """

    method: str
    time: str
    groups: tuple[object, ...]
    parts: tuple[Group, ...]
    conf_level: float
    n_left_out: int
    note: str

    @property
    def n(self) -> tuple[int, ...]:
        """Rows by group."""
        return tuple(part.n for part in self.parts)

    @property
    def events(self) -> tuple[int, ...]:
        """Rows by group whose event was seen to have come by some day."""
        return tuple(part.events for part in self.parts)

    @property
    def log_likelihood(self) -> pd.Series:
        """The maximal log-likelihood by group."""
        return pd.Series([part.fit.log_likelihood for part in self.parts], index=list(self.groups), dtype=float)

    @property
    def kkt(self) -> pd.Series:
        """The largest violation of the Kuhn-Tucker conditions by group, per unit of weight."""
        return pd.Series([part.fit.kkt for part in self.parts], index=list(self.groups), dtype=float)

    def intervals(self) -> pd.DataFrame:
        """Return group, left, right, mass: the boxes (left, right] that carry mass, exact times where the ends agree.

        How the mass lies within a box is not determined. A last box with right = inf holds who had no event in sight.
        """
        parts = []
        for part in self.parts:
            fit, here = part.fit, part.fit.mass > 0
            box = {"left": fit.left[here], "right": fit.right[here], "mass": fit.mass[here]}
            parts.append(pd.DataFrame({"group": part.name, **box}))
        return pd.concat(parts, ignore_index=True)

    def at(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return survival at chosen times, in ascending order, for each group.

        Columns group, time, n_risk (followed until then, and not known to have had the event before), estimate,
        bound_low, bound_high, std_error, conf_low, conf_high. Within a box the estimate falls evenly, by convention;
        the bounds are what the NPMLE leaves open, and the confidence limits include it. In a box without end the
        estimate is missing. There is no std_error: see `turnbull`.
        """
        chosen = chosen_times(times)
        return pd.concat([self._at(part, chosen) for part in self.parts], ignore_index=True)

    def at_risk(self, times: float | Iterable[float]) -> pd.DataFrame:
        """Return group, time, n_risk: the people followed until each of the times, whose event is not known before."""
        chosen = chosen_times(times)
        parts = [pd.DataFrame({"group": p.name, "time": chosen, "n_risk": p.followed(chosen)}) for p in self.parts]
        return pd.concat(parts, ignore_index=True)

    def steps(self) -> pd.DataFrame:
        """Return what draws the curves: by group a row at time 0, then a pair for each box, at its left and right end.

        Columns group, time, n_risk, n_event (in the right end's row: expected in the box), estimate, conf_low,
        conf_high. Between boxes the curve is flat; a box without end has no row for its right end.
        """
        return pd.concat([self._steps(part) for part in self.parts], ignore_index=True)

    def median(self) -> pd.DataFrame:
        """Return by group the median time with its limits: see `quantile`."""
        return self.quantile(0.5)

    def quantile(self, probability: float) -> pd.DataFrame:
        """Return by group the time by which a share has had the event.

        Columns group, n, n_event, estimate, left, right (the box it lies in), conf_low, conf_high: the times at which
        the likelihood ratio test does not reject that survival is 1 - probability. Missing where it is not reached.
        """
        if not 0 < probability < 1:
            raise ArgumentError(f"probability={probability!r} is not a share.", remedy="Give one between 0 and 1.")
        found = []
        for part in self.parts:
            seen, level = part.seen, None if self.note else self.conf_level
            q = quantile(part.fit, seen.left, seen.right, probability, weights=seen.weights, conf_level=level)
            found.append((part.name, part.n, part.events, q.estimate, q.left, q.right, q.conf_low, q.conf_high))
        return pd.DataFrame(
            found, columns=["group", "n", "n_event", "estimate", "left", "right", "conf_low", "conf_high"]
        )

    def rows(self) -> results.Result:
        """Return the curves' points and the medians as result rows; `time` is in the data's own unit."""
        points = self.steps().rename(columns={"n_risk": "n", "n_event": "events"}).assign(statistic="npmle_survival")
        median = self.median().rename(columns={"n_event": "events"}).drop(columns=["left", "right"])
        both = pd.concat([points, median.assign(statistic="median_time")])
        both["group"] = both["group"].astype(str)
        return results.rows(both, method=self.method, outcome=self.time, conf_level=self.conf_level, note=self.note)

    def _repr_html_(self) -> str:
        left_out = f", {self.n_left_out} rows left out as incomplete" if self.n_left_out else ""
        why = f", no limits: {self.note}" if self.note else f", {100 * self.conf_level:g} % limits"
        head = f"<p><b>{self.method}</b>, median {self.time}{why}{left_out}</p>"
        return head + str(self.median().to_html(index=False, na_rep="not reached", float_format=lambda x: f"{x:.4g}"))

    def _at(self, part: Group, times: FloatArray) -> pd.DataFrame:
        estimate, low, high = survival(part.fit, times)
        frame = pd.DataFrame({"group": part.name, "time": times, "n_risk": part.followed(times), "estimate": estimate})
        frame["bound_low"], frame["bound_high"], frame["std_error"] = low, high, np.nan
        frame["conf_low"], frame["conf_high"] = self._limits(part, times)
        return frame

    def _steps(self, part: Group) -> pd.DataFrame:
        fit = part.fit
        here = fit.mass > 0
        left, right, mass = fit.left[here], fit.right[here], fit.mass[here]
        after = np.append(np.cumsum(mass[::-1])[::-1][1:], 0.0)
        ends = np.column_stack([left, right]).ravel()
        # just before an exact time, survival is what it was
        seen_at = [part.before(a) if a == b else a for a, b in zip(left, right, strict=True)]
        drawn = pd.DataFrame(
            {
                "time": ends,
                "n_event": np.column_stack([np.zeros(mass.size), mass * fit.n]).ravel(),
                "estimate": np.column_stack([np.append(1.0, after[:-1]), after]).ravel(),
                "seen_at": np.column_stack([seen_at, right]).ravel(),
            }
        )
        start = pd.DataFrame({"time": [0.0], "n_event": [0.0], "estimate": [1.0], "seen_at": [0.0]})
        drawn = pd.concat([start, drawn.loc[np.isfinite(drawn["time"])]], ignore_index=True)
        drawn.insert(0, "group", pd.Series([part.name] * len(drawn), dtype=object))
        drawn.insert(2, "n_risk", part.followed(drawn["time"].to_numpy()))
        drawn["conf_low"], drawn["conf_high"] = self._limits(part, drawn.pop("seen_at").to_numpy())
        return drawn

    def _limits(self, part: Group, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Limits at each time; none at 0, where survival is 1, nor where weights count no people."""
        found = np.full((times.size, 2), np.nan)
        near = (np.nan, np.nan)
        for k in np.flatnonzero((times > 0) & (not self.note)):
            near = limits(part.at(float(times[k])), conf_level=self.conf_level, near=near)
            found[k] = near
        return found[:, 0], found[:, 1]
