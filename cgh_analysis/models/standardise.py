"""Marginal standardisation: what the average outcome of these very people would be in each arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.fit import Fit, wald_table
from cgh_analysis.models.formulas import categorical_variables
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.families import LINKS
from cgh_analysis.numerics.inference import wald


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """`means` by level and `differences` by contrast."""

    means: pd.DataFrame
    differences: pd.DataFrame


def standardised(fit: Fit, factor: str, *, conf_level: float = 0.95) -> Standardised:
    """Set `factor` to each of its levels in every row of the fit's data and average the predictions (g-computation).

    The estimand is the mean outcome, on its own scale (a risk where the fit is logistic), had everybody had that
    level; a causal reading needs no unmeasured confounding, overlap and the right model (Robins 1986). Errors are by
    the delta method from the fit's covariance and treat the people as given; limits of the means are made on the
    link's scale, where a risk stays between 0 and 1. Frames have the level or `contrast` ("later - earlier") and
    estimate, std_error, df, conf_low, conf_high, the differences statistic and p_value too.

    >>> from cgh_analysis.models.glm import glm
    >>> data = pd.DataFrame({"arm": list("aabb") * 5, "well": ([0, 1, 1, 1] * 4 + [0, 0, 0, 1])})
    >>> standardised(glm("well ~ arm", data), "arm").means["estimate"].round(6).tolist()
    [0.4, 0.9]
    """
    if factor not in categorical_variables(fit.spec, fit.data):
        raise ArgumentError(f"{factor!r} is no factor of the model.", remedy="Name a category in its formula.")
    levels = sorted_levels(fit.data[factor])
    link = LINKS[fit.link]
    estimate, slope = np.zeros(len(levels)), np.zeros((len(levels), len(fit.coef)))
    for i, level in enumerate(levels):
        x = _everybody_in(fit, factor, level)
        eta = x @ fit.coef
        estimate[i] = link.inverse(eta).mean()
        slope[i] = (link.derivative(eta)[:, None] * x).mean(axis=0)
    covariance = slope @ fit.covariance_of_coef @ slope.T
    pairs = level_pairs(levels)
    sign = np.array([[float(v == a) - float(v == b) for v in levels] for a, b in pairs])
    means = _on_link(wald_table(estimate, covariance, fit.df, conf_level), fit, conf_level)
    differences = wald_table(sign @ estimate, sign @ covariance @ sign.T, fit.df, conf_level)
    means.insert(0, factor, levels)
    differences.insert(0, "contrast", [f"{a} - {b}" for a, b in pairs])
    return Standardised(means=means.drop(columns=["statistic", "p_value"]), differences=differences)


def _everybody_in(fit: Fit, factor: str, level: object) -> FloatArray:
    column = pd.Series([level] * len(fit.data), index=fit.data.index).astype(fit.data[factor].dtype)
    matrix = np.asarray(fit.spec.get_model_matrix(fit.data.assign(**{factor: column}), context={}), dtype=float)
    return matrix if fit.intercept else matrix[:, 1:]


def _on_link(means: pd.DataFrame, fit: Fit, conf_level: float) -> pd.DataFrame:
    """Replace the limits of means by those made on the link's scale and brought back."""
    link = LINKS[fit.link]
    eta = link.forward(means["estimate"].to_numpy())
    w = wald(eta, means["std_error"] / link.derivative(eta), fit.df, conf_level=conf_level)
    return means.assign(conf_low=link.inverse(w.conf_low), conf_high=link.inverse(w.conf_high))
