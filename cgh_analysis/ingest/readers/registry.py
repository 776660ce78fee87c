"""Which reader takes which kind of file: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cgh_analysis.ingest.readers.columns.parquet import read_parquet
from cgh_analysis.ingest.readers.packed import unpacked
from cgh_analysis.ingest.readers.sql.database import query_missing, read_answer
from cgh_analysis.ingest.readers.statistical.statistical import read_sas, read_spss, read_stata, read_transport
from cgh_analysis.ingest.readers.text.text import read_csv, read_tsv
from cgh_analysis.ingest.readers.workbooks.excel import read_excel
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source

# the answer of a query, which has no ending
SQL: Final = "sql"
READERS: Final[dict[str, Callable[[bytes, Source], Sheet]]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".csv.gz": unpacked(read_csv),
    ".tsv.gz": unpacked(read_tsv),
    ".xls": read_excel,
    ".xlsx": read_excel,
    ".ods": read_excel,
    ".sav": read_spss,
    ".zsav": read_spss,
    ".dta": read_stata,
    ".sas7bdat": read_sas,
    ".xpt": read_transport,
    ".parquet": read_parquet,
    ".sqlite": query_missing,
    ".sqlite3": query_missing,
    ".db": query_missing,
    SQL: read_answer,
}
ARCHIVES: Final = (".zip", ".tar", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".zst")


def kind_of(path: str) -> str | None:
    """Return the ending by which a file's reader is known, or nothing.

    >>> kind_of("clinic/Visits.CSV.GZ"), kind_of("visits.docx")
    ('.csv.gz', None)
    """
    kinds = [kind for kind in READERS if kind.startswith(".") and path.lower().endswith(kind)]
    return max(kinds, key=len, default=None)
