"""Ratios of all pairs of arms from a regression of hazards or rates, as result rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.contrasts import contrasts, level_pairs
from cgh_analysis.models.effects import compared_with
from cgh_analysis.models.resolution import records
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.study import Analysis, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """People by arm, and people with an event."""

    n: pd.Series
    events: pd.Series

    def of(self, one: object, other: object) -> dict[str, int]:
        """Return both counts of two arms together."""
        pair = [str(one), str(other)]
        return {name: int(getattr(self, name).reindex(pair).fillna(0).sum()) for name in ("n", "events")}


def arm_counts(fit: CoxFit) -> Counts:
    """Count the rows of a fit, one a person, by arm."""
    arm = fit.data["arm"].astype(str)
    return Counts(n=arm.value_counts(), events=arm.loc[fit.observed.event].value_counts())


def arm_ratios(fit: CoxFit, analysis: Analysis, study: Study, statistic: str, counts: Counts) -> list[dict[str, Any]]:
    """Return the ratio of each pair of arms, or with Dunnett's procedure of each arm and the reference.

    Errors are of the log ratio.
    """
    arms = sorted_levels(fit.data["arm"])
    reference = compared_with(study, analysis, arms)
    how: dict[str, Any] = {"adjust": analysis.multiplicity, "reference": reference, "conf_level": study.conf_level}
    table = contrasts(fit, "arm", **how)
    limits = ["estimate", "conf_low", "conf_high"]
    table[limits] = np.exp(table[limits])
    numbers = records(table[[*limits, "std_error", "p_value", "p_adjusted"]].assign(statistic=statistic))
    return [
        {"group": str(a), "reference": str(b), **counts.of(a, b), **row}
        for (a, b), row in zip(level_pairs(arms, reference), numbers, strict=True)
    ]
