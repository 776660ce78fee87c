"""From named columns to a Cox fit, whatever its ties, penalty and errors: what `cox` and `recurrent` share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import check_frame
from cgh_analysis.models.design import design
from cgh_analysis.models.survival.counting import check_subjects
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.models.survival.cox_regression import Penalty
from cgh_analysis.models.survival.observed import Observed, coded, observed
from cgh_analysis.numerics.survival.cox import Likelihood, solve_cox
from cgh_analysis.numerics.survival.cox_residuals import by_cluster, dfbeta
from cgh_analysis.numerics.survival.partial_likelihood import Ties, cox_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that a survival model names."""

    time: str
    event: str
    entry: str | None = None
    subject: str | None = None
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    weights: str | None = None

    @property
    def names(self) -> list[str]:
        """All that are named, each once."""
        named = (self.time, self.event, self.entry, self.subject, self.cluster, self.weights, *self.strata)
        return list(dict.fromkeys(name for name in named if name is not None))

    def read(self, data: pd.DataFrame) -> Observed:
        """Read and check times, events, entries and weights."""
        return observed(data, time=self.time, event=self.event, entry=self.entry, weights=self.weights)


def fit_cox(
    formula: str,
    data: pd.DataFrame,
    columns: Columns,
    *,
    ties: Ties = "efron",
    penalty: Penalty | None = None,
    recurrent: bool = False,
) -> CoxFit:
    """Check the rows, lay out the design and maximise; the covariance is the inverse information."""
    check_frame(data, columns.names)
    # the whole frame first: a missing time is a fault, not a row to leave out
    everything = columns.read(data)
    if columns.subject is not None:
        check_subjects(data[columns.subject], everything, recurrent=recurrent)
    d = design(formula, data, keep=columns.names, survival=True)
    if not d.terms:
        raise ArgumentError(f"The formula {formula!r} has no covariate.", remedy="kaplan_meier needs none.")
    seen = everything if not d.n_left_out else columns.read(d.data)
    if not seen.event.any():
        raise NotEstimable("no event among the rows in which all columns are known")
    codes, names = coded(d.data, columns.strata) if columns.strata else (None, ("",))
    discrete = ties == "exact"
    risk = cox_data(
        d.matrix,
        seen.time,
        seen.event,
        stratum=codes,
        entry=seen.entry,
        weights=seen.weights,
        ties="breslow" if discrete else ties,
    )
    likelihood: Likelihood = "exact" if discrete else penalty or "partial"
    solution = solve_cox(risk, d.terms, likelihood)
    return CoxFit(
        method=_method(columns, ties, penalty),
        outcome=columns.time,
        terms=d.terms,
        coef=solution.coef,
        covariance_of_coef=solution.covariance,
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link="log",
        intercept=False,
        log_likelihood=solution.log_likelihood,
        n_parameters=len(d.terms),
        observed=seen,
        risk=risk,
        solution=solution,
        strata=columns.strata,
        stratum_names=names,
        cluster=coded(d.data, [columns.cluster])[0] if columns.cluster else None,
        robust=False,
        ties=ties,
        penalty=penalty,
        several_rows=columns.subject is not None and bool(d.data[columns.subject].duplicated().any()),
    )


def sandwiched(fit: CoxFit, cluster: str | None) -> CoxFit:
    """Replace the covariance by the sum over clusters (or rows) of their squared influence."""
    parts = by_cluster(dfbeta(fit.risk, fit.solution.sums, fit.solution.covariance), fit.cluster)
    if len(parts) <= len(fit.terms):
        raise NotEstimable(f"{len(parts)} clusters do not give the covariance of {len(fit.terms)} coefficients")
    named = f"{fit.method}, robust errors{f' by {cluster}' if cluster else ''}"
    return replace(fit, covariance_of_coef=parts.T @ parts, robust=True, method=named)


def _method(columns: Columns, ties: Ties, penalty: Penalty | None) -> str:
    parts = [
        f"{'Weighted Cox' if columns.weights else 'Cox'} regression, {ties.capitalize()} ties",
        "Firth's penalty" if penalty else "",
        f"stratified by {', '.join(columns.strata)}" if columns.strata else "",
    ]
    return ", ".join(filter(None, parts))
