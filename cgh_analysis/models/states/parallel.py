"""Resolution by the diagnostic criteria: in parallel with the cervical lesion (ICHD-3), and within three months (ICHD-2).

Visits show of both days only an interval (left, right], so that of some people it is certain that the criterion holds,
of some that it does not, and of the others it is possible. The shares of the certain, and of the certain and possible
together, bound what complete knowledge would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import days_to_resolution
from cgh_analysis.models.words import Paragraph, as_they_are, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.numerics.proportions import newcombe, wilson
from cgh_analysis.numerics.states import intervals as kernel
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

ICHD3: Final = "ichd3_parallel"
ICHD2: Final = "ichd2_three_months"
METHODS: Final = {
    "certain": "Share of whom it is certain",
    "possible": "Share of whom it is possible",
    "estimate": "Share of whom it is known",
}
NO_LESION: Final = "the resolution of the lesion is not recorded"


def parallel_resolution(
    data: pd.DataFrame, *, headache: tuple[str, str], lesion: tuple[str, str], lag: float, until: float = np.inf
) -> pd.Series:
    """Return of each row whether headache and lesion resolved in parallel: "certain", "possible" or "no".

    They did if no more than `lag` lies between both days, and the headache resolved by `until`. `headache` and `lesion`
    name the columns with the ends of the intervals (left, right] in which each resolved: right infinite or missing
    where it was not seen to, left equal to right where the day is known. It is certain if any two days in the intervals
    fulfil this, and possible if some do. Raises ArgumentError for ends that are missing, negative or in the wrong order.

    >>> days = {"hl": [28, 28, 28], "hr": [35, 84, 35], "ll": [28, 28, 84], "lr": [42, 84, 182]}
    >>> data = pd.DataFrame(days)
    >>> parallel_resolution(data, headache=("hl", "hr"), lesion=("ll", "lr"), lag=28).tolist()
    ['certain', 'possible', 'no']
    """
    if not lag >= 0 or not until > 0:
        raise ArgumentError(f"lag={lag!r} with until={until!r}.", remedy="A lag is at least 0, a last day positive.")
    one, other = _ends(data, headache), _ends(data, lesion)
    sure, maybe = kernel.in_parallel(one, other, lag, until)
    found = np.select([sure, maybe], ["certain", "possible"], default="no")
    return pd.Series(found, index=data.index, name=ICHD3, dtype=object)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return by arm the shares that resolved in parallel (ICHD-3), and within the milestone (ICHD-2), and differences.

    Of each: the certain, the possible (with the certain), and the certain among those of whom it is known.
    """
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    followed = days_to_resolution(cohort)
    study = cohort.study
    rule = study.resolution
    assert rule is not None
    # under another treatment a resolution is no longer this one's
    elsewhere = followed["resolution_cause"].gt(1).to_numpy()
    arm = followed["arm"].astype(str).to_numpy()
    head = kernel.Interval(left=_floats(followed["resolution_left"]), right=_floats(followed["resolution_right"]))
    sure, maybe = kernel.within(head, float(rule.milestone_days))
    ichd2 = _Told(outcome=ICHD2, time=float(rule.milestone_days), arm=arm, sure=sure, maybe=maybe & ~elsewhere)
    common = {"analysis": analysis.id, "subgroup": cohort.subgroup, "conf_level": study.conf_level}
    return results.concat(
        [
            results.rows(_parallel_rows(followed, study, analysis, elsewhere), **common),
            results.rows(_rows(ichd2, study, analysis), **common),
        ]
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    rule = study.resolution
    lag, milestone = (rule.parallel_lag_days, rule.milestone_days) if rule is not None else (28, 91)
    return Paragraph(
        title="Resolution by the diagnostic criteria",
        text=f"ICHD-3's resolution in parallel: headache and cervical lesion resolved no more than {lag} days apart, the "
        f"headache by day {horizon(study):g}. ICHD-2's rule: the headache resolved within {milestone} days. Since visits "
        "show only between which days something resolved, shares are given of those of whom this is certain, and of "
        "those of whom it is certain or possible, with Wilson's limits for chance; in between, the certain among those "
        "of whom it is known, which is what the others have too if not knowing says nothing of the answer. Whoever had "
        "a competing event first has not resolved. Differences between arms have Newcombe's limits."
        f"{as_they_are(study)}{multiplicity_in_words(study, lines, ' within a criterion', intervals=False)}",
        cites=("ichd", "wilson", "newcombe", *multiplicity_cites(study, lines)),
    )


def horizon(study: Study) -> float:
    """Return the day by which a headache must have resolved: the first that counts as the last planned visit."""
    last = max(study.visits, key=lambda v: v.day)
    return float(last.window[0] if last.window else last.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What visits tell of one criterion: of each person (n,) whether it is certain, and whether it is possible."""

    outcome: str
    time: float
    arm: np.ndarray[Any, Any]
    sure: np.ndarray[Any, Any]
    maybe: np.ndarray[Any, Any]


def _parallel_rows(
    followed: pd.DataFrame, study: Study, analysis: Analysis, elsewhere: np.ndarray[Any, Any]
) -> list[dict[str, Any]]:
    rule = study.resolution
    assert rule is not None
    lag = float(rule.parallel_lag_days)
    if "lesion_left" not in followed or followed["lesion_left"].isna().all():
        note = results.why_not(NO_LESION)
        row = {"outcome": ICHD3, "time": lag, "statistic": "parallel_share", "note": note}
        return [{**row, "method": way, "group": arm} for way in METHODS.values() for arm in study.arm_ids]
    known = followed["lesion_left"].notna().to_numpy()
    names = {"headache": ("resolution_left", "resolution_right"), "lesion": ("lesion_left", "lesion_right")}
    found = parallel_resolution(followed.loc[known], **names, lag=lag, until=horizon(study)).to_numpy()
    told = _Told(
        outcome=ICHD3,
        time=lag,
        arm=followed["arm"].astype(str).to_numpy()[known],
        sure=found == "certain",
        maybe=(found != "no") & ~elsewhere[known],
    )
    left = int((~known).sum())
    note = f"without {left} in whom no lesion was seen at the start, or none was looked for" if left else ""
    return _rows(told, study, analysis, note)


def _rows(told: _Told, study: Study, analysis: Analysis, note: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for way, method in METHODS.items():
        common = {"outcome": told.outcome, "time": told.time, "method": method}
        counts = {arm: _counts(told, arm, way) for arm in study.arm_ids}
        rows += [{**common, **_share(arm, counts[arm], study, note)} for arm in study.arm_ids]
        pairs = [_difference(a, b, counts[a], counts[b], study) for a, b in level_pairs(study.arm_ids)]
        adjusted = STEPWISE[analysis.multiplicity]([p.get("p_value", np.nan) for p in pairs])
        rows += [{**common, **pair, "p_adjusted": p} for pair, p in zip(pairs, adjusted, strict=True)]
    return rows


def _counts(told: _Told, arm: str, way: str) -> tuple[int, int]:
    """Return of an arm of how many it holds, and among how many."""
    own = told.arm == arm
    sure, maybe = told.sure & told.maybe & own, told.maybe & own
    if way == "possible":
        return int(maybe.sum()), int(own.sum())
    return int(sure.sum()), int(own.sum()) - (int((maybe & ~sure).sum()) if way == "estimate" else 0)


def _share(arm: str, counts: tuple[int, int], study: Study, note: str) -> dict[str, Any]:
    events, n = counts
    row = {"group": arm, "statistic": "parallel_share", "n": n}
    if n == 0:
        return {**row, "note": results.why_not("nobody in this arm of whom it is known")}
    p = wilson(events, n, conf_level=study.conf_level)
    limits = {"conf_low": float(p.conf_low), "conf_high": float(p.conf_high)}
    return {**row, "events": events, "estimate": float(p.estimate), "std_error": float(p.std_error), **limits, "note": note}


def _difference(a: str, b: str, of: tuple[int, int], than: tuple[int, int], study: Study) -> dict[str, Any]:
    row = {"group": a, "reference": b, "statistic": "parallel_share_difference", "n": of[1] + than[1]}
    if not of[1] or not than[1]:
        return {**row, "note": results.why_not("nobody in one of the arms of whom it is known")}
    d = newcombe(*of, *than, conf_level=study.conf_level)
    names = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
    return {**row, "events": of[0] + than[0], **{name: float(getattr(d, name)) for name in names}}


def _ends(data: pd.DataFrame, names: tuple[str, str]) -> kernel.Interval:
    found = intervals(data, left=names[0], right=names[1])
    return kernel.Interval(left=found.left, right=found.right)


def _floats(values: pd.Series) -> np.ndarray[Any, Any]:
    return np.asarray(values.to_numpy(dtype=float))
