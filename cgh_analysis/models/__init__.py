"""Estimators: a formula and a DataFrame in, a frozen fit out; and what a plan needs of each.

A new one is a file and a line here. The file has `estimate(cohort, analysis) -> Result`, which runs a line of the plan,
and `in_words(study, lines) -> Paragraph`, which says in the methods section what was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final, Protocol, cast

from cgh_analysis.errors import StudyError

if TYPE_CHECKING:
    from cgh_analysis.cohort.cohort import Cohort
    from cgh_analysis.models.words import Paragraph
    from cgh_analysis.results import Result
    from cgh_analysis.study import Analysis, Study

# the module of each estimator, imported when a plan asks for it
ESTIMATORS: Final[dict[str, str]] = {
    "ancova": "cgh_analysis.models.ancova",
    "responder": "cgh_analysis.models.responder",
    "mmrm": "cgh_analysis.models.mmrm",
    "gee": "cgh_analysis.models.gee",
    "age_response": "cgh_analysis.models.age_response",
    "turnbull": "cgh_analysis.models.interval.turnbull",
    "interval_logrank": "cgh_analysis.models.interval.interval_logrank",
    "interval_cox": "cgh_analysis.models.interval.interval_cox",
    "aft": "cgh_analysis.models.interval.aft",
    "milestone": "cgh_analysis.models.horizon.milestone",
    "rmst": "cgh_analysis.models.horizon.rmst",
    "kaplan_meier": "cgh_analysis.models.survival.kaplan_meier",
    "logrank": "cgh_analysis.models.survival.logrank",
    "cox": "cgh_analysis.models.survival.cox_plan",
    "cumulative_incidence": "cgh_analysis.models.states.cumulative_incidence",
    "fine_gray": "cgh_analysis.models.states.fine_gray",
    "state_occupation": "cgh_analysis.models.states.state_occupation",
    "relief": "cgh_analysis.models.states.relief",
    "recurrence": "cgh_analysis.models.survival.recurrence",
    "parallel_resolution": "cgh_analysis.models.states.parallel",
}


class Estimator(Protocol):
    """What an estimator's adapter is: people and a line of the plan in, rows out."""

    def __call__(self, cohort: Cohort, analysis: Analysis) -> Result:
        """Estimate what a line of the plan asks of a cohort."""


class InWords(Protocol):
    """What says what an estimator did: a study and its lines of the plan in, a paragraph out."""

    def __call__(self, study: Study, lines: Sequence[Analysis]) -> Paragraph:
        """Say what was done for these lines of the plan."""


def estimator(name: str) -> Estimator:
    """Return the adapter of an estimator that a plan names; StudyError lists the known ones.

    >>> estimator("ancova").__name__
    'estimate'
    """
    return cast(Estimator, _module(name).estimate)


def in_words(name: str) -> InWords:
    """Return what says in words what an estimator did; StudyError lists the known ones.

    >>> in_words("ancova").__module__
    'cgh_analysis.models.ancova'
    """
    return cast(InWords, _module(name).in_words)


def _module(name: str) -> ModuleType:
    if name not in ESTIMATORS:
        raise StudyError(f"The estimator {name!r} is not known.", remedy=f"Known: {', '.join(ESTIMATORS)}.")
    return import_module(ESTIMATORS[name])
