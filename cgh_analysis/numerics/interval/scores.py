"""Scores of interval-censored times for rank tests, and the information that belongs to them.

A person's score is the derivative of the log-likelihood of (left, right] in a parameter that makes the event come
earlier, at the pooled NPMLE: c = (S'(left) - S'(right)) / (S(left) - S(right)), with S' by model. "logrank" moves the
odds of each discrete hazard (Sun 1996), "finkelstein" the hazard itself (proportional hazards, Finkelstein 1986),
"wilcoxon" the odds of survival (proportional odds). Fay (1999) derives the three, Fay and Shaw (2010) compare them.
Scores are positive for events that came early.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import sparse

from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.interval.quadratic import conjugate
from cgh_analysis.numerics.survival.chi_square import solve_scaled

Scores = Literal["logrank", "finkelstein", "wilcoxon"]

# systems with more unknowns than this are solved as sparse ones
DENSE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Survival at the nodes between cells that carry mass (k + 1,), from 1 to 0, as it moves with the parameter.

    `first` and `second` are its derivatives in the parameter. That of `first` in survival is a matrix with `own` on its
    diagonal; the discrete model also has -S_v `here`_u at nodes v >= u and -S_v `later`_u at nodes v > u.
    """

    survival: FloatArray
    first: FloatArray
    second: FloatArray
    own: FloatArray
    here: FloatArray
    later: FloatArray

    def pulled(self, x: FloatArray) -> FloatArray:
        """Return rows x (G, k + 1) times the derivative of `first` in survival."""
        tail = np.cumsum((x * self.survival)[:, ::-1], axis=1)[:, ::-1]
        after = np.column_stack([tail[:, 1:], np.zeros(len(x))])
        return np.asarray(x * self.own - tail * self.here - after * self.later)


def model(mass: FloatArray, scores: Scores) -> Model:
    """Return how survival moves at masses (k,), all positive."""
    s = np.append(1.0, np.append(np.cumsum(mass[::-1])[::-1][1:], 0.0))
    if scores == "logrank":
        return _discrete(s)
    none = np.zeros(s.size)
    if scores == "wilcoxon":
        first, second, own = -s * (1 - s), s * (1 - s) * (1 - 2 * s), -(1 - 2 * s)
    else:
        log = np.append(np.log(s[:-1]), 0.0)  # S log S is 0 where S is
        first, second, own = s * log, s * log * (1 + log), 1 + log
    return Model(survival=s, first=first, second=second, own=own, here=none, later=none)


def _discrete(s: FloatArray) -> Model:
    """Hazards h_v = 1 - S_v / S_{v-1} whose odds move together: S' = -S x their sum up to there."""
    hazard = np.append(0.0, 1 - s[1:] / s[:-1])
    total, spread = np.cumsum(hazard), np.cumsum(hazard * (1 - hazard))
    return Model(
        survival=s,
        first=-s * total,
        second=s * (total**2 - spread),
        own=-total,
        here=np.append(0.0, -1 / s[:-1]),
        later=np.append(s[1:] / s[:-1] ** 2, 0.0),
    )


def score(m: Model, first: IntArray, last: IntArray) -> FloatArray:
    """Return the score of each run (D,) of cells that carry mass, nodes first < last."""
    return np.asarray((m.first[first] - m.first[last]) / (m.survival[first] - m.survival[last]))


def information(m: Model, first: IntArray, last: IntArray, weight: FloatArray) -> FloatArray:
    """Return the observed information (G, G) of parameters by group, the masses being estimated, at no difference.

    `weight` (D, G) counts people by run and group. Rows sum to zero: who moves all groups alike moves the curve.
    """
    on = m.survival[first] - m.survival[last]
    c = score(m, first, last)
    own = weight.T @ (c**2 - (m.second[first] - m.second[last]) / on)
    tallied = _tallied(weight / on[:, None], first, last, m.survival.size)
    scored = _tallied(weight * (c / on)[:, None], first, last, m.survival.size)
    cross = (m.pulled(tallied) - scored)[:, 1:-1]
    if not cross.shape[1]:
        return np.diag(own)
    return np.diag(own) - cross @ _solved(weight.sum(axis=1) / on**2, first, last, cross.T)


def _tallied(values: FloatArray, first: IntArray, last: IntArray, size: int) -> FloatArray:
    """Sum values (D, G) of runs at the nodes where they begin, less those at the nodes where they end."""
    return np.array([np.bincount(first, v, size) - np.bincount(last, v, size) for v in values.T])


def _solved(curvature: FloatArray, first: IntArray, last: IntArray, right: FloatArray) -> FloatArray:
    """Solve with minus the second derivative of the log-likelihood in survival at the inner nodes, a Laplacian."""
    size = len(right) + 2
    edges = sparse.coo_array((curvature, (first, last)), shape=(size, size))
    edges = (edges + edges.T).tocsr()
    laplacian = (sparse.diags_array(edges.sum(axis=0)) - edges).tocsr()[1:-1, 1:-1]
    if len(right) <= DENSE:
        return solve_scaled(laplacian.toarray(), right)
    return np.column_stack([conjugate(laplacian, column) for column in right.T])
