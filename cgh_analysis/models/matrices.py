"""From a formula and complete rows to arrays; many rows are coded a batch at a time, which makes one copy of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from formulaic import ModelSpec, model_matrix
from formulaic.errors import FormulaicError
from formulaic.parser.types import Factor

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.formulas import factor_variables
from cgh_analysis.numerics.arrays import BoolArray, FloatArray

SYNTAX: Final = "See formulaic's syntax; a column whose name is no Python name stands in `backticks`."
BATCH: Final = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a formula: its columns (rows x terms), their names, and the coding that made them."""

    matrix: FloatArray
    terms: tuple[str, ...]
    spec: ModelSpec


def sides(parsed: Any, rows: pd.DataFrame) -> list[Side]:
    """Return the sides of a parsed formula, the outcome first where it has one.

    Raises ArgumentError where a transform fails, or makes values that are not finite.
    """
    head = rows if len(rows) <= BATCH else _first_of_each_level(parsed, rows)
    with np.errstate(all="ignore"):
        try:
            # an empty context: a formula sees the data and formulaic's transforms, not the variables of this file;
            # the rows are complete: what is missing now is a transform's doing, and is named in _check
            made = model_matrix(parsed, head, na_action="ignore", context={}, output="numpy")
        except (FormulaicError, ValueError) as error:
            raise ArgumentError(f"The formula cannot be evaluated: {error}", remedy=SYNTAX) from None
    parts = [made.lhs, made.rhs] if hasattr(made, "lhs") else [made]
    return [_side(part, rows, coded=head is rows) for part in parts]


def _side(made: Any, rows: pd.DataFrame, *, coded: bool) -> Side:
    spec = made.model_spec
    terms = tuple(map(str, spec.column_names))
    if coded:
        matrix: FloatArray = np.asarray(made.__wrapped__, dtype=float)
    else:
        matrix = np.empty((len(rows), len(terms)))
        for begin in range(0, len(rows), BATCH):
            batch = rows.iloc[begin : begin + BATCH]
            matrix[begin : begin + BATCH] = spec.get_model_matrix(batch, context={}).__wrapped__
    _check(matrix, terms)
    return Side(matrix=matrix, terms=terms, spec=spec.update(output="pandas"))


def _check(matrix: FloatArray, terms: tuple[str, ...]) -> None:
    finite: BoolArray = np.ones(len(terms), dtype=bool)
    for begin in range(0, len(matrix), BATCH):
        finite &= np.isfinite(matrix[begin : begin + BATCH]).all(axis=0)
    strange = [c for c, ok in zip(terms, finite, strict=True) if not ok]
    if strange:
        raise ArgumentError(f"{', '.join(strange)} is not finite in every row.", remedy="Mend the transform.")


def _first_of_each_level(parsed: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows from which a formula of plain columns and C() is coded as from all; with a transform these are all rows."""
    coded = [name for name in rows if rows[name].dtype.kind not in "iuf"]
    for factor in _factors(parsed):
        called = factor.eval_method is Factor.EvalMethod.PYTHON
        if called and not str(factor.expr).startswith("C("):
            return rows
        if called:
            coded += factor_variables(str(factor.expr), factor.eval_method.value)
    first: BoolArray = np.zeros(len(rows), dtype=bool)
    first[0] = True
    for name in dict.fromkeys(coded):
        first |= ~rows[name].duplicated().to_numpy()
    return rows.loc[first]


def _factors(parsed: Any) -> Iterator[Factor]:
    for side in [parsed.lhs, parsed.rhs] if hasattr(parsed, "lhs") else [parsed]:
        for term in side:
            yield from term.factors
