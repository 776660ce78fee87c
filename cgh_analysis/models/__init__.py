"""Estimators: a formula and a DataFrame in, a frozen fit out; and the plan's one-line adapters to them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from cgh_analysis.errors import StudyError

if TYPE_CHECKING:
    from cgh_analysis.cohort.cohort import Cohort
    from cgh_analysis.results import Result
    from cgh_analysis.study import Analysis

# the module of each estimator, imported when a plan asks for it: each has a function `estimate`
ESTIMATORS: Final[dict[str, str]] = {
    "ancova": "cgh_analysis.models.ancova",
    "responder": "cgh_analysis.models.responder",
    "gee": "cgh_analysis.models.gee",
    "age_response": "cgh_analysis.models.age_response",
    "kaplan_meier": "cgh_analysis.models.kaplan_meier",
    "logrank": "cgh_analysis.models.logrank",
    "cox": "cgh_analysis.models.cox",
}


class Estimator(Protocol):
    """What an estimator's adapter is: people and a line of the plan in, rows out."""

    def __call__(self, cohort: Cohort, analysis: Analysis) -> Result:
        """Estimate what a line of the plan asks of a cohort."""


def estimator(name: str) -> Estimator:
    """Return the adapter of an estimator that a plan names; StudyError lists the known ones.

    >>> estimator("ancova").__name__
    'estimate'
    """
    if name not in ESTIMATORS:
        raise StudyError(f"The estimator {name!r} is not known.", remedy=f"Known: {', '.join(ESTIMATORS)}.")
    return cast(Estimator, import_module(ESTIMATORS[name]).estimate)
