"""The partial likelihood of times that are truly discrete: who of a risk set has the event, given how many have.

At a time with d deaths it is the product of their risks over the sum of that of all choices of d people at risk (Cox
1972, section 6; the conditional logistic likelihood). The sums are elementary symmetric functions (Gail, Lubin and
Rubinstein 1981), here by products of polynomials: points are the leaves of a binary tree, a person stands at the few
nodes that make up the stretch of points at which he or she is at risk, and a risk set is the product from the root
down to its leaf. With n rows, P points and d deaths at most it takes some n log P + P d^2 multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival import truncated
from cgh_analysis.numerics.survival.newton import Peak
from cgh_analysis.numerics.survival.risk_rows import RiskRows

# multiplications of numbers at one value of the coefficients: about ten seconds of them
MOST_WORK: Final = 3e9


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactData:
    """Rows, deaths by point (P,), and by level of the tree (the root first) the nodes and rows that stand at them."""

    rows: RiskRows
    n_dead: IntArray
    levels: tuple[tuple[IntArray, IntArray], ...]


def exact_data(rows: RiskRows) -> ExactData:
    """Place the rows in the tree of points; raises NotEstimable where the sums would take too long."""
    n_dead = np.bincount(rows.point, minlength=rows.n_points)
    levels = _levels(rows)
    terms = (1 + len(rows.columns)) ** 2
    placed, most = sum(len(node) for node, _ in levels), int(n_dead.max())
    work = float(terms) * most * (placed * np.log2(most + 1) + rows.n_points * 2.0 * most)
    if work > MOST_WORK:
        raise NotEstimable(
            f"exact ties of {rows.n_seen} rows with up to {most} events at one time would take {work:.0e} "
            "multiplications an iteration; Efron's ties are close to them and take none of that"
        )
    return ExactData(rows=rows, n_dead=n_dead, levels=levels)


def _levels(rows: RiskRows) -> tuple[tuple[IntArray, IntArray], ...]:
    """Cut each row's stretch of points into whole subtrees: for each level nodes (sorted) and their rows."""
    n, depth = rows.n_seen, max(rows.n_points - 1, 0).bit_length()
    first = rows.sets.starts[np.cumsum(np.isin(np.arange(rows.n_points), rows.sets.starts)) - 1][rows.sets.last[:n]]
    first[rows.sets.late] = rows.sets.before + 1
    low, high = first + (1 << depth), rows.sets.last[:n] + (1 << depth) + 1
    who = np.arange(n)
    levels = []
    for _ in range(depth + 1):
        left, right = (low < high) & (low % 2 == 1), (low < high) & (high % 2 == 1)
        node, row = np.concatenate([low[left], high[right] - 1]), np.concatenate([who[left], who[right]])
        order = np.argsort(node, kind="stable")
        levels.append((node[order], row[order]))
        low, high = (low + 1) // 2, high // 2
    return tuple(reversed(levels))


def exact_likelihood(data: ExactData, coef: FloatArray) -> Peak:
    """Return the log-likelihood at `coef` (p,) with its gradient and information."""
    rows = data.rows
    eta = coef @ rows.columns[:, : rows.n_seen]
    at = _denominators(data, eta, int(data.n_dead.max()))
    point = np.arange(rows.n_points)
    mean = at.mean[point, data.n_dead]
    return Peak(
        log_likelihood=float(rows.dead_x @ coef - at.log_value[point, data.n_dead].sum()),
        score=rows.dead_x - mean.sum(axis=0),
        hessian=mean.T @ mean - at.second[point, data.n_dead].sum(axis=0),
    )


def _denominators(data: ExactData, eta: FloatArray, degree: int) -> truncated.Polynomials:
    """Multiply the people at risk at each point, from the root of the tree down."""
    columns, n_points = data.rows.columns, data.rows.n_points
    depth = len(data.levels) - 1
    found, nodes = truncated.one(len(columns)), np.array([0])
    for level, (node, row) in enumerate(data.levels):
        below = np.unique((np.arange(n_points) + (1 << depth)) >> (depth - level))
        found = found.take(np.searchsorted(nodes, below // 2))
        if row.size:
            own = truncated.products(truncated.people(eta[row], columns[:, row].T), node, degree)
            both = np.concatenate([below, np.unique(node)])
            order = np.argsort(both, kind="stable")
            found = truncated.products(truncated.joined(found, own).take(order), both[order], degree)
        nodes = below
    return found.to_degree(degree)
