"""Summaries: a cohort in, rows out. A new one is a file with `describe(cohort) -> Result`, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cgh_analysis.cohort import Cohort
    from cgh_analysis.results import Result

SUMMARIES: Final[dict[str, str]] = {
    "flow": "cgh_analysis.describe.flow",
    "baseline": "cgh_analysis.describe.baseline",
    "balance": "cgh_analysis.describe.balance",
    "clinical": "cgh_analysis.describe.clinical",
    "treatment": "cgh_analysis.describe.treatment",
    "age-distribution": "cgh_analysis.describe.age",
    "course": "cgh_analysis.describe.course",
    "change": "cgh_analysis.describe.change",
    "follow-up": "cgh_analysis.describe.follow_up",
    "schedule": "cgh_analysis.describe.schedule",
}


def summary(name: str) -> Callable[[Cohort], Result]:
    """Return the summary of a name in SUMMARIES; its module is imported only now.

    >>> summary("flow").__module__
    'cgh_analysis.describe.flow'
    """
    return import_module(SUMMARIES[name]).describe
