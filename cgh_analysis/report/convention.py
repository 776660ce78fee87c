"""Which lines of a plan know only the interval in which a headache resolved, and which take a visit's day for it."""

from __future__ import annotations

from typing import Final

from cgh_analysis.cohort.endpoints import CONVENTION
from cgh_analysis.study import Study

BY_INTERVAL: Final = ("turnbull", "interval_logrank", "interval_cox", "aft", "milestone", "rmst")
BY_VISIT: Final = {
    "kaplan_meier": "Kaplan-Meier curves",
    "logrank": "log-rank tests",
    "cox": "Cox regression",
    "cumulative_incidence": "cumulative incidences",
    "fine_gray": "subdistribution hazards",
}


def by_interval(study: Study) -> bool:
    """Whether a line of the plan knows only the interval."""
    return any(a.estimator in BY_INTERVAL for a in study.analyses)


def by_visit(study: Study) -> list[str]:
    """Return in words the kinds of lines that take the day of a visit for that of the resolution."""
    planned = {a.estimator for a in study.analyses}
    return [words for name, words in BY_VISIT.items() if name in planned]


def introduction(study: Study) -> str:
    """Return what a reader of curves and numbers of time to resolution must know first."""
    if not by_interval(study):
        return f"The convention of these curves: {CONVENTION}. The interval in which it resolved is in the data."
    known = (
        "Nobody sees the day on which a headache resolves, only the last visit with it and the first without. Analyses "
        "of that interval come first."
    )
    return f"{known} {day_taken(study)}".strip()


def day_taken(study: Study) -> str:
    """Return which estimates take a day for the interval, and which day; empty text where none does."""
    named = by_visit(study)
    if not by_interval(study):
        return f"The estimates here use a convention: {CONVENTION}."
    return f"{_listed(named)} take a day for it: {CONVENTION}." if named else ""


def _listed(named: list[str]) -> str:
    text = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
    return text[:1].upper() + text[1:]


def seen_faster(study: Study) -> str:
    """Return the limit that follows of visits: of every line, or of those alone that take a visit's day."""
    named = by_visit(study)
    start = "Nobody saw the day on which a headache resolved, only the visits around it."
    if not by_interval(study):
        return (
            f"{start} Arms that are seen more often look faster by the convention used here ({CONVENTION}), and hazard "
            "ratios are those of being seen resolved."
        )
    assumed = (
        f"{start} Interval-censored methods carry the main analysis: they leave open what the visits leave open, and "
        "take it that people did not come sooner or later because of how they were."
    )
    if not named:
        return assumed
    return (
        f"{assumed} {_listed(named)} stand beside them by a convention ({CONVENTION}), by which arms that are seen "
        "more often look faster; their hazard ratios are those of being seen resolved."
    )
