"""From a formula and a DataFrame to what the kernel takes: one row a subject and visit, visits in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame, row_labels
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.design import Design, design
from cgh_analysis.models.mmrm.levels import check_levels
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.mmrm.patterns import Layout, SeveralGroupsError, TwiceError, lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A design, and which of its rows are whose; `visits` and `groups` are the levels that the codes stand for."""

    design: Design
    layout: Layout
    visits: tuple[Any, ...]
    groups: tuple[Any, ...]
    weights: FloatArray | None


def prepare(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str,
    visit: str,
    group: str | None,
    weights: str | None,
    day: str | None,
    full_rank: bool = True,
) -> Prepared:
    """Build the arrays of a model from the rows in which all it names is known.

    Raises ArgumentError for rows of nobody, a subject twice at a visit or in two groups, weights that are not positive;
    NotEstimable where an arm, a visit or a group is lost to missing values.
    """
    check_frame(data)
    named = [c for c in (subject, visit, group, weights, day) if c]
    check_frame(data, named)
    d = design(formula, data, keep=named, full_rank=full_rank)
    _known(d, data, named)
    check_levels(d, data, visit, group)
    # a visit that a category declares and nobody made is no visit of this model
    visits = tuple(sorted_levels(d.data[visit]))
    groups = tuple(sorted_levels(d.data[group])) if group else ()
    try:
        layout = lay_out(
            pd.factorize(d.data[subject])[0],
            _codes(d.data[visit], visits),
            n_visits=len(visits),
            group=_codes(d.data[group], groups) if group else None,
            traits=_numbers(d, day)[:, None] if day else None,
        )
    except TwiceError:
        raise _twice(d, subject, visit) from None
    except SeveralGroupsError:
        raise _several(d, subject, cast(str, group)) from None
    return Prepared(
        design=d,
        layout=layout,
        visits=visits,
        groups=groups,
        weights=_positive(d, weights) if weights else None,
    )


def _known(d: Design, data: pd.DataFrame, names: list[str]) -> None:
    """Refuse rows with an outcome that do not say whose, when or in which group: leaving them out would be a guess.

    What groups or weighs rows and is in the formula too is a covariate, which may be missing.
    """
    if not d.n_left_out:
        return
    covariates = {n for n in map(str, d.spec.required_variables) if n not in names[:2]}
    others = [n for n in names if n not in covariates]
    complete = data[[n for n in d.data if n not in others]].notna().all(axis=1).to_numpy()
    for name in others:
        unknown = complete & data[name].isna().to_numpy()
        if unknown.any():
            raise ArgumentError(
                f"The column {name!r} is missing in {int(unknown.sum())} row(s), at {row_labels(data.index[unknown])}.",
                remedy="Every row needs its subject, its visit, and what groups or weighs it.",
            )


def _twice(d: Design, subject: str, visit: str) -> ArgumentError:
    again = d.data.index[d.data.duplicated([subject, visit])]
    return ArgumentError(
        f"{subject} and {visit} are given twice, again at {row_labels(again)}.",
        remedy="Keep one row a subject and visit.",
    )


def _several(d: Design, subject: str, group: str) -> ArgumentError:
    own = d.data.groupby(subject, observed=True)[group].transform("first")
    other = d.data.index[(d.data[group].astype(object) != own.astype(object)).to_numpy()]
    return ArgumentError(
        f"{subject} is in several groups of {group}, another one at {row_labels(other)}.",
        remedy="Let `group` be constant within a subject.",
    )


def _codes(values: pd.Series, levels: tuple[Any, ...]) -> IntArray:
    if isinstance(values.dtype, pd.CategoricalDtype) and list(values.cat.categories) == list(levels):
        return np.asarray(values.cat.codes, dtype=np.intp)
    return np.asarray(pd.Categorical(values, categories=list(levels)).codes, dtype=np.intp)


def _numbers(d: Design, name: str) -> FloatArray:
    if not pd.api.types.is_numeric_dtype(d.data[name].dtype):
        raise ArgumentError(f"The column {name!r} is no number.", remedy="Give a column of numbers.")
    return d.data[name].to_numpy(dtype=float)


def _positive(d: Design, name: str) -> FloatArray:
    values = _numbers(d, name)
    bad = values <= 0
    if bad.any():
        raise ArgumentError(
            f"The weights {name!r} have {int(bad.sum())} value(s) that are not positive, at "
            f"{row_labels(d.data.index[bad])}.",
            remedy="Leave rows without weight out of the frame.",
        )
    return values
