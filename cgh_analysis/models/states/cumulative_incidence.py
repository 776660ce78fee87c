"""Cumulative incidence of competing events by group: by any day, the share that had each of them first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast, get_args

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import OUTCOME, cause_names, days_to_resolution, records, unfollowed_arms
from cgh_analysis.models.states.incidence_curve import Adjust, IncidenceCurve, or_reason
from cgh_analysis.models.states.observed import Competing, competing
from cgh_analysis.models.survival.observed import coded, known_rows
from cgh_analysis.models.words import Paragraph, as_they_are
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.numerics.states import aalen_johansen as kernel
from cgh_analysis.numerics.states.aalen_johansen import Incidence, Variance
from cgh_analysis.numerics.survival.kaplan_meier import limits
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

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


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's cumulative incidence of every cause, people at risk on planned days, and Gray's tests.

    All arms are tested for each cause, pairs of arms for resolution.
    """
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    study = cohort.study
    followed = days_to_resolution(cohort)
    curve = cumulative_incidence(
        followed,
        time="resolution_day",
        cause="resolution_cause",
        by="arm",
        causes=cause_names(study),
        conf_level=study.conf_level,
    )
    alone = "" if len(curve.causes) > 1 else "no competing event is declared: one less Kaplan-Meier's curve"
    absent = unfollowed_arms(study, followed)
    found = [_drawn(curve, alone), _at_visits(curve, study)]
    return results.rows(
        [
            *({"method": curve.method, **r} for frame in found for r in records(frame)),
            *_tests(curve, analysis, absent),
            *_not_followed(study, absent),
        ],
        analysis=analysis.id,
        subgroup=cohort.subgroup,
        conf_level=study.conf_level,
    )


def in_words(study: Study, _lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    named = [name.replace("_", " ") for name in cause_names(study).values()]
    those = f", each as the first of {', '.join(named)}" if len(named) > 1 else ""
    return Paragraph(
        title="Competing events",
        text=f"Cumulative incidence by Aalen and Johansen's estimator{those}, on the day on which it was seen; limits "
        "on the complementary log-log scale. Whoever had another event first can no longer be counted as resolved, and "
        f"is not treated as censored. Arms are compared by Gray's test, overall and by pairs.{as_they_are(study)}",
        cites=("aalen_johansen", "gray"),
    )


def _drawn(curve: IncidenceCurve, note: str) -> pd.DataFrame:
    """What draws the curves: their start, the days with an event of the cause, and the last day seen."""
    steps = curve.steps().rename(columns={"n_risk": "n", "n_event": "events", "cause": "outcome"})
    last = ~steps.duplicated(["group", "outcome"], keep="last")
    kept = steps.loc[(steps["events"] > 0) | last]
    start = kept.drop_duplicates(["group", "outcome"])[["group", "outcome"]]
    sizes = dict(zip(curve.groups, curve.n, strict=True))
    start = start.assign(time=0.0, n=start["group"].map(sizes), events=0.0, estimate=0.0, note=note)
    both = pd.concat([start.reindex(columns=[*kept.columns, "note"]), kept.assign(note="")])
    place = both["group"].map({g: i for i, g in enumerate(curve.groups)}).astype(int)
    cause = both["outcome"].map({c: i for i, c in enumerate(curve.causes)}).astype(int)
    order = np.lexsort((both["time"], cause, place))
    return both.iloc[order].assign(statistic="cumulative_incidence")


def _at_visits(curve: IncidenceCurve, study: Study) -> pd.DataFrame:
    at = curve.at([visit.day for visit in study.visits]).drop_duplicates(["group", "time"])
    at = at[["group", "time"]].assign(n=at["n_risk"], estimate=at["n_risk"])
    return at.assign(statistic="n_risk", outcome=OUTCOME)


def _tests(curve: IncidenceCurve, analysis: Analysis, absent: list[str]) -> list[dict[str, Any]]:
    without = f"without {', '.join(absent)}: nobody was followed" if absent else ""
    found = []
    for cause in curve.causes:
        test = or_reason(partial(curve.test, cause))
        found.append({"outcome": cause, "note": without, **test})
    found += [{"outcome": OUTCOME, **pair} for pair in curve.pairs(OUTCOME, adjust=cast(Adjust, analysis.multiplicity))]
    return [
        {
            **{k: v for k, v in row.items() if k not in ("statistic", "contrast")},
            "estimate": row.get("statistic", np.nan),
            "statistic": "gray",
            "method": "Gray's test",
        }
        for row in found
    ]


def _not_followed(study: Study, absent: list[str]) -> list[dict[str, str]]:
    why = {"note": results.why_not("nobody was followed")}
    curves = {"statistic": "cumulative_incidence", "method": "Aalen-Johansen"}
    found = [
        {**curves, **why, "group": arm, "outcome": cause} for arm in absent for cause in cause_names(study).values()
    ]
    pairs = [(a, b) for a, b in level_pairs(study.arm_ids) if a in absent or b in absent]
    test = {"statistic": "gray", "method": "Gray's test", "outcome": OUTCOME}
    return found + [{**test, **why, "group": a, "reference": b} for a, b in pairs]
