"""Patients under ids that look like one another."""

from __future__ import annotations

from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.spelling import spelt_alike


def alike_ids(cases: Draft) -> list[Finding]:
    """Find patients whose ids a person would take for one another."""
    ids = cases.cells("patient_id").compact()
    rows = cases.in_file(ids.where(spelt_alike(ids.arrow)))
    if not len(rows):
        return []
    return [found("alike_ids", cases.source.path, column=cases.seen_as("patient_id"), rows=rows, count=len(rows))]
