"""Cumulative hazards of curves, and the survival that follows from them."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.curve_table import CurveTable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.survival.kaplan_meier import ConfType, limits, one_by_one

HazardTies = Literal["nelson-aalen", "fleming-harrington"]
ScaleType = Literal["log", "plain"]
COUNTS = ["group", "time", "n_risk", "n_event"]


def cumulative_hazard(
    curve: CurveTable, ties: HazardTies = "nelson-aalen", *, conf_type: ScaleType = "log"
) -> pd.DataFrame:
    """Return the cumulative hazard at each distinct time of each group, with limits.

    `ties`: "nelson-aalen" adds d / r at a time with d events among r at risk (Nelson 1969; Aalen 1978); with
    "fleming-harrington" tied events come one after the other, 1 / r + 1 / (r - 1) + ..., as for times recorded without
    ties (Fleming and Harrington 1984). Errors are the root of the sums of the squares of what is added, the
    infinitesimal jackknife's for weights that are no counts. Limits are those of the logarithm, or plain. Columns
    group, time, n_risk, n_event, estimate, std_error, conf_low, conf_high; limits are missing before the first event.
    """
    check_option("conf_type", conf_type, get_args(ScaleType))
    hazard, error = _hazard(curve, ties)
    with np.errstate(invalid="ignore", divide="ignore"):  # before the first event
        half = stats.norm.ppf(below_upper(curve.conf_level)) * np.where(error > 0, error, np.nan)
        wide = half / hazard
    plain = np.maximum(hazard - half, 0.0), hazard + half
    low, high = plain if conf_type == "plain" else (hazard * np.exp(-wide), hazard * np.exp(wide))
    return curve.table[COUNTS].assign(estimate=hazard, std_error=error, conf_low=low, conf_high=high)


def survival_from_hazard(
    curve: CurveTable, ties: HazardTies = "nelson-aalen", *, conf_type: ConfType = "log-log"
) -> pd.DataFrame:
    """Return exp(-H), H the cumulative hazard, in the columns of `cumulative_hazard`; limits as Kaplan and Meier's."""
    check_option("conf_type", conf_type, get_args(ConfType))
    hazard, error = _hazard(curve, ties)
    survival = np.exp(-hazard)
    low, high = limits(survival, error, conf_type=conf_type, conf_level=curve.conf_level)
    return curve.table[COUNTS].assign(estimate=survival, std_error=survival * error, conf_low=low, conf_high=high)


def _hazard(curve: CurveTable, ties: HazardTies) -> tuple[FloatArray, FloatArray]:
    check_option("ties", ties, get_args(HazardTies))
    if ties == "nelson-aalen":
        return curve.hazard["estimate"].to_numpy(), curve.hazard["std_error"].to_numpy()
    if not curve.of_counts:
        raise ArgumentError(
            "Events whose weights are no whole numbers cannot be taken one by one.",
            remedy="Use ties='nelson-aalen'.",
        )
    group = pd.factorize(curve.table["group"])[0]
    return one_by_one(group, curve.table["n_risk"].to_numpy(), curve.table["n_event"].to_numpy())
