"""Linear mixed model with two nested random intercepts: of clusters, such as sites, and of subjects within them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.design import design
from cgh_analysis.models.mmrm.fit import MmrmFit, solved
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.moments import least_squares
from cgh_analysis.numerics.mmrm.nested import NestedIntercepts
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError, maximise
from cgh_analysis.numerics.mmrm.patterns import lay_out, moments
from cgh_analysis.numerics.mmrm.small_sample import precision

# numbers in the covariances of all clusters; beyond, a cluster is too large to be laid out
MOST_NUMBERS: Final = 20_000_000


@dataclass(frozen=True, kw_only=True)
class NestedFit(MmrmFit):
    """A mixed model with random intercepts of `within` and of subjects in it."""

    within: str

    @property
    def variances(self) -> pd.Series:
        """The variances of the random intercepts and of what is left."""
        values = np.exp(2 * self.maximum.point.theta)
        return pd.Series(values, index=[self.within, self.subject, "residual"], name="variance")

    @property
    def sigma(self) -> float:
        """The residual standard deviation in the outcome's unit."""
        return float(np.sqrt(self.variances["residual"]))


def nested(
    formula: str, data: pd.DataFrame, *, subject: str, within: str, reml: bool, kenward_roger: bool
) -> NestedFit:
    """Fit means with random intercepts of clusters and of subjects within them; `mixed(..., within=)` calls this.

    A subject that is in several clusters counts as another one in each. Raises NotEstimable for three
    clusters or fewer, ArgumentError for clusters too large to be laid out.
    """
    d = design(formula, data, keep=[subject, within])
    cluster: IntArray = np.asarray(pd.factorize(d.data[within])[0], dtype=np.intp)
    place: IntArray = np.asarray(d.data.groupby(within, observed=True).cumcount(), dtype=np.intp)
    clusters, most = int(cluster.max()) + 1, int(place.max()) + 1
    if clusters <= 3:
        raise NotEstimable(f"{clusters} levels of {within} do not determine the variance between them")
    if clusters * most**2 > MOST_NUMBERS:
        raise ArgumentError(f"A level of {within} has {most} rows.", remedy="Take it into the formula instead.")
    who = pd.factorize(d.data[subject])[0].astype(float)
    layout = lay_out(cluster, place, n_visits=most, traits=who[:, None], numbered=True)
    prepared = Prepared(design=d, layout=layout, visits=tuple(range(most)), groups=(), weights=None)
    sums = moments(d.response, d.matrix, layout, basis=least_squares(d.response, d.matrix, d.products))
    model = Model(moments=sums, covariance=NestedIntercepts(), reml=reml)
    try:
        maximum = maximise(model)
    except ConvergenceError:
        raise ConvergenceError(
            f"a random intercept, of {within} or of {subject}, has no variance", remedy=f"Leave within={within!r} out."
        ) from None
    known = precision(model, maximum, kenward_roger=kenward_roger, expected=kenward_roger)
    errors = "Kenward-Roger" if kenward_roger else "Satterthwaite"
    return NestedFit(
        **solved(prepared, model, maximum, known),
        method=f"Linear mixed model, {'REML' if reml else 'ML'}, random intercepts of {within} and {subject}, "
        f"{errors} degrees of freedom",
        n_parameters=model.n_parameters + len(d.terms),
        structure=f"random intercepts of {within} and {subject}",
        subject=subject,
        visit="",
        n_subjects=int(d.data[[within, subject]].drop_duplicates().shape[0]),
        ladder=(),
        within=within,
    )
