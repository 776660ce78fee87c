"""Generalised estimating equations: population means of a repeated outcome, by arm and visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import row_labels
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.effects import arm_effects, each_outcome, outcome_formula
from cgh_analysis.models.fit import Fit, Link
from cgh_analysis.models.options import check_option
from cgh_analysis.models.separation import check_outcome, check_separation
from cgh_analysis.models.words import Paragraph, lines_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.families import FAMILIES
from cgh_analysis.numerics.gee import Gee, gee_solve
from cgh_analysis.numerics.working_correlation import WORKING
from cgh_analysis.results import Result, concat
from cgh_analysis.study import Analysis, Study

Family = Literal["gaussian", "binomial", "poisson"]
Correlation = Literal["independence", "exchangeable", "ar1"]
Covariance = Literal["robust", "naive"]


@dataclass(frozen=True, kw_only=True)
class GeeFit(Fit):
    """A fit of estimating equations: `correlation` is alpha of the working correlation, `scale` the dispersion."""

    correlation: float
    scale: float
    n_subjects: int


def gee(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str,
    visit: str | None = None,
    family: Family = "gaussian",
    correlation: Correlation = "exchangeable",
    covariance: Covariance = "robust",
) -> GeeFit:
    """Fit population-averaged means of repeated measurements (Liang and Zeger 1986), canonical link.

    Assumes that the mean model is right, that subjects are independent, and that values are missing completely at
    random; the robust errors do not need the working correlation to be right, but many subjects. `subject` and
    `visit` name columns, data are one row a subject and visit in any order; "ar1" is alpha to the power of the
    difference of visits in their order (a category, or whole numbers), so that a missed visit keeps its place.
    Inference is by the normal distribution; there is no likelihood, so AIC and BIC are NaN. Raises ArgumentError for a
    subject that is at a visit twice and for an outcome that the family does not have, NotEstimable where the equations
    have no solution, or there are fewer subjects than the robust errors need.

    >>> data = pd.DataFrame({"id": [1, 1, 2, 2, 3, 3, 4, 4], "arm": list("aaaabbbb"), "y": [1.0, 2, 2, 4, 4, 6, 5, 6]})
    >>> gee("y ~ arm", data, subject="id").coef.round(6).tolist()
    [2.25, 3.0]
    """
    check_option("family", family, FAMILIES)
    check_option("correlation", correlation, WORKING)
    check_option("covariance", covariance, get_args(Covariance))
    if correlation == "ar1" and visit is None:
        raise ArgumentError("correlation='ar1' needs the order of visits.", remedy="Name its column as visit=.")
    d = design(formula, data, keep=[c for c in (subject, visit) if c])
    check_outcome(d, family)
    codes, subjects = pd.factorize(d.data[subject])
    if covariance == "robust" and len(subjects) <= len(d.terms):
        raise NotEstimable(f"{len(subjects)} subjects do not determine robust errors of {len(d.terms)} coefficients")
    if visit is not None:
        _check_once(d, subject, visit)
    positions = np.zeros(len(codes), dtype=np.intp) if correlation != "ar1" else _positions(d, data[str(visit)])
    solved = _solve(d, codes, positions, family, correlation)
    return GeeFit(
        method=f"GEE, {correlation}, {covariance} standard errors",
        outcome=d.outcome,
        terms=d.terms,
        coef=solved.coef,
        covariance_of_coef=solved.robust if covariance == "robust" else solved.naive,
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link=cast(Link, FAMILIES[family].link),
        n_parameters=len(d.terms),
        correlation=solved.correlation,
        scale=solved.scale,
        n_subjects=len(subjects),
    )


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return adjusted means and pairwise differences of each outcome of a line of the plan, at every visit."""
    seen = cohort.long()
    covariance = cast(Covariance, analysis.covariance or "robust")

    def one(outcome: str) -> Result:
        formula = outcome_formula(cohort, analysis, outcome, arms="arm * visit")
        fit = gee(
            formula,
            seen,
            subject="patient_id",
            visit="visit",
            correlation=analysis.correlation,
            covariance=covariance,
        )
        shown = [v for v in cohort.study.visits if v.id in set(fit.data["visit"]) and analysis.at in (None, v.id)]
        return concat(
            arm_effects(fit, cohort, analysis, outcome=outcome, time=v.day, at={"visit": v.id})
            for v in sorted(shown, key=lambda v: v.day)
        )

    return each_outcome(cohort, analysis, f"GEE, {analysis.correlation}, {covariance} standard errors", one)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Outcomes over all visits",
        text=f"Generalised estimating equations of arm by visit, {lines_in_words(study, lines, _how)}. Covariates have "
        "one effect at all visits; intervals and p-values are normal ones."
        f"{multiplicity_in_words(study, lines, ' within a visit of an outcome')}",
        cites=("gee", *multiplicity_cites(study, lines)),
    )


def _how(a: Analysis) -> str:
    errors = "standard errors that trust it" if a.covariance == "naive" else "robust standard errors"
    article = "a working correlation of" if a.correlation == "independence" else "a working correlation that is"
    name = "AR(1)" if a.correlation == "ar1" else a.correlation
    return f"with {article} {name} and {errors}"


def _check_once(d: Design, subject: str, visit: str) -> None:
    twice = d.data.duplicated([subject, visit])
    if twice.any():
        raise ArgumentError(
            f"{subject} and {visit} are given twice, again at {row_labels(d.data.index[twice])}.",
            remedy="Keep one row a visit.",
        )


def _positions(d: Design, visit: pd.Series) -> IntArray:
    seen = d.data[visit.name]
    if isinstance(visit.dtype, pd.CategoricalDtype):
        # of all levels, so that a visit that nobody made keeps its place
        return pd.Categorical(seen, categories=visit.cat.categories).codes.astype(np.intp)
    if not pd.api.types.is_integer_dtype(visit.dtype):
        raise ArgumentError(
            f"The column {visit.name!r} has no order.", remedy="Make it an ordered category, or whole numbers 1, 2, 3."
        )
    return seen.to_numpy(dtype=np.intp)


def _solve(d: Design, codes: IntArray, positions: IntArray, family: str, correlation: str) -> Gee:
    try:
        solved = gee_solve(d.response, d.matrix, codes, positions, family=family, correlation=correlation)
    except NotEstimable:
        check_separation(d, family)
        raise
    # beyond 12 on the link scale a probability is 0 or 1 to five digits: is there a solution at all?
    if np.max(np.abs(d.matrix @ solved.coef)) > 12:
        check_separation(d, family)
    return solved
