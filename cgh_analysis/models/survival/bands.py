"""Simultaneous confidence bands of survival curves."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.curve_table import CurveTable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.bands import BandKind, band
from cgh_analysis.numerics.survival.kaplan_meier import ConfType
from cgh_analysis.numerics.survival.risk_sets import TIE


def simultaneous(
    curve: CurveTable,
    kind: BandKind,
    *,
    times: tuple[float, float],
    conf_level: float | None = None,
    conf_type: ConfType = "log-log",
) -> pd.DataFrame:
    """Return by group limits that hold the whole curve from the first to the last of two times with `conf_level`.

    "hall-wellner" is about as wide at all times (Hall and Wellner 1980), "equal-precision" widens the pointwise limits
    by one factor (Nair 1984); each on the scale of `conf_type`. Declare the range before the data are seen. Its first
    time may lie before the first event for Hall and Wellner's band only, whose limits are missing there on scales other
    than "plain" and "log". Assumes enough people for the curve to be normal at both times. Frame with a row at both
    times and at each event between them: group, time, estimate, conf_low, conf_high, critical (the factor). Raises
    NotEstimable where a group was not followed to the last time, or hardly has events in the range.
    """
    check_option("kind", kind, get_args(BandKind))
    check_option("conf_type", conf_type, get_args(ConfType))
    low, high = _range(times)
    if not curve.of_counts:
        raise ArgumentError(
            "Weights that are no whole numbers leave no number of people to make a band of.",
            remedy="Use the pointwise limits of steps() or at().",
        )
    level = curve.conf_level if conf_level is None else conf_level
    found, reasons = [], []
    for group in curve.groups:
        try:
            found.append(_band(curve, group, kind, (low, high), level, conf_type))
        except NotEstimable as reason:
            reasons.append(f"{group}: {reason}" if group != "" else str(reason))
    if reasons:
        raise NotEstimable("; ".join(reasons))
    return pd.concat(found, ignore_index=True)


def _range(times: tuple[float, float]) -> tuple[float, float]:
    given = np.asarray(times, dtype=float) if np.size(times) == 2 else np.full(2, np.nan)
    if not (0 <= given[0] < given[1] < np.inf):
        raise ArgumentError(f"times={times!r} is no range.", remedy="Give two times, such as (14, 182).")
    return float(given[0]), float(given[1])


def _band(
    curve: CurveTable, group: object, kind: BandKind, times: tuple[float, float], level: float, conf_type: ConfType
) -> pd.DataFrame:
    steps = curve.table.loc[(curve.table["group"] == group).to_numpy()]
    time, survival = steps["time"].to_numpy(), steps["estimate"].to_numpy()
    variance = (steps["std_error"] / steps["estimate"]).to_numpy() ** 2
    n = float((steps["n_event"] + steps["n_censor"]).sum())
    shown = np.unique([*times, *time[(time > times[0]) & (time < times[1]) & (steps["n_event"] > 0)]])
    at = np.searchsorted(time, shown * (1 + TIE), side="right")
    s, v = (np.append(first, values)[at] for first, values in ((1.0, survival), (0.0, variance)))
    _check(kind, times, s, v, time[-1])
    found = band(kind, s, v, n, conf_type=conf_type, conf_level=level)
    columns = {"time": shown, "estimate": s, "conf_low": found.low, "conf_high": found.high}
    return pd.DataFrame({"group": group, **columns, "critical": found.critical})


def _check(kind: BandKind, times: tuple[float, float], s: FloatArray, v: FloatArray, last: float) -> None:
    if s[-1] <= 0:
        raise NotEstimable(f"survival has fallen to zero by {times[1]:g}, so that the range must end before")
    if last * (1 + TIE) < times[1]:
        raise NotEstimable(f"nobody was under observation until {times[1]:g}, only until {last:g}")
    if kind == "equal-precision" and v[0] == 0:
        raise NotEstimable(f"no event by {times[0]:g}, where the range of this band may not begin")
