"""Fits in which some columns have the coefficient 0: held so by assumption, or dropped as aliased with others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cgh_analysis.models.mmrm.degrees import Uncertainty
from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.columns import aliased, triangle
from cgh_analysis.numerics.inference import JointWald
from cgh_analysis.numerics.mmrm.moments import least_squares


@dataclass(frozen=True, slots=True, kw_only=True)
class Constrained:
    """Inference on all columns where only the `free` ones are estimated."""

    inner: Uncertainty
    free: BoolArray

    @property
    def adjusted(self) -> FloatArray:
        """Covariance of all coefficients, 0 for those that are not estimated."""
        out = np.zeros((len(self.free), len(self.free)))
        out[np.ix_(self.free, self.free)] = self.inner.adjusted
        return out

    def df(self, contrast: FloatArray) -> FloatArray:
        """Degrees of freedom of each row; NaN where only fixed coefficients are in it."""
        inside = contrast[:, self.free]
        asked = (inside != 0).any(axis=1)
        out = np.full(len(contrast), np.nan)
        if asked.any():
            out[asked] = self.inner.df(inside[asked])
        return out

    def test(self, contrast: FloatArray, coef: FloatArray) -> JointWald:
        """Test that all rows are zero."""
        return self.inner.test(contrast[:, self.free], coef[self.free])


def without(prepared: Prepared, free: BoolArray) -> Prepared:
    """Return what is fitted: the same rows with the free columns only."""
    if free.all():
        return prepared
    d = prepared.design
    terms = tuple(t for t, f in zip(d.terms, free, strict=True) if f)
    kept = replace(d, matrix=d.matrix[:, free], products=d.products[np.ix_(free, free)], terms=terms)
    return replace(prepared, design=kept)


def restored(fit: MmrmFit, whole: Prepared, free: BoolArray, ways: FloatArray | None = None) -> MmrmFit:
    """Return a fit of the free columns as one of all; with `ways` the others are dropped, not held at 0."""
    names = () if ways is None else tuple(t for t, f in zip(whole.design.terms, free, strict=True) if not f)
    known = Constrained(inner=fit.uncertainty, free=free)
    coef = np.zeros(len(free))
    coef[free] = fit.coef
    return replace(
        fit,
        terms=whole.design.terms,
        coef=coef,
        covariance_of_coef=known.adjusted,
        uncertainty=known,
        prepared=whole,
        dropped=names,
        ways=ways,
    )


def determined(prepared: Prepared) -> tuple[BoolArray, FloatArray]:
    """Return which columns are their own (the first of those that say the same), and the ways (dropped, columns) to
    change all coefficients that change no mean.
    """
    d = prepared.design
    free = ~aliased(triangle(d.matrix, d.products))
    ways = np.zeros((int((~free).sum()), len(free)))
    for way, column in zip(ways, np.flatnonzero(~free), strict=True):
        way[column] = 1.0
        way[free] = -least_squares(d.matrix[:, column], d.matrix[:, free], d.products[np.ix_(free, free)]).shift
    return free, ways
