"""Cells, names and labels that look like a person: found before anything else is done with them, and never shown."""

from cgh_analysis.ingest.identifiers.calendar import DATE
from cgh_analysis.ingest.identifiers.columns import asks_who, names_people
from cgh_analysis.ingest.identifiers.detect import identified, identifying
from cgh_analysis.ingest.identifiers.shown import (
    MASK,
    redacted,
    shown,
    shown_all,
    shown_file,
    shown_name,
    suspicious,
    without_export_date,
)
from cgh_analysis.ingest.identifiers.texts import match

__all__ = [
    "DATE",
    "MASK",
    "asks_who",
    "identified",
    "identifying",
    "match",
    "names_people",
    "redacted",
    "shown",
    "shown_all",
    "shown_file",
    "shown_name",
    "suspicious",
    "without_export_date",
]
