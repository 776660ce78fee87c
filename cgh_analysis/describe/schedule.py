"""How the arms were looked at, and what counting a resolution from the day of the look makes of it.

Nobody sees the day on which a headache resolves. Kaplan and Meier's curve by the day of the visit takes the first look
that found it gone for that day, which is late by what is left of the gap between two looks: more so in an arm that is
looked at less often. How much, is the curve less the interval-censored estimate (Turnbull 1976).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.format import number
from cgh_analysis.labels import arm_label, milestone_label
from cgh_analysis.numerics.interval.npmle import npmle, survival
from cgh_analysis.numerics.summary import quantiles
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier
from cgh_analysis.results import Result
from cgh_analysis.study import Study

# A resolution is seen late by half a gap on average. Gaps that differ less than by half, or by less than a week (half a
# week of delay), change a curve of weeks by less than its own limits.
RATIO: Final = 1.5
DAYS: Final = 7.0
GAP, LOOKS, RATE, OBSERVED = "visit_gap", "looks", "looks_per_12_weeks", "observed_time"
PERIOD: Final = 84.0
METHOD: Final = "looks at people whose headache had not been seen to be gone"
ARTEFACT: Final = "Kaplan-Meier by the day of the visit less NPMLE, which falls evenly within its boxes"

Record = dict[str, Any]


def describe(cohort: Cohort) -> Result:
    """Return how often the arms were looked at, whether they were alike in it, and what that does to a curve.

    Looks are visits at which the outcome of the resolution was seen, from the first day until the headache was seen to
    be gone, a competing event, or the end of follow-up. By arm, up to the milestone (`time`) and over all follow-up (no
    `time`): median, q1 and q3 of the days between two looks (outcome visit_gap; those that begin before the milestone),
    looks per person and per 12 weeks of observation (mean), and the percentage of the time until the milestone for
    which people were observed. schedule_artefact is the difference of two shares still with headache on the planned
    days and at the milestone. schedule_flag is 1 where median gaps up to the milestone differ between arms by RATIO or
    more and by DAYS or more; its note says so in words. A study that declares no resolution has no rows.
    Raises NotEstimable where nobody was followed.
    """
    study, rule = cohort.study, cohort.study.resolution
    if rule is None:
        return results.rows([])
    cases = cohort.cases
    people = cases.loc[cases["resolution_left"].notna() & cases["resolution_day"].notna()]
    if people.empty:
        raise NotEstimable("nobody was followed for resolution")
    looks = _looks(cohort, people)
    windows = (float(rule.milestone_days), np.nan)
    found = [row for window in windows for arm in study.arm_ids for row in _arm(people, looks, arm, window)]
    late = [row for arm in study.arm_ids for row in _artefact(people.loc[people["arm"] == arm], arm, study)]
    return results.rows([*found, *late, _flag(found, study)], analysis="schedule")


def _looks(cohort: Cohort, people: pd.DataFrame) -> pd.DataFrame:
    """One row a person and look while at risk: arm, day, and the day of the look before (missing for the first)."""
    rule = cohort.study.resolution
    seen = cohort.visits.loc[cohort.visits[rule.outcome].notna(), ["patient_id", "day"]] if rule else cohort.visits
    ends = people.assign(end=people["resolution_day"])[["patient_id", "arm", "end"]]
    looks = seen.merge(ends, on="patient_id", how="inner", validate="m:1").drop_duplicates(["patient_id", "day"])
    looks = looks.loc[looks["day"] <= looks["end"]].sort_values(["patient_id", "day"], kind="stable")
    return looks.assign(before=looks.groupby("patient_id", sort=False)["day"].shift())


def _arm(people: pd.DataFrame, looks: pd.DataFrame, arm: str, window: float) -> list[Record]:
    own = people.loc[people["arm"] == arm, "resolution_day"].to_numpy(dtype=float)
    if not own.size:
        note = results.why_not("nobody was followed")
        return [{"group": arm, "time": window, "outcome": GAP, "statistic": "median", "method": METHOD, "note": note}]
    until = np.inf if np.isnan(window) else window
    here = looks.loc[(looks["arm"] == arm) & looks["before"].notna() & (looks["before"] < until)]
    gaps = (here["day"] - here["before"]).to_numpy(dtype=float)
    within = float((here["day"] <= until).sum())
    days = float(np.minimum(own, until).sum())
    base = {"group": arm, "time": window, "method": METHOD}
    behind = {**base, "outcome": GAP, "n": float(here["patient_id"].nunique())}
    middle = dict(zip(("q1", "median", "q3"), quantiles(gaps, [0.25, 0.5, 0.75]), strict=True))
    note = "" if gaps.size else results.why_not("nobody was looked at twice")
    means = {LOOKS: within / own.size, RATE: PERIOD * within / days if days else np.nan}
    rows = [{**behind, "statistic": s, "estimate": middle[s], "note": note} for s in ("median", "q1", "q3")]
    rows += [{**base, "outcome": k, "statistic": "mean", "estimate": v, "n": own.size} for k, v in means.items()]
    if np.isfinite(until):
        share = 100 * days / (until * own.size)
        rows.append({**base, "outcome": OBSERVED, "statistic": "percent", "estimate": share, "n": own.size})
    return rows


def _artefact(people: pd.DataFrame, arm: str, study: Study) -> list[Record]:
    """Who still has headache by Kaplan-Meier at the day of the look, less the NPMLE, at each planned day."""
    if people.empty or study.resolution is None:
        return []
    days = np.array(sorted({*(v.day for v in study.visits if v.day > 0), study.resolution.milestone_days}), float)
    left, right, day = (people[f"resolution_{c}"].to_numpy(dtype=float) for c in ("left", "right", "day"))
    event = people["resolution_event"].to_numpy(dtype=float) == 1
    informs = (left > 0) | np.isfinite(right)
    base = {"group": arm, "outcome": "resolution", "statistic": "schedule_artefact", "method": ARTEFACT}
    try:
        apart = _steps_at(day, event, days) - survival(npmle(left[informs], right[informs]), days)[0]
    except NotEstimable as reason:
        return [{**base, "time": t, "note": results.why_not(reason)} for t in days]
    return [
        {**base, "time": t, "estimate": d, "n": float(len(people)), "events": float((event & (day <= t)).sum())}
        for t, d in zip(days, apart, strict=True)
        if np.isfinite(d)
    ]


def _steps_at(day: np.ndarray, event: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Kaplan and Meier's curve at days; NaN after the last day that somebody was followed."""
    steps = kaplan_meier(day, event, np.zeros(day.size, dtype=np.intp))
    at = np.append(1.0, steps.survival)[np.searchsorted(steps.time, days, side="right")]
    return np.where((days > steps.time[-1]) & (at > 0), np.nan, at)


def _flag(found: list[Record], study: Study) -> Record:
    """Whether the arms were looked at on different schedules, in a number and in words."""
    medians = {
        r["group"]: (float(r["estimate"]), r["n"])
        for r in found
        if r["statistic"] == "median" and not np.isnan(r["time"]) and np.isfinite(r.get("estimate", np.nan))
    }
    base = {"outcome": GAP, "statistic": "schedule_flag", "method": METHOD}
    if len(medians) < 2:
        return {**base, "note": results.why_not("fewer than two arms were looked at twice")}
    gaps = {arm: gap for arm, (gap, _) in medians.items()}
    short, long = min(gaps, key=lambda a: gaps[a]), max(gaps, key=lambda a: gaps[a])
    differ = gaps[long] >= RATIO * gaps[short] and gaps[long] - gaps[short] >= DAYS
    words = _in_words(short, long, gaps, study, differ=differ)
    return {**base, "estimate": float(differ), "note": words, "n": min(n for _, n in medians.values())}


def _in_words(short: str, long: str, gaps: dict[str, float], study: Study, *, differ: bool) -> str:
    within = milestone_label(study.resolution.milestone_days) if study.resolution else ""
    if not differ:
        return f"Within {within}, the median gap between two looks differs little between the arms."
    told = (f"{number(gaps[arm], 0)} days in {arm_label(arm, study)}" for arm in (short, long))
    return (
        f"The arms were looked at on different schedules: within {within}, the median gap between two looks was "
        f"{' and '.join(told)}. Curves, tests and ratios that count a headache as resolved on the day on which it was "
        f"seen to be gone favour {arm_label(short, study)}; those that know only the interval do not."
    )
