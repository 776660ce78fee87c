"""Analysis of covariance: the mean of one outcome at one visit, by arm, given baseline and covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import row_labels
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.effects import arm_effects, each_outcome, outcome_formula, planned_visit
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.options import check_option
from cgh_analysis.models.words import (
    Paragraph,
    errors_in_words,
    lines_in_words,
    multiplicity_cites,
    multiplicity_in_words,
)
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.clustered import CLUSTER_COVARIANCES
from cgh_analysis.numerics.linear import COVARIANCES, LeastSquares, least_squares
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

Covariance = Literal["classical", "HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR2"]


@dataclass(frozen=True, kw_only=True)
class LinearFit(Fit):
    """A least-squares fit: `sigma` is the residual standard deviation in the outcome's unit."""

    sigma: float
    r_squared: float


def ancova(
    formula: str,
    data: pd.DataFrame,
    *,
    covariance: Covariance = "HC3",
    cluster: str | None = None,
    weights: str | None = None,
) -> LinearFit:
    """Fit a linear model by least squares; its arm contrasts are differences in adjusted means.

    Assumes that the mean is linear in what the formula names, and independent people (clusters with "CR0" to "CR2");
    the default errors do not assume one residual variance (MacKinnon and White 1985). Inference is by t on the
    residual degrees of freedom, with clusters on their number less one. `cluster` and `weights` name columns; weights
    are positive and count as inverse variances. Rows with a missing value are left out and counted. Raises
    ArgumentError for what is not a column, a number or an option, NotEstimable where columns follow from others, a
    level or cell has nobody, or no residual variance is left.

    >>> data = pd.DataFrame({"arm": list("aabb") * 3, "y": [1.0, 2, 4, 6, 2, 3, 5, 7, 3, 4, 6, 8]})
    >>> ancova("y ~ arm", data, covariance="classical").coefficients()["estimate"].round(6).tolist()
    [2.5, 3.5]
    """
    check_option("covariance", covariance, get_args(Covariance))
    if (cluster is not None) != (covariance in CLUSTER_COVARIANCES):
        raise ArgumentError(
            f"covariance={covariance!r} with cluster={cluster!r}.", remedy="CR0, CR1 and CR2 go with cluster=."
        )
    d = design(formula, data, keep=[c for c in (cluster, weights) if c])
    fitted = least_squares(d.response, d.matrix, _weights(d, weights))
    errors, df = _errors(fitted, d, covariance, cluster)
    kind = f"{covariance} standard errors" + (f" by {cluster}" if cluster else "")
    return LinearFit(
        method=f"{'Weighted ' if weights else ''}ANCOVA, {kind}",
        outcome=d.outcome,
        terms=d.terms,
        coef=fitted.coef,
        covariance_of_coef=errors,
        df=df,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        log_likelihood=fitted.log_likelihood,
        n_parameters=len(d.terms) + 1,
        sigma=fitted.sigma,
        r_squared=fitted.r_squared,
    )


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return adjusted means and pairwise differences of each outcome of a line of the plan, at its visit."""
    visit = planned_visit(cohort, analysis)
    seen = cohort.at(visit.id)
    covariance = cast(Covariance, analysis.covariance or "HC3")

    def one(outcome: str) -> Result:
        fit = ancova(outcome_formula(cohort, analysis, outcome), seen, covariance=covariance)
        return arm_effects(fit, cohort, analysis, outcome=outcome, time=visit.day)

    return each_outcome(cohort, analysis, f"ANCOVA, {covariance} standard errors", one, time=visit.day)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    hc3 = any(a.covariance in (None, "HC3") for a in lines)
    return Paragraph(
        title="Means at a visit",
        text=f"Analysis of covariance {lines_in_words(study, lines, errors_in_words)}. Adjusted means are those of "
        "people with the average covariates of all analysed, categories being as frequent as among them."
        f"{multiplicity_in_words(study, lines)}",
        cites=(
            "baseline_covariates",
            *(("hc3",) if hc3 else ()),
            "marginal_means",
            *multiplicity_cites(study, lines),
        ),
    )


def _weights(d: Design, weights: str | None) -> FloatArray | None:
    if weights is None:
        return None
    if not pd.api.types.is_numeric_dtype(d.data[weights].dtype):
        raise ArgumentError(f"The weights {weights!r} are no numbers.", remedy="Give a column of positive numbers.")
    values = d.data[weights].to_numpy(dtype=float)
    bad = values <= 0
    if bad.any():
        raise ArgumentError(
            f"The weights {weights!r} have {int(bad.sum())} value(s) that are not positive, at "
            f"{row_labels(d.data.index[bad])}.",
            remedy="Leave rows without weight out of the frame.",
        )
    return values


def _errors(fitted: LeastSquares, d: Design, covariance: str, cluster: str | None) -> tuple[FloatArray, float]:
    if cluster is None:
        return COVARIANCES[covariance](fitted), float(fitted.df_residual)
    codes, levels = pd.factorize(d.data[cluster])
    if len(levels) < 2:
        raise NotEstimable(f"all rows are in one {cluster}, a cluster-robust error needs several")
    return CLUSTER_COVARIANCES[covariance](fitted, codes), float(len(levels) - 1)
