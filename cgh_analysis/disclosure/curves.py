"""Curves made coarse: their steps merged until each holds enough events, and cut where few people are left.

The milestone parts a curve, so that it passes through the share resolved by then that is released beside it. What is
left over in a part goes with its last step; where too little happens before the milestone, it does not part the curve,
and where too little happens after it, the curve stays as it is then.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.study import Disclosure

STEPS: Final = ("survival", "cumulative_incidence")
BOXES: Final = "npmle_survival"
STATES: Final = "state_occupation"
CURVE: Final = ["analysis", "statistic", "outcome", "group", "subgroup"]
ARM: Final = ["analysis", "group", "subgroup"]
# sums of shares are whole numbers but for rounding
NEARLY: Final = 1e-9


def coarse_curves(frame: pd.DataFrame, rule: Disclosure) -> pd.DataFrame:
    """Return the rows with every curve made coarse; rows of other statistics, and such without a number, as they are.

    Kaplan and Meier's curves and cumulative incidences keep the row of each merged step. An NPMLE keeps pairs of rows:
    the boxes that are merged become one, from the left end of the first to the right end of the last. States change
    when people move between them; shares of people in them are those of rounded counts. Without a threshold, nothing
    is coarse.
    """
    if rule.threshold == 0:
        return frame.copy()
    known = frame["estimate"].notna()
    makers = ((STEPS, _steps), ((BOXES,), _boxes), ((STATES,), _states))
    parts = [frame.loc[~(known & frame["statistic"].isin([*STEPS, BOXES, STATES]))]]
    for statistics, coarse in makers:
        rows = frame.loc[known & frame["statistic"].isin(statistics)]
        if len(rows):
            parts.append(coarse(rows.assign(late=_after_milestone(rows, frame)), rule).drop(columns="late"))
    return pd.concat(parts).sort_index(kind="stable") if len(parts) > 1 else frame.copy()


def _after_milestone(rows: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Whether a row lies after the milestone of its analysis, else after that of the first analysis that has one."""
    days = frame.loc[(frame["statistic"] == "resolved") & frame["time"].notna()].groupby("analysis", sort=False)["time"]
    first = days.first()
    of_row = rows["analysis"].map(first).astype(float)
    return rows["time"] > of_row.fillna(first.iloc[0] if len(first) else np.nan)


def _parts(events: pd.Series, curve: list[pd.Series], late: pd.Series, threshold: int) -> list[pd.Series]:
    """Return the keys of the parts of curves: before and after the milestone; one where too little happens before."""
    before = events.where(~late, 0.0).groupby(curve, sort=False).transform("sum")
    return [*curve, late | before.lt(threshold - NEARLY)]


def _full(events: pd.Series, parts: list[pd.Series], threshold: int) -> pd.Series:
    """Whether a step completes a merged one, each of which holds at least `threshold` events.

    `parts` are keys that say which steps belong to one part of a curve, in the order of time.
    """
    ends = events.groupby(parts, sort=False).transform(lambda own: _ends(own.to_numpy(dtype=float), threshold))
    return ends.astype(bool)


def _ends(events: FloatArray, threshold: int) -> FloatArray:
    """Mark the last step of each merged one; what is left over goes with the last of them."""
    total, marked, reached = np.cumsum(events), np.zeros(events.size), 0.0
    last = -1
    while total[-1] - reached >= threshold - NEARLY:
        last = int(np.searchsorted(total, reached + threshold - NEARLY))
        marked[last], reached = 1.0, total[last]
    if last >= 0:
        marked[last] = 0.0
        marked[np.flatnonzero(events > 0)[-1]] = 1.0
    return marked


def _keys(rows: pd.DataFrame, names: list[str]) -> list[pd.Series]:
    return [rows[name] for name in names]


def _steps(rows: pd.DataFrame, rule: Disclosure) -> pd.DataFrame:
    steps = rows.loc[rows["n"].ge(rule.threshold)].sort_values("time", kind="stable")
    events = steps["events"].fillna(0.0)
    parts = _parts(events, _keys(steps, CURVE), steps["late"], rule.threshold)
    keep = _full(events, parts, rule.threshold) | steps["time"].eq(0)
    # the events of one day say nothing about a merged step
    merged = steps.loc[keep].assign(events=np.nan)
    whole = events.groupby(parts, sort=False).transform("sum")
    few = steps["statistic"].eq("cumulative_incidence") & whole.gt(0) & whole.lt(rule.threshold)
    # what too few had is said to be held back: the number of this row is blanked, for its few events
    return pd.concat([merged, steps.assign(events=whole).loc[few & ~keep].drop_duplicates(CURVE, keep="last")])


def _boxes(rows: pd.DataFrame, rule: Disclosure) -> pd.DataFrame:
    """Pairs of rows of boxes; an unpaired row is the start of a curve, or of a box without end, which is dropped."""
    parts = [_merged_boxes(part, rule.threshold) for _, part in rows.groupby(CURVE, sort=False)]
    return pd.concat(parts)


def _merged_boxes(curve: pd.DataFrame, threshold: int) -> pd.DataFrame:
    curve = curve.sort_values(["time", "estimate", "n"], ascending=[True, False, False], kind="stable")
    curve = curve.loc[curve["n"].ge(threshold).cummin()]
    if curve.empty:
        return curve
    ends = np.flatnonzero(curve["estimate"].diff().lt(-NEARLY))
    right = curve.iloc[ends]
    masses = -curve["estimate"].diff().iloc[ends] * curve["n"].max()
    events = right["events"].fillna(masses)
    full = _full(events, _parts(events, _keys(right, CURVE), right["late"], threshold), threshold).to_numpy()
    # each box belongs to the merged one that it is completed in; those after the last one are not shown
    merged = np.concatenate([[0], np.cumsum(full)])[:-1]
    lefts = [ends[merged == k].min() - 1 for k in range(int(full.sum()))]
    first = [0] if curve["time"].iloc[0] == 0 else []
    shown = [*first, *(row for pair in zip(lefts, ends[full], strict=True) for row in pair)]
    return curve.iloc[list(dict.fromkeys(shown))].assign(events=np.nan)


def _states(rows: pd.DataFrame, rule: Disclosure) -> pd.DataFrame:
    """Days at which enough people have moved since the last one kept, with shares of rounded counts."""
    rows = rows.loc[rows["n"].ge(rule.threshold)].sort_values("time", kind="stable")
    people = rows.groupby(ARM, sort=False)["n"].transform("max")
    change = rows.groupby([*ARM, "outcome"], sort=False)["estimate"].diff().abs()
    moved = (people * change / 2).groupby(_keys(rows, [*ARM, "time"]), sort=False).transform("sum")
    days = rows.assign(moved=moved).drop_duplicates([*ARM, "time"])
    parts = _parts(days["moved"], _keys(days, ARM), days["late"], rule.threshold)
    full = days.loc[_full(days["moved"], parts, rule.threshold) | ~days.duplicated(ARM)]
    kept = pd.MultiIndex.from_frame(rows[[*ARM, "time"]]).isin(pd.MultiIndex.from_frame(full[[*ARM, "time"]]))
    return _of_rounded(rows.loc[kept], people[kept], rule.round_to)


def _of_rounded(rows: pd.DataFrame, people: pd.Series, to: int) -> pd.DataFrame:
    """Shares of rounded counts of the arm's people; limits move along. `events` are the people in a state."""
    count = rows["estimate"] * people
    share = (np.floor(count / to + 0.5) * to / (np.floor(people / to + 0.5) * to)).clip(upper=1.0)
    by = share - rows["estimate"]
    low, high = ((rows[name] + by).clip(0.0, 1.0) for name in ("conf_low", "conf_high"))
    # a part of a person in a state is nobody who could be counted
    return rows.assign(estimate=share, conf_low=low, conf_high=high, events=count.where(count > NEARLY, 0.0))
