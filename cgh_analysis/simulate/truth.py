"""The true effects: what every patient would have shown under every arm, with nobody lost."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.simulate.design import (
    ARMS,
    HAZARD_COEFFICIENTS,
    HAZARD_RATIOS,
    MILESTONE_DAY,
    REFERENCE,
    SHAPE,
    VISITS,
)
from cgh_analysis.simulate.draw import Floats
from cgh_analysis.simulate.outcomes import OUTCOMES, Draws, baseline, potential
from cgh_analysis.simulate.people import People
from cgh_analysis.simulate.resolution import resolved_by_milestone

ABOUT: Final = {
    "mean": "mean of the outcome at the visit over all simulated patients, had all had the arm and none been lost",
    "mean_difference": "mean of the arm minus mean of medication: the marginal effect among all simulated patients",
    "hazard_ratio": "of resolution against medication, conditional on the columns under log_hazard_coefficients",
    "resolved_by_day_91": "marginal probability of a first resolution by day 91 had everybody had the arm",
    "counts": "people and visits before the faults were put in",
    "faults": "row is 1-based in the file, the header being row 1",
    "events": "crossover and rescue treatment change no outcome",
}


def effects(who: People, own: Draws, days: Floats) -> dict[str, Any]:
    """Return the true means, mean differences, hazard ratios and milestone probabilities, by arm."""
    means: dict[str, dict[str, dict[str, float]]] = {o: {v.id: {} for v in VISITS[1:]} for o in OUTCOMES}
    resolved: dict[str, float] = {}
    start = baseline(who, own)["headache_days_28d"]
    for code, arm in enumerate(ARMS):
        everybody = np.full(len(who.age), code, dtype=np.int64)
        recorded = potential(who, own, everybody, days).recorded
        for outcome in OUTCOMES:
            for k, visit in enumerate(VISITS[1:], start=1):
                means[outcome][visit.id][arm] = float(recorded[outcome][:, k].mean())
        resolved[arm] = float(resolved_by_milestone(who, start, everybody).mean())
    return {
        "mean": means,
        "mean_difference": _differences(means),
        "hazard_ratio": dict(HAZARD_RATIOS),
        "log_hazard_coefficients": dict(HAZARD_COEFFICIENTS),
        "weibull_shape": SHAPE,
        f"resolved_by_day_{MILESTONE_DAY}": resolved,
    }


def counts(cases: pd.DataFrame, visits: pd.DataFrame, events: pd.DataFrame) -> dict[str, Any]:
    """Count people by arm, visits by visit and events by kind."""
    return {
        "patients": {"all": len(cases), **_count(cases["arm"])},
        "visits": {"all": len(visits), **_count(visits["visit"])},
        "events": {"all": len(events), **_count(events["kind"])},
    }


def rounded(value: Any) -> Any:
    """Round every number in a nest of dicts and lists to 6 digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


def _differences(means: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    reference = ARMS[REFERENCE]
    return {
        outcome: {
            visit: {arm: mean - by_arm[reference] for arm, mean in by_arm.items() if arm != reference}
            for visit, by_arm in by_visit.items()
        }
        for outcome, by_visit in means.items()
    }


def _count(column: pd.Series) -> dict[str, int]:
    return {str(level): int(number) for level, number in column.value_counts().sort_index().items()}
