"""Joint tests: does a factor, a covariate or an interaction matter at all?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.errors import FormulaicError

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import categorical_variables, term_variables, variables
from cgh_analysis.models.grid import At, Names, as_names, check_fit, reference_grid
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import JointWald


def joint_test(fit: Fit, terms: Names | None = None, *, at: At | None = None) -> pd.DataFrame:
    """Test each of `terms`, such as "arm", "arm:visit", "arm:cr(age, df=3)", with a Wald F test; by default all.

    The hypothesis is that the marginal means do not depend on the term's columns: no difference between levels of a
    factor, other factors balanced and numbers at their mean (type III; Searle, Speed and Milliken 1980), for an
    interaction no difference of differences, for a number no slope or curve. It does not depend on the coding.
    `at={"visit": "week12"}` tests within a level. Returns a frame: term, num_df, den_df, statistic, p_value; where
    den_df is inf the statistic is chi-square divided by num_df. Raises ArgumentError for a term that the model does not
    have, NotEstimable where its covariance is singular.

    >>> from cgh_analysis.models.ancova import ancova
    >>> data = pd.DataFrame({"arm": list("aabb") * 3, "y": [1.0, 2, 4, 6, 2, 3, 5, 7, 3, 4, 6, 8]})
    >>> joint_test(ancova("y ~ arm", data, covariance="classical"), "arm")["statistic"].round(4).tolist()
    [23.7097]
    """
    check_fit(fit)
    named = [str(t) for t in fit.spec.terms if term_variables(t)] if terms is None else as_names(terms)
    tests = [(term, _test(fit, term, at)) for term in named]
    return pd.DataFrame(
        {
            "term": [term for term, _ in tests],
            "num_df": [t.num_df for _, t in tests],
            "den_df": [t.den_df for _, t in tests],
            "statistic": [t.statistic for _, t in tests],
            "p_value": [t.p_value for _, t in tests],
        }
    )


def _test(fit: Fit, term: str, at: At | None) -> JointWald:
    hypothesis = _hypothesis(fit, term, at)
    # a fit that left columns out refuses what depends on them
    fit.df_for(hypothesis)
    covariance = hypothesis @ fit.covariance_of_coef @ hypothesis.T
    scale = np.sqrt(np.diag(covariance))
    # the smallest eigenvalue of a correlation: 1e-10 is rounding
    if np.linalg.eigvalsh(covariance / np.outer(scale, scale))[0] < 1e-10:
        raise NotEstimable(f"the covariance of {term} is singular: too few clusters for its test")
    return fit.test(hypothesis)


def _hypothesis(fit: Fit, term: str, at: At | None) -> FloatArray:
    """Return independent rows (x terms) that are all zero where the term plays no part."""
    names = _columns(fit, term)
    categories = set(categorical_variables(fit.spec, fit.data))
    points = {n: _points(fit.data[n]) for n in names if n not in categories}
    grid = reference_grid(fit, names, at={**(at or {}), **points})
    sizes = [grid.cells[n].nunique() for n in reversed(names)]
    steps: FloatArray = np.ones((1, 1))
    for size in sizes:
        steps = np.asarray(np.kron(steps, np.diff(np.eye(size), axis=0)), dtype=float)
    return _row_basis(steps @ grid.linear, term)


def _columns(fit: Fit, term: str) -> list[str]:
    try:
        names = variables(Formula(f"0 + {term}"))
    except FormulaicError:
        names = []
    known = variables(fit.spec.formula)
    if not names or not set(names) <= set(known):
        raise ArgumentError(f"The model has no term {term!r}.", remedy=f"Terms: {', '.join(map(str, fit.spec.terms))}.")
    return names


def _points(values: pd.Series) -> list[Any]:
    # enough places for every bend of a spline; the hypothesis is the space they span, not the places
    return np.unique(np.quantile(values.to_numpy(dtype=float), np.linspace(0, 1, 25))).tolist()


def _row_basis(rows: FloatArray, term: str) -> FloatArray:
    scale = np.abs(rows).max(axis=0)
    used = scale > 1e-12 * scale.max(initial=0)
    if not used.any():
        raise ArgumentError(f"The model has no term {term!r}.", remedy="Its marginal means do not depend on it.")
    _, size, right = np.linalg.svd(rows[:, used] / scale[used], full_matrices=False)
    basis = np.zeros((int(np.sum(size > 1e-9 * size[0])), rows.shape[1]))
    basis[:, used] = right[: len(basis)] * scale[used]
    return basis
