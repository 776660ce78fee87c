"""Completeness: what is blank of what the plan needs, and which visits are not there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgh_analysis.ingest.mapping import Table, known_columns
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.study import Study


def missing_baseline(view: View, table: Table) -> Iterator[Seen]:
    """Cases of which a column is blank that the plan describes or adjusts for."""
    frame, rows = view.drafts[table].frame, view.rows(table)
    for name in _planned_of_cases(view.study):
        if name not in frame:
            yield Seen(column=name, message="The table has no such column.")
        else:
            blank = frame[name].isna().to_numpy()[rows]
            yield Seen(column=name, looked_at=len(rows), failing=int(blank.sum()))


def missing_outcome(view: View, table: Table) -> Iterator[Seen]:
    """Rows of a visit of which an outcome is blank; one that nobody has there fails where the plan needs it."""
    rows = view.rows(table)
    total = np.bincount(view.visit[rows], minlength=len(view.visit_ids))
    kept = view.drafts[table].kept
    for name, values in view.numbers(table).items():
        if name not in view.study.instruments:
            continue
        blank = np.bincount(view.visit[np.isnan(values) & kept], minlength=len(total))
        for visit, among, missing in zip(view.visit_ids, total.tolist(), blank.tolist(), strict=True):
            if missing == among and not asked(view.study, name, visit):
                yield Seen(column=name, visit=visit, message="Blank for everybody, and the plan does not need it.")
            else:
                yield Seen(column=name, visit=visit, looked_at=among, failing=missing)


def visits_absent(view: View, table: Table) -> Iterator[Seen]:
    """Accepted cases without an accepted row of a visit."""
    made = np.bincount(view.visit[view.rows(table)], minlength=len(view.visit_ids))
    if not view.usable("cases"):
        yield Seen(impossible=True, message="The cases could not be read.")
        return
    people = len(view.people)
    for visit, count in zip(view.visit_ids, made.tolist(), strict=True):
        yield Seen(visit=visit, looked_at=people, failing=max(people - count, 0))


def asked(study: Study, outcome: str, visit: str) -> bool:
    """Say whether the plan needs an outcome at a visit."""
    first = visit == study.baseline.id
    if first and study.instruments[outcome].window == "since start":
        # how it has changed is no question before it could
        return False
    followed = outcome in study.describe.courses or (
        study.resolution is not None and outcome == study.resolution.outcome
    )
    described = first and f"{outcome}_baseline" in study.describe.baseline
    analysed = (a.at in (None, visit) or (first and a.baseline) for a in study.analyses if outcome in a.outcomes)
    adjusted = first and any(f"{outcome}_baseline" in (*a.covariates, *a.subgroups) for a in study.analyses)
    return followed or described or adjusted or any(analysed)


def _planned_of_cases(study: Study) -> list[str]:
    known = known_columns("cases", study)
    named = [*study.describe.baseline, *(n for a in study.analyses for n in (*a.covariates, *a.subgroups))]
    return [name for name in dict.fromkeys(named) if name in known]
