"""The reference grid: which combinations of factor levels a mean is taken over, as linear functions of coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import categorical_variables, term_variables, variables
from cgh_analysis.numerics.arrays import FloatArray

Weights = Literal["equal", "proportional", "observed"]
At = Mapping[str, Any]
Names = str | Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`cells` has one row a combination of the named columns' values; `linear` (cells x terms) gives its mean."""

    cells: pd.DataFrame
    linear: FloatArray


def reference_grid(fit: Fit, names: Sequence[str], *, at: At | None = None, weights: str = "equal") -> Grid:
    """Return the linear functions that give the mean in each combination of `names`, the last varying slowest.

    Numbers stand at their mean over the model's rows, categories are averaged over all their levels, equally or in
    proportion to the frequency of their combinations (Searle, Speed and Milliken 1980); `at` replaces values. With
    weights="observed" all other columns stay as they are with each person, and the mean is taken over people. Weights
    of the fit itself play no part in either.
    """
    check_fit(fit)
    values = grid_values(fit, names, at)
    cells = pd.DataFrame(list(product(*(values[n] for n in reversed(names)))), columns=list(reversed(names)))
    cells = cells[list(names)]
    if weights == "observed":
        linear = _over_people(fit, cells, {n: v for n, v in values.items() if n in (at or {}) and n not in names})
        return Grid(cells=cells, linear=linear if fit.intercept else linear[:, 1:])
    categories = set(categorical_variables(fit.spec, fit.data))
    averaged = [n for n in values if n not in names and len(values[n]) > 1 and n in categories]
    linear = np.zeros((len(cells), len(fit.spec.column_names)))
    # a term's average depends on its own columns only, so that the whole grid (all factors crossed) is never built
    for free, columns in _columns_by_free(fit, averaged).items():
        over, share = _levels_over(fit, free, values, weights)
        crossed = cells.merge(over, how="cross") if free else cells
        matrix = _matrix(fit, crossed, values)[:, columns]
        linear[:, columns] = np.einsum("clk,l->ck", matrix.reshape(len(cells), len(share), -1), share)
    return Grid(cells=cells, linear=linear if fit.intercept else linear[:, 1:])


def slope_grid(fit: Fit, number: str, names: Sequence[str], *, at: At | None = None, weights: str = "equal") -> Grid:
    """Return the linear functions that give the slope over a number in each combination of `names`.

    The slope is that at the number's mean (or at `at`), from a central difference, which is exact where it is straight.
    """
    check_fit(fit)
    if number in names or number in categorical_variables(fit.spec, fit.data):
        raise ArgumentError(f"There is no slope over {number!r}.", remedy="Name a column of numbers of the model.")
    middle = grid_values(fit, [number], at)[number]
    if len(middle) > 1:
        raise ArgumentError(f"{number} stands at {len(middle)} values.", remedy="A slope is taken at one.")
    values = fit.data[number].to_numpy(dtype=float)
    step = 1e-3 * max(float(np.ptp(values)), 1e-12)
    low, high = (
        reference_grid(fit, names, at={**(at or {}), number: float(middle[0]) + half}, weights=weights)
        for half in (-step / 2, step / 2)
    )
    return Grid(cells=low.cells, linear=(high.linear - low.linear) / step)


def _over_people(fit: Fit, cells: pd.DataFrame, fixed: Mapping[str, list[Any]]) -> FloatArray:
    """Mean design row of everybody in the data, with a cell's columns set: g-computation (Robins 1986)."""
    several = [n for n, v in fixed.items() if len(v) > 1]
    if several:
        raise ArgumentError(f"{several[0]} stands at several values.", remedy="Name it in `by`.")
    people = fit.people.assign(**{n: v[0] for n, v in fixed.items()})
    rows = []
    for place in range(len(cells)):
        cell = {str(n): cells[n].iloc[place] for n in cells}
        typed = {n: _as_fitted(c, fit.data[n]) for n, c in people.assign(**cell).items()}
        rows.append(np.asarray(fit.spec.get_model_matrix(pd.DataFrame(typed), context={}), dtype=float).mean(axis=0))
    return np.array(rows)


def check_fit(fit: object) -> None:
    """Refuse what is no fit of a model with a formula."""
    if not isinstance(fit, Fit):
        raise ArgumentError(f"fit is a {type(fit).__name__}.", remedy="Give what ancova, gee or cox returned.")


def grid_values(fit: Fit, names: Sequence[str], at: At | None = None) -> dict[str, list[Any]]:
    """Return the values at which each of the model's columns stands in the grid."""
    used = variables(fit.spec.formula)
    unknown = [n for n in (*names, *(at or {})) if n not in used]
    if unknown:
        raise ArgumentError(f"The model has no {', '.join(map(repr, unknown))}.", remedy=f"It has: {', '.join(used)}.")
    categories = set(categorical_variables(fit.spec, fit.data))
    levels = {n: sorted_levels(fit.data[n]) if n in categories else [fit.data[n].mean()] for n in used}
    for name, given in (at or {}).items():
        chosen = [given] if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray) else list(given)
        strange = [v for v in chosen if name in categories and v not in levels[name]]
        if strange:
            raise ArgumentError(f"{name} has no level {strange[0]!r}.", remedy=f"It has: {levels[name]}.")
        no_numbers = [v for v in chosen if name not in categories and not _is_finite(v)]
        if no_numbers:
            raise ArgumentError(f"{name} cannot stand at {no_numbers[0]!r}.", remedy="It is a number: give one.")
        levels[name] = chosen
    return levels


def _is_finite(value: object) -> bool:
    return isinstance(value, Real) and bool(np.isfinite(float(value)))


def _columns_by_free(fit: Fit, averaged: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Group the design's columns by the factors that their term is to be averaged over."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for term, columns in fit.spec.term_indices.items():
        own = set(term_variables(term))
        groups.setdefault(tuple(n for n in averaged if n in own), []).extend(columns)
    return groups


def _levels_over(
    fit: Fit, free: tuple[str, ...], values: Mapping[str, list[Any]], weights: str
) -> tuple[pd.DataFrame, FloatArray]:
    over = pd.DataFrame(list(product(*(values[n] for n in free))), columns=list(free))
    if weights == "equal" or not free:
        return over, np.full(len(over), 1 / len(over))
    counts = fit.data.groupby(list(free), observed=True).size()
    count = np.array(
        [float(counts.get(key if len(free) > 1 else key[0], 0)) for key in over.itertuples(index=False, name=None)]
    )
    return over, count / count.sum()


def _matrix(fit: Fit, cells: pd.DataFrame, values: Mapping[str, list[Any]]) -> FloatArray:
    # columns that play no part in this term stand at any value
    full = cells.assign(**{n: v[0] for n, v in values.items() if n not in cells})
    typed = {n: _as_fitted(full[n], fit.data[n]) for n in full}
    return np.asarray(fit.spec.get_model_matrix(pd.DataFrame(typed), context={}), dtype=float)


def _as_fitted(values: pd.Series, fitted: pd.Series) -> pd.Series:
    if isinstance(fitted.dtype, pd.CategoricalDtype):
        return values.astype(fitted.dtype)
    return values


def as_names(given: Names | None) -> list[str]:
    """Return one name, several or none as a list."""
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)
