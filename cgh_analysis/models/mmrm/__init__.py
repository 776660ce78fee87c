"""Mixed model for repeated measures: means over visits, with a covariance between them that is estimated too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.mmrm.degrees import Df, Uncertainty, Vcov, uncertainty
from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.prepare import Prepared, prepare
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.mmrm.fields import Maker, OverVisits, SpatialExponential
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.moments import PatternMoments
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError, Maximum, maximise
from cgh_analysis.numerics.mmrm.patterns import moments
from cgh_analysis.numerics.mmrm.structures import COVARIANCES

__all__ = ["MmrmFit", "mmrm"]

SPATIAL: Final = "sp_exp"
STRUCTURES: Final = (*COVARIANCES, SPATIAL)
# a residual sum of squares that is rounding of the outcome's own
NO_VARIANCE: Final = 1e-20
IN_WORDS: Final = {
    "satterthwaite": "Satterthwaite",
    "kenward-roger-linear": "Kenward-Roger (first order)",
    "kenward-roger": "Kenward-Roger",
    "between-within": "between-within",
    "residual": "residual",
}


def mmrm(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str,
    visit: str,
    covariance: str | Sequence[str] = "us",
    group: str | None = None,
    weights: str | None = None,
    day: str | None = None,
    method: Literal["reml", "ml"] = "reml",
    df: Df = "satterthwaite",
    vcov: Vcov = "asymptotic",
) -> MmrmFit:
    """Fit means of a repeated outcome with a covariance over visits; arm contrasts are differences in mean at a visit.

    Assumes that the mean is as the formula says, that subjects are independent and their outcomes jointly normal, and
    that what is missing is so at random given what was seen. Data are one row a subject and visit, in any order; visits
    come in the order of the category (else sorted), and a visit not made is a gap. `covariance` is us, toep, toeph,
    ar1, ar1h, cs, csh, ad, adh, or sp_exp over the numbers in the column `day`; a list is tried in turn, and what was
    tried is in `ladder`. Each level of `group` has its own. `weights` divide a row's variance. Degrees of freedom:
    satterthwaite, kenward-roger-linear (first order: SAS's for us; does not depend on the parametrisation),
    kenward-roger (with second derivatives in the parametrisation of R's mmrm: in R's sleep data it gives the difference
    a standard error of 0.3386 where the paired t-test has 0.3890), between-within, residual. `vcov` may be empirical
    (CR0), empirical-bias-reduced (CR2), empirical-jackknife (CR3). Kenward and Roger (1997), Mallinckrodt and
    others (2008).

    Raises ArgumentError for a subject twice at a visit, in two groups, rows of nobody, or options that do not go
    together; NotEstimable where there are fewer subjects than covariance parameters, no variance, or aliased columns;
    ConvergenceError (a NotEstimable) where the likelihood has no maximum that can be found.

    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"id": np.repeat(range(30), 3), "week": [4, 8, 12] * 30, "arm": np.repeat(["a", "b"], 45)})
    >>> data["y"] = rng.normal(size=90) + np.repeat(rng.normal(size=30), 3) + (data["arm"] == "b")
    >>> fit = mmrm("y ~ arm * C(week)", data, subject="id", visit="week")
    >>> fit.covariance.shape, fit.n_subjects
    ((3, 3), 30)
    """
    names = (covariance,) if isinstance(covariance, str) else tuple(covariance)
    _check_options(names, group, day, method, df, vcov)
    prepared = prepare(formula, data, subject=subject, visit=visit, group=group, weights=weights, day=day)
    d = prepared.design
    sums = moments(d.response, d.matrix, prepared.layout, weights=prepared.weights)
    _check_variance(prepared)
    structure, model, maximum, tried = _climb(names, sums, prepared, reml=method == "reml")
    known: Uncertainty = uncertainty(model, maximum, prepared, df, vcov)
    return MmrmFit(
        method=f"MMRM, {method.upper()}, {structure} covariance{f' by {group}' if group else ''}, {_errors(df, vcov)}",
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
        reml=model.reml,
        subject=subject,
        visit=visit,
        n_subjects=sums.n_subjects,
        ladder=tried,
        uncertainty=known,
        maximum=maximum,
        prepared=prepared,
    )


def _check_options(names: tuple[str, ...], group: str | None, day: str | None, method: str, df: str, vcov: str) -> None:
    if not names:
        raise ArgumentError("covariance names no structure.", remedy=f"Known: {', '.join(STRUCTURES)}.")
    for name in names:
        check_option("covariance", name, STRUCTURES)
    check_option("method", method, ("reml", "ml"))
    check_option("df", df, get_args(Df))
    check_option("vcov", vcov, get_args(Vcov))
    if (SPATIAL in names) != (day is not None):
        raise ArgumentError(f"covariance={list(names)} with day={day!r}.", remedy=f"`day` goes with {SPATIAL!r} only.")
    if SPATIAL in names and len(names) > 1:
        raise ArgumentError(f"{SPATIAL!r} is in a ladder.", remedy="Fit it by itself: it reads days, not visits.")
    if SPATIAL in names and group is not None:
        raise ArgumentError(f"{SPATIAL!r} with group={group!r}.", remedy="It has one covariance for all.")


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


def _errors(df: Df, vcov: Vcov) -> str:
    known = f"{IN_WORDS[df]} degrees of freedom"
    return known if vcov == "asymptotic" else f"{vcov} standard errors, {known}"
