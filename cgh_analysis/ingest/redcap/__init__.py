"""REDCap projects: the data dictionary, and what it says of an export."""

from __future__ import annotations

from cgh_analysis.ingest.redcap.describe import enrich, prepare
from cgh_analysis.ingest.redcap.dictionary import read_dictionaries, read_dictionary
from cgh_analysis.ingest.redcap.fields import Dictionary, Field
from cgh_analysis.ingest.redcap.system import SYSTEM_COLUMNS, system_columns

__all__ = [
    "SYSTEM_COLUMNS",
    "Dictionary",
    "Field",
    "enrich",
    "prepare",
    "read_dictionaries",
    "read_dictionary",
    "system_columns",
]
