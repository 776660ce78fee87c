"""From opened files to a draft: one file or two, one record a patient or one a visit, long or wide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cgh_analysis.ingest.redcap import system_columns
from cgh_analysis.ingest.reshape import select
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.start.arms import Arms
from cgh_analysis.start.look import Look, look_at
from cgh_analysis.start.match import Match
from cgh_analysis.start.opened import Opened
from cgh_analysis.start.patients import Looks, distinct, find_patient, repeats
from cgh_analysis.start.points import Point
from cgh_analysis.start.tables import (
    CASE_COLUMNS,
    VISIT_COLUMNS,
    NewOutcome,
    SourceDraft,
    WideDraft,
    changing,
    codes_for_missing,
    few_sites,
    find_arm,
    match_measures,
    match_table,
    named,
    new_outcomes,
    remaining,
)
from cgh_analysis.start.visits import VisitDraft, draft_visits, find_visit
from cgh_analysis.start.wide import UNSAID, Measures, find_measures, whole

EVENT: Final = "redcap_event_name"
INSTRUMENT: Final = "redcap_repeat_instrument"
Where = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A whole study file to be; `outcomes` are measures that the toolkit does not know."""

    folder: Path
    cases: SourceDraft
    visits: SourceDraft
    arms: Arms
    planned: list[VisitDraft]
    outcomes: list[NewOutcome]


def make_draft(folder: Path, opened: list[Opened]) -> Draft:
    """Draft a study of the files that were opened: the first has the patients, a second one the visits."""
    if len(opened) == 1:
        return _of_one_file(folder, opened[0])
    return _of_two_files(folder, opened[0], opened[1])


def _of_two_files(folder: Path, first: Opened, second: Opened) -> Draft:
    looks, others = look_at(first.sheet), look_at(second.sheet)
    patient = find_patient(looks, record_first=first.is_redcap)
    cases, arms = _cases(first, looks, (patient.column,), [patient])
    cases = _finished(first, replace(cases, repeated=repeats(looks, (patient.column,))), looks, [])
    owner = find_patient(others, record_first=second.is_redcap)
    visits, points, new = _visits(second, others, (owner.column,), [owner])
    return Draft(
        folder=folder,
        cases=cases,
        visits=_finished(second, visits, others, []),
        arms=arms,
        planned=draft_visits(points),
        outcomes=named(new),
    )


def _of_one_file(folder: Path, file: Opened) -> Draft:
    people, records = _parts(file.sheet)
    looks, others = look_at(select(file.sheet, people)), look_at(select(file.sheet, records))
    ids = _ids(looks, find_patient(looks, record_first=file.is_redcap))
    patient = tuple(m.column for m in ids)
    cases, arms = _cases(file, looks, patient, ids)
    visits, points, new = _visits(file, others, patient, ids)
    visits = replace(visits, where=records, shared=True)
    cases = replace(cases, where=people, repeated=repeats(looks, patient), elsewhere=visits.asked_about)
    return Draft(
        folder=folder,
        cases=_finished(file, cases, looks, _used(visits)),
        visits=_finished(file, visits, others, _used(cases)),
        arms=arms,
        planned=draft_visits(points),
        outcomes=named(look for look in new if look.name not in _used(cases)),
    )


def _parts(sheet: Sheet) -> tuple[Where, Where]:
    """Which records are the patients', and which the visits', where a project repeats instruments."""
    cells = sheet.columns.get(INSTRUMENT)
    instruments = [str(name) for name in cells.compact().texts if name] if cells is not None else []
    record: Where = {INSTRUMENT: ""}
    if not instruments:
        return {}, {}
    if EVENT in sheet.columns:
        return record, record
    return record, {INSTRUMENT: max(instruments, key=lambda name: len(_measured(select(sheet, {INSTRUMENT: name}))))}


def _measured(sheet: Sheet) -> list[Match]:
    return match_table(look_at(sheet).values(), VISIT_COLUMNS)


def _ids(looks: Looks, patient: Match) -> list[Match]:
    """The columns of the id: where ids begin anew at every site, the site's too."""
    site = next((m.column for m in match_table(looks.values(), CASE_COLUMNS) if m.target == "site" and m.sure), None)
    if site is None or not patient.sure or not repeats(looks, (patient.column,)):
        return [patient]
    visit = find_visit(looks, (patient.column,))
    at = [visit.column] if visit.column in looks else []
    if distinct(looks, (patient.column, *at)) or not distinct(looks, (site, patient.column, *at)):
        return [patient]
    why = "ids are given anew at every site: site and id together are one's own"
    return [replace(patient, column=site, why=why), replace(patient, why=why)]


def _cases(file: Opened, looks: Looks, patient: tuple[str, ...], ids: list[Match]) -> tuple[SourceDraft, Arms]:
    free = [look for name, look in looks.items() if name not in patient or name != patient[-1]]
    matches = few_sites(match_table(free, CASE_COLUMNS), looks)
    arm, arms = find_arm(matches, looks, patient)
    columns = [*ids, arm, *(m for m in matches if m.target != "arm")]
    return SourceDraft(source=file.source, columns=tuple(columns)), arms


def _visits(
    file: Opened, looks: Looks, patient: tuple[str, ...], ids: list[Match]
) -> tuple[SourceDraft, list[Point], list[Look]]:
    """The visits' source, its points in time, and the measures that no canonical column is for."""
    draft = SourceDraft(source=file.source, columns=tuple(ids), codebook=file.codebook)
    if repeats(looks, patient):
        visit = find_visit(looks, patient)
        matches = match_table((look for name, look in looks.items() if name != visit.column), VISIT_COLUMNS)
        known = [m.column for m in matches] + [visit.column, *patient]
        new = new_outcomes(changing(looks, patient), known)
        offered = {outcome.id: outcome.look.name for outcome in named(new)}
        return replace(draft, columns=(*ids, *matches), visit=visit, offered=offered), list(visit.points), new
    measures, points = find_measures(look for name, look in looks.items() if name not in patient)
    if not measures:
        return _at_baseline(draft, looks)
    by_stem = match_measures(measures)
    new = new_outcomes((whole(stem, at) for stem, at in measures.items()), by_stem)
    return replace(draft, wide=tuple(_wide(p, measures, by_stem, named(new)) for p in points)), points, new


def _wide(p: Point, measures: Measures, matches: dict[str, Match], new: list[NewOutcome]) -> WideDraft:
    """What is measured at one visit: its own column of each measure."""
    here = {stem: at[p.id].name for stem, at in measures.items() if p.id in at}
    return WideDraft(
        visit=p.id,
        columns=tuple(replace(m, column=here[stem]) for stem, m in matches.items() if stem in here),
        offered={outcome.id: here[outcome.look.name] for outcome in new if outcome.look.name in here},
        timeless=p is UNSAID,
    )


def _at_baseline(draft: SourceDraft, looks: Looks) -> tuple[SourceDraft, list[Point], list[Look]]:
    """One record a patient, and nothing that says when: what is measured once is asked for at the baseline."""
    matches = match_table(looks.values(), VISIT_COLUMNS)
    return replace(draft, wide=(WideDraft(visit="baseline", columns=tuple(matches), timeless=True),)), [], []


def _used(draft: SourceDraft) -> list[str]:
    matches = [*draft.columns, *(m for wide in draft.wide for m in wide.columns)]
    names = [m.column for m in matches if m.sure]
    return [*names, *([draft.visit.column] if draft.visit else []), *draft.where]


def _finished(file: Opened, draft: SourceDraft, looks: Looks, elsewhere: Iterable[str]) -> SourceDraft:
    """Part what is not used of a file, and look for codes that stand for missing."""
    system = system_columns(looks, file.dictionary)
    people, rest = remaining(looks, [*_used(draft), *elsewhere], system)
    missing = codes_for_missing(looks, draft)
    return replace(draft, missing=missing, people=people, rest=rest, asked=file.asked)
