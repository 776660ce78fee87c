"""The two upward steps of semiparametric regression: jointly in (b, log H), and in H alone to find where it rises.

In (b, log H at nodes that divide cells with mass) the log-likelihood is concave, and Newton's steps give the digits:
where one would make a jump of H negative it stops there and the cell is emptied. Steps in H alone go to the mode of a
quadratic model over cells with mass and the best empty one between each two of them, no jump being negative (Wang 2007;
compare Pan 1999, Anderson-Bergman 2017): they find the cells that should carry mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.interval.semiparametric_likelihood import Model, SemiData, Terms, terms
from cgh_analysis.numerics.survival.risk_sets import tally

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
class RowSlopes:
    """By row (n,): levels of H at its ends (0 where H is 0 or infinite) and derivatives by log H there and by x b."""

    low: IntArray
    high: IntArray
    g_low: FloatArray
    g_high: FloatArray
    gap: FloatArray
    h_low: FloatArray
    h_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Curvature:
    """Score and minus the Hessian by b (p,) and log H at the q levels; `level` (m + 1,) is that of each node."""

    score: FloatArray
    information: FloatArray
    level: IntArray


def place(data: SemiData, model: Model, b: FloatArray, h: FloatArray) -> Place:
    """Evaluate the likelihood; it is -inf where a row has no probability."""
    t = terms(data, model, b, h)
    size = h.size
    value = float(data.weight @ t.value)
    with np.errstate(invalid="ignore"):
        by_node = tally(data.low, data.weight * t.d_low, size + 1)
        by_node += tally(data.high, data.weight * t.d_high, size + 1)
        score = np.cumsum(by_node[size - 1 : 0 : -1])[::-1]
    return Place(b=b, h=h, terms=t, log_likelihood=value if np.isfinite(value) else -np.inf, jump_score=score)


def row_slopes(data: SemiData, at: Place) -> RowSlopes:
    """Return the first derivatives of the rows, weights included."""
    level = np.concatenate([[0], np.cumsum(np.diff(at.h) > 0), [0]])
    ends = np.append(at.h, 0.0)
    h_low, h_high = ends[data.low], ends[data.high]
    return RowSlopes(
        low=level[data.low],
        high=level[data.high],
        g_low=data.weight * h_low * at.terms.d_low,
        g_high=data.weight * h_high * at.terms.d_high,
        gap=np.where(data.high < at.h.size, h_high - h_low, 0.0),
        h_low=h_low,
        h_high=h_high,
    )


def curvature(data: SemiData, at: Place) -> Curvature:
    """Sum the derivatives over rows; only levels that a row has at one of its ends meet in the Hessian."""
    s, t, w, p = row_slopes(data, at), at.terms, data.weight, at.b.size
    level = np.concatenate([[0], np.cumsum(np.diff(at.h) > 0)])
    q = int(level[-1])
    pull = w * t.v
    own_low, own_high = s.g_low + w * t.c_low * s.h_low**2, s.g_high + w * t.c_high * s.h_high**2
    eta_low, eta_high = own_low + pull * s.h_low * s.gap, own_high - pull * s.h_high * s.gap

    def by_level(low: FloatArray, high: FloatArray) -> FloatArray:
        return (tally(s.low, low, q + 1) + tally(s.high, high, q + 1))[1:]

    out = np.empty((p + q, p + q))
    out[:p, :p] = -(data.x.T @ ((eta_low + eta_high)[:, None] * data.x))
    for j, column in enumerate(data.x.T):
        out[j, p:] = out[p:, j] = -by_level(eta_low * column, eta_high * column)
    cell = s.low * (q + 1) + s.high
    off = tally(cell, pull * s.h_low * s.h_high, (q + 1) ** 2).reshape(q + 1, q + 1)[1:, 1:]
    out[p:, p:] = -(off + off.T)
    out[p:, p:][np.diag_indices(q)] -= by_level(own_low - pull * s.h_low**2, own_high - pull * s.h_high**2)
    score = np.concatenate([data.x.T @ (s.g_low + s.g_high), by_level(s.g_low, s.g_high)])
    return Curvature(score=score, information=out, level=level)


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


def joint_step(data: SemiData, model: Model, at: Place, c: Curvature, step: FloatArray) -> Place | None:
    """Go along a step in (b, log H) to where a jump of H vanishes at most, and back by halves while it loses."""
    p = at.b.size
    log_h = np.log(at.h[1:][np.diff(at.h) > 0])
    change = step[p:]
    closing = np.diff(change) < 0
    reach = np.full(closing.size, np.inf)
    reach[closing] = -np.diff(log_h)[closing] / np.diff(change)[closing]
    furthest = min(1.0, float(reach.min(initial=np.inf)))
    floor = at.log_likelihood - 1e-13 * abs(at.log_likelihood)
    for halvings in range(40):
        length = furthest / 2**halvings
        levels = log_h + length * change
        if not halvings:
            # the jump that vanishes first is taken out exactly
            gone = np.flatnonzero(reach <= furthest)
            levels[gone + 1] = levels[gone]
        with np.errstate(over="ignore"):
            h = np.concatenate([[0.0], np.exp(np.maximum.accumulate(levels))])[c.level]
        there = place(data, model, at.b + length * step[:p], h)
        if there.log_likelihood >= floor:
            return there
    return None


def support_step(data: SemiData, model: Model, at: Place) -> Place:
    """Go towards the mode of the quadratic model in H over cells with mass and the best empty ones."""
    carries = np.diff(at.h) > 0
    carries |= _best(at, carries)
    laplacian, score = _quadratic(data, at, carries)
    jumps = np.diff(at.h)
    change = np.zeros(jumps.size)
    change[carries] = _constrained(laplacian, score, jumps[carries]) - jumps[carries]
    floor = at.log_likelihood - 1e-15 * abs(at.log_likelihood)
    for halvings in range(40):
        jump = np.maximum(jumps + change / 2**halvings, 0.0)
        there = place(data, model, at.b, np.concatenate([[0.0], np.cumsum(jump)]))
        if there.log_likelihood >= floor:
            return there
    return at


def _best(at: Place, carries: BoolArray) -> BoolArray:
    """The first of the empty cells with the highest score between each two that carry mass, where it is positive."""
    score = np.where(carries, -np.inf, at.jump_score)
    stretch = np.cumsum(carries)
    starts = np.flatnonzero(np.diff(stretch, prepend=-1))
    highest = np.repeat(np.maximum.reduceat(score, starts), np.diff(starts, append=score.size))
    best = np.flatnonzero((score == highest) & (score > 0))
    out = np.zeros(score.size, dtype=bool)
    out[best[np.diff(stretch[best], prepend=-1) > 0]] = True
    return out


def _quadratic(data: SemiData, at: Place, carries: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Minus the Hessian and the score by H at the nodes that divide the chosen cells, without node 0.

    Curvature on the ends themselves (proportional odds) is convex and left out, which bounds the likelihood from below.
    The rest is the Laplacian of a graph in which each row joins the nodes at its ends.
    """
    level = np.concatenate([[0], np.cumsum(carries), [0]])
    q = int(carries.sum())
    low, high = level[data.low], level[data.high]
    edges = tally(low * (q + 1) + high, data.weight * at.terms.v, (q + 1) ** 2).reshape(q + 1, q + 1)
    edges = edges + edges.T
    np.fill_diagonal(edges, 0.0)
    score = tally(low, data.weight * at.terms.d_low, q + 1)
    score += tally(high, data.weight * at.terms.d_high, q + 1)
    return (np.diag(edges.sum(axis=0)) - edges)[1:, 1:], score[1:]


def _constrained(laplacian: FloatArray, score: FloatArray, jumps: FloatArray) -> FloatArray:
    """Return jumps, none negative, that are the mode of the model over those of them that are positive."""
    target = laplacian @ np.cumsum(jumps) + score
    kept = np.ones(jumps.size, dtype=bool)
    here = jumps.copy()
    while kept.any():
        first = np.flatnonzero(kept)
        rest, starts = slice(first[0], None), first - first[0]
        merged = np.add.reduceat(np.add.reduceat(laplacian[rest, rest], starts, axis=0), starts, axis=1)
        goal = np.zeros(jumps.size)
        goal[kept] = np.diff(solve_levels(merged, np.add.reduceat(target[rest], starts)), prepend=0.0)
        falling = kept & (goal <= 0)
        if not falling.any():
            return goal
        reach = np.full(jumps.size, np.inf)
        drop = here[falling] - goal[falling]
        reach[falling] = np.where(drop > 0, here[falling] / np.where(drop > 0, drop, 1.0), 0.0)
        here = here + reach.min() * (goal - here)
        kept &= reach > reach.min()
        here[~kept] = 0.0
    return here
