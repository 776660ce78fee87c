"""The bootstrap over people of semiparametric regression: whole rows are drawn, and each draw is fitted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.interval.semiparametric import climb, start
from cgh_analysis.numerics.interval.semiparametric_likelihood import Model, SemiData, semi_data
from cgh_analysis.numerics.interval.semiparametric_steps import Place, place

# what a warm start keeps of the old baseline; the rest gives every drawn row a probability
KEPT = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Coefficients (B, p) of the draws that have a maximum, and how many draws have none."""

    coef: FloatArray
    n_failed: int

    @property
    def covariance(self) -> FloatArray:
        """Covariance (p, p) of the coefficients over draws."""
        return np.atleast_2d(np.cov(self.coef, rowvar=False))


def bootstrap(
    data: SemiData,
    model: Model,
    at: Place,
    ends: tuple[FloatArray, FloatArray],
    *,
    names: Sequence[str],
    replicates: int,
    seed: int,
) -> Bootstrap:
    """Draw as many people as there are, with replacement, `replicates` times, and fit from where the data led.

    `ends` are the rows' left and right. Rows are sorted and identical ones counted before anything is drawn, so that
    their order does not matter. Raises NotEstimable where more than one draw in ten has no maximum.
    """
    left, right = ends
    rows, index = np.unique(np.column_stack([left, right, data.x]), axis=0, return_inverse=True)
    count = np.bincount(index.ravel(), data.weight)
    rng = np.random.Generator(np.random.PCG64(seed))
    n = round(float(count.sum()))
    draws = rng.multinomial(n, count / count.sum(), size=replicates)
    found = [_fitted(rows[drawn > 0], drawn[drawn > 0].astype(float), data, model, at, names) for drawn in draws]
    coef = [b for b in found if b is not None]
    n_failed = replicates - len(coef)
    if n_failed > replicates / 10:
        raise NotEstimable(f"{n_failed} of {replicates} bootstrap draws have no finite maximum")
    return Bootstrap(coef=np.array(coef), n_failed=n_failed)


def _fitted(
    rows: FloatArray, weight: FloatArray, data: SemiData, model: Model, at: Place, names: Sequence[str]
) -> FloatArray | None:
    drawn = semi_data(rows[:, 2:], rows[:, 0], rows[:, 1], weight)
    try:
        return climb(drawn, model, _warm(drawn, data, model, at), names=names)[0].b
    except NotEstimable:
        return None


def _warm(drawn: SemiData, data: SemiData, model: Model, at: Place) -> Place:
    """Read the old H at the new cells' right ends, with a little of one that gives every row a probability."""
    if not drawn.m:
        raise NotEstimable("all intervals overlap")
    seen = np.searchsorted(data.right[: data.m], drawn.right[: drawn.m], side="right")
    # covariates are centred anew
    old = at.h[seen] * np.exp(drawn.center @ at.b)
    return place(drawn, model, at.b, np.concatenate([[0.0], KEPT * old]) + (1 - KEPT) * start(drawn, model))
