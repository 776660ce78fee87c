"""What the study file decides about its data, counted: each decision has its reason there."""

from __future__ import annotations

from collections.abc import Iterator

from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View


def decisions(view: View, table: Table) -> Iterator[Seen]:
    """Rules that are accepted in a table's file; with the cases what holds for all: checks off, documents overruled."""
    study = view.study
    made = len(view.drafts[table].source.accept)
    made += sum(e.of == table and bool(e.deviates_because) for e in study.expect)
    if table == "cases":
        made += len(study.checks.off) + sum(bool(d.wrong_because) for d in study.documentation)
    yield Seen(looked_at=made, failing=made)
