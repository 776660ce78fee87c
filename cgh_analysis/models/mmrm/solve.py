"""From prepared arrays to a fit: one structure, or the first of a ladder that has a maximum."""

from __future__ import annotations

from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.mmrm.degrees import Errors, uncertainty
from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.mmrm.fields import Maker, OverVisits, SpatialExponential
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.moments import PatternMoments
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError, Maximum, maximise
from cgh_analysis.numerics.mmrm.patterns import moments
from cgh_analysis.numerics.mmrm.structures import COVARIANCES

SPATIAL: Final = "sp_exp"
STRUCTURES: Final = (*COVARIANCES, SPATIAL)
# a residual sum of squares that is rounding of the outcome's own
NO_VARIANCE: Final = 1e-20


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
    sums = moments(d.response, d.matrix, prepared.layout, weights=prepared.weights)
    _check_variance(prepared)
    structure, model, maximum, tried = _climb(names, sums, prepared, reml=reml)
    known = uncertainty(model, maximum, prepared, errors)
    by = f" by {group}" if group else ""
    return MmrmFit(
        method=f"MMRM, {'REML' if reml else 'ML'}, {structure} covariance{by}, {errors.in_words}",
        outcome=d.outcome,
        terms=d.terms,
        coef=sums.basis.shift + sums.basis.turn @ maximum.point.gamma,
        covariance_of_coef=known.adjusted,
        df=np.nan,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        log_likelihood=maximum.point.log_likelihood,
        n_parameters=model.n_parameters,
        structure=structure,
        reml=reml,
        subject=subject,
        visit=visit,
        n_subjects=sums.n_subjects,
        ladder=tried,
        uncertainty=known,
        maximum=maximum,
        prepared=prepared,
    )


def _check_variance(prepared: Prepared) -> None:
    y = prepared.design.response
    centred = y - y.mean()
    if centred @ centred <= NO_VARIANCE * max(float(y @ y), 1e-300):
        raise NotEstimable("the outcome is the same in every row")


def _climb(
    names: tuple[str, ...], sums: PatternMoments, prepared: Prepared, *, reml: bool
) -> tuple[str, Model, Maximum, tuple[tuple[str, str], ...]]:
    """Fit the first structure of the ladder that has a maximum; the last one's failure is raised."""
    tried: list[tuple[str, str]] = []
    for place, name in enumerate(names):
        model = Model(moments=sums, covariance=_maker(name), reml=reml)
        try:
            _check_size(name, model, prepared)
            return name, model, maximise(model), tuple(tried)
        except NotEstimable as failure:
            if place == len(names) - 1:
                raise
            tried.append((name, failure.message))
    raise ConvergenceError("no structure was given")


def _maker(name: str) -> Maker:
    return SpatialExponential() if name == SPATIAL else OverVisits(COVARIANCES[name])


def _check_size(name: str, model: Model, prepared: Prepared) -> None:
    """Refuse what the data cannot determine: too few subjects, or a pair of visits that nobody made both of."""
    data = model.moments
    if data.n_subjects <= model.n_parameters:
        raise NotEstimable(
            f"{data.n_subjects} subjects do not determine {model.n_parameters} parameters of the covariance {name!r}"
        )
    if data.n_observations <= data.n_columns:
        raise NotEstimable(f"{data.n_observations} rows do not determine {data.n_columns} coefficients")
    if name != "us":
        return
    for g in range(data.n_groups):
        own = data.group == g
        pairs = np.einsum("pa,pb,p->ab", data.seen[own], data.seen[own], data.subjects[own])
        if not pairs.all():
            a, b = np.argwhere(pairs == 0)[0]
            where = f" in {prepared.groups[g]}" if prepared.groups else ""
            raise NotEstimable(f"nobody{where} was seen at both {prepared.visits[a]} and {prepared.visits[b]}")
