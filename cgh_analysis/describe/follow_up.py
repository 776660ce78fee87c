"""Who came back: people seen at each planned visit, when, and which outcomes are missing."""

from __future__ import annotations

import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort import Cohort, arm_sizes
from cgh_analysis.describe.visits import followed, planned_days, seen
from cgh_analysis.numerics.summary import quantiles
from cgh_analysis.results import Result

Record = dict[str, object]


def describe(cohort: Cohort) -> Result:
    """Return who was seen at each planned visit, when, and whose outcomes are missing, by arm.

    Outcome "visit": count, and percent of the arm; outcome "day": the median day of the visit; each outcome in
    `describe.courses` of the study file (all that are followed, where it names none): how many of the arm have no value
    (statistic "missing"), whether or not they came. An outcome that nobody has at a visit was not collected at it, and
    has no row there.
    """
    named = [c for c in cohort.study.describe.courses if c in cohort.visits]
    columns = named or followed(cohort)
    frame = seen(cohort, columns)
    records: list[Record] = []
    for day in planned_days(cohort):
        there = frame.loc[frame["time"] == day]
        collected = [c for c in columns if there[c].notna().any()]
        for arm, size in arm_sizes(cohort.cases, cohort.study).items():
            records += _visit(there.loc[there["arm"] == arm], collected, size, {"group": arm, "time": day})
    return results.rows(records, analysis="follow-up", method="description")


def _visit(there: pd.DataFrame, columns: list[str], size: int, place: Record) -> list[Record]:
    n = float(len(there))
    records: list[Record] = [{**place, "outcome": "visit", "statistic": "count", "estimate": n, "n": n}]
    if size:
        share = {"estimate": 100 * n / size, "n": float(size), "events": n}
        records.append({**place, "outcome": "visit", "statistic": "percent", **share})
    if n:
        median = float(quantiles(there["day"].to_numpy(dtype=float), 0.5)[0])
        records.append({**place, "outcome": "day", "statistic": "median", "estimate": median, "n": n})
    for column in columns:
        missing = float(size - there[column].notna().sum())
        records.append({**place, "outcome": column, "statistic": "missing", "estimate": missing, "n": missing})
    return records
