"""All that the likelihood needs of the data: counts and cross-products per pattern of visits, which add.

z = (x, y) of one subject and visit. A pattern is a set of visits (and a group); its moments are the sums of z_s z_t'
over its subjects for every pair of visits. A pattern with fewer subjects than its moments have room for keeps the
subjects' own rows instead, which are its moments' square root. Before anything is multiplied the columns are made
orthonormal and the outcome is left as its least-squares residual, so that no large numbers cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solve_triangular

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.columns import aliased, triangle


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

    `seen` (patterns x visits), `group` and `subjects` describe the patterns; `dense` are those with moments, `gram`
    (dense, m, m, q, q). Of the others there are `rows` (subjects, m, q), zero at visits not made, and their `pattern`,
    in its order. `traits` (patterns, m, r) are numbers of each visit that tell patterns apart: its day, or the columns
    of its random effects. `log_weights` is the sum of the logs of observation weights.
    """

    seen: BoolArray
    group: IntArray
    subjects: FloatArray
    dense: IntArray
    gram: FloatArray
    rows: FloatArray
    pattern: IntArray
    basis: Basis
    traits: FloatArray
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
        q = self.gram.shape[-1]
        total: FloatArray = (weights[self.dense].reshape(-1) @ self.gram.reshape(-1, q * q)).reshape(q, q)
        if len(self.rows):
            weighted = weights[self.pattern] @ self.rows
            total = total + self.rows.reshape(-1, q).T @ weighted.reshape(-1, q)
        return total

    def project(self, factor: FloatArray) -> FloatArray:
        """Return the sums of (z_s' F)(z_t' F)' per pattern (patterns, m, m), for F (q x k)."""
        m = self.n_visits
        out = np.zeros((len(self.seen), m, m))
        q = self.gram.shape[-1]
        out[self.dense] = (self.gram.reshape(-1, q * q) @ (factor @ factor.T).ravel()).reshape(-1, m, m)
        if len(self.rows):
            turned = self.rows @ factor
            starts = np.flatnonzero(np.diff(self.pattern, prepend=-1))
            out[self.pattern[starts]] = np.add.reduceat(turned @ turned.transpose(0, 2, 1), starts, axis=0)
        return out

    def sandwich(self, inverse: FloatArray, middle: FloatArray) -> FloatArray:
        """Return sums of z' W A W z (k, q, q), for W (patterns, m, m) and A (k, groups, m, m)."""
        m, q = self.n_visits, self.gram.shape[-1]
        turned = inverse[self.dense] @ middle[:, self.group[self.dense]] @ inverse[self.dense]
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


def least_squares(response: FloatArray, matrix: FloatArray, products: FloatArray | None = None) -> Basis:
    """Return the basis in which columns are orthonormal over these rows and the outcome is its residual.

    `products` is X'X where it is known. Raises NotEstimable where columns are aliased.
    """
    products = matrix.T @ matrix if products is None else products
    factor = triangle(matrix, products)
    if aliased(factor).any():
        raise NotEstimable("columns of the design are aliased")
    turn = solve_triangular(factor, np.diag(1 / np.sqrt(np.diag(products))), lower=True).T
    shift = turn @ (turn.T @ (matrix.T @ response))
    # once more on the residual: the first solution has the rounding of the normal equations
    shift = shift + turn @ (turn.T @ (matrix.T @ (response - matrix @ shift)))
    return Basis(turn=turn, shift=shift)


def _merge(a: PatternMoments, b: PatternMoments) -> PatternMoments:
    """Patterns of both: moments are added, rows stand side by side, or go into moments where the other has these."""
    keys = [np.column_stack([x.group, x.seen, x.traits.reshape(len(x.seen), -1)]) for x in (a, b)]
    known, place = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    places = np.split(place.ravel(), [len(keys[0])])
    m, q = a.n_visits, a.n_columns + 1
    dense = np.unique(np.concatenate([at[x.dense] for x, at in zip((a, b), places, strict=True)]))
    gram, subjects = np.zeros((len(dense), m, m, q, q)), np.zeros(len(known))
    rows, pattern = [], []
    for x, at in zip((a, b), places, strict=True):
        subjects[at] += x.subjects
        gram[np.searchsorted(dense, at[x.dense])] += x.gram
        own = at[x.pattern]
        inside = np.isin(own, dense)
        for p in np.unique(own[inside]):
            gram[np.searchsorted(dense, p)] += moments_of(x.rows[own == p])
        rows.append(x.rows[~inside])
        pattern.append(own[~inside])
    of_rows = np.concatenate(pattern)
    sorting = np.argsort(of_rows, kind="stable")
    return replace(
        a,
        seen=known[:, 1 : m + 1].astype(bool),
        group=known[:, 0].astype(np.intp),
        traits=known[:, m + 1 :].astype(float).reshape(len(known), m, -1),
        subjects=subjects,
        dense=dense,
        gram=gram,
        rows=np.concatenate(rows)[sorting],
        pattern=of_rows[sorting],
        log_weights=a.log_weights + b.log_weights,
    )


def moments_of(rows: FloatArray) -> FloatArray:
    """Return the sums of z_s z_t' over subjects, (m, m, q, q), of rows (subjects, m, q)."""
    n, m, q = rows.shape
    flat = rows.reshape(n, m * q)
    return np.asarray((flat.T @ flat).reshape(m, q, m, q).transpose(0, 2, 1, 3))
