"""What may leave: numbers that rest on too few people are blanked, counts are rounded, curves coarsened.

The rule is that of OpenSAFELY (suppress small counts, then round the rest), with the study's own thresholds. Rounding
is what protects linked cells: without it a blanked count is its total less its neighbours, so a threshold without
rounding is refused by the study file. For the same reason nothing is released from which the exact counts follow: no
degrees of freedom (they are people less coefficients), no share or interval of unrounded counts, no descriptive number
in more digits than are printed (a mean of whole numbers in ten digits gives its denominator away), and no difference
between arms in a level of which one arm's count is blanked.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.numerics.proportions import wilson
from cgh_analysis.results import NUMBERS, STATISTICS, SUPPRESSED, Result
from cgh_analysis.study import Disclosure

# proportions give the people behind them away, on either side
PROPORTIONS: Final = ("percent", "risk", "resolved")
# what events / n of people is, unless a model stands between
SHARES: Final = ("percent", "risk")
# what follows of the counts or values of a few people without a model between
DESCRIBED: Final = (
    *("mean", "sd", "median", "q1", "q3", "smd", "variance_ratio", "ks"),
    *("risk", "risk_difference", "nnt", "survival", "resolved", "mean_count"),
)
DIFFERENCES: Final = ("smd", "variance_ratio", "ks")
LIMITS: Final = ["conf_low", "conf_high"]
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
    small |= _between_hidden_levels(frame, small)
    small |= _decided_on_hidden(frame, small)
    frame = _as_printed(_rounded(frame, rule.round_to))
    frame.loc[small, BLANKED] = np.nan
    frame.loc[small, "note"] = f"{SUPPRESSED}: fewer than {rule.threshold}"
    return Result(frame.reset_index(drop=True))


def release_count(count: int, rule: Disclosure) -> int | None:
    """Return a count of people as it may be published: rounded, and None where it is of too few.

    >>> [release_count(n, Disclosure(threshold=10, round_to=5)) for n in (0, 3, 12)]
    [0, None, 10]
    """
    return None if 0 < count < rule.threshold else math.floor(count / rule.round_to + 0.5) * rule.round_to


def _rests_on_few(frame: pd.DataFrame, threshold: int) -> pd.Series:
    few = _few(frame["n"], threshold)
    proportion = frame["statistic"].isin(PROPORTIONS)
    few |= _few(frame["events"], threshold) | (proportion & _few(frame["n"] - frame["events"], threshold))
    few |= _counts(frame) & _few(frame["estimate"], threshold)
    return few | _against_a_small_arm(frame, few)


def _against_a_small_arm(frame: pd.DataFrame, few: pd.Series) -> pd.Series:
    """Comparisons with an arm whose own mean or risk is blanked: the other arm's would give it back."""
    of_one_arm = few & frame["statistic"].isin(["marginal_mean", "risk"])
    place = frame[["analysis", "outcome", "subgroup", "time"]].fillna(-1)
    arm, other = (pd.MultiIndex.from_frame(place.assign(arm=frame[c])) for c in ("group", "reference"))
    hidden = arm[of_one_arm.to_numpy()]
    return (frame["reference"] != "") & (arm.isin(hidden) | other.isin(hidden))


def _between_hidden_levels(frame: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Differences between arms in a level of which a count or share is blanked; a flag's one level is its whole."""
    level = frame["statistic"].isin(["count", "percent"]) & frame["subgroup"].str.contains("=")
    levels = frame.loc[level, ["outcome", "subgroup"]].drop_duplicates()
    flags = levels.drop_duplicates("outcome", keep=False).set_index("outcome")["subgroup"]
    named = frame["subgroup"].where(frame["subgroup"] != "", frame["outcome"].map(flags))
    arm, other = (pd.MultiIndex.from_arrays([frame["outcome"], named, frame[c]]) for c in ("group", "reference"))
    hidden = arm[(level & small).to_numpy()]
    anywhere = pd.MultiIndex.from_arrays([frame["outcome"], named]).isin(hidden.droplevel(2))
    of_arm = arm.isin(hidden) | other.isin(hidden) | ((frame["group"] == "").to_numpy() & anywhere)
    return frame["statistic"].isin(DIFFERENCES) & of_arm


def _decided_on_hidden(frame: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Every decision across the plan where one repeats a hidden p-value: adjusted, that one is in the others too."""
    decided = frame["statistic"] == "gate"
    test = pd.MultiIndex.from_frame(frame[["outcome", "p_value"]])
    repeats = decided & frame["p_value"].notna() & test.isin(test[small.to_numpy()])
    return decided & bool(repeats.any())


def _counts(frame: pd.DataFrame) -> pd.Series:
    return frame["statistic"].map(lambda name: name in STATISTICS and STATISTICS[name].count).astype(bool)


def _few(count: pd.Series, threshold: int) -> pd.Series:
    return count.gt(0) & count.lt(threshold)


def _rounded(frame: pd.DataFrame, to: int) -> pd.DataFrame:
    out = frame.copy()
    counts = _counts(out)
    factor = pd.Series(np.where(out["statistic"] == "percent", 100.0, 1.0), index=out.index)
    share = out["statistic"].isin(SHARES) & np.isclose(out["estimate"], factor * out["events"] / out["n"], atol=0)
    out["n"], out["events"] = _to_nearest(out["n"], to), _to_nearest(out["events"], to)
    out.loc[counts, "estimate"] = _to_nearest(out.loc[counts, "estimate"], to)
    # a share, or an interval, of unrounded counts would undo the rounding
    for level, rows in out.loc[share].groupby(out["conf_level"].fillna(0.95)):
        w = wilson(rows["events"], rows["n"], conf_level=float(str(level)))
        numbers = pd.DataFrame({"estimate": w.estimate, "conf_low": w.conf_low, "conf_high": w.conf_high})
        numbers = numbers.mul(factor[rows.index].to_numpy(), axis=0)
        out.loc[rows.index, "estimate"] = numbers["estimate"].to_numpy()
        out.loc[rows.index, LIMITS] = numbers[LIMITS].where(rows[LIMITS].notna().to_numpy()).to_numpy()
        out.loc[rows.index, "std_error"] = np.where(rows["std_error"].notna(), w.std_error, np.nan)
    return out


def _as_printed(frame: pd.DataFrame) -> pd.DataFrame:
    """Cut descriptive numbers to the digits in which they are printed, and take out the degrees of freedom of errors.

    Numbers of models keep their digits, so that they can be pooled: no count follows of them. p-values have three
    decimals, or two digits below 0.001.
    """
    out = frame.copy()
    for name, rows in out.loc[out["statistic"].isin(DESCRIBED)].groupby("statistic"):
        digits = STATISTICS[str(name)].digits + (2 if STATISTICS[str(name)].percent else 0)
        columns = ["estimate", *LIMITS]
        out.loc[rows.index, columns] = rows[columns].round(digits)
        out.loc[rows.index, "std_error"] = _significant(rows["std_error"])
    for column in ("p_value", "p_adjusted"):
        out[column] = out[column].round(3).where(out[column] >= 0.001, _significant(out[column]))
    of_error = out["statistic"].map(lambda name: name in STATISTICS and STATISTICS[name].scale != "none").astype(bool)
    return out.assign(df=out["df"].mask(of_error & np.isfinite(out["df"])))


def _significant(values: pd.Series) -> pd.Series:
    """Return values with two significant digits."""
    size = np.floor(np.log10(values.where(values > 0)))
    return values.where(size.isna(), (values * 10.0 ** (1 - size)).round() / 10.0 ** (1 - size))


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
