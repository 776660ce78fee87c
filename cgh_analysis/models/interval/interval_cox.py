"""Proportional hazards (or odds) regression of interval-censored times with a free baseline, and the arms' ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.interval.arm_ratios import LEFT, RIGHT, arm_ratios
from cgh_analysis.models.interval.complete import broken, complete_rows, informed
from cgh_analysis.models.interval.interval_cox_fit import RATIOS, IntervalCoxFit
from cgh_analysis.models.interval.observed import Intervals, intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.models.words import Paragraph, lines_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.interval.semiparametric import efficient_scores, solve_semi
from cgh_analysis.numerics.interval.semiparametric_bootstrap import bootstrap
from cgh_analysis.numerics.interval.semiparametric_likelihood import Model, semi_data
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

Covariance = Literal["profile", "robust", "bootstrap"]
LABELS: Final = {"ph": "proportional hazards", "po": "proportional odds"}


def interval_cox(
    formula: str,
    data: pd.DataFrame,
    *,
    left: str,
    right: str,
    model: Model = "ph",
    covariance: Covariance = "profile",
    weights: str | None = None,
    replicates: int = 500,
    seed: int = 0,
) -> IntervalCoxFit:
    """Regress times known up to intervals on covariates, the baseline left open (Finkelstein 1986; Zeng et al. 2016).

    "ph": the hazard is h0(t) exp(x b). "po": the odds of having had the event by t are H(t) exp(x b). b > 0 is faster.
    Assumes that ratios hold at all times, that effects are linear on the log scale, and that visits tell nothing of the
    time beyond the interval. `formula` is a right-hand side, "arm + age"; the time lies in (`left`, `right`], in days,
    exactly where both are equal, from 0 where it was over at the first look, to infinity (or missing) where it was not
    at the last. The baseline rises at the maximal intersections only, and the maximum is exact (`stationarity`).
    Errors: "profile", the inverse of the profile likelihood's information (Murphy and van der Vaart 2000); "robust",
    its sandwich, which weights that are no whole numbers get; "bootstrap" over people, `replicates` draws from `seed`.
    Rows from 0 to infinity are kept and say nothing; rows with a missing covariate are left out and counted. Raises
    NotEstimable where a coefficient has no finite maximum, naming it, or all intervals overlap.

    >>> data = pd.DataFrame({"a": [0, 28, 28, 0, 56, 28], "b": [28, 56, np.inf, 28, 84, 84], "x": [1, 0, 0, 0, 0, 1]})
    >>> interval_cox("x", data, left="a", right="b").coefficients()["hazard_ratio"].round(4).tolist()
    [2.4094]
    """
    check_option("model", model, get_args(Model))
    check_option("covariance", covariance, get_args(Covariance))
    if covariance == "bootstrap" and (not isinstance(replicates, int) or replicates < 50):
        raise ArgumentError(f"replicates={replicates!r} is too few.", remedy="Draw 50 times or more.")
    d, seen = complete_rows(formula, data, intervals(data, left=left, right=right, weights=weights))
    if not d.terms:
        raise ArgumentError(f"The formula {formula!r} has no covariate.", remedy="turnbull needs none.")
    says = informed(seen)
    used = seen.take(says)
    semi = semi_data(d.matrix[says], used.left, used.right, used.weights)
    solution = solve_semi(semi, model, d.terms)
    fit = IntervalCoxFit(
        method=f"Semiparametric {LABELS[model]} regression of intervals",
        outcome=right,
        terms=d.terms,
        coef=solution.at.b,
        covariance_of_coef=solution.covariance,
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link="log",
        intercept=False,
        log_likelihood=solution.at.log_likelihood,
        n_parameters=len(d.terms),
        model=model,
        intervals=seen,
        informed=says,
        semi=semi,
        solution=solution,
    )
    if covariance == "bootstrap":
        return _bootstrapped(fit, used, replicates, seed)
    return _sandwiched(fit) if covariance == "robust" or broken(seen) else fit


def _sandwiched(fit: IntervalCoxFit) -> IntervalCoxFit:
    """Replace the covariance by the sum over rows of their squared influence."""
    influence = efficient_scores(fit.semi, fit.solution.at) @ fit.solution.covariance
    if len(influence) <= len(fit.terms):
        raise NotEstimable(f"{len(influence)} rows do not give the covariance of {len(fit.terms)} coefficients")
    return replace(fit, covariance_of_coef=influence.T @ influence, method=f"{fit.method}, robust errors")


def _bootstrapped(fit: IntervalCoxFit, used: Intervals, replicates: int, seed: int) -> IntervalCoxFit:
    """Replace the covariance by that of the coefficients over draws of people."""
    if broken(used):
        raise ArgumentError("Weights that are no counts cannot be drawn from.", remedy="Take covariance='robust'.")
    drawn = bootstrap(
        fit.semi,
        fit.model,
        fit.solution.at,
        (used.left, used.right),
        names=fit.terms,
        replicates=replicates,
        seed=seed,
    )
    return replace(
        fit,
        covariance_of_coef=drawn.covariance,
        n_failed=drawn.n_failed,
        method=f"{fit.method}, errors by {replicates} bootstrap draws",
    )


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the hazard (or odds) ratios of resolution of all pairs of arms, adjusted for the covariates.

    An arm without a resolution has no finite ratio; the others are fitted without it.
    """

    def fit(formula: str, data: pd.DataFrame) -> IntervalCoxFit:
        return interval_cox(formula, data, model=analysis.model, left=LEFT, right=RIGHT)

    method = f"Semiparametric {LABELS[analysis.model]} regression of intervals"
    return arm_ratios(cohort, analysis, fit, statistic=RATIOS[analysis.model], method=method)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    said = lines_in_words(study, lines, lambda a: LABELS[a.model])
    return Paragraph(
        title="Ratios from intervals",
        text="Regression of the interval in which the headache resolved, from the last visit with it to the first "
        f"without, the course of the reference left open, with {said}. Above 1 means faster resolution. Standard "
        f"errors are the profile likelihood's.{multiplicity_in_words(study, lines, '')}",
        cites=("interval_cox", "profile_likelihood", *multiplicity_cites(study, lines)),
    )
