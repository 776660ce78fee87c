"""Kaplan and Meier's curves: the share still without the event over time, by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.curve import Curve
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import OUTCOME, absent_arms, days_to_resolution
from cgh_analysis.models.survival_input import Observed, coded, known_rows, observed
from cgh_analysis.numerics.survival.kaplan_meier import ConfType, Steps, limits
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier as estimated
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def kaplan_meier(
    data: pd.DataFrame,
    *,
    time: str,
    event: str,
    by: str | None = None,
    weights: str | None = None,
    entry: str | None = None,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
) -> Curve:
    """Estimate survival curves by group from right-censored times (Kaplan and Meier 1958).

    Assumes that censoring (and entry) says nothing about what would have come. All arguments name columns: `time` since
    the start, at least 0; `event` 0/1 or yes/no; a row is at risk while `entry` < t <= `time`. Errors are Greenwood's;
    with weights that are no whole numbers the infinitesimal jackknife's. Limits are pointwise, on the scale of
    `conf_type`: "log-log", "log", "plain". Rows without a group are left out and counted.

    >>> data = pd.DataFrame({"day": [7, 14, 14, 21], "gone": [1, 1, 0, 0]})
    >>> kaplan_meier(data, time="day", event="gone").at([7, 14])["estimate"].tolist()
    [0.75, 0.5]
    """
    check_option("conf_type", conf_type, ("log-log", "log", "plain"))
    if not 0 < conf_level < 1:
        raise ArgumentError(f"conf_level={conf_level!r} is no level.", remedy="Give one such as 0.95.")
    seen = observed(data, time=time, event=event, entry=entry, weights=weights)
    codes, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    known = known_rows(codes)
    seen, codes = seen.take(known), codes[known]
    steps = estimated(seen.time, seen.event, codes, weights=seen.weights, entry=seen.entry)
    return Curve(
        method=f"Kaplan-Meier, {conf_type} interval",
        time=time,
        groups=groups,
        n=tuple(np.bincount(codes, minlength=len(groups)).tolist()),
        events=tuple(np.bincount(codes[seen.event], minlength=len(groups)).tolist()),
        table=_table(steps, groups, conf_type, conf_level),
        entries=_entries(seen, codes, groups),
        conf_level=conf_level,
        n_left_out=int((~known).sum()),
    )


def _table(steps: Steps, groups: tuple[object, ...], conf_type: ConfType, conf_level: float) -> pd.DataFrame:
    low, high = limits(steps.survival, steps.se_log, conf_type=conf_type, conf_level=conf_level)
    return pd.DataFrame(
        {
            "group": np.array(groups, dtype=object)[steps.group],
            "time": steps.time,
            "n_risk": steps.n_risk,
            "n_event": steps.n_event,
            "n_censor": steps.n_censor,
            "estimate": steps.survival,
            "std_error": steps.survival * steps.se_log,
            "conf_low": low,
            "conf_high": high,
        }
    )


def _entries(seen: Observed, codes: IntArray, groups: tuple[object, ...]) -> pd.DataFrame:
    entry = np.zeros(0) if seen.entry is None else seen.entry
    weight = np.ones(entry.size) if seen.weights is None else seen.weights[: entry.size]
    frame = pd.DataFrame({"group": np.array(groups, dtype=object)[codes[: entry.size]], "time": entry, "weight": weight})
    return frame.sort_values("time", kind="stable", ignore_index=True)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's curve, people at risk on planned days, share resolved by the milestone, and median time."""
    study = cohort.study
    followed = days_to_resolution(cohort)
    curve = kaplan_meier(
        followed, time="resolution_day", event="resolution_event", by="arm", conf_level=study.conf_level
    )
    milestone = float(study.resolution.milestone_days) if study.resolution else np.nan
    at_visits = curve.at_risk([v.day for v in study.visits]).assign(statistic="n_risk")
    parts = [_drawn(curve), at_visits, _resolved(curve, milestone), _median(curve)]
    absent = pd.DataFrame(
        [
            {"group": arm, "statistic": s, "note": "not estimable: nobody was followed"}
            for arm in absent_arms(study, followed)
            for s in ("survival", "resolved", "median_time")
        ]
    )
    frame = pd.concat([*parts, absent], ignore_index=True)
    at_risk = frame["statistic"] == "n_risk"
    frame["n"] = frame["n"].mask(at_risk, frame["n_risk"])
    frame["estimate"] = frame["estimate"].mask(at_risk, frame["n_risk"])
    limits_given = frame["conf_low"].notna() | frame["conf_high"].notna()
    frame["conf_level"] = np.where(limits_given, study.conf_level, np.nan)
    return results.rows(
        frame.drop(columns=["n_risk"]).rename(columns={"n_event": "events"}),
        analysis=analysis.id,
        method=curve.method,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
    )
