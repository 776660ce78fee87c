"""Resolution by the diagnostic criteria: in parallel with the cervical lesion (ICHD-3), within three months (ICHD-2).

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
from numpy.typing import NDArray

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.interval.observed import intervals
from cgh_analysis.models.resolution import days_to_resolution
from cgh_analysis.models.words import Paragraph, as_they_are
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.proportions import Proportion, newcombe, wilson
from cgh_analysis.numerics.states import intervals as kernel
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

ICHD3: Final = "ichd3_parallel"
ICHD2: Final = "ichd2_three_months"
CERTAIN: Final = "Share of whom it is certain"
# those of whom it is certain are among them
POSSIBLE: Final = "Share of whom it is possible"
LEAST: Final = "Least difference: the certain less the possible of the other arm"
MOST: Final = "Most difference: the possible less the certain of the other arm"
NO_LESION: Final = "the resolution of the lesion is not recorded"


def parallel_resolution(
    data: pd.DataFrame, *, headache: tuple[str, str], lesion: tuple[str, str], lag: float, until: float = np.inf
) -> pd.Series:
    """Return of each row whether headache and lesion resolved in parallel: "certain", "possible" or "no".

    They did if no more than `lag` lies between both days, and the headache resolved by `until`. `headache` and `lesion`
    name the columns with the ends of the intervals (left, right] in which each resolved: right infinite or missing
    where it was not seen to, left equal to right where the day is known. It is certain if all days in the intervals
    fulfil this, possible if some do. Raises ArgumentError for ends that are missing, negative or in the wrong order.

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
    """Return by arm the bounds of the shares that resolved in parallel (ICHD-3) and within the milestone (ICHD-2).

    Differences between arms are bounded too: the certain of one arm less the possible of the other, and the reverse.
    """
    followed = days_to_resolution(cohort)
    study = cohort.study
    rule = study.resolution
    assert rule is not None
    # under another treatment a resolution is no longer this one's
    own = followed["resolution_cause"].le(1).to_numpy()
    arm = followed["arm"].astype(str).to_numpy()
    head = kernel.Interval(left=_floats(followed["resolution_left"]), right=_floats(followed["resolution_right"]))
    sure, maybe = kernel.within(head, float(rule.milestone_days))
    ichd2 = _Told(outcome=ICHD2, time=float(rule.milestone_days), arm=arm, sure=sure & own, maybe=maybe & own)
    return results.rows(
        [*_parallel_rows(followed, study, own), *_rows(ichd2, study, "")],
        analysis=analysis.id,
        subgroup=cohort.subgroup,
        conf_level=study.conf_level,
    )


def in_words(study: Study, _lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    rule = study.resolution
    lag, milestone = (rule.parallel_lag_days, rule.milestone_days) if rule is not None else (28, 91)
    return Paragraph(
        title="Resolution by the diagnostic criteria",
        text=f"ICHD-3's resolution in parallel: headache and cervical lesion resolved no more than {lag} days apart, "
        f"the headache by day {horizon(study):g}. ICHD-2's rule: the headache resolved within {milestone} days. Visits "
        "show only between which days something resolved: the share of whom this is certain, and that of whom it is "
        "certain or possible, are bounds of what complete knowledge would give, and no better number lies between them "
        "without assumptions that visits cannot check. Wilson's limits are for chance. Bounds of differences between "
        "arms are the certain of one less the possible of the other, with Newcombe's limits. Whoever had a competing "
        f"event first has not resolved.{as_they_are(study)}",
        cites=("ichd", "wilson", "newcombe"),
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
    arm: NDArray[Any]
    sure: BoolArray
    maybe: BoolArray


def _parallel_rows(followed: pd.DataFrame, study: Study, own: BoolArray) -> list[dict[str, Any]]:
    rule = study.resolution
    assert rule is not None
    lag = float(rule.parallel_lag_days)
    if "lesion_left" not in followed or followed["lesion_left"].isna().all():
        row = {"outcome": ICHD3, "time": lag, "statistic": "parallel_share", "note": results.why_not(NO_LESION)}
        return [{**row, "method": way, "group": arm} for way in (CERTAIN, POSSIBLE) for arm in study.arm_ids]
    known = followed["lesion_left"].notna().to_numpy()
    found = parallel_resolution(
        followed.loc[known],
        headache=("resolution_left", "resolution_right"),
        lesion=("lesion_left", "lesion_right"),
        lag=lag,
        until=horizon(study),
    ).to_numpy()
    told = _Told(
        outcome=ICHD3,
        time=lag,
        arm=followed["arm"].astype(str).to_numpy()[known],
        sure=(found == "certain") & own[known],
        maybe=(found != "no") & own[known],
    )
    left = int((~known).sum())
    return _rows(
        told, study, f"without {left} whose lesion was not looked for, or was gone at the start" if left else ""
    )


def _rows(told: _Told, study: Study, note: str) -> list[dict[str, Any]]:
    common = {"outcome": told.outcome, "time": told.time}
    n = {arm: int((told.arm == arm).sum()) for arm in study.arm_ids}
    sure, maybe = ({a: int(v[told.arm == a].sum()) for a in study.arm_ids} for v in (told.sure, told.maybe))
    shares = [
        {**common, "method": method, **_share(arm, counts[arm], n[arm], study, note)}
        for method, counts in ((CERTAIN, sure), (POSSIBLE, maybe))
        for arm in study.arm_ids
    ]
    differences = [
        {**common, "method": method, **_difference(a, b, (ones[a], n[a]), (others[b], n[b]), study)}
        for method, ones, others in ((LEAST, sure, maybe), (MOST, maybe, sure))
        for a, b in level_pairs(study.arm_ids)
    ]
    return shares + differences


def _share(arm: str, events: int, n: int, study: Study, note: str) -> dict[str, Any]:
    row = {"group": arm, "statistic": "parallel_share", "n": n}
    if n == 0:
        return {**row, "note": results.why_not("nobody was followed")}
    return {**row, "events": events, "note": note, **_numbers(wilson(events, n, conf_level=study.conf_level))}


def _difference(a: str, b: str, of: tuple[int, int], than: tuple[int, int], study: Study) -> dict[str, Any]:
    row = {"group": a, "reference": b, "statistic": "parallel_share_difference", "n": of[1] + than[1]}
    if not of[1] or not than[1]:
        return {**row, "note": results.why_not("nobody was followed")}
    return {**row, "events": of[0] + than[0], **_numbers(newcombe(*of, *than, conf_level=study.conf_level))}


def _numbers(p: Proportion) -> dict[str, float]:
    return {name: float(getattr(p, name)) for name in ("estimate", "std_error", "conf_low", "conf_high")}


def _ends(data: pd.DataFrame, names: tuple[str, str]) -> kernel.Interval:
    found = intervals(data, left=names[0], right=names[1])
    return kernel.Interval(left=found.left, right=found.right)


def _floats(values: pd.Series) -> FloatArray:
    return np.asarray(values.to_numpy(dtype=float))
