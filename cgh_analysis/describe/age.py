"""How old the people of each arm are: counts in five-year bands, and quartiles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.columns import arms
from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.summary import quantiles
from cgh_analysis.results import Result

WIDTH = 5
OPEN_FROM = 90  # 90 stands for 90 and over


def describe(cohort: Cohort) -> Result:
    """Return the people of each arm in five-year bands of age, empty bands between the youngest and oldest included."""
    if "age_years" not in cohort.cases:
        raise NotEstimable("age is not in the data")
    groups = arms(cohort.cases, "arm", cohort.study.arm_ids)
    age = cohort.cases["age_years"].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(age)
    if not known.any():
        raise NotEstimable("nobody's age is known")
    starts = WIDTH * np.arange(age[known].min() // WIDTH, min(age[known].max(), OPEN_FROM) // WIDTH + 1)
    band = np.searchsorted(starts, age[known], side="right") - 1
    counts = pd.crosstab(groups.numbers[known], band).reindex(
        index=range(len(groups.levels)), columns=range(starts.size), fill_value=0
    )
    records: list[dict[str, object]] = []
    for i, arm in enumerate(groups.levels):
        records += [
            {"group": arm, "statistic": "count", "subgroup": f"age_years={_band(start)}", "estimate": n, "n": n}
            for start, n in zip(starts, counts.loc[i].astype(float), strict=True)
        ]
        records += _quartiles(age[known & (groups.numbers == i)], arm)
    return results.rows(records, analysis="age-distribution", method="description", outcome="age_years")


def _band(start: float) -> str:
    return f"{OPEN_FROM}+" if start >= OPEN_FROM else f"{start:.0f}-{start + WIDTH - 1:.0f}"


def _quartiles(age: np.ndarray, arm: str) -> list[dict[str, object]]:
    names = ("q1", "median", "q3")
    found = zip(names, quantiles(age, [0.25, 0.5, 0.75]), strict=True) if age.size else ()
    return [{"group": arm, "statistic": k, "estimate": v, "n": float(age.size)} for k, v in found]
