"""Hypotheses tested in an order of importance: Bonferroni-based graphs, which hand the alpha of a rejected one on.

Bretz, Maurer, Brannath and Posch (2009): every hypothesis has a share of alpha, and arrows say to whom the share of a
rejected one goes. The familywise error is at most alpha, however the tests are correlated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.multiplicity import hochberg

# decimals of a person add up to a little more than 1: 0.7 + 0.2 + 0.1
ROUNDING: Final = 1e-9
# two hypotheses that hand everything to each other alone keep it there; closer to 1 than this is rounding
CLOSED: Final = 1 - 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The shares of alpha of m hypotheses (m,), and the parts of each that go to the others (m, m), row to column."""

    weights: FloatArray
    transitions: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Adjusted p-values, what is rejected, and the local significance level that each was held against; all (m,).

    The level of a hypothesis that is not rejected is the one that it has when nothing more can be rejected.
    """

    p_adjusted: FloatArray
    rejected: BoolArray
    level: FloatArray


def graph(weights: ArrayLike, transitions: ArrayLike) -> Graph:
    """Return a checked graph; ArgumentError for shares or parts below 0 or that add up to more than 1, and for loops.

    >>> graph([1, 0], [[0, 1], [0, 0]]).weights.tolist()
    [1.0, 0.0]
    """
    w, g = np.array(weights, dtype=float), np.array(transitions, dtype=float)
    if w.ndim != 1 or g.shape != (w.size, w.size) or not w.size:
        raise ArgumentError(
            f"weights have the shape {w.shape}, transitions {g.shape}.", remedy="Give m weights and m rows of m."
        )
    for name, values, total in (("weights", w, w.sum()), ("a row of transitions", g, g.sum(axis=1).max())):
        if not (np.isfinite(values).all() and (values >= 0).all() and total <= 1 + ROUNDING):
            raise ArgumentError(
                f"{name} must be at least 0 and add up to at most 1.", remedy=f"The largest sum is {total:g}."
            )
    if np.diag(g).any():
        raise ArgumentError("A hypothesis hands its alpha to itself.", remedy="Let the diagonal of transitions be 0.")
    return Graph(weights=w, transitions=g)


def unconnected(m: int) -> Graph:
    """Return Bonferroni's graph: equal shares, and none is handed on."""
    return Graph(weights=np.full(m, 1 / m), transitions=np.zeros((m, m)))


def holm_graph(m: int) -> Graph:
    """Return Holm's graph: equal shares, handed on to all others alike."""
    return Graph(weights=np.full(m, 1 / m), transitions=(1 - np.eye(m)) / max(m - 1, 1))


def fixed_sequence(m: int) -> Graph:
    """Return the graph of a fixed sequence: each is tested at full alpha once all before it are rejected."""
    return fallback(np.eye(1, m)[0])


def fallback(weights: ArrayLike) -> Graph:
    """Return the graph of a fallback procedure: each hypothesis hands its whole share to the next."""
    w = np.asarray(weights, dtype=float)
    return graph(w, np.eye(w.size, k=1))


def without(given: Graph, j: int) -> Graph:
    """Return the graph once hypothesis j is rejected (Bretz et al. 2009, Algorithm 1).

    Its share goes where its arrows point, and arrows that led through it are joined; which of several hypotheses goes
    first makes no difference to what is left of the graph.
    """
    w, g = given.weights, given.transitions
    weights = w + w[j] * g[j]
    loop = g[:, j] * g[j]
    open_end = loop < CLOSED
    through = (g + np.outer(g[:, j], g[j])) / np.where(open_end, 1 - loop, 1.0)[:, None]
    transitions = np.where(open_end[:, None], through, 0.0)
    weights[j] = 0.0
    transitions[j] = transitions[:, j] = 0.0
    np.fill_diagonal(transitions, 0.0)
    return Graph(weights=weights, transitions=transitions)


def gatekeep(p: ArrayLike, given: Graph, alpha: float = 0.05) -> Decisions:
    """Return the decisions of a graph's sequentially rejective test (Bretz et al. 2009, Algorithms 1 and 2).

    A p-value that is NaN stays NaN, is never rejected, and hands nothing on: its share stays with it, as it was
    planned. Raises ArgumentError for p-values or an alpha out of range.

    >>> gatekeep([0.01, 0.04], fixed_sequence(2)).p_adjusted.tolist()
    [0.01, 0.04]
    >>> gatekeep([0.04, 0.001], fixed_sequence(2), alpha=0.025).rejected.tolist()
    [False, False]
    """
    values = _checked(p, alpha, given.weights.size)
    filled, left = np.where(np.isnan(values), 1.0, values), given
    adjusted, level, stopped = np.ones(values.size), alpha * given.weights, False
    waiting, largest = np.ones(values.size, dtype=bool), 0.0
    for _ in range(values.size):
        has_share = waiting & (left.weights > 0)
        if not has_share.any():
            break
        ratio = np.divide(filled, left.weights, out=np.full(values.size, np.inf), where=has_share)
        j = int(np.argmin(ratio))
        largest = adjusted[j] = min(1.0, max(largest, float(ratio[j])))
        # what follows the first that is not rejected is judged by the graph as it stood then
        stopped = stopped or largest > alpha
        waiting[j], left = False, without(left, j)
        if not stopped:
            level = np.where(waiting, alpha * left.weights, level)
    rejected = adjusted <= alpha
    return Decisions(p_adjusted=np.where(np.isnan(values), np.nan, adjusted), rejected=rejected, level=level)


def step_up(p: ArrayLike, alpha: float = 0.05) -> Decisions:
    """Return the decisions of Hochberg's step-up test (1988), which is no graph; NaN counts as planned, as above.

    It keeps alpha for tests that are independent or depend on each other positively, in the sense of Simes' test.

    >>> step_up([0.04, 0.03]).rejected.tolist(), step_up([0.06, 0.03]).level.tolist()
    ([True, True], [0.05, 0.025])
    """
    values = _checked(p, alpha, np.size(p))
    filled = np.where(np.isnan(values), 1.0, values)
    adjusted = hochberg(filled)
    rejected = adjusted <= alpha
    level = np.empty(values.size)
    level[np.argsort(filled, kind="stable")] = alpha / (values.size - np.arange(values.size))
    # the largest of the rejected is held against its level, and takes all smaller ones with it
    level[rejected] = alpha / (values.size - rejected.sum() + 1)
    return Decisions(p_adjusted=np.where(np.isnan(values), np.nan, adjusted), rejected=rejected, level=level)


def _checked(p: ArrayLike, alpha: float, m: int) -> FloatArray:
    values = np.asarray(p, dtype=float)
    if values.shape != (m,) or ((values < 0) | (values > 1)).any():
        raise ArgumentError(f"p has the shape {values.shape}, or values that are none.", remedy=f"Give {m} p-values.")
    if not 0 < alpha < 1:
        raise ArgumentError(f"alpha is {alpha:g}.", remedy="Give a number between 0 and 1, such as 0.05.")
    return values
