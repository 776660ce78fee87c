"""From raw files to checked tables: every record accepted or quarantined, every finding with its place and remedy."""

from cgh_analysis.ingest.check import check_tables, read_tables
from cgh_analysis.ingest.readers.registry import READERS
from cgh_analysis.ingest.tables import FileCount, Tables

__all__ = ["READERS", "FileCount", "Tables", "check_tables", "read_tables"]
