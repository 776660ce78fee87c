"""Climb to the mode of sum_i w_i log(mass on run i) over masses of cells, to the Kuhn-Tucker conditions.

Written in F, the cumulated mass at the nodes between cells, minus the Hessian is the Laplacian of a graph: a run from
node a to node b is an edge with weight w / P^2. Fixed nodes (the ends, and one where survival is held) ground it. Two
phases: EM steps with iterative convex minorants (Groeneboom & Wellner 1992; Wellner & Zhan 1997) find which cells are
empty; then constrained Newton steps (Wang 2007), each the mode of the quadratic model over cells that carry mass and
the best of those that should, give the digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg, optimize, sparse
from scipy.sparse import linalg as sparse_linalg

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray

TOLERANCE: Final = 1e-11
MAX_STEPS: Final = 200
# this near, steps that no longer halve the violation say that only rounding is left
NEAR: Final = 1e-7
PATIENCE: Final = 3
# the first steps find which cells are empty, cheaply
ROUGH: Final = 6
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
class Mode:
    """Masses (m,), the log-likelihood, multipliers by side of the cut, largest violation per unit of weight."""

    mass: FloatArray
    log_likelihood: float
    multipliers: tuple[float, float]
    kkt: float
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where we are: masses, mass of each run (D,), log-likelihood, score of each cell, multiplier of each cell."""

    p: FloatArray
    on: FloatArray
    log_likelihood: float
    score: FloatArray
    multiplier: FloatArray
    multipliers: tuple[float, float]
    kkt: float


def climb(runs: Runs, start: FloatArray, *, rough: int = ROUGH) -> Mode:
    """Return the mode; `start` (m,) has mass on every run. From a good start, no rough steps are needed."""
    here = _place(runs, start)
    steps = stalled = 0
    while here.kkt > TOLERANCE and steps < MAX_STEPS and stalled < PATIENCE:
        there = None if steps < rough else _newton(runs, here)
        there = there or _minorant(runs, _expectation(runs, here))
        stalled = stalled + 1 if there.kkt > 0.5 * here.kkt and here.kkt < NEAR else 0
        here = there
        steps += 1
    return Mode(
        mass=here.p, log_likelihood=here.log_likelihood, multipliers=here.multipliers, kkt=here.kkt, iterations=steps
    )


def _place(runs: Runs, p: FloatArray) -> _Place:
    cumulated = np.concatenate([[0.0], np.cumsum(p)])
    on = cumulated[runs.last] - cumulated[runs.first]
    if not np.all(on > 0):
        return _Place(
            p=p, on=on, log_likelihood=-np.inf, score=p, multiplier=p, multipliers=(np.nan, np.nan), kkt=np.inf
        )
    share = runs.weight / on
    score = np.cumsum(np.bincount(runs.first, share, runs.m + 1) - np.bincount(runs.last, share, runs.m + 1))[:-1]
    multiplier = np.empty(runs.m)
    both = []
    total = runs.weight.sum()
    for side, mass in zip((slice(0, runs.cut), slice(runs.cut, None)), runs.mass, strict=True):
        # where nothing may lie, the multiplier is what a first bit of mass would bring
        each = float(p[side] @ score[side]) / mass if mass > 0 else float(score[side].max(initial=0.0))
        multiplier[side] = each
        both.append(each)
    excess = (score - multiplier) / total
    kkt = max(excess.max(initial=0.0), np.abs(excess[p > 0]).max(initial=0.0))
    return _Place(
        p=p,
        on=on,
        log_likelihood=float(runs.weight @ np.log(on)),
        score=score,
        multiplier=multiplier,
        multipliers=(both[0], both[1]),
        kkt=float(kkt),
    )


def _expectation(runs: Runs, here: _Place) -> _Place:
    """One step of EM: each run's weight is shared out over its cells as their masses are (Turnbull 1976)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(here.p > 0, here.score / here.multiplier, 0.0)
    return _place(runs, here.p * factor)


def _minorant(runs: Runs, here: _Place) -> _Place:
    """One step of the iterative convex minorant: the mode of a diagonal quadratic model over monotone F."""
    curve = np.cumsum(here.p)[:-1]
    share = runs.weight / here.on**2
    weight = (np.bincount(runs.first, share, runs.m + 1) + np.bincount(runs.last, share, runs.m + 1))[1:-1]
    target = curve + (here.score[:-1] - here.score[1:]) / weight
    held = runs.mass[0]
    ends = ((0, runs.cut - 1, 0.0, held), (runs.cut, runs.m - 1, held, held + runs.mass[1]))
    new = curve.copy()
    for start, stop, low, high in ends:
        if stop > start:
            part = optimize.isotonic_regression(target[start:stop], weights=weight[start:stop]).x
            new[start:stop] = np.clip(part, low, high)
    step = np.diff(new, prepend=0.0, append=sum(runs.mass)) - here.p
    return _further(runs, here, step) or here


def _further(runs: Runs, here: _Place, step: FloatArray) -> _Place | None:
    """Go the longest of the steps 1, 1/2, 1/4, ... that loses no likelihood, or is near and halves the violation.

    Near the mode the likelihood is flat to rounding, and its conditions are what still tells.
    """
    slack = 1e-15 * abs(here.log_likelihood)
    length = 1.0
    while length > 1e-9:
        p = np.maximum(here.p + length * step, 0.0)
        there = _place(runs, p)
        if there.log_likelihood >= here.log_likelihood - slack or there.kkt < 0.5 * here.kkt < NEAR:
            return there
        length /= 2
    return None


def _newton(runs: Runs, here: _Place) -> _Place | None:
    """One constrained Newton step, to the mode of the quadratic model over the cells that could carry mass."""
    carries = (here.p > 0) | _best(here, runs.cut)
    model = _model(runs, here, carries)
    p = np.zeros(runs.m)
    chosen = np.flatnonzero(carries)
    mass, kept = here.p[chosen], np.ones(chosen.size, dtype=bool)
    while True:
        goal = np.zeros(chosen.size)
        goal[kept] = model(kept)
        if np.all(goal[kept] > 0):
            break
        falling = kept & (goal <= 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(falling, mass / (mass - goal), np.inf)
        reach[falling & (mass <= 0)] = 0.0
        mass = mass + reach.min() * (goal - mass)
        kept &= reach > reach.min()
        mass[~kept] = 0.0
    p[chosen] = goal
    return _further(runs, here, p - here.p)


def _best(here: _Place, cut: int) -> BoolArray:
    """The empty cell with the highest score between each two that carry mass, where it is above its multiplier."""
    excess = np.where(here.p > 0, -np.inf, here.score - here.multiplier)
    gap = np.cumsum(here.p > 0) + (np.arange(excess.size) >= cut)
    starts = np.flatnonzero(np.diff(gap, prepend=-1))
    highest = np.maximum.reduceat(excess, starts)
    return np.asarray((excess == np.repeat(highest, np.diff(starts, append=excess.size))) & (excess > 0))


def _model(runs: Runs, here: _Place, carries: BoolArray) -> Callable[[BoolArray], FloatArray]:
    """Return what solves the quadratic model over some of the cells that could carry mass."""
    node = np.concatenate([[0], np.cumsum(carries)])
    a, b = node[runs.first], node[runs.last]
    size = int(node[-1]) + 1
    curvature, pull = runs.weight / here.on**2, 2 * runs.weight / here.on
    target = np.asarray(np.bincount(b, pull, size) - np.bincount(a, pull, size), dtype=float)
    fixed = np.array([0, node[runs.cut], size - 1] if 0 < runs.cut < runs.m else [0, size - 1])
    values = np.cumsum([0.0, *runs.mass])[: fixed.size]
    curve = np.concatenate([[0.0], np.cumsum(here.p[carries])])
    edges: FloatArray | sparse.coo_array = sparse.coo_array((curvature, (a, b)), shape=(size, size))
    if size <= DENSE:
        edges = np.bincount(a * size + b, curvature, size * size).astype(float).reshape(size, size)

    def solve(kept: BoolArray) -> FloatArray:
        return _grounded(edges, target, curve, kept, fixed, values)

    return solve


def _grounded(
    edges: FloatArray | sparse.coo_array,
    target: FloatArray,
    curve: FloatArray,
    kept: BoolArray,
    fixed: IntArray,
    values: FloatArray,
) -> FloatArray:
    """Solve the Laplacian system over the nodes that kept cells divide, given the fixed ones; return the masses."""
    starts = np.concatenate([[0], np.flatnonzero(kept) + 1])
    node = np.concatenate([[0], np.cumsum(kept)])
    laplacian, diagonal = _laplacian(edges, starts, node)
    inertia = INERTIA * np.maximum(diagonal, 1e-9 * diagonal.max())
    right = np.add.reduceat(target, starts) + inertia * curve[starts]
    free = np.ones(starts.size, dtype=bool)
    at = node[fixed]
    free[at] = False
    full = np.zeros(starts.size)
    full[at] = values
    if not free.any():
        return np.diff(full)
    if isinstance(laplacian, np.ndarray):
        system = laplacian[np.ix_(free, free)]
        system[np.diag_indices_from(system)] += inertia[free]
        right = right[free] - laplacian[np.ix_(free, ~free)] @ full[~free]
        full[free] = linalg.solve(system, right, assume_a="pos", check_finite=False)
    else:
        right = right[free] - laplacian[free][:, ~free] @ full[~free]
        full[free] = _iterated(laplacian[free][:, free] + sparse.diags_array(inertia[free]), right, curve[starts][free])
    return np.diff(full)


def _laplacian(
    edges: FloatArray | sparse.coo_array, starts: IntArray, node: IntArray
) -> tuple[FloatArray | sparse.csc_array, FloatArray]:
    """Merge the nodes between which no cell is kept, and return the graph's Laplacian and its diagonal."""
    if isinstance(edges, np.ndarray):
        merged = np.add.reduceat(np.add.reduceat(edges, starts, axis=0), starts, axis=1)
        np.fill_diagonal(merged, 0.0)
        merged = merged + merged.T
        diagonal = merged.sum(axis=0)
        return np.diag(diagonal) - merged, diagonal
    a, b = node[edges.coords[0]], node[edges.coords[1]]
    apart = a != b
    size = starts.size
    one = sparse.coo_array((edges.data[apart], (a[apart], b[apart])), shape=(size, size))
    both = (one + one.T).tocsc()
    diagonal = np.asarray(both.sum(axis=0))
    return (sparse.diags_array(diagonal) - both).tocsr(), diagonal


def _iterated(system: sparse.csr_array, right: FloatArray, start: FloatArray) -> FloatArray:
    """Solve by conjugate gradients behind the tridiagonal part, which is all of it where times are exact."""
    system = system.tocsr()
    band = np.zeros((2, right.size))
    band[1] = system.diagonal()
    band[0, 1:] = system.diagonal(1)
    factor = linalg.cholesky_banded(band)
    before = sparse_linalg.LinearOperator(system.shape, matvec=lambda x: linalg.cho_solve_banded((factor, False), x))
    return np.asarray(sparse_linalg.cg(system, right, x0=start, rtol=1e-12, maxiter=500, M=before)[0])
