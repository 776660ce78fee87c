"""What came in: accepted rows by table, how many records each file had, and everything that was found."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from cgh_analysis.errors import Problem
from cgh_analysis.ingest.findings import make_ledger
from cgh_analysis.ingest.quality.kinds import CheckResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCount:
    """Records of one file in one use: read = accepted + quarantined, `read` counted apart from the parser."""

    path: str
    read: int
    accepted: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Checked records.

    `cases` has one row a patient, `visits` one row a patient and visit, `events` one row an event, all typed by the
    schema; `files` counts the records of each source (a file that feeds two tables is counted in each use), `problems`
    lists what was found, `ledger` has every refused row and every altered cell, `inputs` the SHA-256 of the bytes read
    by path, and `quality` the result of every check. Where a problem is an error, the tables are what was left and not
    fit for use.
    """

    cases: pd.DataFrame
    visits: pd.DataFrame
    events: pd.DataFrame
    files: tuple[FileCount, ...] = ()
    problems: tuple[Problem, ...] = ()
    ledger: pd.DataFrame = field(default_factory=lambda: make_ledger(()))
    inputs: dict[str, str] = field(default_factory=dict)
    quality: tuple[CheckResult, ...] = ()
