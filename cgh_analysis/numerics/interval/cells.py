"""Where an NPMLE can put its mass: the maximal intersections of the intervals in which people's times lie.

An interval is (left, right], a time known exactly where left == right. On a line of whole numbers the end points are
ranks: "at v, open" is 2 rank(v), and a time known exactly begins at 2 rank(v) - 1, just before it. Mass outside the
maximal intersections never raises the likelihood (Turnbull 1976), and within one it can lie anywhere. They are ordered
and disjoint, so that each interval covers a run of them. Between two of them an interval ends and another begins, from
which it follows that the log-likelihood is strictly concave in the masses: they are unique.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Maximal intersections (left, right] (m,), and the distinct intervals (D,) as runs of them with total weights.

    An interval covers the cells first <= j < last. `cut` is the first cell after the time at which intervals were cut,
    m where they were not.
    """

    left: FloatArray
    right: FloatArray
    first: IntArray
    last: IntArray
    weight: FloatArray
    cut: int


def cells(left: FloatArray, right: FloatArray, weight: FloatArray, cut: float | None = None) -> Cells:
    """Find the cells of intervals (n,) and count the intervals over them; zero weights are as if not there.

    With `cut`, intervals that hold it inside are cut in two for the search, so that no cell lies on both sides of it:
    what is left of it can carry mass of its own, which a likelihood with survival fixed at that time needs.
    """
    here = weight > 0
    return _found(left[here], right[here], weight[here], cut)[0]


def located(left: FloatArray, right: FloatArray) -> tuple[Cells, IntArray]:
    """Find the cells of intervals (n,), and which of the distinct runs each of them is."""
    found, run = _found(left, right, np.ones(left.size), None)
    return found, np.searchsorted(found.first * (found.left.size + 1) + found.last, run)


def _found(left: FloatArray, right: FloatArray, weight: FloatArray, cut: float | None) -> tuple[Cells, IntArray]:
    """Return the cells, and the code of each interval's run: first x (m + 1) + last."""
    joined = np.concatenate([left, right, np.array([0.0, np.inf] if cut is None else [0.0, np.inf, cut])])
    finite = np.isfinite(joined)
    values, rank = distinct(joined[finite])
    code = np.full(joined.size, 2 * values.size)
    code[finite] = 2 * rank
    n = left.size
    opens, closes = code[:n] - (code[:n] == code[n : 2 * n]), code[n : 2 * n]
    size = 2 * values.size + 1
    starts, stops = present(opens, size), present(closes, size)
    if cut is not None:
        at, last = code[-1], size - 1
        starts[[0, at]] = stops[[at, last]] = True
    p, q = crossings(starts, stops)
    run = np.searchsorted(p, opens) * (p.size + 1) + np.searchsorted(q, closes, side="right")
    runs, total = _counted(run, weight, (p.size + 1) ** 2)
    time = np.append(values, np.inf)
    found = Cells(
        left=time[(p + 1) // 2],
        right=time[q // 2],
        first=runs // (p.size + 1),
        last=runs % (p.size + 1),
        weight=total,
        cut=p.size if cut is None else int(np.searchsorted(p, code[-1])),
    )
    return found, run


def present(codes: IntArray, size: int) -> BoolArray:
    """Return which of the codes 0 .. size - 1 there are."""
    return np.asarray(np.bincount(codes, minlength=size) > 0)


def crossings(starts: BoolArray, stops: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the codes (p, q] of each start whose next end point is a stop; at one code a stop comes first."""
    p, q = np.flatnonzero(starts), np.flatnonzero(stops)
    following = q[np.minimum(np.searchsorted(q, p, side="right"), q.size - 1)]
    nearest = np.append(p[1:] >= following[:-1], True)
    return p[nearest], following[nearest]


def _counted(codes: IntArray, weight: FloatArray, size: int) -> tuple[IntArray, FloatArray]:
    """Return the distinct codes below `size`, and their total weights; few are counted instead of sorted."""
    if size <= 4 * codes.size + 4096:
        total = np.bincount(codes, weight, minlength=size)
        present = np.flatnonzero(total)
        return present, total[present].astype(float)
    present, index = np.unique(codes, return_inverse=True)
    return present, np.bincount(index, weight).astype(float)


def collapsed(left: FloatArray, right: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the distinct intervals (D,) in the order of their ends, and their total weights."""
    starts, i = np.unique(left, return_inverse=True)
    stops, j = np.unique(right, return_inverse=True)
    pairs, index = np.unique(i * stops.size + j, return_inverse=True)
    total = np.bincount(index, weight, pairs.size).astype(float)
    return starts[pairs // stops.size], stops[pairs % stops.size], total
