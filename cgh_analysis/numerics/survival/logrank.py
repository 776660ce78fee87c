"""Log-rank tests of several samples: observed less expected events, with weights over time, within strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, quadratic_test
from cgh_analysis.numerics.survival.day_counts import remaining
from cgh_analysis.numerics.survival.risk_sets import at_risk_by, risk_sets, running_from

Weighting = Literal["logrank", "gehan", "tarone-ware", "peto", "modified-peto", "fleming-harrington"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTables:
    """One table a time of an event in a `stratum`: how many of each group (P, G) are at `risk`, and how many `died`.

    The P tables are in the order of strata, then of time.
    """

    stratum: IntArray
    risk: FloatArray
    died: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Weighted events `observed` and `expected` (G,) by group, and the covariance of their difference (G, G)."""

    observed: FloatArray
    expected: FloatArray
    variance: FloatArray

    @property
    def test(self) -> ChiSquare:
        """Test that all groups have one hazard; the last follows from the others.

        A group that is never at risk at an event is left out, with its degree of freedom. Raises NotEstimable where
        groups are never at risk together.
        """
        kept = np.flatnonzero(self.expected > 0)[:-1]
        if not np.diag(self.variance).any():
            raise NotEstimable("events occur only while people of a single group are at risk")
        try:
            return quadratic_test((self.observed - self.expected)[kept], self.variance[np.ix_(kept, kept)])
        except NotEstimable:
            raise NotEstimable("a group is never at risk together with the others when an event occurs") from None

    def trend(self, scores: FloatArray) -> ChiSquare:
        """Test against hazards that rise or fall with scores (G,) of the groups, on one df (Tarone 1975)."""
        a = (scores - scores.mean()) / np.ptp(scores)
        variance = float(a @ self.variance @ a)
        if variance <= 1e-12 * np.trace(self.variance):  # only rounding is left
            raise NotEstimable("events occur only while people of a single score are at risk")
        return chi_square(float(a @ (self.observed - self.expected)) ** 2 / variance, 1)


def logrank(
    time: FloatArray,
    event: BoolArray,
    group: IntArray,
    *,
    stratum: IntArray | None = None,
    entry: FloatArray | None = None,
    weighting: Weighting = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRank:
    """Compare groups of people (n,), codes from 0, within strata: `event_tables`, then `compare`."""
    tables = event_tables(time, event, group, n_groups=int(group.max()) + 1, stratum=stratum, entry=entry)
    return compare(tables, weighting=weighting, rho=rho, gamma=gamma)


def event_tables(
    time: FloatArray,
    event: BoolArray,
    group: IntArray,
    *,
    n_groups: int,
    stratum: IntArray | None = None,
    entry: FloatArray | None = None,
) -> EventTables:
    """Lay people out by times of events: arrays (n,), codes from 0; a person is at risk while entry < t <= time."""
    sets = risk_sets(time, np.zeros(time.size, dtype=np.intp) if stratum is None else stratum, entry=entry, at=event)
    cells = sets.times.size * n_groups
    died = np.bincount(sets.last[event] * n_groups + group[event], minlength=cells)
    return EventTables(
        stratum=sets.stratum, risk=at_risk_by(sets, group, n_groups), died=died.reshape(-1, n_groups).astype(float)
    )


def tables_from_day_counts(counts: IntArray) -> EventTables:
    """Return the same from people counted by day: (days, strata, groups, 2), who left without and with the event."""
    died = counts[..., 1]
    stratum, day = np.nonzero(died.any(axis=2).T)
    risk = remaining(counts)[day, stratum]
    return EventTables(stratum=stratum, risk=risk.astype(float), died=died[day, stratum].astype(float))


def pair(tables: EventTables, groups: tuple[int, int]) -> EventTables:
    """Return the tables of two groups on their own."""
    two = list(groups)
    kept = tables.died[:, two].any(axis=1)
    risk, died = tables.risk[kept][:, two], tables.died[kept][:, two]
    return EventTables(stratum=tables.stratum[kept], risk=risk, died=died)


def compare(tables: EventTables, *, weighting: Weighting = "logrank", rho: float = 0.0, gamma: float = 0.0) -> LogRank:
    """Sum over times w (d_g - d r_g / r), whose variance is hypergeometric where all groups have one hazard.

    Weights: 1; at risk r (Gehan 1965); sqrt r (Tarone and Ware 1977); S(t-), Peto and Peto's (1972) and R's rho = 1;
    S~(t) r / (r + 1) with S~ the product of 1 - d / (r + 1) (Andersen, Borgan, Gill and Keiding 1982);
    S(t-)^rho (1 - S(t-))^gamma (Fleming and Harrington 1991), S being the pooled curve of the stratum.
    """
    if not tables.died.size:
        raise NotEstimable("no event")
    r, d = tables.risk.sum(axis=1), tables.died.sum(axis=1)
    weight = _weights(tables.stratum, r, d, weighting, (rho, gamma))
    share = tables.risk / r[:, None]
    spread = weight**2 * d * (r - d) / np.maximum(r - 1, 1.0)
    variance = np.diag(spread @ share) - share.T @ (spread[:, None] * share)
    return LogRank(observed=weight @ tables.died, expected=(weight * d) @ share, variance=variance)


def _weights(
    stratum: IntArray, r: FloatArray, d: FloatArray, weighting: Weighting, powers: tuple[float, float]
) -> FloatArray:
    if weighting == "gehan":
        return r
    if weighting == "tarone-ware":
        return np.sqrt(r)
    if weighting == "modified-peto":
        return _pooled(stratum, d / (r + 1))[0] * r / (r + 1)
    rho, gamma = {"logrank": (0.0, 0.0), "peto": (1.0, 0.0)}.get(weighting, powers)
    before = _pooled(stratum, d / r)[1]
    return np.asarray(before**rho * (1 - before) ** gamma)


def _pooled(stratum: IntArray, hazard: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The pooled survival curve of each stratum at its event times, and just before them."""
    starts = np.flatnonzero(np.diff(stratum, prepend=-1))
    with np.errstate(divide="ignore"):  # nobody is left: minus infinity, also for those who enter later
        log = running_from(np.log1p(-hazard), starts)
    before = np.concatenate([[0.0], log[:-1]])
    before[starts] = 0.0
    return np.exp(log), np.exp(before)
