"""The whole of reading: files to sheets, sheets to drafts, drafts checked within and across, and records counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from cgh_analysis.errors import DataError, Problem
from cgh_analysis.frames import check_kind
from cgh_analysis.ingest.drafts.across import belong_to_cases, same_arms
from cgh_analysis.ingest.drafts.draft import Draft, accepted_rows, make_draft, refuse_blank
from cgh_analysis.ingest.drafts.elapsed import count_days, day_zero
from cgh_analysis.ingest.drafts.events import coded_events
from cgh_analysis.ingest.drafts.ids import alike_ids
from cgh_analysis.ingest.drafts.visits import lengthen, outside_windows, place_in_time
from cgh_analysis.ingest.drafts.within import agree, fill_within_patient
from cgh_analysis.ingest.findings import Finding, all_problems, found, make_ledger
from cgh_analysis.ingest.gate import enter
from cgh_analysis.ingest.identifiers import shown_file
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.run import assess
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.ingest.readers.files import hashes, open_files, read_sheets
from cgh_analysis.ingest.redcap import Dictionary, read_dictionaries
from cgh_analysis.ingest.reshape import every_record
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.ingest.tables import FileCount, Tables
from cgh_analysis.ingest.threads import in_order
from cgh_analysis.ingest.traps import accept, codebook, overruled, radians, stored_zero, unacceptable
from cgh_analysis.study import Source, Study

TABLES: tuple[Table, ...] = ("cases", "visits", "events")
MOST_LINES = 20


def read_tables(study: Study) -> Tables:
    """Read and check the study's files; rows that break a rule are quarantined, a fault of a file stops.

    Returns Tables. Raises DataError that lists every error at once, each with its place and remedy.

    >>> from cgh_analysis.study import read_study
    >>> tables = read_tables(read_study("reports/demo/study.toml"))
    >>> all(f.read == f.accepted + f.quarantined for f in tables.files)
    True
    """
    tables = check_tables(study)
    errors = [p for p in tables.problems if p.severity == "error"]
    if not errors:
        return tables
    lines = [f"  - {_place(p)}: {p.message} {p.remedy}" for p in errors[:MOST_LINES]]
    if len(errors) > MOST_LINES:
        lines.append(f"  - and {len(errors) - MOST_LINES} more.")
    raise DataError(f"The data have {len(errors)} problem(s):\n" + "\n".join(lines), problems=tables.problems)


def check_tables(study: Study) -> Tables:
    """Read the study's files and report everything that is the matter with them; no fault of the data raises.

    Returns Tables with what was accepted. Where a problem is an error the tables are not fit for use.
    """
    check_kind("study", study, Study)
    opened = open_files(study)
    sources = dict(zip(TABLES, study.sources.each(), strict=False))
    with ThreadPoolExecutor(1) as aside:
        hashed = aside.submit(hashes, opened)
        sheets = dict(zip(sources, read_sheets(study, opened), strict=True))
        dictionaries = read_dictionaries(sources.values(), opened)
        said = _codebook(sources["visits"], opened, sheets["visits"])
        inputs = hashed.result()
    # a file is held no longer than it is looked at
    opened.clear()
    prepare = partial(_prepared, sheets=sheets, sources=sources, study=study, dictionaries=dictionaries)
    prepared = dict(zip(sources, in_order(prepare, sources), strict=True))
    entered = {table: sheet for table, (sheet, _) in prepared.items()}
    drafts = _across(_in_days({table: draft for table, (_, draft) in prepared.items()}, study), study)
    drafts["visits"] = drafts["visits"].say(*said)
    counts = {table: _count(table, draft, entered[table]) for table, draft in drafts.items()}
    reasons = {table: _reasons(source, sources) for table, source in sources.items()}
    told = {t: [*_told(draft, entered[t]), *counts[t][1]] for t, draft in drafts.items()}
    quality, seen = assess(View(study=study, drafts=drafts, sheets=entered, told=told), reasons)
    findings = [f for table in drafts for f in accept([*told[table], *seen[table]], reasons[table])]
    findings += [*overruled(study), *(fault for source in sources.values() for fault in unacceptable(source))]
    return Tables(
        **{table: accepted_rows(drafts.get(table), table, study) for table in TABLES},
        files=tuple(count for count, _ in counts.values()),
        problems=all_problems(findings),
        ledger=make_ledger(findings),
        inputs=inputs,
        quality=quality,
    )


def _prepared(
    table: Table,
    *,
    sheets: dict[Table, Sheet],
    sources: dict[Table, Source],
    study: Study,
    dictionaries: dict[str | None, Dictionary],
) -> tuple[Sheet, Draft]:
    """What may come in of one table's sheet, and its rows, typed and checked by themselves."""
    sheet = enter(sheets[table], table, sources, study, dictionaries)
    draft = make_draft(table, sources[table], sheet, study)
    if table == "cases":
        draft = _cases(draft)
    elif table == "visits":
        draft = _visits(draft, sheet, study)
    return sheet, draft


def _cases(draft: Draft) -> Draft:
    if not draft.usable:
        return draft
    draft = refuse_blank(draft.say(*alike_ids(draft)), ["patient_id"])
    if draft.source.repeated:
        return refuse_blank(fill_within_patient(draft), ["arm"])
    return agree(refuse_blank(draft, ["arm"]), ["patient_id"], "conflicting_patient")


def _visits(draft: Draft, sheet: Sheet, study: Study) -> Draft:
    if not draft.usable:
        return draft
    draft = refuse_blank(draft, ["patient_id"])
    draft = draft.say(*radians(draft))
    if draft.source.wide:
        draft = agree(draft, ["patient_id"], "conflicting_visit")
        return lengthen(draft.say(*stored_zero(draft)), sheet, study)
    return agree(refuse_blank(draft, ["visit", "day"]), ["patient_id", "visit"], "conflicting_visit")


def _in_days(drafts: dict[Table, Draft], study: Study) -> dict[Table, Draft]:
    """Count visits and events in days since baseline, whatever their files count in."""
    placed = dict(drafts)
    zero = day_zero(drafts["cases"], drafts["visits"], study)
    visits = count_days(drafts["visits"], zero)
    if visits.usable:
        placed["visits"] = place_in_time(visits, study)
    if "events" in drafts:
        placed["events"] = _events(count_days(drafts["events"], zero))
    return placed


def _events(draft: Draft) -> Draft:
    if not draft.usable:
        return draft
    draft = refuse_blank(draft.say(*coded_events(draft)), ["patient_id", "day", "kind"])
    return agree(draft, list(draft.frame.columns), "duplicate")


def _across(drafts: dict[Table, Draft], study: Study) -> dict[Table, Draft]:
    """Check what other tables say of the cases; without usable cases nothing can be said."""
    cases = drafts["cases"]
    if not cases.usable:
        return drafts
    checked = dict(drafts)
    if drafts["visits"].usable:
        checked["cases"], visits = same_arms(cases, drafts["visits"])
        checked["visits"] = belong_to_cases(visits, checked["cases"])
        checked["visits"] = checked["visits"].say(*outside_windows(checked["visits"], study))
    if "events" in drafts and drafts["events"].usable:
        checked["events"] = belong_to_cases(drafts["events"], checked["cases"])
    return checked


def _told(draft: Draft, sheet: Sheet) -> list[Finding]:
    """What was found on the way in, and after it: there a row may stand for several records."""
    before = len(sheet.findings)
    return [*draft.findings[:before], *every_record(list(draft.findings[before:]), sheet.members)]


def _codebook(source: Source, opened: dict[str, bytes | Finding], sheet: Sheet) -> list[Finding]:
    data = opened[source.path]
    return codebook(source, data, sheet) if isinstance(data, bytes) and sheet.columns else []


def _reasons(source: Source, sources: dict[Table, Source]) -> dict[str, str]:
    """What is accepted of a file, in whichever use of it the study file says so."""
    return {rule: why for s in sources.values() if s.path == source.path for rule, why in s.accept.items()}


def _count(table: Table, draft: Draft, sheet: Sheet) -> tuple[FileCount, list[Finding]]:
    """Count a file's records; refusals while reading and after must make up the whole of an independent count."""
    path, read = shown_file(draft.source.path), sheet.read
    if not draft.usable:
        return FileCount(path=path, read=read, accepted=0, quarantined=read), []
    records = _records(sheet)
    quarantined = sum(len(f.rows) for f in sheet.findings if f.kind.refuses) + int(records[draft.refused].sum())
    count = FileCount(path=path, read=read, accepted=int(records[~draft.refused].sum()), quarantined=quarantined)
    faults = []
    if count.accepted + quarantined != read:
        faults.append(found("conservation", path, parsed=count.accepted + quarantined, read=read))
    # events are optional, and may all be of people who were refused
    if not count.accepted and table != "events":
        faults.append(found("none_accepted", path, read=read))
    return count, faults


def _records(sheet: Sheet) -> np.ndarray:
    """How many of the file's records each row is made of."""
    if sheet.members is None:
        return np.ones(len(sheet.rows), dtype=np.int64)
    firsts, counts = np.unique(sheet.members[1], return_counts=True)
    records: np.ndarray = counts[np.searchsorted(firsts, sheet.rows)]
    return records


def _place(problem: Problem) -> str:
    row = f", row {problem.row}" if problem.row is not None else ""
    column = f", column {problem.column}" if problem.column else ""
    return f"{problem.file}{row}{column}"
