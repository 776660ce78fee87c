"""The quadratic model of the likelihood of an NPMLE, and its mode over the cells that may carry mass.

Written in F, the cumulated mass at the nodes between cells, minus the Hessian is the Laplacian of a graph: a run from
node a to node b is an edge with weight w / P^2. Nodes between which no cell may carry mass are one node; fixed nodes
(the ends, and one where survival is held) ground the graph. Everything is a way from where one is, so that near the
mode digits are not lost in differences of large numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg, sparse
from scipy.linalg import lapack
from scipy.sparse import linalg as sparse_linalg

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray

# systems with more unknowns than this are solved as sparse ones
DENSE: Final = 300
# a breath of inertia: parts of the masses that the data leave open stay where they are
INERTIA: Final = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs of cells `first` <= j < `last` with weights (D,), of m cells; cells before `cut` share `mass` (2,)[0]."""

    first: IntArray
    last: IntArray
    weight: FloatArray
    m: int
    cut: int
    mass: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadratic:
    """The model around masses p (k,) of the chosen cells: edges (k + 1, k + 1), F and its gradient at nodes (k + 1,).

    `fixed` are the nodes at which F, counted from the cut, is given, and `values` what it is there.
    """

    p: FloatArray
    edges: FloatArray | sparse.coo_array
    curve: FloatArray
    gradient: FloatArray
    fixed: IntArray
    values: FloatArray


def cumulated(p: FloatArray, cut: int) -> FloatArray:
    """Return F at the nodes, less its value at the cut, so that little mass on a side keeps its digits."""
    before = np.cumsum(p[:cut][::-1])[::-1]
    return np.concatenate([-before, [0.0], np.cumsum(p[cut:])])


def quadratic(runs: Runs, p: FloatArray, on: FloatArray, chosen: BoolArray) -> Quadratic:
    """Return the model at masses p (m,), which put `on` (D,) on the runs, for the chosen cells (m,)."""
    node = np.concatenate([[0], np.cumsum(chosen)])
    a, b = node[runs.first], node[runs.last]
    size = int(node[-1]) + 1
    slope, curvature = runs.weight / on, runs.weight / on**2
    gradient = np.bincount(b, slope, size) - np.bincount(a, slope, size)
    fixed = [0, node[runs.cut], size - 1] if runs.cut < runs.m else [0, size - 1]
    edges: FloatArray | sparse.coo_array
    if size <= DENSE:
        edges = np.bincount(a * size + b, curvature, size * size).astype(float).reshape(size, size)
    else:
        edges = sparse.coo_array((curvature, (a, b)), shape=(size, size))
    return Quadratic(
        p=p[chosen],
        edges=edges,
        curve=cumulated(p[chosen], int(node[runs.cut])),
        gradient=gradient.astype(float),
        fixed=np.array(fixed, dtype=np.intp),
        values=np.array([-runs.mass[0], 0.0, runs.mass[1]][: len(fixed)]),
    )


def mode_over(model: Quadratic, kept: BoolArray) -> FloatArray:
    """Return the masses, which may be negative, at which the model is highest when only kept cells (k,) have any."""
    place = np.flatnonzero(kept)
    starts, node = np.concatenate([[0], place + 1]), np.concatenate([[0], np.cumsum(kept)])
    base = model.curve[starts]
    pull = model.gradient
    if not kept.all():
        pull = pull + _applied(model.edges, model.curve - base[node])
    right = np.add.reduceat(pull, starts)
    at = node[model.fixed]
    free = np.ones(starts.size, dtype=bool)
    free[at] = False
    way = np.zeros(starts.size)
    way[at] = model.values - base[at]
    laplacian, diagonal = _laplacian(model.edges, starts, node)
    if free.any():
        inertia = INERTIA * np.where(diagonal > 0, diagonal, 1.0)[free]
        right = right[free] - laplacian[free][:, ~free] @ way[~free]
        solve = _direct if isinstance(laplacian, np.ndarray) else _iterated
        way[free] = solve(laplacian[free][:, free], inertia, right)
    before = np.concatenate([[0], place[:-1] + 1])
    return np.asarray(np.add.reduceat(model.p[: place[-1] + 1], before) + np.diff(way))


def _applied(edges: FloatArray | sparse.coo_array, x: FloatArray) -> FloatArray:
    """The Laplacian of the whole graph times a vector."""
    degree = edges.sum(axis=0) + edges.sum(axis=1)
    return np.asarray(degree * x - edges @ x - edges.T @ x)


def _laplacian(
    edges: FloatArray | sparse.coo_array, starts: IntArray, node: IntArray
) -> tuple[FloatArray | sparse.csr_array, FloatArray]:
    """Merge the nodes between which no cell is kept, and return the graph's Laplacian and its diagonal."""
    if isinstance(edges, np.ndarray):
        merged = np.add.reduceat(np.add.reduceat(edges, starts, axis=0), starts, axis=1)
        np.fill_diagonal(merged, 0.0)
        merged = merged + merged.T
        diagonal = merged.sum(axis=0)
        return np.diag(diagonal) - merged, diagonal
    a, b = node[edges.coords[0]], node[edges.coords[1]]
    apart = a != b
    one = sparse.coo_array((edges.data[apart], (a[apart], b[apart])), shape=(starts.size, starts.size))
    both = one + one.T
    diagonal = np.asarray(both.sum(axis=0))
    return (sparse.diags_array(diagonal) - both).tocsr(), diagonal


def _direct(system: FloatArray, inertia: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a small system with a unit diagonal, which keeps it definite where masses differ by orders."""
    scale = np.sqrt(np.diag(system) + inertia)
    system = system / np.outer(scale, scale)
    np.fill_diagonal(system, 1.0)
    _, found, info = lapack.dposv(system, right / scale)
    if info:
        raise NotEstimable("the likelihood is too flat to be climbed")
    return np.asarray(found / scale)


def _iterated(system: sparse.csr_array, inertia: FloatArray, right: FloatArray) -> FloatArray:
    return conjugate((system + sparse.diags_array(inertia)).tocsr(), right, precision=1e-8)


def conjugate(system: sparse.csr_array, right: FloatArray, *, precision: float = 1e-13) -> FloatArray:
    """Solve by conjugate gradients behind the tridiagonal part, which is all of it where times are exact."""
    band = np.zeros((2, right.size))
    band[1] = system.diagonal()
    band[0, 1:] = system.diagonal(1)
    factor = linalg.cholesky_banded(band)
    before = sparse_linalg.LinearOperator(system.shape, matvec=lambda x: linalg.cho_solve_banded((factor, False), x))
    return np.asarray(sparse_linalg.cg(system, right, rtol=precision, maxiter=500, M=before)[0])
