"""Logistic and Poisson regression."""

from __future__ import annotations

import warnings
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd
import statsmodels.api as sm

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.fit import Fit, Link
from cgh_analysis.models.options import check_option
from cgh_analysis.models.separation import check_outcome, check_separation
from cgh_analysis.numerics.arrays import FloatArray

Family = Literal["binomial", "poisson"]
Covariance = Literal["classical", "HC0"]
MODELS: Final[dict[str, tuple[str, Link, Any]]] = {
    "binomial": ("Logistic regression", "logit", sm.families.Binomial),
    "poisson": ("Poisson regression", "log", sm.families.Poisson),
}


def glm(
    formula: str,
    data: pd.DataFrame,
    *,
    family: Family = "binomial",
    covariance: Covariance = "classical",
    offset: str | None = None,
) -> Fit:
    """Fit a logistic or Poisson regression by maximum likelihood (McCullagh and Nelder 1989), canonical link.

    Rows are independent people; "HC0" errors (White 1980) do not need the variance function to be right. `offset`
    names a column that is added to the linear predictor (the log of the exposure); marginal means are then for an
    offset of 0. Raises NotEstimable for perfect separation, naming the columns.

    >>> data = pd.DataFrame({"arm": list("aabb") * 5, "well": ([0, 1, 1, 1] * 4 + [0, 0, 0, 1])})
    >>> fit = glm("well ~ arm", data)
    >>> fit.coef.round(3).tolist()
    [-0.405, 2.603]
    """
    check_option("family", family, MODELS)
    check_option("covariance", covariance, get_args(Covariance))
    d = design(formula, data, keep=[offset] if offset else [])
    check_outcome(d, family)
    fitted = _fit(d, family, covariance, d.data[offset].to_numpy(dtype=float) if offset else None)
    name, link, _ = MODELS[family]
    return Fit(
        method=f"{name}, {covariance} standard errors",
        outcome=d.outcome,
        terms=d.terms,
        coef=np.asarray(fitted.params, dtype=float),
        covariance_of_coef=np.asarray(fitted.cov_params(), dtype=float),
        df=np.inf,
        spec=d.spec,
        data=d.data,
        n_left_out=d.n_left_out,
        link=link,
        log_likelihood=float(fitted.llf),
        n_parameters=len(d.terms),
    )


def _fit(d: Design, family: str, covariance: str, offset: FloatArray | None) -> Any:
    model = sm.GLM(d.response, d.matrix, family=MODELS[family][2](), offset=offset)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # relative to the coefficients, so that the number of rows does not matter; Newton's steps square the error
            fitted = model.fit(
                cov_type="nonrobust" if covariance == "classical" else covariance,
                maxiter=100,
                tol_criterion="params",
                tol=1e-9,
                rtol=1e-9,
            )
    except (Warning, np.linalg.LinAlgError, FloatingPointError) as error:
        check_separation(d, family)
        raise NotEstimable(f"the maximum of the likelihood was not found ({error})") from None
    # beyond 12 on the link scale a probability is 0 or 1 to five digits: is there a maximum at all?
    if np.max(np.abs(d.matrix @ fitted.params)) > 12:
        check_separation(d, family)
    return fitted
