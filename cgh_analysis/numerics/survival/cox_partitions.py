"""Cox regression over parts of the rows that stay where they are: risk-set sums by day that add.

Each part holds whole patients. Once it says its event times, the sum of its covariates and of its weights; then, at
each value of the coefficients, sums by point (stratum, event time) of the risk, of risk x and of risk x x', over those
at risk and over those who die. They add, and the whole likelihood follows from them: nothing of a person moves. The
answer is that of all rows together, up to the order of summation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.newton import Maximum, Peak, maximise
from cgh_analysis.numerics.survival.partial_likelihood import (
    Slots,
    Ties,
    denominators,
    relative_risk,
    slots,
    squared_means,
)
from cgh_analysis.numerics.survival.risk_rows import RiskRows, point_sums, risk_rows
from cgh_analysis.numerics.survival.risk_sets import distinct, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of whole patients: covariates (n, p), times, events, and where they are used strata, entries, weights.

    Stratum codes mean the same in every part.
    """

    x: FloatArray
    time: FloatArray
    event: BoolArray
    stratum: IntArray | None = None
    entry: FloatArray | None = None
    weights: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What all parts have in common: the points, the mean and range of the covariates, the deaths of each point."""

    times: FloatArray
    stratum: IntArray
    center: FloatArray
    spread: FloatArray
    mean_weight: float
    slots: Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySums:
    """Sums by point of risk (P,), risk x (P, p) and risk x x' (P, p p), over those at risk and over the dead.

    Risks are less the `shift` of each stratum in this part.
    """

    shift: FloatArray
    s0: FloatArray
    s1: FloatArray
    s2: FloatArray
    d0: FloatArray
    d1: FloatArray
    d2: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFit:
    """The maximum over all parts, and the cumulative baseline hazard at the mean of the covariates, by point."""

    maximum: Maximum[Peak]
    times: FloatArray
    stratum: IntArray
    cumulative_hazard: FloatArray


Run = Callable[[Sequence[Callable[[], Any]]], Sequence[Any]]


def here(tasks: Sequence[Callable[[], Any]]) -> Sequence[Any]:
    """Run tasks one after another, in this process."""
    return [task() for task in tasks]


def fit_partitions(
    parts: Sequence[Part], names: Sequence[str], *, ties: Ties = "efron", run: Run = here
) -> PartitionFit:
    """Maximise the partial likelihood of all parts together, by "efron" or "breslow"; `names` (p,) name the columns.

    `run` takes tasks, which are picklable, and returns their answers in order: on an executor, say. Raises NotEstimable
    as `maximise` does, and where no part has an event.
    """
    whole = _whole(run([partial(_described, part) for part in parts]), ties)
    rows = run([partial(_laid_out, part, whole) for part in parts])
    dead_x = np.sum([r.dead_x for r in rows], axis=0)

    def evaluate(coef: FloatArray) -> Peak:
        return _peak(whole, dead_x, coef, added(run([partial(day_sums, r, coef) for r in rows]), whole.stratum))

    found = maximise(evaluate, names, spread=whole.spread, unit=whole.mean_weight)
    total = added(run([partial(day_sums, r, found.coef) for r in rows]), whole.stratum)
    step = denominators(whole.slots, total.s0, total.d0).h0 * np.exp(-total.shift[whole.stratum])
    strata = np.split(step, np.flatnonzero(np.diff(whole.stratum)) + 1)
    hazard = np.concatenate([np.cumsum(own) for own in strata])
    return PartitionFit(maximum=found, times=whole.times, stratum=whole.stratum, cumulative_hazard=hazard)


def day_sums(rows: RiskRows, coef: FloatArray) -> DaySums:
    """Return the sums of one part at `coef` (p,)."""
    risk, shift = relative_risk(rows, coef)
    p = len(rows.columns)

    def features(columns: FloatArray) -> FloatArray:
        return np.concatenate([columns, (columns[:, None] * columns).reshape(p * p, -1)])

    found = point_sums(rows, risk, features)
    return DaySums(
        shift=shift,
        s0=found.at_risk,
        s1=found.at_risk_x[:, :p],
        s2=found.at_risk_x[:, p:],
        d0=found.dead,
        d1=found.dead_x[:, :p],
        d2=found.dead_x[:, p:],
    )


def added(parts: Sequence[DaySums], stratum: IntArray) -> DaySums:
    """Add the sums of parts, in their order, whose points have strata (P,)."""
    shift = np.max([part.shift for part in parts], axis=0)
    scales = [np.exp(part.shift - shift)[stratum] for part in parts]

    def total(name: str) -> FloatArray:
        sums = [(getattr(part, name).T * scale).T for part, scale in zip(parts, scales, strict=True)]
        return np.asarray(sum(sums[1:], sums[0]))

    return DaySums(shift=shift, **{name: total(name) for name in ("s0", "s1", "s2", "d0", "d1", "d2")})


def _peak(whole: Whole, dead_x: FloatArray, coef: FloatArray, total: DaySums) -> Peak:
    d = denominators(whole.slots, total.s0, total.d0)
    second = (d.h0 @ total.s2 - d.h1 @ total.d2).reshape(coef.size, coef.size)
    weight = whole.slots.mean_weight * whole.slots.n_dead
    return Peak(
        log_likelihood=float(dead_x @ coef - weight @ total.shift[whole.stratum] - d.log_phi.sum()),
        score=dead_x - d.h0 @ total.s1 + d.h1 @ total.d1,
        hessian=squared_means(total.s1, total.d1, d) - second,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What a part says once: its event times with their weights, the sum and range of its covariates, its weight."""

    times: FloatArray
    stratum: IntArray
    weight_dead: FloatArray
    total: FloatArray
    low: FloatArray
    high: FloatArray
    n: int
    weight: float


def _described(part: Part) -> _Described:
    weight = np.ones(part.time.size) if part.weights is None else part.weights
    codes = np.zeros(part.time.size, dtype=np.intp) if part.stratum is None else part.stratum
    return _Described(
        times=part.time[part.event],
        stratum=codes[part.event],
        weight_dead=weight[part.event],
        total=part.x.sum(axis=0),
        low=part.x.min(axis=0),
        high=part.x.max(axis=0),
        n=part.time.size,
        weight=float(weight.sum()),
    )


def _whole(said: Sequence[_Described], ties: Ties) -> Whole:
    event_times = np.concatenate([s.times for s in said])
    if not event_times.size:
        raise NotEstimable("no part has an event")
    times, place = distinct(event_times)
    cells = np.concatenate([s.stratum for s in said]) * times.size + place
    points, index = np.unique(cells, return_inverse=True)
    n = sum(s.n for s in said)
    return Whole(
        times=times[points % times.size],
        stratum=points // times.size,
        center=np.sum([s.total for s in said], axis=0) / n,
        spread=np.max([s.high for s in said], axis=0) - np.min([s.low for s in said], axis=0),
        mean_weight=sum(s.weight for s in said) / n,
        slots=slots(np.bincount(index), tally(index, np.concatenate([s.weight_dead for s in said]), points.size), ties),
    )


def _laid_out(part: Part, whole: Whole) -> RiskRows:
    """Lay out the rows of a part on the points of all; rows without weight stand for points that it has not."""
    n, size = part.time.size, whole.times.size
    codes = np.zeros(n, dtype=np.intp) if part.stratum is None else part.stratum
    entry = None if part.entry is None else np.concatenate([part.entry, np.zeros(size)])
    return risk_rows(
        np.concatenate([part.x, np.tile(whole.center, (size, 1))]),
        np.concatenate([part.time, whole.times]),
        np.concatenate([part.event, np.zeros(size, dtype=bool)]),
        stratum=np.concatenate([codes, whole.stratum]),
        entry=entry,
        weights=np.concatenate([np.ones(n) if part.weights is None else part.weights, np.zeros(size)]),
        at=np.arange(n + size) >= n,
        center=whole.center,
    )
