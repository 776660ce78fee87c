"""Kaplan and Meier's curves: the share still without the event over time, by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution, records, unfollowed_arms
from cgh_analysis.models.survival.counted import counted, known_cells
from cgh_analysis.models.survival.curve import Curve
from cgh_analysis.models.survival.observed import Observed, coded, known_rows, observed
from cgh_analysis.models.words import Paragraph, as_they_are
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.survival import kaplan_meier as kernel
from cgh_analysis.numerics.survival.kaplan_meier import ConfType, Steps, limits
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study


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
    the start, at least 0; `event` 0/1 or boolean; a row is at risk while `entry` < t <= `time`. Errors are Greenwood's;
    with weights that are no whole numbers the infinitesimal jackknife's. Limits are pointwise, on the scale of
    `conf_type`: "log-log", "log", "plain", "logit", "arcsine" (of the root); for limits that hold everywhere at once
    see the curve's `band`. Rows without a group are left out and counted. Raises ArgumentError for times that are
    missing, negative or infinite and for events that are not 0/1, all faults at once.

    >>> data = pd.DataFrame({"day": [7, 14, 14, 21], "gone": [1, 1, 0, 0]})
    >>> kaplan_meier(data, time="day", event="gone").at([7, 14])["estimate"].tolist()
    [0.75, 0.5]
    """
    check_option("conf_type", conf_type, get_args(ConfType))
    if not 0 < conf_level < 1:
        raise ArgumentError(f"conf_level={conf_level!r} is no level.", remedy="Give one such as 0.95.")
    codes, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    plain = entry is None and weights is None
    counts = counted(data, time=time, event=event, cell=codes, n_cells=len(groups)) if plain else None
    if counts is None:
        seen = observed(data, time=time, event=event, entry=entry, weights=weights)
        steps, people = _of_rows(seen, codes, groups)
    else:
        steps, people = _of_days(counts)
    return Curve(
        method=f"Kaplan-Meier, {conf_type} interval",
        time=time,
        groups=groups,
        table=_table(steps, groups, conf_type, conf_level),
        hazard=pd.DataFrame({"estimate": steps.hazard, "std_error": steps.se_hazard}),
        conf_level=conf_level,
        **people,
    )


def _of_days(counts: IntArray) -> tuple[Steps, dict[str, Any]]:
    """Estimate from people counted by day and group; return what else a curve says of them."""
    known, n_left_out = known_cells(counts)
    return kernel.from_day_counts(known), {
        "n": tuple(known.sum(axis=(0, 2)).tolist()),
        "events": tuple(known[..., 1].sum(axis=0).tolist()),
        "entries": _entries(np.zeros(0), np.zeros(0), np.zeros(0, dtype=object)),
        "n_left_out": n_left_out,
        "of_counts": True,
    }


def _of_rows(seen: Observed, codes: IntArray, groups: tuple[object, ...]) -> tuple[Steps, dict[str, Any]]:
    """Estimate from times of any kind, entries and weights; return what else a curve says of these people."""
    known = known_rows(codes)
    seen, codes = seen.take(known), codes[known]
    entry = np.zeros(0) if seen.entry is None else seen.entry
    weight = np.ones(codes.size) if seen.weights is None else seen.weights
    steps = kernel.kaplan_meier(seen.time, seen.event, codes, weights=seen.weights, entry=seen.entry)
    return steps, {
        "n": tuple(np.bincount(codes, minlength=len(groups)).tolist()),
        "events": tuple(np.bincount(codes[seen.event], minlength=len(groups)).tolist()),
        "entries": _entries(entry, weight[: entry.size], np.array(groups, dtype=object)[codes[: entry.size]]),
        "n_left_out": int((~known).sum()),
        "of_counts": bool(np.array_equal(weight, np.round(weight))),
    }


def _table(steps: Steps, groups: tuple[object, ...], conf_type: ConfType, conf_level: float) -> pd.DataFrame:
    low, high = limits(steps.survival, steps.se_log, conf_type=conf_type, conf_level=conf_level)
    return pd.DataFrame(
        {
            "group": pd.Series(np.array(groups, dtype=object)).array.take(steps.group),
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


def _entries(entry: FloatArray, weight: FloatArray, group: NDArray[Any]) -> pd.DataFrame:
    frame = pd.DataFrame({"group": group, "time": entry, "weight": weight})
    return frame.sort_values("time", kind="stable", ignore_index=True)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's curve, people at risk on planned days, share resolved by the milestone, and median time."""
    study = cohort.study
    followed = days_to_resolution(cohort)
    curve = kaplan_meier(
        followed, time="resolution_day", event="resolution_event", by="arm", conf_level=study.conf_level
    )
    found = [_drawn(curve), _at_visits(curve, study), _resolved(curve, study), _median(curve)]
    return results.rows(
        [*(r for frame in found for r in records(frame)), *_not_followed(unfollowed_arms(study, followed))],
        analysis=analysis.id,
        method=curve.method,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        conf_level=study.conf_level,
    )


def in_words(study: Study, _lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Resolution curves",
        text=f"Kaplan-Meier with log-log intervals; the median's interval is read off the curve's.{as_they_are(study)}",
        cites=("kaplan_meier", "median"),
    )


def _drawn(curve: Curve) -> pd.DataFrame:
    """What draws the curve: its start, the days with an event, and the last day seen."""
    steps = curve.steps().rename(columns={"n_risk": "n", "n_event": "events"}).drop(columns="n_censor")
    last = ~steps.duplicated("group", keep="last")
    start = pd.DataFrame({"group": curve.groups, "time": 0.0, "n": curve.n, "events": 0.0, "estimate": 1.0})
    start = start.reindex(columns=steps.columns)
    drawn = steps.loc[(steps["events"] > 0) | last]
    parts = [part for g in curve.groups for part in (start.loc[start["group"] == g], drawn.loc[drawn["group"] == g])]
    return pd.concat(parts).assign(statistic="survival")


def _at_visits(curve: Curve, study: Study) -> pd.DataFrame:
    at = curve.at_risk([visit.day for visit in study.visits]).rename(columns={"n_risk": "n"})
    return at.assign(statistic="n_risk", estimate=at["n"])


def _resolved(curve: Curve, study: Study) -> pd.DataFrame:
    """The share resolved by the milestone: one less survival."""
    day = float(study.resolution.milestone_days) if study.resolution else np.nan
    at = curve.at(day).assign(statistic="resolved", n=curve.n, events=lambda f: f["n_event"])
    low, high = 1 - at["conf_high"], 1 - at["conf_low"]
    unknown = results.why_not(f"nobody was under observation until day {day:g}")
    none = "no resolution by then, hence no interval"
    at["note"] = np.select([at["estimate"].isna(), at["events"] == 0], [unknown, none], default="")
    at = at.assign(estimate=1 - at["estimate"], conf_low=low, conf_high=high)
    return at.drop(columns=["n_risk", "n_event"])


def _median(curve: Curve) -> pd.DataFrame:
    median = curve.median().rename(columns={"n_event": "events"}).assign(statistic="median_time")
    return median.assign(note=np.where(median["estimate"].isna(), "not reached during follow-up", ""))


def _not_followed(arms: list[str]) -> list[dict[str, str]]:
    note = results.why_not("nobody was followed")
    return [{"group": a, "statistic": s, "note": note} for a in arms for s in ("survival", "resolved", "median_time")]
