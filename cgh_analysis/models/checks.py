"""What rows and a design must be before a model is fitted; each refusal names the columns, rows or cells."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import row_labels
from cgh_analysis.models.formulas import categorical_variables, term_variables
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.columns import aliased, triangle

MOST_CELLS: Final = 10


def check_finite(rows: pd.DataFrame) -> None:
    """Refuse infinite values, by column and row."""
    for name in rows:
        if rows[name].dtype.kind != "f":
            continue
        bad = ~np.isfinite(rows[name].to_numpy(dtype=float))
        if bad.any():
            raise ArgumentError(
                f"The column {name!r} has {int(bad.sum())} infinite value(s), at {row_labels(rows.index[bad])}.",
                remedy="Mend them, or set them missing on purpose.",
            )


def check_rank(matrix: FloatArray, terms: tuple[str, ...], products: FloatArray) -> None:
    """Refuse a design in which a column is a combination of those before it, and name it; `products` is X'X."""
    lost = aliased(triangle(matrix, products))
    if lost.any():
        named = ", ".join(name for name, gone in zip(terms, lost, strict=True) if gone)
        raise NotEstimable(f"the columns {named} are determined by the others")


def check_cells(spec: ModelSpec, rows: pd.DataFrame, *, crossed: bool = True) -> None:
    """Refuse a category with one level, and if asked an interaction of categories with a cell in which nobody is."""
    coded = {name: _coded(rows[name]) for name in categorical_variables(spec, rows)}
    for term in spec.terms:
        names = [n for n in term_variables(term) if n in coded]
        levels = [coded[n][1] for n in names]
        single = [f"{n} ({given[0]})" for n, given in zip(names, levels, strict=True) if len(given) == 1]
        if single:
            raise NotEstimable(f"only one level is left of {', '.join(single)}")
        if len(names) < 2 or not crossed:
            continue
        shape = tuple(map(len, levels))
        cells = np.ravel_multi_index([coded[n][0] for n in names], shape)
        empty = np.flatnonzero(np.bincount(cells, minlength=int(np.prod(shape))) == 0)[:MOST_CELLS]
        if len(empty):
            places = np.transpose(np.unravel_index(empty, shape))
            named = [
                ", ".join(f"{n}={given[i]}" for n, given, i in zip(names, levels, place, strict=True))
                for place in places
            ]
            raise NotEstimable(f"no row in the cell {'; '.join(named)}")


def _coded(values: pd.Series) -> tuple[IntArray, list[Any]]:
    levels = sorted_levels(values)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.intp), levels
    return np.asarray(pd.Index(levels).get_indexer(pd.Index(values)), dtype=np.intp), levels


def sorted_levels(values: pd.Series) -> list[Any]:
    """Return the levels of a column in the order in which a model codes them."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.categories)
    return sorted(values.unique().tolist())
