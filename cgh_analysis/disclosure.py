"""What may leave: numbers that rest on too few people are blanked, counts are rounded, curves coarsened.

The rule is that of OpenSAFELY (suppress small counts, then round the rest), with the study's own thresholds. Rounding
is what protects linked cells: without it a blanked count is its total less its neighbours, so a threshold without
rounding is refused by the study file.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.results import NUMBERS, STATISTICS, SUPPRESSED, Result
from cgh_analysis.study import Disclosure

# proportions give the people behind them away, on either side
PROPORTIONS: Final = ("percent", "risk", "resolved")
CURVE: Final = ["analysis", "outcome", "group", "subgroup"]
# all but those that say what the row is about
BLANKED: Final = [name for name in NUMBERS if name not in ("time", "conf_level")]


def release(result: Result, rule: Disclosure) -> Result:
    """Return the rows that may be published under a rule; the given rows are not changed.

    A blanked row keeps its place, with NaN for every number and a note that begins with "suppressed". A threshold of 0
    and rounding to 1 give the rows back as they are.
    """
    if rule.threshold == 0 and rule.round_to == 1:
        return result
    frame = _coarse_curves(result.frame, rule.threshold)
    small = _rests_on_few(frame, rule.threshold)
    frame = _rounded(frame, rule.round_to)
    frame.loc[small, BLANKED] = np.nan
    frame.loc[small, "note"] = f"{SUPPRESSED}: fewer than {rule.threshold}"
    return Result(frame.reset_index(drop=True))


def _rests_on_few(frame: pd.DataFrame, threshold: int) -> pd.Series:
    few = _few(frame["n"], threshold)
    proportion = frame["statistic"].isin(PROPORTIONS)
    few |= proportion & (_few(frame["events"], threshold) | _few(frame["n"] - frame["events"], threshold))
    counts = frame["statistic"].map(lambda name: name in STATISTICS and STATISTICS[name].count)
    few |= counts & _few(frame["estimate"], threshold)
    return few | _against_a_small_arm(frame, few)


def _against_a_small_arm(frame: pd.DataFrame, few: pd.Series) -> pd.Series:
    """Comparisons with an arm whose own mean or risk is blanked: the other arm's would give it back."""
    of_one_arm = few & frame["statistic"].isin(["marginal_mean", "risk"])
    place = frame[["analysis", "outcome", "subgroup", "time"]].fillna(-1)
    arm, other = (pd.MultiIndex.from_frame(place.assign(arm=frame[c])) for c in ("group", "reference"))
    hidden = arm[of_one_arm.to_numpy()]
    return (frame["reference"] != "") & (arm.isin(hidden) | other.isin(hidden))


def _few(count: pd.Series, threshold: int) -> pd.Series:
    return count.gt(0) & count.lt(threshold)


def _rounded(frame: pd.DataFrame, to: int) -> pd.DataFrame:
    out = frame.copy()
    counts = out["statistic"].map(lambda name: name in STATISTICS and STATISTICS[name].count)
    out["n"], out["events"] = _to_nearest(out["n"], to), _to_nearest(out["events"], to)
    out.loc[counts, "estimate"] = _to_nearest(out.loc[counts, "estimate"], to)
    # a percentage of unrounded counts would undo the rounding
    percent = (out["statistic"] == "percent") & out["events"].notna() & out["n"].gt(0)
    out.loc[percent, "estimate"] = 100 * out.loc[percent, "events"] / out.loc[percent, "n"]
    return out


def _to_nearest(count: pd.Series, to: int) -> pd.Series:
    return np.floor(count / to + 0.5) * to


def _coarse_curves(frame: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Merge a survival curve's steps until each holds `threshold` events, and end it where fewer people are left.

    The milestone parts the curve, so that it passes through the share resolved by then that is released beside it. What
    is left over in a part goes with its last step.
    """
    curve = frame["statistic"] == "survival"
    if not curve.any():
        return frame.copy()
    steps = frame.loc[curve & frame["n"].ge(threshold)]
    milestone = frame.loc[frame["statistic"] == "resolved"].groupby("analysis")["time"].first()
    late = steps["time"] > steps["analysis"].map(milestone).astype(float)
    keys = [*(steps[c] for c in CURVE), late]
    total = steps["events"].groupby(keys, sort=False).cumsum()
    whole = steps["events"].groupby(keys, sort=False).transform("sum")
    room = whole // max(threshold, 1)
    reached = (total // max(threshold, 1)).clip(upper=room)
    new = reached > reached.groupby(keys, sort=False).shift(fill_value=0)
    last = (total == whole) & steps["events"].gt(0) & room.gt(0)
    keep = (new & reached.lt(room)) | last | steps["time"].eq(0)
    # the events of one day say nothing about a merged step
    merged = steps.loc[keep].assign(events=np.nan)
    return pd.concat([frame.loc[~curve], merged]).sort_index()
