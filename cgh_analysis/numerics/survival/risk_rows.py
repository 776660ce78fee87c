"""Rows in the order in which they leave the risk sets, so that sums over risk sets are sums over stretches of rows.

Rows are sorted by the last point at which they are at risk, those with an event there first. A *segment* is a stretch
of rows alike in both; whoever is at risk at no point comes last, in no segment. Rows are read in blocks of whole
segments that fit into the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import RiskSets, remaining, risk_sets, tally

BLOCK: Final = 1 << 13


AnyArray = TypeVar("AnyArray", FloatArray, IntArray)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRows:
    """Rows in the order of leaving; `order` (n,) is the place of each among the rows given.

    `columns` (p, n) are the covariates less their mean `center` (p,). `sets` holds points and risk sets of the rows in
    this order. Segments begin at rows `starts`, and `place` is 2 x their point, plus 1 for those without an event;
    `blocks` are the first segment of each block, and the number of segments. `dead` are the rows with an event, `point`
    their points, and `dead_x` (p,) the weighted sum of their covariates.
    """

    columns: FloatArray
    center: FloatArray
    weight: FloatArray
    event: BoolArray
    stratum: IntArray
    order: IntArray
    sets: RiskSets
    starts: IntArray
    place: IntArray
    blocks: IntArray
    dead: IntArray
    point: IntArray
    dead_x: FloatArray

    @property
    def n_points(self) -> int:
        """Distinct (stratum, time) pairs with an event."""
        return self.sets.times.size

    @property
    def n_seen(self) -> int:
        """Rows at risk at one point at least; they come first."""
        return int(np.searchsorted(self.sets.last, self.n_points))

    def as_given(self, values: AnyArray) -> AnyArray:
        """Return values (n,) or (n, k) of the rows in the order in which these were given."""
        out = np.empty_like(values)
        out[self.order] = values
        return out


def risk_rows(
    x: FloatArray,
    time: FloatArray,
    event: BoolArray,
    *,
    stratum: IntArray | None = None,
    entry: FloatArray | None = None,
    weights: FloatArray | None = None,
    at: BoolArray | None = None,
    center: FloatArray | None = None,
) -> RiskRows:
    """Sort the rows of covariates (n, p) and times (n,); `at` chooses the rows whose times are points (the events)."""
    codes = np.zeros(time.size, dtype=np.intp) if stratum is None else stratum
    found = risk_sets(time, codes, entry=entry, at=event if at is None else at)
    n_points = found.times.size
    key = 2 * found.last + ~event
    # sixteen bits are sorted by counting
    order = np.argsort(key.astype(np.uint16) if 2 * n_points + 2 < 1 << 16 else key, kind="stable")
    key, event = key[order], event[order]
    seen = int(np.searchsorted(key, 2 * n_points))
    starts = np.flatnonzero(np.diff(key[:seen], prepend=-1))
    weight = np.ones(time.size) if weights is None else weights[order]
    middle = x.mean(axis=0) if center is None else center
    columns = _columns(x, order, middle)
    dead = np.flatnonzero(event)
    sets = _reordered(found, order)
    return RiskRows(
        columns=columns,
        center=middle,
        weight=weight,
        event=event,
        stratum=codes[order] if stratum is not None else codes,
        order=order,
        sets=sets,
        starts=starts,
        place=key[starts],
        blocks=_blocks(starts),
        dead=dead,
        point=sets.last[dead],
        dead_x=columns @ np.where(event, weight, 0.0),
    )


def _columns(x: FloatArray, order: IntArray, center: FloatArray) -> FloatArray:
    columns = np.empty((x.shape[1], order.size))
    for begin in range(0, order.size, BLOCK):
        part = slice(begin, begin + BLOCK)
        columns[:, part] = (x[order[part]] - center).T
    return columns


def _reordered(sets: RiskSets, order: IntArray) -> RiskSets:
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return RiskSets(
        times=sets.times,
        stratum=sets.stratum,
        starts=sets.starts,
        last=sets.last[order],
        late=place[sets.late],
        before=sets.before,
    )


def _blocks(starts: IntArray) -> IntArray:
    """Cut segments into blocks of about BLOCK rows: the first segment of each, and the number of segments."""
    cuts = np.flatnonzero(np.diff(starts // BLOCK, prepend=-1))
    return np.append(cuts, starts.size)


Features = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSums:
    """Sums of a quantity of rows, and of its products with features (P, k), over `at_risk` and over the `dead`."""

    at_risk: FloatArray
    at_risk_x: FloatArray
    dead: FloatArray
    dead_x: FloatArray


def point_sums(rows: RiskRows, values: FloatArray, features: Features | None = None) -> PointSums:
    """Sum `values` (n,), and values x features, at each point; features (k, m) are made of columns (p, m) as needed.

    Without `features` they are the columns themselves.
    """
    found = _by_segment(rows, values, features)
    dead, at_risk = _at_points(rows, found[0], values[rows.sets.late])
    made = (_made(rows.columns[:, rows.sets.late], features) * values[rows.sets.late]).T
    dead_x, at_risk_x = _at_points(rows, found[1:].T, made)
    return PointSums(at_risk=at_risk, at_risk_x=at_risk_x, dead=dead, dead_x=dead_x)


def _at_points(rows: RiskRows, by_segment: FloatArray, late: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum over the dead and over those at risk, from sums by segment (S,) or (S, k) and the values of late rows."""
    parts = np.zeros((rows.n_points, 2, *by_segment.shape[1:]))
    parts.reshape(-1, *by_segment.shape[1:])[rows.place] = by_segment
    leaving = parts[:, 0] + parts[:, 1]
    if len(late):
        leaving -= tally(rows.sets.before, late, rows.n_points)
    # products of matrices want them in one piece
    return np.ascontiguousarray(parts[:, 0]), np.ascontiguousarray(remaining(rows.sets, leaving))


def _made(columns: FloatArray, features: Features | None) -> FloatArray:
    return columns if features is None else features(columns)


def _by_segment(rows: RiskRows, values: FloatArray, features: Features | None) -> FloatArray:
    """Sums (1 + k, segments) of values and values x features."""
    n_seen, parts = rows.n_seen, []
    ends = np.append(rows.starts, n_seen)
    for first, stop in zip(rows.blocks[:-1], rows.blocks[1:], strict=True):
        begin, end = ends[first], ends[stop]
        own = values[begin:end]
        made = _made(rows.columns[:, begin:end], features)
        block = np.empty((1 + len(made), end - begin))
        block[0] = own
        np.multiply(made, own, out=block[1:])
        parts.append(np.add.reduceat(block, rows.starts[first:stop] - begin, axis=1))
    return np.concatenate(parts, axis=1)


def second_moments(rows: RiskRows, values: FloatArray) -> FloatArray:
    """Return the sum (p, p) over rows of values x x'."""
    total = np.zeros((len(rows.columns),) * 2)
    for begin in range(0, rows.n_seen, BLOCK):
        part = slice(begin, begin + BLOCK)
        own = rows.columns[:, part]
        total += (own * values[part]) @ own.T
    return total
