"""From raw files to checked tables: every record accepted or quarantined, every finding with its place and remedy."""

from collections.abc import Callable
from typing import Final

from cgh_analysis.ingest.excel import read_excel
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.ingest.tables import FileCount, Tables
from cgh_analysis.ingest.text import read_csv, read_tsv
from cgh_analysis.study import Source

READERS: Final[dict[str, Callable[[bytes, Source], Sheet]]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".xls": read_excel,
    ".xlsx": read_excel,
    ".ods": read_excel,
}

from cgh_analysis.ingest.check import check_tables, read_tables  # noqa: E402  (it dispatches by READERS)

__all__ = ["READERS", "FileCount", "Tables", "check_tables", "read_tables"]
