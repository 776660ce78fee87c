"""Semiparametric regression of interval-censored times: the joint maximum over coefficients and baseline.

Two kinds of step, both upwards. A Newton step in (b, log H at the nodes that divide cells with mass), where the
log-likelihood is concave, gives the digits; where it would make a jump of H negative it stops there and the cell is
emptied. A constrained Newton step in H alone, over cells with mass and the best empty ones between them (Wang 2007;
compare Anderson-Bergman 2017), finds the cells that should carry mass. At the end the score of each empty cell is not
positive, that of each other cell and of each coefficient zero: the Kuhn-Tucker conditions of the maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.interval.newton import CONVERGED, FLAT, STALLED, refuse_endless
from cgh_analysis.numerics.interval.semiparametric_likelihood import Model, SemiData, Terms, terms

MAX_ITERATIONS: Final = 300
# score of an empty cell, for H rising by as much as H's largest finite value, per person: 1e-9 is rounding
SATISFIED: Final = 1e-9
# parts of H that the data leave open stay where they are
INERTIA: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Coefficients (p,), H at nodes (m + 1,), the rows' terms, log-likelihood, and the score of each jump of H (m,)."""

    b: FloatArray
    h: FloatArray
    terms: Terms
    log_likelihood: float
    jump_score: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Curvature:
    """Score and minus the Hessian by (b, log H at the q nodes that divide cells with mass)."""

    score: FloatArray
    information: FloatArray
    nodes: IntArray


def start(data: SemiData, model: Model) -> FloatArray:
    """Return an H (m + 1,) that gives every row a probability, with the fewest cells that do."""
    m = data.left.size
    ends = data.high <= m
    earliest = np.full(m + 2, m + 2)
    np.minimum.at(earliest, data.low[ends], data.high[ends])
    earliest = np.minimum.accumulate(earliest[::-1])[::-1]
    chosen, node = [], int(earliest[0])
    while node <= m:
        chosen.append(node)
        node = int(earliest[node])
    mass = np.zeros(m + 1)
    mass[chosen] = 1 / (len(chosen) + 1)
    survival = 1 - np.cumsum(mass)
    return np.asarray(-np.log(survival) if model == "ph" else (1 - survival) / survival)


def place(data: SemiData, model: Model, b: FloatArray, h: FloatArray) -> Place:
    """Evaluate the likelihood; it is -inf where a row has no probability."""
    t = terms(data, model, b, h)
    size = h.size
    value = float(data.weight @ t.value)
    by_node = np.bincount(data.low, data.weight * t.d_low, size + 1) + np.bincount(
        data.high, data.weight * t.d_high, size + 1
    )
    score = np.cumsum(by_node[size - 1 : 0 : -1])[::-1]
    return Place(b=b, h=h, terms=t, log_likelihood=value if np.isfinite(value) else -np.inf, jump_score=score)


def curvature(data: SemiData, at: Place) -> Curvature:
    """Sum the derivatives by coefficients and levels of log H."""
    t, w, p = at.terms, data.weight, at.b.size
    jumps = np.diff(at.h) > 0
    level = np.concatenate([[0], np.cumsum(jumps)])
    q = int(level[-1])
    ends = np.append(at.h, 0.0)
    open_level = np.append(level, 0)
    low, high = open_level[data.low], open_level[data.high]
    h_low, h_high = ends[data.low], ends[data.high]
    gap = np.where(data.high < at.h.size, h_high - h_low, 0.0)
    g_low, g_high = w * h_low * t.d_low, w * h_high * t.d_high
    own_low, own_high = g_low + w * t.c_low * h_low**2, g_high + w * t.c_high * h_high**2
    eta_low, eta_high = own_low + w * t.v * h_low * gap, own_high - w * t.v * h_high * gap
    score_b = data.x.T @ (g_low + g_high)
    score_h = (np.bincount(low, g_low, q + 1) + np.bincount(high, g_high, q + 1))[1:]
    out = np.empty((p + q, p + q))
    out[:p, :p] = -(data.x.T @ ((eta_low + eta_high)[:, None] * data.x))
    for j, column in enumerate(data.x.T):
        cross = np.bincount(low, eta_low * column, q + 1) + np.bincount(high, eta_high * column, q + 1)
        out[j, p:] = out[p:, j] = -cross[1:]
    both = w * t.v * h_low * h_high
    off = np.bincount(low * (q + 1) + high, both, (q + 1) ** 2).reshape(q + 1, q + 1)[1:, 1:]
    own = np.bincount(low, own_low - w * t.v * h_low**2, q + 1) + np.bincount(
        high, own_high - w * t.v * h_high**2, q + 1
    )
    out[p:, p:] = -(off + off.T)
    out[p:, p:][np.diag_indices(q)] -= own[1:]
    return Curvature(score=np.concatenate([score_b, score_h]), information=out, nodes=level)


def solve_levels(matrix: FloatArray, right: FloatArray, names: Sequence[str] = ()) -> FloatArray:
    """Solve a system that is positive definite but for parts that the data leave open."""
    scale = np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
    unit = matrix / np.outer(scale, scale)
    unit[np.diag_indices_from(unit)] += INERTIA
    over = scale if right.ndim == 1 else scale[:, None]
    try:
        return np.asarray(linalg.cho_solve(linalg.cho_factor(unit, lower=True), right / over) / over)
    except (linalg.LinAlgError, ValueError):
        raise NotEstimable(
            f"the likelihood becomes flat in {', '.join(names) or 'the baseline'}; look for a covariate that separates "
            "those whose time is known from those of whom it is only known to be longer"
        ) from None


def climb(
    data: SemiData, model: Model, b: FloatArray, h: FloatArray, *, names: Sequence[str] = (), fixed: bool = False
) -> tuple[Place, float]:
    """Return the maximum over (b, H), or over H with b `fixed`, and the largest violation of its conditions.

    Raises NotEstimable where a coefficient has no finite maximum, naming it, or none is found.
    """
    at = place(data, model, b, h)
    spread = np.ptp(data.x, axis=0)
    total = float(data.weight.sum())
    unit = total / data.weight.size
    emptied = True
    for _ in range(MAX_ITERATIONS):
        violation = _violation(at, total)
        if violation > SATISFIED or emptied:
            at = _support(data, model, at)
            violation = _violation(at, total)
        c = curvature(data, at)
        keep = slice(b.size if fixed else 0, None)
        step = np.zeros(c.score.size)
        step[keep] = solve_levels(c.information[keep, keep], c.score[keep], names)
        decrement = float(c.score @ step) / unit
        if decrement < FLAT and not fixed:
            refuse_endless(step[: b.size] * spread, names)
        if decrement < CONVERGED and violation <= SATISFIED:
            return at, max(violation, decrement)
        moved = _joint(data, model, at, c, step)
        if moved is None and decrement < STALLED and violation <= SATISFIED:
            return at, max(violation, decrement)
        emptied = moved is None or bool(np.sum(np.diff(moved.h) > 0) < c.score.size - b.size)
        at = moved or at
    raise NotEstimable(f"no maximum of the likelihood was found in {MAX_ITERATIONS} iterations")


def _violation(at: Place, total: float) -> float:
    """The largest score of an empty cell, per person, for H rising by its largest finite value."""
    empty = np.diff(at.h) <= 0
    return float(at.jump_score[empty].max(initial=0.0)) * float(at.h[-1]) / total


def _joint(data: SemiData, model: Model, at: Place, c: Curvature, step: FloatArray) -> Place | None:
    """Take the joint step, no further than to where a jump of H vanishes, and back by halves while it loses."""
    p = at.b.size
    log_h = np.log(at.h[1:][np.diff(at.h) > 0])
    change = step[p:]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(np.diff(change) < 0, -np.diff(log_h) / np.diff(change), np.inf)
    furthest = min(1.0, float(reach.min(initial=np.inf)))
    floor = at.log_likelihood - 1e-13 * abs(at.log_likelihood)
    for halvings in range(40):
        length = furthest / 2**halvings
        levels = log_h + length * change
        if length < 1 and not halvings:
            # the jump that vanishes first is taken out exactly
            gone = np.flatnonzero(reach <= furthest)
            levels[gone + 1] = levels[gone]
        levels = np.maximum.accumulate(levels)
        with np.errstate(over="ignore"):
            h = np.concatenate([[0.0], np.exp(levels)])[c.nodes]
        there = place(data, model, at.b + length * step[:p], h)
        if there.log_likelihood >= floor:
            return there
    return None


def _support(data: SemiData, model: Model, at: Place) -> Place:
    """Take a constrained Newton step in H over the cells with mass and the best empty one between each two of them."""
    carries = np.diff(at.h) > 0
    carries |= _best(at, carries)
    chosen = np.flatnonzero(carries)
    laplacian, score = _quadratic(data, at, carries)
    jumps = np.diff(at.h)[chosen]
    goal = _constrained(laplacian, score, jumps)
    change = np.zeros(at.h.size - 1)
    change[chosen] = goal - jumps
    floor = at.log_likelihood - 1e-15 * abs(at.log_likelihood)
    for halvings in range(40):
        jump = np.maximum(np.diff(at.h) + change / 2**halvings, 0.0)
        there = place(data, model, at.b, np.concatenate([[0.0], np.cumsum(jump)]))
        if there.log_likelihood >= floor:
            return there
    return at


def _best(at: Place, carries: BoolArray) -> BoolArray:
    """The empty cell with the highest score between each two that carry mass, where it is positive."""
    score = np.where(carries, -np.inf, at.jump_score)
    starts = np.flatnonzero(np.diff(np.cumsum(carries), prepend=-1))
    highest = np.repeat(np.maximum.reduceat(score, starts), np.diff(starts, append=score.size))
    best = np.flatnonzero((score == highest) & (score > 0))
    out = np.zeros(score.size, dtype=bool)
    out[best[np.diff(np.cumsum(carries)[best], prepend=-1) > 0]] = True
    return out


def _quadratic(data: SemiData, at: Place, carries: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Minus the Hessian and the score by H at the nodes that divide the chosen cells, without node 0.

    Curvature on the ends themselves (proportional odds) is convex and left out, which bounds the likelihood from below.
    """
    level = np.concatenate([[0], np.cumsum(carries), [0]])
    q = int(carries.sum())
    w = data.weight
    low, high = level[data.low], level[data.high]
    v = w * at.terms.v
    off = np.bincount(low * (q + 1) + high, v, (q + 1) ** 2).reshape(q + 1, q + 1)
    off = off + off.T
    np.fill_diagonal(off, 0.0)
    score = np.bincount(low, w * at.terms.d_low, q + 1) + np.bincount(high, w * at.terms.d_high, q + 1)
    return (np.diag(off.sum(axis=0)) - off)[1:, 1:], score[1:]


def _constrained(laplacian: FloatArray, score: FloatArray, jumps: FloatArray) -> FloatArray:
    """Return the jumps, none negative, at which the quadratic model is highest or, from theirs, higher."""
    target = laplacian @ np.cumsum(jumps) + score
    kept = np.ones(jumps.size, dtype=bool)
    here = jumps.copy()
    while kept.any():
        starts = np.flatnonzero(kept)
        merged = np.add.reduceat(np.add.reduceat(laplacian[starts[0] :, starts[0] :], starts - starts[0], axis=0), starts - starts[0], axis=1)
        levels = solve_levels(merged, np.add.reduceat(target[starts[0] :], starts - starts[0]))
        goal = np.zeros(jumps.size)
        goal[kept] = np.diff(levels, prepend=0.0)
        falling = kept & (goal <= 0)
        if not falling.any():
            return goal
        reach = np.full(jumps.size, np.inf)
        reach[falling] = np.where(here[falling] > 0, here[falling] / np.maximum(here[falling] - goal[falling], 1e-300), 0.0)
        here = here + reach.min() * (goal - here)
        kept &= reach > reach.min()
        here[~kept] = 0.0
    return here
