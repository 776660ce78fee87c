"""Balance: how far apart the arms are in what was there before treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.columns import Values, arms, baseline_columns, typed, weight_array
from cgh_analysis.frames import check_frame
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.summary import ks_distance, mean, smd_of_means, smd_of_shares, variance, variance_ratio
from cgh_analysis.results import Result

METHOD = "standardised difference, arms as they are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far arm a is from arm b in one column; `level` is empty for the column as a whole."""

    covariate: str
    level: str
    a: str
    b: str
    smd: float
    variance_ratio: float
    ks: float
    n: int


def balance(
    data: pd.DataFrame, covariates: Sequence[str], *, arm: str, weights: str | pd.Series | None = None
) -> pd.DataFrame:
    """Compare arms, two at a time, by standardised mean difference, variance ratio and Kolmogorov-Smirnov distance.

    Returns a frame `covariate, level, contrast, smd, variance_ratio, ks`; a contrast "A - B" is the later arm minus the
    earlier one, in the order of the categories or of the text. Numbers: (a - b) / sqrt((var a + var b) / 2) (Austin
    2009). Flags (boolean, yes/no, 0/1): the same with p (1 - p). Categories: with an empty level the Mahalanobis
    distance over all levels, which has no sign (Yang and Dalton 2012), then each level's share like a flag. Only of
    numbers is there a variance ratio, var a / var b. People without a value are left out of that covariate. `weights`
    is a column's name or a Series with data's index. Raises ArgumentError for unknown columns, a missing arm, infinite
    values and weights that are negative or not finite.

    >>> people = pd.DataFrame({"arm": ["a"] * 3 + ["b"] * 3, "age": [30, 40, 50, 40, 50, 60]})
    >>> people["migraine"] = ["yes", "no", "no", "yes", "yes", "no"]
    >>> balance(people, ["age", "migraine"], arm="arm").round(3)[["covariate", "contrast", "smd", "ks"]]
      covariate contrast    smd     ks
    0       age    b - a  1.000  0.333
    1  migraine    b - a  0.707  0.333
    """
    check_frame(data, [arm, *covariates])
    groups, w = arms(data, arm), weight_array(data, weights)
    found = [d for name in covariates for d in distances(typed(data, name, few=0), groups, w)]
    columns = ["covariate", "level", "contrast", "smd", "variance_ratio", "ks"]
    return pd.DataFrame(
        [(d.covariate, d.level, f"{d.a} - {d.b}", d.smd, d.variance_ratio, d.ks) for d in found], columns=columns
    )


def describe(cohort: Cohort) -> Result:
    """Return the balance of the baseline table's columns as rows: smd, variance_ratio and ks of each pair of arms."""
    study = cohort.study
    groups = arms(cohort.cases, "arm", study.arm_ids)
    found = [d for column in baseline_columns(cohort) for d in distances(column, groups, None)]
    return results.rows([record for d in found for record in _records(d)], analysis="balance", method=METHOD)


def _records(d: Distance) -> list[dict[str, object]]:
    """The rows of one distance; of a category as a whole there is no variance ratio and no ks."""
    place = {
        "outcome": d.covariate,
        "subgroup": f"{d.covariate}={d.level}" if d.level else "",
        "group": d.a,
        "reference": d.b,
        "n": d.n,
    }
    numbers = {"smd": d.smd, "variance_ratio": d.variance_ratio, "ks": d.ks}
    shown = [{**place, "statistic": k, "estimate": v} for k, v in numbers.items() if np.isfinite(v)]
    why = results.why_not("no spread, or nobody with a value, in one of the arms")
    return shown if np.isfinite(d.smd) else [{**place, "statistic": "smd", "note": why}, *shown]


def distances(values: Values, groups: Values, weights: FloatArray | None) -> list[Distance]:
    """Return the distances of every pair of arms that have people, the later arm minus the earlier one."""
    there = [i for i in range(len(groups.levels)) if (groups.numbers == i).any()]
    found = []
    for earlier, later in combinations(there, 2):
        a, b = ((groups.numbers == i) & values.known for i in (later, earlier))
        found += [
            Distance(
                covariate=values.name,
                level=level,
                a=groups.levels[later],
                b=groups.levels[earlier],
                smd=smd,
                variance_ratio=ratio,
                ks=ks,
                n=int(a.sum() + b.sum()),
            )
            for level, smd, ratio, ks in _pair(values, a, b, weights)
        ]
    return found


def _pair(
    values: Values, a: BoolArray, b: BoolArray, weights: FloatArray | None
) -> list[tuple[str, float, float, float]]:
    """One pair of arms: level, smd, variance ratio, ks."""
    w = np.ones(values.numbers.size) if weights is None else weights
    x, y = values.numbers[a], values.numbers[b]
    if values.kind == "number":
        v, u = variance(x, w[a]), variance(y, w[b])
        smd = smd_of_means(mean(x, w[a]), mean(y, w[b]), v, u)
        return [("", smd, variance_ratio(v, u), ks_distance(x, y, w[a], w[b]))]
    shares = [(level, mean(x == i, w[a]), mean(y == i, w[b])) for i, level in values.shown]
    single = [(level, smd_of_means(p, q, p * (1 - p), q * (1 - q)), np.nan, abs(p - q)) for level, p, q in shares]
    if values.kind == "flag":
        return [("", *single[0][1:])]
    whole = smd_of_shares([p for _, p, _ in shares], [q for _, _, q in shares]) if shares else np.nan
    return [("", whole, np.nan, np.nan), *single]
