"""A column as numbers: what kind it is, its levels, and one float a person (a level's place for categories)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from cgh_analysis.cohort import Cohort
from cgh_analysis.errors import ArgumentError, StudyError
from cgh_analysis.frames import check_frame, plain, row_labels
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.schema import column as schema_column
from cgh_analysis.study import Study

Kind = Literal["number", "category", "flag"]

FEW: Final = 5  # a numeric column with at most so many distinct values is shown as a category
NO_YES: Final = ("no", "yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One column: numbers as they are, or the place of each person's level in `levels`; NaN is missing.

    A flag has two levels, the second of which is counted.
    """

    name: str
    kind: Kind
    numbers: FloatArray
    levels: tuple[str, ...] = ()

    @property
    def known(self) -> BoolArray:
        """Who has a value."""
        return ~np.isnan(self.numbers)

    @property
    def shown(self) -> tuple[tuple[int, str], ...]:
        """The levels to count, each with its place: of a flag the second only, of a category all."""
        places = tuple(enumerate(self.levels))
        return places[1:] if self.kind == "flag" else places


def typed(data: pd.DataFrame, name: str, *, few: int = FEW) -> Values:
    """Read a column of any frame; its type and number of distinct values say what it is.

    Booleans, yes/no and 0/1 are flags; numbers with more than `few` distinct values are numbers, else a category; text
    is a category, in the order of its categories or else of the text. Infinite values and dates are refused.
    """
    series = data[name]
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        raise ArgumentError(f"The column {name!r} holds dates.", remedy="Turn it into days from a start.")
    series = plain(series)
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        return _from_text(series, name)
    numbers = series.to_numpy(dtype=float, na_value=np.nan)
    _refuse_infinite(series, numbers)
    distinct = np.unique(numbers[~np.isnan(numbers)])
    if distinct.size and np.isin(distinct, [0.0, 1.0]).all():
        return Values(name=name, kind="flag", numbers=numbers, levels=("0", "1"))
    if distinct.size > few or not distinct.size:
        return Values(name=name, kind="number", numbers=numbers)
    places = np.where(np.isnan(numbers), np.nan, np.searchsorted(distinct, numbers))
    return Values(name=name, kind="category", numbers=places, levels=tuple(f"{x:g}" for x in distinct))


def declared(data: pd.DataFrame, name: str, study: Study) -> Values:
    """Read a column of a cohort's cases; the schema and the study file say what it is, not the values at hand."""
    if name not in data:
        raise StudyError(f"The column {name!r} is not in the data.", remedy="Map it in [sources], or take it out.")
    own = next((c for c in study.covariates if c.id == name), None)
    column = own or schema_column("cases", name)
    if name.endswith("_baseline") or (column is not None and column.kind in ("number", "integer")):
        return Values(name=name, kind="number", numbers=data[name].to_numpy(dtype=float, na_value=np.nan))
    if column is not None and column.kind == "flag":
        return Values(name=name, kind="flag", numbers=_places(data[name], NO_YES), levels=NO_YES)
    return _category(data[name], name, column.codes) if column is not None and column.codes else typed(data, name)


def baseline_columns(cohort: Cohort) -> list[Values]:
    """Read the columns of the baseline table; what the study file does not ask for by name, where the data have it."""
    study = cohort.study
    asked = "baseline" in study.describe.model_fields_set
    names = [name for name in study.describe.baseline if asked or name in cohort.cases]
    return [declared(cohort.cases, name, study) for name in names]


def arms(data: pd.DataFrame, by: str, order: tuple[str, ...] = ()) -> Values:
    """Read the column that says who is in which arm, in the order given; nobody may be without an arm."""
    series = data[by]
    if series.isna().any():
        where = row_labels(data.index[series.isna()])
        raise ArgumentError(f"{by!r} is missing at {where}.", remedy="Leave these rows out on purpose.")
    if not order:
        return _category(series, by, ())
    numbers = _places(series, order)
    if np.isnan(numbers).any():
        strange = sorted(set(series[np.isnan(numbers)].astype(str)))
        raise ArgumentError(f"{by!r} holds {', '.join(strange)}.", remedy=f"Declared are: {', '.join(order)}.")
    return Values(name=by, kind="category", numbers=numbers, levels=order)


def weight_array(data: pd.DataFrame, weights: str | pd.Series | None) -> FloatArray | None:
    """Return weights (a column's name, or a Series with data's index) as an array; only finite ones, none negative."""
    if weights is None:
        return None
    if isinstance(weights, str):
        check_frame(data, [weights])
    series = data[weights] if isinstance(weights, str) else weights
    if not series.index.equals(data.index):
        raise ArgumentError("The weights have another index than data.", remedy="Align them: weights.loc[data.index].")
    w = series.to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(w) | (w < 0)
    if bad.any():
        where = row_labels(data.index[bad])
        raise ArgumentError(f"Weights are missing, infinite or negative at {where}.", remedy="Mend them.")
    return w


def _from_text(series: pd.Series, name: str) -> Values:
    present = list(series.dropna().unique())
    if present and all(isinstance(v, bool | np.bool_) for v in present):
        answers = series.astype(object).map({True: "yes", False: "no"})
        return Values(name=name, kind="flag", numbers=_places(answers, NO_YES), levels=NO_YES)
    if present and set(present) <= set(NO_YES):
        return Values(name=name, kind="flag", numbers=_places(series, NO_YES), levels=NO_YES)
    return _category(series, name, ())


def _category(series: pd.Series, name: str, codes: tuple[str, ...]) -> Values:
    """Levels in the order of `codes`, or of the categories, or of the text; those that nobody has are left out."""
    present = set(series.dropna().unique())
    order: Iterable[Hashable] = codes
    if not codes:
        ordered = isinstance(series.dtype, pd.CategoricalDtype)
        order = series.cat.categories if ordered else sorted(present, key=lambda v: (isinstance(v, str), v))
    levels = tuple(v for v in order if v in present)
    return Values(name=name, kind="category", numbers=_places(series, levels), levels=tuple(map(str, levels)))


def _places(series: pd.Series, levels: tuple[Hashable, ...]) -> FloatArray:
    where = {level: float(i) for i, level in enumerate(levels)}
    return np.asarray(series.astype(object).map(where).to_numpy(dtype=float, na_value=np.nan))


def _refuse_infinite(series: pd.Series, numbers: FloatArray) -> None:
    bad = np.isinf(numbers)
    if bad.any():
        where = row_labels(series.index[bad])
        raise ArgumentError(f"The column {series.name!r} is infinite at {where}.", remedy="Mend these values.")
