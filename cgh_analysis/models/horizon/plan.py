"""What the plan's quantities up to a day share: rows of every arm and pair, of a frame or of the reason for none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.resolution import records

ENDS: Final = {"left": "resolution_left", "right": "resolution_right"}
NUMBERS: Final = ("estimate", "std_error", "conf_low", "conf_high", "p_value", "p_adjusted", "n", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a frame's statistics are called in rows: of one arm, of a difference, of a ratio; and what its method is.

    `percent` says that a number is a share, `unit` follows the bounds in words.
    """

    one: tuple[str, str]
    difference: str
    ratio: str
    method: str
    percent: bool = False
    unit: str = ""


def arm_rows(cohort: Cohort, call: Callable[[], pd.DataFrame], asked: Asked) -> list[dict[str, Any]]:
    """Return rows of all arms of the study and of all pairs, in the study's order; what is missing has a reason."""
    try:
        found, reason = {_key(row): row for row in records(call())}, "nobody in this arm can be analysed"
    except NotEstimable as failure:
        found, reason = {}, str(failure)
    arms = cohort.study.arm_ids
    there = {group for group, _, _ in found}
    wanted = [(arm, "", *asked.one) for arm in arms]
    names = {"difference": asked.difference, "ratio": asked.ratio}
    wanted += [(a, b, name, statistic) for name, statistic in names.items() for a, b in level_pairs(arms)]
    rows = []
    for a, b, name, statistic in wanted:
        missing = [arm for arm in (a, b) if found and arm and arm not in there]
        why = f"nobody in {' and '.join(missing)} can be analysed" if missing else reason
        row = found.get((a, b, name), {"note": why})
        rows.append({"group": a, "reference": b, "statistic": statistic, "method": asked.method, **_as_row(row, asked)})
    return rows


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row["group"]), str(row["reference"]), str(row["statistic"])


def _as_row(row: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Numbers and note of a row; the error of a ratio is that of its log, as everywhere in rows."""
    if not np.isfinite(row.get("estimate", np.nan)):
        counts = {name: row[name] for name in ("n", "events") if name in row}
        return {**counts, "note": results.why_not(row["note"] or f"the reference is estimated as 0{asked.unit}")}
    numbers = {name: row[name] for name in NUMBERS}
    if row["statistic"] == "ratio":
        numbers["std_error"] = row["std_error"] / row["estimate"] if row["estimate"] > 0 else np.nan
    if row["conf_high"] == np.inf:
        return {**numbers, "conf_high": np.nan, "note": "no upper limit"}
    return {**numbers, "note": _open(row, asked) if row["reference"] == "" else row["note"]}


def _open(row: Mapping[str, Any], asked: Asked) -> str:
    """Say between what an arm's number can lie, by where in their intervals the events came."""
    low, high = row.get("bound_low"), row.get("bound_high")
    if low is None or high is None or high - low <= 1e-9 * abs(high):
        return str(row["note"])
    factor = 100 if asked.percent else 1
    return f"between {factor * low:.1f} and {factor * high:.1f}{asked.unit}, by when within the intervals it came"
