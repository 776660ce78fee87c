"""From a formula and a DataFrame to arrays: complete rows counted, unused levels dropped, rank checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, model_matrix
from formulaic.errors import FormulaicError

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import check_frame, plain
from cgh_analysis.models.checks import check_cells, check_finite, check_rank
from cgh_analysis.models.formulas import variables
from cgh_analysis.numerics.arrays import FloatArray

SYNTAX = "See formulaic's syntax; a column whose name is no Python name stands in `backticks`."


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


def design(formula: str, data: pd.DataFrame, *, keep: Iterable[str] = (), survival: bool = False) -> Design:
    """Build the arrays of `formula` (formulaic's syntax) from the rows in which all it names, and `keep`, is known.

    With `survival` the formula is a right-hand side, and the intercept is used for coding and then taken out. Raises
    ArgumentError for unknown columns and infinite values, NotEstimable where no rows are left or columns are aliased.
    """
    check_frame(data)
    parsed = _parse(_right_hand_side(formula) if survival else formula, outcome=not survival)
    try:
        kept = list(dict.fromkeys([*variables(parsed), *keep]))
    except SyntaxError as error:
        raise _unreadable(formula, error) from None
    check_frame(data, kept)
    complete = data[kept].notna().all(axis=1).to_numpy()
    if not complete.any():
        raise NotEstimable("no row in which all the model's columns are known")
    rows = _rows(data.loc[complete, kept])
    check_finite(rows)
    matrices = _matrices(parsed, rows)
    x = matrices if survival else matrices.rhs
    matrix, terms = _values(x), tuple(map(str, x.columns))
    if survival:
        matrix, terms = matrix[:, 1:], terms[1:]
    check_cells(x.model_spec, rows)
    check_rank(matrix, terms, intercept=survival)
    return Design(
        outcome="" if survival else str(matrices.lhs.columns[0]),
        response=np.zeros(len(rows)) if survival else _response(matrices.lhs),
        matrix=matrix,
        terms=terms,
        spec=x.model_spec,
        data=rows,
        n_left_out=int((~complete).sum()),
    )


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


def _matrices(parsed: Any, rows: pd.DataFrame) -> Any:
    # an empty context: a formula sees the data and formulaic's transforms, not the variables of this file
    try:
        with np.errstate(all="ignore"):
            # the rows are complete: what is missing now is a transform's doing, and is named in _values
            return model_matrix(parsed, rows, na_action="ignore", context={})
    except (FormulaicError, ValueError) as error:
        raise ArgumentError(f"The formula cannot be evaluated: {error}", remedy=SYNTAX) from None


def _values(columns: pd.DataFrame) -> FloatArray:
    values = columns.to_numpy(dtype=float)
    strange = [str(c) for c, ok in zip(columns.columns, np.isfinite(values).all(axis=0), strict=True) if not ok]
    if strange:
        raise ArgumentError(f"{', '.join(strange)} is not finite in every row.", remedy="Mend the transform.")
    return values


def _response(outcome: pd.DataFrame) -> FloatArray:
    if outcome.shape[1] != 1:
        raise ArgumentError("The outcome is not a number.", remedy="Code it as 0/1 or use a numeric column.")
    return _values(outcome).ravel()


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
    columns = {name: plain(complete[name]) for name in complete}
    return pd.DataFrame(
        {
            n: c.cat.remove_unused_categories() if isinstance(c.dtype, pd.CategoricalDtype) else c
            for n, c in columns.items()
        }
    )
