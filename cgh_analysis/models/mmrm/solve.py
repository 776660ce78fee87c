"""From prepared arrays to a fit: one structure, or the first of a ladder that has a maximum."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.mmrm.degrees import Errors, uncertainty
from cgh_analysis.models.mmrm.estimable import check_size, check_variance
from cgh_analysis.models.mmrm.fit import MmrmFit, solved
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.mmrm.fields import Maker, OverVisits, SpatialExponential
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.moments import Basis, PatternMoments, least_squares
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError, Maximum, maximise
from cgh_analysis.numerics.mmrm.patterns import moments
from cgh_analysis.numerics.mmrm.structures import COVARIANCES

SPATIAL: Final = "sp_exp"
STRUCTURES: Final = (*COVARIANCES, SPATIAL)
# the largest over the smallest standard error of the basis' coefficients: it costs twice so many digits
UNEVEN: Final = 1e3


def fit_prepared(
    prepared: Prepared,
    names: tuple[str, ...],
    errors: Errors,
    *,
    subject: str,
    visit: str,
    group: str | None = None,
    reml: bool = True,
) -> MmrmFit:
    """Fit the first structure of `names` that has a maximum; raises the last one's failure where none has."""
    d = prepared.design
    basis = least_squares(d.response, d.matrix, d.products)
    check_variance(prepared, basis)
    sums = moments(d.response, d.matrix, prepared.layout, weights=prepared.weights, basis=basis)
    structure, model, maximum, tried = _climb(names, sums, prepared, reml=reml)
    model, maximum = _sharpened(model, maximum, prepared)
    known = uncertainty(model, maximum, prepared, errors)
    by = f" by {group}" if group else ""
    return MmrmFit(
        **solved(prepared, model, maximum, known),
        method=f"MMRM, {'REML' if reml else 'ML'}, {structure} covariance{by}, {errors.in_words}",
        n_parameters=model.n_parameters,
        structure=structure,
        subject=subject,
        visit=visit,
        n_subjects=sums.n_subjects,
        ladder=tried,
    )


def _climb(
    names: tuple[str, ...], sums: PatternMoments, prepared: Prepared, *, reml: bool
) -> tuple[str, Model, Maximum, tuple[tuple[str, str], ...]]:
    """Fit the first structure of the ladder that has a maximum; the last one's failure is raised."""
    tried: list[tuple[str, str]] = []
    for place, name in enumerate(names):
        model = Model(moments=sums, covariance=_maker(name), reml=reml)
        try:
            check_size(name, model, prepared)
            return name, model, maximise(model), tuple(tried)
        except NotEstimable as failure:
            if place == len(names) - 1:
                raise
            tried.append((name, failure.message))
    raise ConvergenceError("no structure was given")


def _maker(name: str) -> Maker:
    return SpatialExponential() if name == SPATIAL else OverVisits(COVARIANCES[name])


def _sharpened(model: Model, maximum: Maximum, prepared: Prepared) -> tuple[Model, Maximum]:
    """Sum up again, in a basis made with the fitted weights, where visits vary by orders of magnitude.

    In one of equal weights the residuals of a precise visit are those of slopes that imprecise visits gave.
    """
    point, basis = maximum.point, model.moments.basis
    if np.linalg.cond(point.root) < UNEVEN:
        return model, maximum
    weighted = Basis(turn=basis.turn @ point.root, shift=basis.shift + basis.turn @ point.gamma)
    d = prepared.design
    sums = moments(d.response, d.matrix, prepared.layout, weights=prepared.weights, basis=weighted)
    sharper = replace(model, moments=sums)
    return sharper, maximise(sharper, point.theta)
