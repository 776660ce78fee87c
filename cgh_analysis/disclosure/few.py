"""Which rows rest on too few people, and which would give such a row back."""

from __future__ import annotations

from typing import Final

import pandas as pd

from cgh_analysis.results import STATISTICS

# proportions give the people behind them away, on either side
PROPORTIONS: Final = ("percent", "risk", "resolved", "parallel_share")
DIFFERENCES: Final = ("smd", "variance_ratio", "ks")
# numbers of one arm, and the comparisons from which they would follow: by what both are about
ABOUT: Final = {
    **dict.fromkeys(("marginal_mean", "risk"), ""),
    **dict.fromkeys(("resolved", "resolved_difference", "resolved_ratio"), "resolved"),
    **dict.fromkeys(("rmst", "rmst_difference", "rmst_ratio"), "rmst"),
    **dict.fromkeys(("days_in_state", "days_in_state_difference"), "days"),
    **dict.fromkeys(("parallel_share", "parallel_share_difference"), "parallel"),
}
OF_ONE_ARM: Final = ("marginal_mean", "risk", "resolved", "rmst", "days_in_state", "parallel_share")


def rests_on_few(frame: pd.DataFrame, threshold: int) -> pd.Series:
    """Whether too few people or events stand behind a row, or behind an arm that it compares."""
    few = _few(frame["n"], threshold)
    proportion = frame["statistic"].isin(PROPORTIONS)
    few |= _few(frame["events"], threshold) | (proportion & _few(frame["n"] - frame["events"], threshold))
    few |= counts(frame) & _few(frame["estimate"], threshold)
    return few | _against_a_small_arm(frame, few)


def _against_a_small_arm(frame: pd.DataFrame, few: pd.Series) -> pd.Series:
    """Comparisons with an arm whose own mean or share is blanked: the other arm's would give it back."""
    of_one_arm = few & frame["statistic"].isin(OF_ONE_ARM)
    about = frame["statistic"].map(ABOUT).fillna("")
    place = frame[["analysis", "outcome", "subgroup", "time"]].fillna(-1).assign(about=about)
    arm, other = (pd.MultiIndex.from_frame(place.assign(arm=frame[c])) for c in ("group", "reference"))
    hidden = arm[of_one_arm.to_numpy()]
    return (frame["reference"] != "") & (arm.isin(hidden) | other.isin(hidden))


def in_states_of_few(frame: pd.DataFrame, threshold: int) -> pd.MultiIndex:
    """Return (analysis, outcome, subgroup, arm) of the states in which an arm never has as many people as it must."""
    rows = frame.loc[(frame["statistic"] == "state_occupation") & frame["estimate"].notna()]
    keys = ["analysis", "outcome", "subgroup", "group"]
    arms = rows.groupby(["analysis", "subgroup", "group"])["n"].transform("max")
    most = (rows["estimate"] * arms).groupby([rows[k] for k in keys]).max()
    return pd.MultiIndex.from_frame(most.index[_few(most, threshold).to_numpy()].to_frame())


def in_these_states(frame: pd.DataFrame, states: pd.MultiIndex) -> pd.Series:
    """Whether a row is of days in such a state, or compares an arm's."""
    place = [frame[name] for name in ("analysis", "outcome", "subgroup")]
    arm, other = (pd.MultiIndex.from_arrays([*place, frame[c]]) for c in ("group", "reference"))
    days = frame["statistic"].isin(["days_in_state", "days_in_state_difference"])
    return days & (arm.isin(states) | other.isin(states))


def between_hidden_levels(frame: pd.DataFrame, small: pd.Series) -> pd.Series:
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


def decided_on_hidden(frame: pd.DataFrame, small: pd.Series) -> pd.Series:
    """Every decision across the plan where one repeats a hidden p-value: adjusted, that one is in the others too."""
    decided = frame["statistic"] == "gate"
    test = pd.MultiIndex.from_frame(frame[["outcome", "p_value"]])
    repeats = decided & frame["p_value"].notna() & test.isin(test[small.to_numpy()])
    return decided & bool(repeats.any())


def counts(frame: pd.DataFrame) -> pd.Series:
    """Whether the estimates are counts of people."""
    return frame["statistic"].map(lambda name: name in STATISTICS and STATISTICS[name].count).astype(bool)


def _few(count: pd.Series, threshold: int) -> pd.Series:
    return count.gt(0) & count.lt(threshold)
