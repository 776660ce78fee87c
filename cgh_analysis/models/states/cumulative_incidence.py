"""Cumulative incidence of competing events by group: by any day, the share that had each of them first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.options import check_option
from cgh_analysis.models.states.incidence_curve import IncidenceCurve
from cgh_analysis.models.states.observed import Competing, competing
from cgh_analysis.models.survival.observed import coded, known_rows
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.states import aalen_johansen as kernel
from cgh_analysis.numerics.states.aalen_johansen import Incidence, Variance
from cgh_analysis.numerics.survival.kaplan_meier import limits

VARIANCES = {"greenwood": "Greenwood-type variance", "aalen": "Aalen's variance"}
JACKKNIFE = "jackknife variance"


def cumulative_incidence(
    data: pd.DataFrame,
    *,
    time: str,
    cause: str,
    by: str | None = None,
    strata: str | Sequence[str] | None = None,
    weights: str | None = None,
    entry: str | None = None,
    causes: Mapping[int, str] | None = None,
    variance: Variance = "greenwood",
    conf_level: float = 0.95,
) -> IncidenceCurve:
    """Estimate by group the share that had each of several competing events first, by any time.

    Aalen and Johansen's (1978) estimator. Assumes that censoring (and entry) says nothing of what would have come; it
    assumes nothing of how causes depend on each other. One less Kaplan-Meier's curve, with competing events as censored
    ones, would be the share in a world without them, and too large here. `time` is at least 0; `cause` 0 where
    censored, other codes events, which `causes` declares with their names: codes that it does not are refused. Without
    it every code is an event, called by its number. A row is at risk while `entry` < t <= `time`. Errors are the delta
    method's (R's survival has the same; where nothing competes, Greenwood's), or with variance="aalen" Aalen's, larger
    in small samples (R's cmprsk); with weights that are no whole numbers the infinitesimal jackknife's. Limits are made
    on the scale of log(-log(1 - F)), as Kaplan-Meier's are. `strata` are for Gray's test only. Rows without a group or
    stratum are left out and counted. Raises ArgumentError for bad times and codes, all faults at once.

    >>> data = pd.DataFrame({"day": [7, 14, 14, 21], "why": [1, 2, 1, 0]})
    >>> curve = cumulative_incidence(data, time="day", cause="why", causes={1: "resolution", 2: "rescue"})
    >>> curve.at(14)[["cause", "estimate"]].to_numpy().tolist()
    [['resolution', 0.5], ['rescue', 0.25]]
    """
    check_option("variance", variance, get_args(Variance))
    below_upper(conf_level)
    seen = competing(data, time=time, cause=cause, causes=causes, entry=entry, weights=weights)
    codes, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    stratum = coded(data, as_names(strata))[0] if strata else None
    known = known_rows(codes, *([] if stratum is None else [stratum]))
    seen, codes = seen.take(known), codes[known]
    if not seen.codes:
        raise NotEstimable("everybody is censored, and no cause is declared")
    counted = seen.weights is None or np.array_equal(seen.weights, seen.weights.round())
    if variance == "aalen" and not counted:
        raise ArgumentError("Aalen's variance is of numbers of people.", remedy="With such weights, leave it out.")
    found = kernel.cumulative_incidence(
        seen.time,
        seen.cause,
        codes,
        n_causes=len(seen.codes),
        weights=seen.weights,
        entry=seen.entry,
        variance=variance,
    )
    return IncidenceCurve(
        method=f"Aalen-Johansen, {VARIANCES[variance] if counted else JACKKNIFE}, log-log interval",
        time=time,
        groups=groups,
        causes=seen.names,
        n=tuple(np.bincount(codes, minlength=len(groups)).tolist()),
        events=_events(seen, codes, len(groups)),
        table=_table(found, groups, seen.names, conf_level),
        free=_free(found, groups),
        seen=seen,
        group=codes,
        stratum=None if stratum is None else stratum[known],
        conf_level=conf_level,
        n_left_out=int((~known).sum()),
    )


def _events(seen: Competing, codes: IntArray, n_groups: int) -> IntArray:
    width = len(seen.codes) + 1
    counts = np.bincount(codes * width + seen.cause, minlength=n_groups * width)
    return counts.reshape(n_groups, width)[:, 1:]


def _table(found: Incidence, groups: tuple[object, ...], causes: tuple[str, ...], conf_level: float) -> pd.DataFrame:
    """One row a group, cause and time, in this order."""
    parts = []
    for place, name in enumerate(causes):
        f, error = found.incidence[:, place], found.std_error[:, place]
        free = np.maximum(1 - f, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = limits(free, np.where(f > 0, error / free, 0.0), conf_level=conf_level)
        parts.append(
            pd.DataFrame(
                {
                    "group": np.array(groups, dtype=object)[found.group],
                    "cause": name,
                    "time": found.time,
                    "n_risk": found.n_risk,
                    "n_event": found.n_event[:, place],
                    "estimate": f,
                    "std_error": error,
                    "conf_low": 1 - high,
                    "conf_high": 1 - low,
                }
            )
        )
    order = np.argsort(np.tile(found.group, len(parts)), kind="stable")
    return pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)


def _free(found: Incidence, groups: tuple[object, ...]) -> pd.DataFrame:
    error = np.where(found.free > 0, found.free * found.se_log_free, 0.0)
    return pd.DataFrame(
        {
            "group": np.array(groups, dtype=object)[found.group],
            "time": found.time,
            "estimate": found.free,
            "std_error": error,
        }
    )
