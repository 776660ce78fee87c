"""The baseline table as rows: who the arms are made of, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.balance import distances
from cgh_analysis.describe.columns import FEW, Values, arms, baseline_columns, typed, weight_array
from cgh_analysis.frames import check_frame
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.summary import mean, quantiles, sd
from cgh_analysis.results import Result

Record = dict[str, object]


def describe(cohort: Cohort) -> Result:
    """Return the rows of the baseline table of the columns that the study file names."""
    study = cohort.study
    groups = arms(cohort.cases, "arm", study.arm_ids)
    return baseline_rows(baseline_columns(cohort), groups, median=study.describe.median)


def baseline(
    data: pd.DataFrame,
    *,
    by: str,
    columns: Sequence[str] | None = None,
    weights: str | pd.Series | None = None,
    median: Sequence[str] = (),
) -> Result:
    """Return the rows of a baseline table of any frame; without `columns`, of those that `default_columns` names.

    A column's type says how it is described: see `columns.typed`. Raises ArgumentError for unknown columns, dates,
    infinite values, a missing arm, and weights that are negative or not finite.
    """
    given = default_columns(data, by, weights)[0] if columns is None else list(columns)
    check_frame(data, [by, *given, *median])
    return baseline_rows(
        [typed(data, c) for c in given], arms(data, by), weights=weight_array(data, weights), median=median
    )


def default_columns(data: pd.DataFrame, by: str, weights: str | pd.Series | None = None) -> tuple[list[str], list[str]]:
    """Return the columns that a baseline table shows by itself, and those that it leaves out as identifiers.

    An identifier is text that differs between all who have it: as a category it would print every patient.
    """
    check_frame(data, [by])
    weight_column = weights if isinstance(weights, str) else by
    others = [str(c) for c in data if c not in (by, weight_column)]
    identifiers = [c for c in others if _is_identifier(data[c])]
    return [c for c in others if c not in identifiers], identifiers


def baseline_rows(
    columns: Iterable[Values],
    groups: Values,
    *,
    weights: FloatArray | None = None,
    median: Sequence[str] = (),
    analysis: str = "baseline",
) -> Result:
    """Describe columns by arm: numbers by mean and sd, or quartiles where named in `median`; levels by n and percent.

    Weighted are means, sds, quartiles and percentages; counts are always people. Percentages are of those with a value.
    """
    members = {arm: groups.numbers == i for i, arm in enumerate(groups.levels)}
    records = [_count("patients", arm, who.sum()) for arm, who in members.items()]
    for values in columns:
        for arm, who in members.items():
            if who.any():
                records += _column(values, arm, who, weights, values.name in median)
        records.append(_largest_smd(values, groups, weights))
    method = "description" if weights is None else "weighted description"
    return results.rows(records, analysis=analysis, method=method)


def _is_identifier(series: pd.Series) -> bool:
    is_text = not pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_datetime64_any_dtype(series.dtype)
    return is_text and series.notna().sum() > FEW and bool(series.dropna().is_unique)


def _count(outcome: str, arm: str, n: int, statistic: str = "count", subgroup: str = "") -> Record:
    place = {"outcome": outcome, "group": arm, "subgroup": subgroup, "statistic": statistic}
    return {**place, "estimate": float(n), "n": float(n)}


def _column(values: Values, arm: str, who: BoolArray, weights: FloatArray | None, by_median: bool) -> list[Record]:
    known = who & values.known
    x, w = values.numbers[known], None if weights is None else weights[known]
    if values.kind == "number":
        shown = _quartiles(x, w) if by_median else {"mean": mean(x, w), "sd": sd(x, w)}
        place = {"outcome": values.name, "group": arm, "n": float(x.size)}
        records: list[Record] = [{**place, "statistic": k, "estimate": v, "note": _why(v)} for k, v in shown.items()]
    else:
        records = [row for i, level in values.shown for row in _level(values.name, level, arm, x == i, w)]
    return [*records, _count(values.name, arm, int(who.sum()) - x.size, "missing")]


def _quartiles(x: FloatArray, w: FloatArray | None) -> dict[str, float]:
    q1, median, q3 = quantiles(x, [0.25, 0.5, 0.75], w)
    return {"median": float(median), "q1": float(q1), "q3": float(q3)}


def _level(column: str, level: str, arm: str, has: BoolArray, w: FloatArray | None) -> list[Record]:
    count = _count(column, arm, int(has.sum()), subgroup=f"{column}={level}")
    share = 100 * mean(has, w)
    percent = {**count, "statistic": "percent", "estimate": share, "n": float(has.size), "events": float(has.sum())}
    return [count, {**percent, "note": _why(share)}]


def _largest_smd(values: Values, groups: Values, weights: FloatArray | None) -> Record:
    """The largest of the pairwise distances, by size; NaN pairs (nobody, or no spread) are passed over."""
    pairs = [d for d in distances(values, groups, weights) if not d.level]
    sizes = [abs(d.smd) for d in pairs if np.isfinite(d.smd)]
    record: Record = {"outcome": values.name, "statistic": "smd", "n": float(values.known.sum())}
    if not sizes:
        return {**record, "note": results.why_not("there are no two arms with people and spread in this column")}
    return {**record, "estimate": max(sizes)}


def _why(estimate: float) -> str:
    return "" if np.isfinite(estimate) else results.why_not("too few people with a value")
