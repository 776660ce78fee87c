"""All that the likelihood needs of the data: counts and cross-products per pattern of visits, which add.

z = (x, y) of one subject and visit. A pattern is a set of visits (and a group); its moments are the sums of z_s z_t'
over its subjects for every pair of visits. A pattern with fewer subjects than its moments have room for keeps the
subjects' own rows instead, which are its moments' square root. Before anything is multiplied the columns are made
orthonormal and the outcome is left as its least-squares residual, so that no large numbers cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.linalg import solve_triangular

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray

MOST_VISITS: Final = 62
BATCH: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Columns x -> x A and outcome y -> y - x b: a fit in the new columns is turned back by beta = b + A gamma."""

    turn: FloatArray
    shift: FloatArray

    def apply(self, response: FloatArray, matrix: FloatArray) -> FloatArray:
        """Return (x A, y - x b), rows x (columns + 1)."""
        return np.column_stack([matrix @ self.turn, response - matrix @ self.shift])


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternMoments:
    """Moments of repeated measures; `a + b` are those of both data sets together, in the basis that they share.

    `seen` (patterns x visits), `group` and `subjects` describe the patterns, those with moments first. `gram`
    (patterns with moments, m, m, q, q); `rows` (subjects, m, q), zero at visits not made, and `pattern` (subjects) of
    the others. `log_weights` is the sum of the logs of observation weights.
    """

    seen: BoolArray
    group: IntArray
    subjects: FloatArray
    gram: FloatArray
    rows: FloatArray
    pattern: IntArray
    basis: Basis
    log_weights: float = 0.0

    @property
    def n_visits(self) -> int:
        """Visits of the model."""
        return int(self.seen.shape[1])

    @property
    def n_columns(self) -> int:
        """Columns of the design."""
        return len(self.basis.shift)

    @property
    def n_groups(self) -> int:
        """Groups with a covariance of their own."""
        return int(self.group.max()) + 1

    @property
    def n_subjects(self) -> int:
        """Subjects."""
        return int(self.subjects.sum())

    @property
    def n_observations(self) -> int:
        """Rows of all subjects."""
        return int(self.subjects @ self.seen.sum(axis=1))

    def contract(self, weights: FloatArray) -> FloatArray:
        """Return the sum over patterns of W_st M_st (q x q), for symmetric W (patterns, m, m)."""
        dense = len(self.gram)
        q = self.gram.shape[-1]
        total: FloatArray = (weights[:dense].reshape(-1) @ self.gram.reshape(-1, q * q)).reshape(q, q)
        if len(self.rows):
            weighted = weights[self.pattern] @ self.rows
            total = total + self.rows.reshape(-1, q).T @ weighted.reshape(-1, q)
        return total

    def project(self, factor: FloatArray) -> FloatArray:
        """Return the sums of (z_s' F)(z_t' F)' per pattern (patterns, m, m), for F (q x k)."""
        m = self.n_visits
        out = np.zeros((len(self.seen), m, m))
        dense = len(self.gram)
        if dense:
            out[:dense] = (self.gram.reshape(dense * m * m, -1) @ (factor @ factor.T).ravel()).reshape(dense, m, m)
        if len(self.rows):
            turned = self.rows @ factor
            starts = np.flatnonzero(np.diff(self.pattern, prepend=-1))
            out[self.pattern[starts]] = np.add.reduceat(turned @ turned.transpose(0, 2, 1), starts, axis=0)
        return out

    def sandwich(self, inverse: FloatArray, middle: FloatArray) -> FloatArray:
        """Return sums of z' W A W z (k, q, q), for W (patterns, m, m) and A (k, groups, m, m)."""
        m, q, dense = self.n_visits, self.gram.shape[-1], len(self.gram)
        own = middle[:, self.group[:dense]]
        turned = inverse[:dense] @ own @ inverse[:dense]
        total: FloatArray = (turned.reshape(len(middle), -1) @ self.gram.reshape(-1, q * q)).reshape(-1, q, q)
        for group in np.unique(self.group[self.pattern]):
            mine = self.group[self.pattern] == group
            flat = (inverse[self.pattern[mine]] @ self.rows[mine]).reshape(-1, m * q)
            blocks = (flat.T @ flat).reshape(m, q, m, q).transpose(0, 2, 1, 3).reshape(m * m, q * q)
            total = total + (middle[:, group].reshape(len(middle), -1) @ blocks).reshape(-1, q, q)
        return total

    def __add__(self, other: PatternMoments) -> PatternMoments:
        if self.basis is not other.basis and not (
            np.array_equal(self.basis.turn, other.basis.turn) and np.array_equal(self.basis.shift, other.basis.shift)
        ):
            raise ArgumentError(
                "Moments in different bases do not add.", remedy="Make both with the same `basis` (see least_squares)."
            )
        return _merge(self, other)


def least_squares(response: FloatArray, matrix: FloatArray) -> Basis:
    """Return the basis in which columns are orthonormal over these rows and the outcome is its residual.

    Raises NotEstimable where columns are aliased.
    """
    scale = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
    if not np.all(scale > 0):
        raise NotEstimable("a column of the design is 0 in every row")
    try:
        factor = np.linalg.cholesky(matrix.T @ matrix / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        raise NotEstimable("columns of the design are aliased") from None
    turn = solve_triangular(factor, np.diag(1 / scale), lower=True).T
    shift = turn @ (turn.T @ (matrix.T @ response))
    # once more on the residual: the first solution has the rounding of the normal equations
    shift = shift + turn @ (turn.T @ (matrix.T @ (response - matrix @ shift)))
    return Basis(turn=turn, shift=shift)


def moments(
    response: FloatArray,
    matrix: FloatArray,
    subject: IntArray,
    visit: IntArray,
    *,
    n_visits: int,
    group: IntArray | None = None,
    weights: FloatArray | None = None,
    basis: Basis | None = None,
) -> PatternMoments:
    """Sum up rows of (y, x): `subject`, `visit` (0 ... n_visits - 1) and `group` are codes, a subject has one group.

    `weights` divide a row's variance. Raises ArgumentError for a subject with two rows at a visit.
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
    kinds, kind, count = np.unique(np.stack([own, made], axis=1), axis=0, return_inverse=True, return_counts=True)
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
    count: IntArray
    place: IntArray
    n_dense: int
    q: int

    @classmethod
    def of(cls, kinds: IntArray, count: IntArray, m: int, q: int) -> _Parts:
        seen = ((kinds[:, 1, None] >> np.arange(m)) & 1).astype(bool)
        dense = count > seen.sum(axis=1) * q
        order = np.argsort(~dense, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return cls(seen[order], kinds[order, 0], count[order], place, int(dense.sum()), q)

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


def _by_subject(subject: IntArray, visit: IntArray) -> IntArray:
    step = np.diff(subject)
    if np.all((step > 0) | ((step == 0) & (np.diff(visit) >= 0))):
        return np.arange(len(subject))
    return np.lexsort((visit, subject))


def _within(sizes: IntArray) -> IntArray:
    """0, 1, ... within each run."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _merge(a: PatternMoments, b: PatternMoments) -> PatternMoments:
    """Patterns of both: moments are added, rows stand side by side."""
    keys = [np.column_stack([x.group, x.seen @ (1 << np.arange(x.n_visits))]) for x in (a, b)]
    known, place = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    places = np.split(place.ravel(), [len(keys[0])])
    dense = np.zeros(len(known), dtype=bool)
    for x, at in zip((a, b), places, strict=True):
        dense[at[: len(x.gram)]] = True
    order = np.argsort(~dense, kind="stable")
    new = np.empty(len(order), dtype=np.int64)
    new[order] = np.arange(len(order))
    m, q = a.n_visits, a.n_columns + 1
    gram, subjects = np.zeros((int(dense.sum()), m, m, q, q)), np.zeros(len(known))
    rows, pattern = [], []
    for x, at in zip((a, b), places, strict=True):
        at = new[at]
        subjects[at] += x.subjects
        gram[at[: len(x.gram)]] += x.gram
        own = at[x.pattern]
        for p in np.unique(own[own < len(gram)]):
            z = x.rows[own == p].reshape(-1, m * q)
            gram[p] += (z.T @ z).reshape(m, q, m, q).transpose(0, 2, 1, 3)
        rows.append(x.rows[own >= len(gram)])
        pattern.append(own[own >= len(gram)])
    of_rows = np.concatenate(pattern)
    sorting = np.argsort(of_rows, kind="stable")
    seen = ((known[order, 1, None] >> np.arange(m)) & 1).astype(bool)
    return replace(
        a,
        seen=seen,
        group=known[order, 0],
        subjects=subjects,
        gram=gram,
        rows=np.concatenate(rows)[sorting],
        pattern=of_rows[sorting],
        log_weights=a.log_weights + b.log_weights,
    )
