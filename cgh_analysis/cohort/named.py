"""What a study file names must be there: criteria that are known, and columns that the data have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.errors import Problem, study_error
from cgh_analysis.study import Study

if TYPE_CHECKING:
    from cgh_analysis.ingest import Tables


def refuse_absent(tables: Tables, study: Study) -> None:
    """Raise StudyError for every criterion and column that the study file names and nobody has, all at once."""
    cases, visits = _columns(tables, study)
    faults = [*_criteria(study, cases), *_absent(_of_patients(study), cases), *_absent(_of_visits(study), visits)]
    if faults:
        problems = [Problem(severity="error", rule="study", message=m, remedy=r) for m, r in dict.fromkeys(faults)]
        raise study_error("The study file does not fit the data:", problems)


def _columns(tables: Tables, study: Study) -> tuple[set[str], set[str]]:
    """Columns of the cohort's cases, with those that are derived, and of the visits."""
    cases, visits = set(map(str, tables.cases)), set(map(str, tables.visits))
    derived = {f"{name}_baseline" for name in study.instruments if name in visits} | {"has_baseline"}
    derived |= {"chronicity"} if "symptom_duration_months" in cases else set()
    derived |= {"resolution_within_milestone"} if study.resolution is not None else set()
    return cases | derived, visits


def _criteria(study: Study, cases: set[str]) -> Iterator[tuple[str, str]]:
    for name in study.population.criteria:
        if name not in CRITERIA:
            yield f"The criterion {name!r} is not known.", f"Known: {', '.join(CRITERIA)}."
            continue
        absent = [c for c in CRITERIA[name].needs if c not in cases]
        if absent:
            remedy = "Map these columns in [sources], or take the criterion out of [population]."
            yield f"The criterion {name!r} needs {', '.join(absent)}, which the data do not have.", remedy


def _of_patients(study: Study) -> list[tuple[str, Iterable[str]]]:
    stated = "baseline" in study.describe.model_fields_set
    used: list[tuple[str, Iterable[str]]] = [("describe.baseline", study.describe.baseline if stated else ())]
    return used + [(f"analysis {a.id!r}", (*a.covariates, *a.subgroups)) for a in study.analyses]


def _of_visits(study: Study) -> list[tuple[str, Iterable[str]]]:
    used: list[tuple[str, Iterable[str]]] = [("describe.courses", study.describe.courses)]
    if study.resolution is not None:
        lesion = study.resolution.lesion
        used += [("resolution.outcome", [study.resolution.outcome])]
        used += [("resolution.lesion", lesion.outcomes if lesion else ())]
    return used + [(f"analysis {a.id!r}", a.outcomes) for a in study.analyses]


def _absent(used: list[tuple[str, Iterable[str]]], columns: set[str]) -> Iterator[tuple[str, str]]:
    for where, names in used:
        for name in names:
            if name not in columns:
                yield f"{where} names {name!r}, which the data do not have.", "Map it in [sources], or take it out."
