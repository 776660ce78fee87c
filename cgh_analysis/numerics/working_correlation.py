"""Clusters in padded arrays, and the working correlations of estimating equations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """G clusters padded to m rows: `seen` marks what is a row; `pairs` are pairs of rows of one cluster, a < b.

    `distance` is the difference of the rows' positions, (G, m, m).
    """

    y: FloatArray
    x: FloatArray
    seen: BoolArray
    distance: IntArray
    pairs: BoolArray
    order: IntArray

    def spread(self, values: FloatArray) -> FloatArray:
        """Put one value a row, in the caller's order, into the padded shape."""
        out = np.zeros(self.seen.shape)
        out[self.seen] = values[self.order]
        return out


def panel(y: FloatArray, x: FloatArray, cluster: IntArray, position: IntArray) -> Panel:
    """Pad the clusters (codes 0..G-1), rows in the order of their positions."""
    order = np.lexsort((position, cluster))
    sizes = np.bincount(cluster)
    seen = np.arange(sizes.max()) < sizes[:, None]
    padded = np.zeros((*seen.shape, x.shape[1]))
    padded[seen] = x[order]
    response = np.zeros(seen.shape)
    response[seen] = y[order]
    place = np.zeros(seen.shape, dtype=np.intp)
    place[seen] = position[order]
    upper = np.triu(np.ones((seen.shape[1],) * 2, dtype=bool), 1)
    return Panel(
        y=response,
        x=padded,
        seen=seen,
        distance=np.abs(place[:, :, None] - place[:, None, :]),
        pairs=seen[:, :, None] & seen[:, None, :] & upper,
        order=order,
    )


def correlation_matrix(name: str, table: Panel, alpha: float) -> FloatArray:
    """Return the working correlation of each cluster, (G, m, m); padding is uncorrelated with everything."""
    both = table.seen[:, :, None] & table.seen[:, None, :]
    same = np.eye(table.seen.shape[1], dtype=bool)
    return np.where(same, 1.0, np.where(both, WORKING[name].entry(table.distance, alpha), 0.0))


def update_correlation(name: str, table: Panel, residual: FloatArray, alpha: float) -> float:
    """Return the next alpha from Pearson residuals (G, m); NotEstimable where it would be no correlation."""
    if name == "independence":
        return 0.0
    if not table.pairs.any():
        raise NotEstimable("no cluster has two rows, so that the correlation is not determined")
    scale = np.sum(residual**2) / np.sum(table.seen)
    products = (residual[:, :, None] * residual[:, None, :])[table.pairs] / scale
    distance = table.distance[table.pairs]
    total = np.bincount(distance, weights=products).astype(float)
    new = WORKING[name].update(total, np.bincount(distance).astype(float), alpha)
    lowest = WORKING[name].lowest(int(table.seen.sum(axis=1).max()))
    # within 1e-6 of its limits the matrix is as good as singular
    if not lowest + 1e-6 < new < 1 - 1e-6:
        raise NotEstimable(f"the {name} working correlation went to {new:.3g}, which is no correlation")
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A working correlation: its entries, its estimating equation, and the lowest alpha for clusters of m rows.

    `update` takes the sum of the residuals' products and the number of pairs at each distance, and the last alpha.
    """

    entry: Callable[[IntArray, float], FloatArray]
    update: Callable[[FloatArray, FloatArray, float], float]
    lowest: Callable[[int], float]


def _mean_product(total: FloatArray, count: FloatArray, _alpha: float) -> float:
    return float(total.sum() / count.sum())


def _ar1_step(total: FloatArray, count: FloatArray, alpha: float) -> float:
    """One Gauss-Newton step of least squares of all pairs' products on alpha^distance, which is what geepack solves."""
    # at 0 the slopes of all distances but 1 vanish, and there may be no pair at distance 1
    a = alpha if alpha != 0 else 0.3
    d = np.arange(len(total))
    slope = d * a ** np.maximum(d - 1, 0)
    step = np.sum(slope * (total - count * a**d)) / np.sum(count * slope**2)
    while not -1 < a + step < 1:
        step /= 2
    return float(a + step)


WORKING: Final[dict[str, Working]] = {
    "independence": Working(
        entry=lambda distance, _: np.zeros(distance.shape), update=lambda *_: 0.0, lowest=lambda _: -1.0
    ),
    "exchangeable": Working(
        entry=lambda distance, alpha: np.full(distance.shape, alpha),
        update=_mean_product,
        lowest=lambda m: -1 / (m - 1),
    ),
    "ar1": Working(
        entry=lambda distance, alpha: alpha ** distance.astype(float),
        update=_ar1_step,
        lowest=lambda _: -1.0,
    ),
}
