"""From rows to moments: subjects sorted by the pattern of their visits, each read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.mmrm.moments import Basis, PatternMoments, least_squares, moments_of

MOST_VISITS: Final = 62
BATCH: Final = 1 << 16
SMALL_CODES: Final = 1 << 20


class TwiceError(ArgumentError):
    """A subject has several rows at one visit."""


class SeveralGroupsError(ArgumentError):
    """A subject has rows in several groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which rows are whose: rows in the order of subject and visit, where each subject starts, and its pattern.

    `seen`, `group` and `traits` (patterns, m, r) are what a pattern is; `of_subject` is each subject's.
    """

    order: IntArray
    start: IntArray
    sizes: IntArray
    visit: IntArray
    seen: BoolArray
    group: IntArray
    traits: FloatArray
    of_subject: IntArray

    @property
    def n_subjects(self) -> int:
        """Subjects."""
        return len(self.start)

    def padded(self, values: FloatArray) -> FloatArray:
        """Return values of rows by subject and visit (subjects, m, ...), zero where there was no visit."""
        out = np.zeros((len(self.start), self.seen.shape[1], *values.shape[1:]))
        out[self.seen[self.of_subject]] = values[self.order]
        return out

    def unpadded(self, values: FloatArray) -> FloatArray:
        """Return values by subject and visit (subjects, m, ...) to the rows that they belong to."""
        out = np.empty((len(self.order), *values.shape[2:]))
        out[self.order] = values[self.seen[self.of_subject]]
        return out


def lay_out(
    subject: IntArray,
    visit: IntArray,
    *,
    n_visits: int,
    group: IntArray | None = None,
    traits: FloatArray | None = None,
    numbered: bool = False,
) -> Layout:
    """Sort rows by subject and pattern: `subject`, `visit` (0 ... n_visits - 1) and `group` are codes.

    With `traits` (rows x r) a pattern is of subjects who have them alike, such as the days on which they were seen.
    Visits that only number a subject's rows (`numbered`) may be any number. Raises ArgumentError for a subject with
    two rows at a visit, or in two groups.
    """
    groups = 1 if group is None else int(np.max(group)) + 1
    if not numbered and (n_visits > MOST_VISITS or groups * (1 << n_visits) >= 1 << 63):
        raise ArgumentError(f"{n_visits} visits are too many.", remedy=f"Up to {MOST_VISITS} are fitted.")
    order = _by_subject(subject, visit)
    subject, visit = subject[order], visit[order]
    start = np.flatnonzero(np.diff(subject, prepend=-1))
    sizes = np.diff(np.append(start, len(subject)))
    if np.any((subject[1:] == subject[:-1]) & (visit[1:] == visit[:-1])):
        raise TwiceError("A subject has several rows at one visit.", remedy="Keep one row a subject and visit.")
    own = np.zeros(len(start), dtype=np.intp) if group is None else np.asarray(group)[order[start]]
    if group is not None and np.any(np.asarray(group)[order] != np.repeat(own, sizes)):
        raise SeveralGroupsError("A subject is in several groups.", remedy="Let `group` be constant within a subject.")
    made = sizes if numbered else np.add.reduceat(np.left_shift(np.int64(1), visit.astype(np.int64)), start)
    r = 0 if traits is None else traits.shape[1]
    if traits is None:
        codes, kind = _distinct(own * np.int64(1 << n_visits) + made)
        kinds = np.column_stack([codes >> n_visits, codes & ((1 << n_visits) - 1)])
    else:
        at = np.zeros((len(start), n_visits, r))
        at[np.repeat(np.arange(len(start)), sizes), visit] = traits[order]
        keys = np.column_stack([own, made, at.reshape(len(start), -1)])
        kinds, kind = np.unique(keys, axis=0, return_inverse=True)
    return Layout(
        order=order,
        start=start,
        sizes=sizes,
        visit=visit,
        seen=np.arange(n_visits) < kinds[:, 1, None] if numbered else _bits(kinds[:, 1], n_visits),
        group=kinds[:, 0].astype(np.intp),
        traits=kinds[:, 2:].reshape(len(kinds), n_visits, r),
        of_subject=kind.ravel(),
    )


def moments(
    response: FloatArray,
    matrix: FloatArray,
    layout: Layout,
    *,
    weights: FloatArray | None = None,
    basis: Basis | None = None,
) -> PatternMoments:
    """Sum up rows of (y, x); `weights` divide a row's variance. `basis` is made of these rows where none is given."""
    basis = least_squares(response, matrix) if basis is None else basis
    q = matrix.shape[1] + 1
    root = None if weights is None else np.sqrt(weights)

    def read(places: IntArray) -> FloatArray:
        at = layout.order[places]
        z = basis.apply(response[at], matrix[at])
        return z if root is None else z * root[at, None]

    count = np.bincount(layout.of_subject, minlength=len(layout.seen))
    # moments need room for (k q)^2 numbers, rows for n k q
    dense = np.flatnonzero(count > layout.seen.sum(axis=1) * q)
    m = layout.seen.shape[1]
    gram = np.zeros((len(dense), m, m, q, q))
    for i, p in enumerate(dense):
        visits = np.flatnonzero(layout.seen[p])
        starts = layout.start[layout.of_subject == p]
        step = max(BATCH // len(visits), 1)
        for begin in range(0, len(starts), step):
            places = starts[begin : begin + step, None] + np.arange(len(visits))
            gram[i][np.ix_(visits, visits)] += moments_of(read(places.ravel()).reshape(-1, len(visits), q))
    kept = np.flatnonzero(~np.isin(layout.of_subject, dense))
    kept = kept[np.argsort(layout.of_subject[kept], kind="stable")]
    pattern = layout.of_subject[kept]
    rows = np.zeros((len(kept), m, q))
    if len(kept):
        # a pattern's visits in order are its subjects' rows in order
        rows[layout.seen[pattern]] = read(
            np.repeat(layout.start[kept], layout.sizes[kept]) + _within(layout.sizes[kept])
        )
    return PatternMoments(
        seen=layout.seen,
        group=layout.group,
        subjects=count.astype(float),
        dense=dense,
        gram=gram,
        rows=rows,
        pattern=pattern,
        basis=basis,
        traits=layout.traits,
        log_weights=0.0 if weights is None else float(np.log(weights).sum()),
    )


def _bits(codes: FloatArray, n_visits: int) -> BoolArray:
    return np.asarray(((codes[:, None].astype(np.int64) >> np.arange(n_visits)) & 1).astype(bool))


def _distinct(codes: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct codes in order, and the place of each; small codes are counted, which spares the sorting."""
    most = int(codes.max())
    if most >= SMALL_CODES:
        distinct, place = np.unique(codes, return_inverse=True)
        return distinct, place
    there = np.bincount(codes, minlength=most + 1) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]


def _by_subject(subject: IntArray, visit: IntArray) -> IntArray:
    step = np.diff(subject)
    if np.all((step > 0) | ((step == 0) & (np.diff(visit) >= 0))):
        return np.arange(len(subject))
    return np.lexsort((visit, subject))


def _within(sizes: IntArray) -> IntArray:
    """0, 1, ... within each run."""
    return np.asarray(np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes))
