"""Tables for a notebook, made straight from a data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from cgh_analysis.describe.baseline import baseline, default_columns
from cgh_analysis.tables import Table, baseline_layout


def baseline_table(
    data: pd.DataFrame,
    *,
    by: str,
    columns: Sequence[str] | None = None,
    weights: str | pd.Series | None = None,
    median: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> Table:
    """Describe groups of people side by side, as the first table of a paper does, and say how far they are apart.

    Types decide: numbers with more than five distinct values get mean (SD), or median and quartiles where named in
    `median`; booleans, yes/no, 0/1, text, categories and few-valued numbers get n (%) of those with a value. Missing
    values have a row. SMD is the largest standardised mean difference between two groups: (a - b) / sqrt((var a +
    var b) / 2) for numbers (Austin 2009), Mahalanobis distance for categories (Yang and Dalton 2012). There are no
    p-values: differences at baseline are judged by their size. `columns` are all but `by` and the weights where not
    given, less identifiers (text that differs between all), which a note names. `weights` (a column, or a Series with
    data's index) weight everything but the counts. `labels` name columns and groups. Nothing here is held back for
    being small: that is done where a report is built. Raises ArgumentError for unknown columns, dates, infinite values,
    people without a group, and weights that are negative or not finite.

    >>> people = pd.DataFrame({"arm": ["a", "a", "b", "b"], "migraine": [True, False, True, True]})
    >>> print(baseline_table(people, by="arm").to_csv().splitlines()[1])
    "migraine, n (%)",1 (50.0),2 (100.0),1.41
    """
    rows = baseline(data, by=by, columns=columns, weights=weights, median=median)
    names = dict(labels or {})
    groups = rows.frame.loc[rows.frame["outcome"] == "patients", "group"]
    table = baseline_layout(
        rows,
        title=f"Characteristics by {names.get(by, by)}",
        arms={g: names.get(g, g) for g in groups},
        label=lambda name: names.get(name, name),
    )
    left_out = default_columns(data, by, weights)[1] if columns is None else []
    note = (f"Left out as identifiers: {', '.join(left_out)}.",) if left_out else ()
    return replace(table, notes=(*table.notes, *note))
