"""From a formula and a DataFrame to arrays: complete rows counted, unused levels dropped, rank checked."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, model_matrix
from formulaic.errors import FormulaicError
from formulaic.transforms import TRANSFORMS
from numpy.typing import NDArray

from cgh_analysis.errors import ArgumentError, NotEstimable

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Arrays of one model: `matrix` is rows x terms, `data` the complete rows used, with their original index."""

    outcome: str
    response: FloatArray
    matrix: FloatArray
    terms: tuple[str, ...]
    spec: ModelSpec
    data: pd.DataFrame
    n_left_out: int
    intercept: bool = True


def design(formula: str, data: pd.DataFrame, *, keep: Iterable[str] = (), survival: bool = False) -> Design:
    """Build the arrays of `formula` (formulaic's syntax) from the rows in which all it names, and `keep`, is known.

    With `survival` the formula is a right-hand side, and the intercept is used for coding and then taken out. Raises
    ArgumentError for unknown columns and infinite values, NotEstimable where no rows are left or columns are aliased.
    """
    _check_frame(data)
    text = _right_hand_side(formula) if survival else formula
    try:
        parsed = Formula(text)
    except FormulaicError as error:
        raise ArgumentError(
            f"The formula {formula!r} cannot be read: {error}.", remedy="See formulaic's syntax."
        ) from None
    if not survival and not hasattr(parsed, "lhs"):
        raise ArgumentError(f"The formula {formula!r} has no outcome.", remedy="Write it as 'outcome ~ arm + age'.")
    names = variables(parsed, data)
    kept = list(dict.fromkeys([*names, *keep]))
    _check_columns(kept, data)
    rows = data.loc[:, kept]
    complete = rows.notna().all(axis=1).to_numpy()
    rows = _drop_unused_levels(rows.loc[complete])
    if rows.empty:
        raise NotEstimable("no row in which all the model's columns are known")
    _check_finite(rows)
    matrices = model_matrix(parsed, rows, na_action="raise")
    x = matrices if survival else matrices.rhs
    y = np.zeros(len(rows)) if survival else matrices.lhs.to_numpy(dtype=float)
    if not survival and y.shape[1] != 1:
        raise ArgumentError("The outcome is not a number.", remedy="Code it as 0/1 or use a numeric column.")
    matrix, terms = x.to_numpy(dtype=float), tuple(map(str, x.columns))
    if survival:
        matrix, terms = matrix[:, 1:], terms[1:]
    check_rank(matrix, terms, intercept=survival)
    return Design(
        outcome="" if survival else str(matrices.lhs.columns[0]),
        response=y.ravel(),
        matrix=matrix,
        terms=terms,
        spec=x.model_spec,
        data=rows,
        n_left_out=int((~complete).sum()),
        intercept=not survival,
    )


def variables(formula: object, data: pd.DataFrame) -> list[str]:
    """Return the columns of `data` that a formula uses, also those inside of transforms (which formulaic finds later)."""
    sides = [formula.lhs, formula.rhs] if hasattr(formula, "lhs") else [formula]
    found: dict[str, None] = {}
    for side in sides:
        for term in side:  # type: ignore[attr-defined]
            for factor in term.factors:
                found.update(dict.fromkeys(_names(str(factor.expr), factor.eval_method.value)))
    return [n for n in found if n in data.columns or (n not in TRANSFORMS and n not in {"contr", "np"})]


def _names(expression: str, method: str) -> list[str]:
    if method == "literal":
        return []
    if method == "lookup":
        return [expression]
    return [n.id for n in ast.walk(ast.parse(expression, mode="eval")) if isinstance(n, ast.Name)]


def check_rank(matrix: FloatArray, terms: tuple[str, ...], *, intercept: bool = False) -> None:
    """Refuse a design in which a column is a combination of those before it, and name it."""
    full = np.column_stack([np.ones(len(matrix)), matrix]) if intercept else matrix
    names = ("Intercept", *terms) if intercept else terms
    scale = np.linalg.norm(full, axis=0)
    r = np.linalg.qr(full / np.where(scale > 0, scale, 1.0), mode="r")
    # a column's part that is orthogonal to the ones before it; unit columns make 1e-9 a relative bound
    own = np.zeros(full.shape[1])
    own[: r.shape[0]] = np.abs(np.diag(r))
    aliased = [name for name, size in zip(names, own, strict=True) if size < 1e-9]
    if aliased:
        raise NotEstimable(f"the columns {', '.join(aliased)} are determined by the others")


def _right_hand_side(formula: str) -> str:
    left, tilde, right = formula.rpartition("~")
    if left.strip():
        raise ArgumentError(
            f"A survival formula is the right-hand side only, not {formula!r}.",
            remedy="Write 'arm + age' and give time= and event=.",
        )
    return f"1 + {right if tilde else formula}"


def _check_frame(data: pd.DataFrame) -> None:
    if not isinstance(data, pd.DataFrame):
        raise ArgumentError(f"data is a {type(data).__name__}.", remedy="Give a pandas DataFrame.")
    if data.columns.has_duplicates:
        twice = sorted(set(map(str, data.columns[data.columns.duplicated()])))
        raise ArgumentError(f"Columns are named twice: {', '.join(twice)}.", remedy="Rename one of each.")


def _check_columns(names: list[str], data: pd.DataFrame) -> None:
    unknown = [n for n in names if n not in data.columns]
    if unknown:
        raise ArgumentError(
            f"data has no column {', '.join(map(repr, unknown))}.",
            remedy=f"It has: {', '.join(map(str, data.columns[:30]))}.",
        )


def _drop_unused_levels(rows: pd.DataFrame) -> pd.DataFrame:
    categories = {
        n: rows[n].cat.remove_unused_categories() for n in rows if isinstance(rows[n].dtype, pd.CategoricalDtype)
    }
    return rows.assign(**categories)


def _check_finite(rows: pd.DataFrame) -> None:
    for name in rows.select_dtypes("number"):
        bad = ~np.isfinite(rows[name].to_numpy(dtype=float))
        if bad.any():
            first = ", ".join(map(str, rows.index[bad][:5]))
            raise ArgumentError(
                f"The column {name!r} has {int(bad.sum())} infinite value(s), at row(s) {first}.",
                remedy="Mend them, or set them missing on purpose.",
            )
