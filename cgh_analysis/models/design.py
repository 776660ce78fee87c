"""From a formula and a DataFrame to arrays: complete rows counted, unused levels dropped, rank checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec
from formulaic.errors import FormulaicError

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import check_frame, plain
from cgh_analysis.models.checks import check_cells, check_finite, check_rank
from cgh_analysis.models.formulas import variables
from cgh_analysis.models.matrices import SYNTAX, Side, sides
from cgh_analysis.numerics.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Arrays of one model: `matrix` X is rows x terms, `products` X'X, `data` the complete rows, with their index."""

    outcome: str
    response: FloatArray
    matrix: FloatArray
    products: FloatArray
    terms: tuple[str, ...]
    spec: ModelSpec
    data: pd.DataFrame
    n_left_out: int


def design(
    formula: str, data: pd.DataFrame, *, keep: Iterable[str] = (), survival: bool = False, full_rank: bool = True
) -> Design:
    """Build the arrays of `formula` (formulaic's syntax) from the rows in which all it names, and `keep`, is known.

    With `survival` the formula is a right-hand side, and the intercept is used for coding and then taken out. Raises
    ArgumentError for unknown columns and infinite values, NotEstimable where no rows are left or, if a design has to
    have `full_rank`, columns are aliased.
    """
    check_frame(data)
    parsed = _parse(_right_hand_side(formula) if survival else formula, outcome=not survival)
    try:
        kept = list(dict.fromkeys([*variables(parsed), *keep]))
    except SyntaxError as error:
        raise _unreadable(formula, error) from None
    check_frame(data, kept)
    complete = _complete(data, kept)
    n_complete = int(complete.sum())
    if not n_complete:
        raise NotEstimable("no row in which all the model's columns are known")
    rows = _rows(data[kept] if n_complete == len(data) else data.loc[complete, kept])
    check_finite(rows)
    *left, right = sides(parsed, rows)
    check_cells(right.spec, rows, crossed=full_rank)
    products = right.matrix.T @ right.matrix
    if full_rank:
        check_rank(right.matrix, right.terms, products)
    kept_from = int(survival)
    return Design(
        outcome="" if survival else left[0].terms[0],
        response=np.zeros(len(rows)) if survival else _response(left[0]),
        matrix=right.matrix[:, kept_from:],
        products=products[kept_from:, kept_from:],
        terms=right.terms[kept_from:],
        spec=right.spec,
        data=rows,
        n_left_out=len(data) - n_complete,
    )


def _complete(data: pd.DataFrame, names: list[str]) -> BoolArray:
    complete: BoolArray = np.ones(len(data), dtype=bool)
    for name in names:
        complete &= data[name].notna().to_numpy()
    return complete


def _parse(formula: str, *, outcome: bool) -> Any:
    try:
        parsed = Formula(formula)
    except (FormulaicError, SyntaxError) as error:
        raise _unreadable(formula, error) from None
    if outcome and not hasattr(parsed, "lhs"):
        raise ArgumentError(f"The formula {formula!r} has no outcome.", remedy="Write it as 'outcome ~ arm + age'.")
    return parsed


def _unreadable(formula: str, error: Exception) -> ArgumentError:
    """Say what is the matter in formulaic's first line, without its colours."""
    said = str(error).split("\n")[0].rstrip(".")
    return ArgumentError(f"The formula {formula!r} cannot be read: {said}.", remedy=SYNTAX)


def _response(outcome: Side) -> FloatArray:
    if len(outcome.terms) != 1:
        raise ArgumentError("The outcome is not a number.", remedy="Code it as 0/1 or use a numeric column.")
    return outcome.matrix.ravel()


def _right_hand_side(formula: str) -> str:
    left, tilde, right = formula.rpartition("~")
    if left.strip():
        raise ArgumentError(
            f"A survival formula is the right-hand side only, not {formula!r}.",
            remedy="Write 'arm + age' and give time= and event=.",
        )
    return f"1 + {right if tilde else formula}"


def _rows(complete: pd.DataFrame) -> pd.DataFrame:
    """Columns in the types that formulaic knows, categories without the levels that nobody has."""
    given = {name: complete[name] for name in complete}
    columns = {name: _used(plain(column)) for name, column in given.items()}
    if all(columns[name] is given[name] for name in given):
        return complete
    # `complete` is this module's own selection: nothing of the caller's is shared for writing
    return pd.DataFrame(columns, copy=False)


def _used(column: pd.Series) -> pd.Series:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    there = np.bincount(column.cat.codes, minlength=len(column.cat.categories)) > 0
    return column if there.all() else column.cat.remove_unused_categories()
