"""From rows to moments: subjects sorted by the pattern of their visits, each read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.mmrm.moments import Basis, PatternMoments, least_squares

MOST_VISITS: Final = 62
BATCH: Final = 1 << 16


def moments(
    response: FloatArray,
    matrix: FloatArray,
    subject: IntArray,
    visit: IntArray,
    *,
    n_visits: int,
    group: IntArray | None = None,
    weights: FloatArray | None = None,
    days: FloatArray | None = None,
    basis: Basis | None = None,
) -> PatternMoments:
    """Sum up rows of (y, x): `subject`, `visit` (0 ... n_visits - 1) and `group` are codes, a subject has one group.

    `weights` divide a row's variance; with `days` (one a row) a pattern is of subjects seen on the same days. Raises
    ArgumentError for a subject with two rows at a visit.
    """
    if n_visits > MOST_VISITS:
        raise ArgumentError(f"{n_visits} visits are too many.", remedy=f"Up to {MOST_VISITS} are fitted.")
    basis = least_squares(response, matrix) if basis is None else basis
    order = _by_subject(subject, visit)
    subject, visit = subject[order], visit[order]
    start = np.flatnonzero(np.diff(subject, prepend=subject[0] - 1 if len(subject) else 0))
    if np.any((np.diff(subject) == 0) & (np.diff(visit) == 0)):
        raise ArgumentError("A subject has several rows at one visit.", remedy="Keep one row a subject and visit.")
    own = np.zeros(len(start), dtype=np.int64) if group is None else np.asarray(group)[order][start].astype(np.int64)
    made = np.add.reduceat(np.left_shift(np.int64(1), visit.astype(np.int64)), start)
    kinds, kind, count = np.unique(
        _kinds(own, made, start, visit, n_visits, None if days is None else days[order]),
        axis=0,
        return_inverse=True,
        return_counts=True,
    )
    sizes = np.diff(np.append(start, len(subject)))
    reader = _Reader(response, matrix, order, basis, None if weights is None else np.sqrt(weights))
    whole = _Parts.of(kinds, count, n_visits, len(basis.shift) + 1)
    return whole.fill(reader, kind.ravel(), start, sizes, log_weights=0.0 if weights is None else np.log(weights).sum())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Rows of z in the order of subjects and visits, made a batch at a time."""

    response: FloatArray
    matrix: FloatArray
    order: IntArray
    basis: Basis
    root: FloatArray | None

    def rows(self, places: IntArray) -> FloatArray:
        """Return z at some places of the order, rows x q."""
        at = self.order[places]
        z = self.basis.apply(self.response[at], self.matrix[at])
        return z if self.root is None else z * self.root[at, None]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Patterns sorted into those that keep moments, which come first, and those that keep rows."""

    seen: BoolArray
    group: IntArray
    days: FloatArray
    count: IntArray
    place: IntArray
    n_dense: int
    q: int

    @classmethod
    def of(cls, kinds: IntArray, count: IntArray, m: int, q: int) -> _Parts:
        seen = ((kinds[:, 1, None].astype(np.int64) >> np.arange(m)) & 1).astype(bool)
        days: FloatArray = np.asarray(
            kinds[:, 2:] if kinds.shape[1] > 2 else np.tile(np.arange(m), (len(kinds), 1)), dtype=float
        )
        dense = count > seen.sum(axis=1) * q
        order = np.argsort(~dense, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return cls(seen[order], kinds[order, 0].astype(np.int64), days[order], count[order], place, int(dense.sum()), q)

    def fill(
        self, reader: _Reader, kind: IntArray, start: IntArray, sizes: IntArray, log_weights: float
    ) -> PatternMoments:
        """Read every subject once, into moments or into rows."""
        m, q = self.seen.shape[1], self.q
        pattern = self.place[kind]
        gram = np.zeros((self.n_dense, m, m, q, q))
        for p in range(self.n_dense):
            visits = np.flatnonzero(self.seen[p])
            gram[p][np.ix_(visits, visits)] = _gram(reader, start[pattern == p], len(visits), q)
        kept = np.flatnonzero(pattern >= self.n_dense)
        kept = kept[np.argsort(pattern[kept], kind="stable")]
        rows = np.zeros((len(kept), m, q))
        at = np.repeat(start[kept], sizes[kept]) + _within(sizes[kept])
        if len(kept):
            # a pattern's visits in order are its subjects' rows in order
            rows[self.seen[pattern[kept]]] = reader.rows(at)
        return PatternMoments(
            seen=self.seen,
            group=self.group,
            subjects=self.count.astype(float),
            gram=gram,
            rows=rows,
            pattern=pattern[kept],
            basis=reader.basis,
            days=self.days,
            log_weights=float(log_weights),
        )


def _gram(reader: _Reader, start: IntArray, k: int, q: int) -> FloatArray:
    """The moments of subjects who made the same k visits, (k, k, q, q)."""
    total = np.zeros((k * q, k * q))
    step = max(BATCH // k, 1)
    for begin in range(0, len(start), step):
        places = start[begin : begin + step, None] + np.arange(k)
        z = reader.rows(places.ravel()).reshape(-1, k * q)
        total += z.T @ z
    return total.reshape(k, q, k, q).transpose(0, 2, 1, 3)


def _kinds(
    own: IntArray, made: IntArray, start: IntArray, visit: IntArray, m: int, days: FloatArray | None
) -> np.ndarray:
    """What tells patterns apart: group, visits made, and the days of these where they matter."""
    if days is None:
        return np.stack([own, made], axis=1)
    table = np.zeros((len(start), m))
    subject = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(visit))))
    table[subject, visit] = days
    return np.column_stack([own.astype(float), made.astype(float), table])


def _by_subject(subject: IntArray, visit: IntArray) -> IntArray:
    step = np.diff(subject)
    if np.all((step > 0) | ((step == 0) & (np.diff(visit) >= 0))):
        return np.arange(len(subject))
    return np.lexsort((visit, subject))


def _within(sizes: IntArray) -> IntArray:
    """0, 1, ... within each run."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
