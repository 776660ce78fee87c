"""Marginal means of any linear fit (Searle, Speed and Milliken 1980)."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.models.fit import Fit
from cgh_analysis.models.grid import At, Names, Weights, as_names, reference_grid, slope_grid
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.families import LINKS
from cgh_analysis.numerics.inference import wald

Scale = Literal["link", "response"]


def marginal_means(
    fit: Fit,
    factor: Names,
    *,
    by: Names | None = None,
    weights: Weights = "equal",
    at: At | None = None,
    scale: Scale = "link",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Return the adjusted mean in each level of `factor` (and of `by`): what the model says of a balanced population.

    Numbers stand at their mean over the model's rows, factors are averaged equally or in proportion to the frequency
    of their combinations; weights="observed" averages over people as they are (g-computation). `at={"hd0": 14}` puts
    a column elsewhere, a list makes several values of a `by` column.
    With a logit or log link the mean is on the link's scale, or with scale="response" its back-transform, with a
    delta-method error and back-transformed limits. Conventions are emmeans' (R). Returns a frame with the factors'
    columns and estimate, std_error, df, conf_low, conf_high. Raises ArgumentError for columns or levels that the model
    does not have.

    >>> from cgh_analysis.models.ancova import ancova
    >>> data = pd.DataFrame({"arm": list("aabb") * 3, "y": [1.0, 2, 4, 6, 2, 3, 5, 7, 3, 4, 6, 8]})
    >>> marginal_means(ancova("y ~ arm", data), "arm")["estimate"].round(6).tolist()
    [2.5, 6.0]
    """
    check_option("weights", weights, get_args(Weights))
    check_option("scale", scale, get_args(Scale))
    grid = reference_grid(fit, [*as_names(factor), *as_names(by)], at=at, weights=weights)
    eta = grid.linear @ fit.coef
    std_error = np.sqrt(np.einsum("ij,jk,ik->i", grid.linear, fit.covariance_of_coef, grid.linear))
    df = fit.df_for(grid.linear)
    w = wald(eta, std_error, df, conf_level=conf_level)
    link = LINKS[fit.link if scale == "response" else "identity"]
    return grid.cells.assign(
        estimate=link.inverse(eta),
        std_error=std_error * link.derivative(eta),
        df=df,
        conf_low=link.inverse(w.conf_low),
        conf_high=link.inverse(w.conf_high),
    )


def marginal_slopes(
    fit: Fit,
    number: str,
    *,
    by: Names | None = None,
    weights: Weights = "equal",
    at: At | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Return the slope over a column of numbers, such as time, in each level of `by`, on the scale of the link.

    Where the model is not straight in it, it is the slope at its mean, or at `at`; other columns stand as for
    `marginal_means` (emmeans' emtrends, R). Returns a frame with the columns of `by` and estimate, std_error, df,
    conf_low, conf_high; `contrasts(fit, "arm", slope="week")` compares them. Raises ArgumentError for a category.

    >>> from cgh_analysis.models.ancova import ancova
    >>> data = pd.DataFrame({"arm": list("aabb") * 3, "age": [30, 40] * 6, "y": [1.0, 2, 4, 6, 2, 3, 5, 7, 3, 4, 6, 8]})
    >>> marginal_slopes(ancova("y ~ arm * age", data), "age", by="arm")["estimate"].round(6).tolist()
    [0.1, 0.2]
    """
    check_option("weights", weights, get_args(Weights))
    grid = slope_grid(fit, number, as_names(by), at=at, weights=weights)
    covariance = grid.linear @ fit.covariance_of_coef @ grid.linear.T
    df = fit.df_for(grid.linear)
    std_error = np.sqrt(np.diag(covariance))
    w = wald(grid.linear @ fit.coef, std_error, df, conf_level=conf_level)
    return grid.cells.assign(
        estimate=grid.linear @ fit.coef, std_error=std_error, df=df, conf_low=w.conf_low, conf_high=w.conf_high
    )
