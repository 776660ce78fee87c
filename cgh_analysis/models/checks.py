"""What rows and a design must be before a model is fitted; each refusal names the columns, rows or cells."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import row_labels
from cgh_analysis.models.formulas import categorical_variables, term_variables
from cgh_analysis.numerics.arrays import FloatArray


def check_finite(rows: pd.DataFrame) -> None:
    """Refuse infinite values, by column and row."""
    for name in rows.select_dtypes("number"):
        bad = ~np.isfinite(rows[name].to_numpy(dtype=float))
        if bad.any():
            raise ArgumentError(
                f"The column {name!r} has {int(bad.sum())} infinite value(s), at {row_labels(rows.index[bad])}.",
                remedy="Mend them, or set them missing on purpose.",
            )


def check_rank(matrix: FloatArray, terms: tuple[str, ...], *, intercept: bool = False) -> None:
    """Refuse a design in which a column is a combination of those before it, and name it."""
    full = np.column_stack([np.ones(len(matrix)), matrix]) if intercept else matrix
    if _clearly_independent(full):
        return
    names = ("Intercept", *terms) if intercept else terms
    scale = np.linalg.norm(full, axis=0)
    r = np.asarray(np.linalg.qr(full / np.where(scale > 0, scale, 1.0), mode="r"))
    # a column's part that is orthogonal to the ones before it; unit columns make 1e-9 a relative bound
    own = np.zeros(full.shape[1])
    own[: r.shape[0]] = np.abs(np.diag(r))
    aliased = [name for name, size in zip(names, own, strict=True) if size < 1e-9]
    if aliased:
        raise NotEstimable(f"the columns {', '.join(aliased)} are determined by the others")


def _clearly_independent(matrix: FloatArray) -> bool:
    """Say whether cross-products show that no column is aliased: they cost a tenth of a decomposition."""
    products = matrix.T @ matrix
    size = np.sqrt(np.diag(products))
    if not np.all(size > 0):
        return False
    try:
        own = np.diag(np.linalg.cholesky(products / np.outer(size, size)))
    except np.linalg.LinAlgError:
        return False
    # squares keep half of the digits: a part of 1e-3 is known to 1e-10
    return bool(own.min() > 1e-3)


def check_cells(spec: ModelSpec, rows: pd.DataFrame) -> None:
    """Refuse a category with one level, and an interaction of categories with a cell in which nobody is."""
    categories = set(categorical_variables(spec, rows))
    for term in spec.terms:
        crossed = [n for n in term_variables(term) if n in categories]
        levels = [sorted_levels(rows[n]) for n in crossed]
        single = [f"{n} ({given[0]})" for n, given in zip(crossed, levels, strict=True) if len(given) == 1]
        if single:
            raise NotEstimable(f"only one level is left of {', '.join(single)}")
        present = set(rows[crossed].drop_duplicates().itertuples(index=False, name=None))
        empty = [cell for cell in product(*levels) if len(crossed) > 1 and cell not in present]
        if empty:
            named = "; ".join(", ".join(f"{n}={v}" for n, v in zip(crossed, c, strict=True)) for c in empty[:10])
            raise NotEstimable(f"no row in the cell {named}")


def sorted_levels(values: pd.Series) -> list[Any]:
    """Return the levels of a column in the order in which a model codes them."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.categories)
    return sorted(values.unique().tolist())
