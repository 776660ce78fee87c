"""Survival curves of times known up to an interval (Turnbull's NPMLE), by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.interval.npmle_curve import UNCOUNTED, Group, NpmleCurve
from cgh_analysis.models.interval.observed import Intervals, intervals
from cgh_analysis.models.resolution import OUTCOME, days_to_resolution, records, unfollowed_arms
from cgh_analysis.models.survival.observed import coded, known_rows
from cgh_analysis.models.words import Paragraph, as_they_are
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.interval.cells import collapsed
from cgh_analysis.numerics.interval.npmle import npmle
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

METHOD: Final = "NPMLE (Turnbull), likelihood ratio interval"


def turnbull(
    data: pd.DataFrame,
    *,
    left: str,
    right: str,
    by: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> NpmleCurve:
    """Estimate survival by group from times known to lie in (left, right], by maximum likelihood (Turnbull 1976).

    Assumes that when people are looked at says nothing of when their time comes. All arguments name columns: `left` the
    last time at which it had not come, at least 0; `right` the first at which it had, infinite or missing where it was
    not seen; equal where it is known exactly. Mass lies in the maximal intersections of the intervals, and within them
    anywhere: `.at` gives the bounds that leaves, `.intervals()` the boxes.

    Limits hold the values that the likelihood ratio test does not reject, survival being fixed and all else at its
    best, against chi-square on one degree of freedom. Where visits fall on few days this is the likelihood ratio of a
    multinomial, and the law is right in large samples (Tang, Banerjee and Kosorok 2012, for the case of one visit);
    where everybody has days of their own the curve converges more slowly than the root of n, has no normal law and no
    standard error (missing here), a bootstrap from it is inconsistent (Sen and Xu 2013), and the ratio's own law,
    known for one visit each, lies below chi-square, so that the limits are wide enough (Banerjee and Wellner 2001).
    Whole weights count people; with others limits are missing, since a likelihood of weights that count nobody has no
    such law.

    Rows without a group are left out and counted. Raises ArgumentError for faulty ends or weights, all faults at once,
    and NotEstimable where no row has a group.

    >>> data = pd.DataFrame({"last_with": [0, 28, 28, 84], "first_without": [28, 84, None, None]})
    >>> curve = turnbull(data, left="last_with", right="first_without")
    >>> curve.at([28, 56, 84])[["estimate", "bound_low", "bound_high"]].round(3).to_numpy().tolist()
    [[0.75, 0.75, 0.75], [0.562, 0.375, 0.75], [0.375, 0.375, 0.375]]
    """
    if not isinstance(conf_level, int | float) or not 0 < conf_level < 1:
        raise ArgumentError(f"conf_level={conf_level!r} is no level.", remedy="Give one such as 0.95.")
    seen = intervals(data, left=left, right=right, weights=weights)
    codes, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    known = known_rows(codes)
    counted = seen.weights is None or np.array_equal(seen.weights, np.round(seen.weights))
    return NpmleCurve(
        method=METHOD if counted else METHOD.partition(",")[0],
        time=f"{left} to {right}",
        groups=groups,
        parts=tuple(_group(seen, codes, code, name) for code, name in enumerate(groups)),
        conf_level=conf_level,
        n_left_out=int((~known).sum()),
        note="" if counted else UNCOUNTED,
    )


def _group(seen: Intervals, codes: IntArray, code: int, name: object) -> Group:
    own = seen.take(codes == code)
    weights = np.ones(own.left.size) if own.weights is None else own.weights
    a, b, total = collapsed(own.left, own.right, weights)
    return Group(
        name=name,
        seen=Intervals(left=a, right=b, weights=total),
        fit=npmle(a, b, weights=total),
        n=own.left.size,
        events=int(np.isfinite(own.right).sum()),
    )


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's curve, people followed until planned days, share resolved by the milestone, and median time."""
    study = cohort.study
    followed = days_to_resolution(cohort)
    curve = turnbull(followed, left="resolution_left", right="resolution_right", by="arm", conf_level=study.conf_level)
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
        title="Resolution between visits",
        text="A headache resolves between the last visit with it and the first without. Curves are the nonparametric "
        "maximum likelihood estimate from these intervals (Turnbull), which is not determined within boxes between "
        "visits. Intervals hold what the likelihood ratio test does not reject, and with it what a box leaves open; "
        "they are right where visits fall on few days, and on the safe side otherwise. Within a box the share resolved "
        f"and the median are drawn as if resolution came evenly.{as_they_are(study)}",
        cites=("turnbull", "wang_npmle", "banerjee_wellner", "tang_grid"),
    )


def _drawn(curve: NpmleCurve) -> pd.DataFrame:
    drawn = curve.steps().rename(columns={"n_risk": "n", "n_event": "events"})
    return drawn.assign(statistic="npmle_survival")


def _at_visits(curve: NpmleCurve, study: Study) -> pd.DataFrame:
    at = curve.at_risk([visit.day for visit in study.visits]).rename(columns={"n_risk": "n"})
    return at.assign(statistic="n_risk", estimate=at["n"])


def _resolved(curve: NpmleCurve, study: Study) -> pd.DataFrame:
    """The share resolved by the milestone: one less survival."""
    day = float(study.resolution.milestone_days) if study.resolution else np.nan
    at = curve.at(day)
    events = [part.resolved_by(day) for part in curve.parts]
    low, high = 1 - at["conf_high"], 1 - at["conf_low"]
    note = [_open(*bounds, day) for bounds in zip(1 - at["bound_high"], 1 - at["bound_low"], strict=True)]
    found = {"estimate": 1 - at["estimate"], "conf_low": low, "conf_high": high, "n": curve.n, "events": events}
    return pd.DataFrame({"group": at["group"], "time": day, "statistic": "resolved", "note": note, **found})


def _open(low: float, high: float, day: float) -> str:
    """What the NPMLE leaves open on a day within a box."""
    if high - low < 1e-9:
        return ""
    return f"between visits on day {day:g}: anything from {100 * low:.1f} % to {100 * high:.1f} % fits as well"


def _median(curve: NpmleCurve) -> pd.DataFrame:
    median = curve.median().rename(columns={"n_event": "events"}).assign(statistic="median_time")
    note = [
        "not reached during follow-up" if np.isnan(e) else f"between day {a:g} and day {b:g}" if b > a else ""
        for e, a, b in zip(median["estimate"], median["left"], median["right"], strict=True)
    ]
    return median.drop(columns=["left", "right"]).assign(note=note)


def _not_followed(arms: list[str]) -> list[dict[str, str]]:
    note, names = results.why_not("nobody was followed"), ("npmle_survival", "resolved", "median_time")
    return [{"group": a, "statistic": s, "note": note} for a in arms for s in names]
