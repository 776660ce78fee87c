"""Which reader takes which kind of file: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cgh_analysis.ingest.excel import read_excel
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.ingest.text import read_csv, read_tsv
from cgh_analysis.study import Source

READERS: Final[dict[str, Callable[[bytes, Source], Sheet]]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".xls": read_excel,
    ".xlsx": read_excel,
    ".ods": read_excel,
}
