"""Rounding: of counts, of shares and intervals that would undo it, and of numbers to the digits that are printed."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.disclosure.few import counts
from cgh_analysis.numerics.proportions import wilson
from cgh_analysis.results import STATISTICS

# what events / n of people is, unless a model stands between
SHARES: Final = ("percent", "risk", "parallel_share")
# what follows of the counts or values of a few people without a model between
DESCRIBED: Final = (
    *("mean", "sd", "median", "q1", "q3", "smd", "variance_ratio", "ks"),
    *("risk", "risk_difference", "nnt", "survival", "resolved"),
    *("npmle_survival", "cumulative_incidence", "state_occupation", "parallel_share", "schedule_artefact"),
    *("resolved_difference", "rmst", "rmst_difference", "days_in_state", "days_in_state_difference", "mean_count"),
    "parallel_share_difference",
)
LIMITS: Final = ["conf_low", "conf_high"]


def rounded(frame: pd.DataFrame, to: int) -> pd.DataFrame:
    """Round counts of people, and make shares and their intervals of the rounded ones."""
    out = frame.copy()
    counted = counts(out)
    factor = pd.Series(np.where(out["statistic"] == "percent", 100.0, 1.0), index=out.index)
    share = out["statistic"].isin(SHARES) & np.isclose(out["estimate"], factor * out["events"] / out["n"], atol=0)
    out["n"], out["events"] = _to_nearest(out["n"], to), _to_nearest(out["events"], to)
    out.loc[counted, "estimate"] = _to_nearest(out.loc[counted, "estimate"], to)
    # a share, or an interval, of unrounded counts would undo the rounding
    for level, rows in out.loc[share].groupby(out["conf_level"].fillna(0.95)):
        w = wilson(rows["events"], rows["n"], conf_level=float(str(level)))
        numbers = pd.DataFrame({"estimate": w.estimate, "conf_low": w.conf_low, "conf_high": w.conf_high})
        numbers = numbers.mul(factor[rows.index].to_numpy(), axis=0)
        out.loc[rows.index, "estimate"] = numbers["estimate"].to_numpy()
        out.loc[rows.index, LIMITS] = numbers[LIMITS].where(rows[LIMITS].notna().to_numpy()).to_numpy()
        out.loc[rows.index, "std_error"] = np.where(rows["std_error"].notna(), w.std_error, np.nan)
    return out


def as_printed(frame: pd.DataFrame) -> pd.DataFrame:
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
