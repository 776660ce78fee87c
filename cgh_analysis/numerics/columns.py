"""Columns of a design against each other: how much of each is its own, told from cross-products where they suffice."""

from __future__ import annotations

from typing import Final

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray

# the part of a column, at length 1, that is orthogonal to those before it: squares keep half of the digits, so that a
# part of 1e-3 is known to 1e-10; below 1e-9 a column is a combination of the others
CLEAR: Final = 1e-3
ALIASED: Final = 1e-9


def triangle(matrix: FloatArray, products: FloatArray) -> FloatArray:
    """Return lower triangular L, L L' being the products of the columns at length 1; `products` is X'X.

    It is made of the rows, by a decomposition that costs ten times as much, where the products lose too many digits.

    >>> x = np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> triangle(x, x.T @ x).round(4).tolist()
    [[1.0, 0.0], [0.7071, 0.7071]]
    """
    size = np.sqrt(np.diag(products))
    if np.all(size > 0):
        try:
            factor = np.linalg.cholesky(products / np.outer(size, size))
            if np.diag(factor).min() > CLEAR:
                return factor
        except np.linalg.LinAlgError:
            pass
    r = np.asarray(np.linalg.qr(matrix / np.where(size > 0, size, 1.0), mode="r"))
    out = np.zeros(products.shape)
    out[:, : len(r)] = r.T
    return out


def aliased(factor: FloatArray) -> BoolArray:
    """Return which columns are a combination of those before them, or nothing at all."""
    return np.asarray(np.abs(np.diag(factor)) < ALIASED)
