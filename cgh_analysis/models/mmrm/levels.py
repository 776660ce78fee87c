"""Levels of an arm, a visit or a group that missing values take out of a model altogether."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.design import Design
from cgh_analysis.models.formulas import categorical_variables, term_variables, variables


def check_levels(d: Design, data: pd.DataFrame, visit: str, group: str | None) -> None:
    """Refuse a visit without a complete row, and an arm or group with outcomes that has none: it would just be gone.

    Of the formula's categories those are asked that it crosses, or all if it crosses none; of other covariates a level
    that nobody complete has is left out, as in every model.
    """
    if not d.n_left_out:
        return
    _check(d, data, visit)
    named = [visit, group] if group else [visit]
    modelled = {*variables(d.spec.formula), *named}
    outcomes = [n for n in d.data if n not in modelled]
    known = data.loc[data[outcomes].notna().all(axis=1)]
    for name in _asked(d, named):
        _check(d, known, name)


def _check(d: Design, rows: pd.DataFrame, name: str) -> None:
    there = set(d.data[name].unique())
    lost = [level for level in rows[name].dropna().unique() if level not in there]
    if lost:
        raise NotEstimable(_reason(rows.loc[rows[name].isin(lost), list(d.data)], name, lost))


def _asked(d: Design, named: Collection[str]) -> list[str]:
    categories = categorical_variables(d.spec, d.data)
    terms = [[n for n in term_variables(t) if n in categories] for t in d.spec.terms]
    crossed = [n for names in terms if len(names) > 1 for n in names]
    return list(dict.fromkeys([*named, *(crossed or categories)]))


def _reason(rows: pd.DataFrame, name: str, lost: list[Any]) -> str:
    missing = [f"{column} in {n}" for column, n in rows.isna().sum().items() if n]
    levels = ", ".join(map(str, lost[:10]))
    return (
        f"no row of {name} {levels} has all that the model names: of {len(rows)} rows, missing is {', '.join(missing)}"
    )
