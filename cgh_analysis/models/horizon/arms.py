"""A quantity by group, and what is compared: differences and ratios of pairs, with limits, tests and what they rest on.

Every method ends here: it gives estimates by group with their joint covariance, and the frame is made the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import wald
from cgh_analysis.numerics.multiplicity import STEPWISE

Adjust = Literal["none", "bonferroni", "holm", "hochberg"]
Pair = tuple[int, int]

COLUMNS: Final = [
    *("group", "reference", "statistic", "estimate", "std_error", "conf_low", "conf_high", "p_value", "p_adjusted"),
    *("n", "events", "note"),
]
BOUNDS: Final = ["bound_low", "bound_high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Estimates (G,) of `groups` with their covariance (G, G); `why` says by group why there is none, or is empty.

    `n` are people and `events` those known to have had the event by the day. `limits` (G, 2) are those of the groups
    where they are not estimate +- z errors; `bounds` (G, 2) the least and the most that the data leave open; `test`
    gives the p-value of a pair where it is not Wald's.
    """

    groups: tuple[object, ...]
    n: FloatArray
    events: FloatArray
    estimate: FloatArray
    covariance: FloatArray
    why: tuple[str, ...]
    df: float = np.inf
    limits: FloatArray | None = None
    bounds: FloatArray | None = None
    test: Callable[[int, int], float] | None = None


def compared(
    arms: Arms, statistics: tuple[str, str, str], *, reference: object, conf_level: float, adjust_p: Adjust
) -> pd.DataFrame:
    """Return the frame of groups, differences and ratios of pairs; `statistics` are what the three are called.

    Raises NotEstimable where no group has an estimate.
    """
    if all(arms.why):
        raise NotEstimable("; ".join(dict.fromkeys(arms.why)))
    pairs = code_pairs(arms.groups, reference)
    of_one, of_difference, of_ratio = statistics
    rows = [group_row(arms, g, of_one, conf_level) for g in range(len(arms.groups))]
    rows += [_difference(arms, pair, of_difference, conf_level) for pair in pairs]
    rows += [_ratio(arms, pair, of_ratio, conf_level) for pair in pairs]
    return framed(rows, adjust_p, bounds=arms.bounds is not None)


def code_pairs(groups: Sequence[object], reference: object) -> list[Pair]:
    """Return the codes of every pair of groups, later and earlier, or other and reference."""
    place = {group: i for i, group in enumerate(groups)}
    return [(place[a], place[b]) for a, b in level_pairs(groups, reference)]


def framed(rows: list[dict[str, Any]], adjust_p: Adjust, *, bounds: bool) -> pd.DataFrame:
    """Return rows as a frame; p-values are adjusted over the pairs of each statistic."""
    frame = pd.DataFrame(rows).reindex(columns=[*COLUMNS[:-1], *(BOUNDS if bounds else []), "note"])
    frame["p_adjusted"] = np.nan
    for _, own in frame.groupby("statistic", sort=False):
        frame.loc[own.index, "p_adjusted"] = STEPWISE[adjust_p](own["p_value"])
    return frame


def of_pair(arms: Arms, pair: Pair, statistic: str) -> dict[str, Any]:
    """Return what a row of two groups says besides its numbers."""
    a, b = pair
    names = {"group": arms.groups[a], "reference": arms.groups[b], "statistic": statistic}
    counts = {"n": arms.n[a] + arms.n[b], "events": arms.events[a] + arms.events[b]}
    return {**names, **counts, "note": "; ".join(dict.fromkeys(why for g in pair if (why := arms.why[g])))}


def group_row(arms: Arms, g: int, statistic: str, conf_level: float) -> dict[str, Any]:
    """Return the row of one group."""
    row = {"group": arms.groups[g], "reference": "", "statistic": statistic, "n": arms.n[g], "events": arms.events[g]}
    bounds = {} if arms.bounds is None else dict(zip(BOUNDS, arms.bounds[g], strict=True))
    if arms.why[g]:
        return {**row, **bounds, "note": arms.why[g]}
    numbers = _numbers(arms.estimate[g], np.sqrt(arms.covariance[g, g]), arms.df, conf_level)
    if arms.limits is not None:
        numbers["conf_low"], numbers["conf_high"] = arms.limits[g]
    return {**row, **numbers, **bounds, "p_value": np.nan, "note": ""}


def _difference(arms: Arms, pair: Pair, statistic: str, conf_level: float) -> dict[str, Any]:
    row = {**of_pair(arms, pair, statistic), **_bounds(arms, pair, lambda a, b: a - b)}
    if row["note"]:
        return row
    a, b = pair
    v = arms.covariance
    error = np.sqrt(max(v[a, a] + v[b, b] - 2 * v[a, b], 0.0))
    numbers = _numbers(arms.estimate[a] - arms.estimate[b], error, arms.df, conf_level)
    return row | numbers | _tested(arms, pair)


def _ratio(arms: Arms, pair: Pair, statistic: str, conf_level: float) -> dict[str, Any]:
    """A ratio, its limits made for its log by the delta method."""
    row = {**of_pair(arms, pair, statistic), **_bounds(arms, pair, _over)}
    if row["note"]:
        return row
    a, b = pair
    x, y = arms.estimate[a], arms.estimate[b]
    if not (x > 0 and y > 0):
        return row | {"note": "a ratio needs two estimates above 0"}
    v = arms.covariance
    error = np.sqrt(max(v[a, a] / x**2 + v[b, b] / y**2 - 2 * v[a, b] / (x * y), 0.0))
    numbers = _numbers(np.log(x / y), error, arms.df, conf_level)
    # of a handful of people a limit may be infinite
    with np.errstate(over="ignore"):
        ratio = {name: np.exp(numbers[name]) for name in ("estimate", "conf_low", "conf_high")}
    return row | numbers | ratio | {"std_error": error * x / y} | _tested(arms, pair)


def _numbers(estimate: float, std_error: float, df: float, conf_level: float) -> dict[str, float]:
    w = wald(estimate, std_error, df, conf_level=conf_level)
    return {
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": float(w.conf_low),
        "conf_high": float(w.conf_high),
        "p_value": float(w.p_value),
    }


def _tested(arms: Arms, pair: Pair) -> dict[str, float]:
    return {} if arms.test is None else {"p_value": arms.test(*pair)}


def _bounds(arms: Arms, pair: Pair, by: Callable[[float, float], float]) -> dict[str, float]:
    if arms.bounds is None:
        return {}
    (a_low, a_high), (b_low, b_high) = arms.bounds[pair[0]], arms.bounds[pair[1]]
    return {"bound_low": by(a_low, b_high), "bound_high": by(a_high, b_low)}


def _over(a: float, b: float) -> float:
    return a / b if b > 0 else np.inf if a > 0 else np.nan
