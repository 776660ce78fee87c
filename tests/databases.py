"""Databases written out by hand, and what asking them gives."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.readers.sql import database
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source, Study
from tests import builders
from tests.postgres import OWNER, PASSWORD, READER
from tests.raw import CASES, VISITS

VARIABLE = "CGH_TEST_DATABASE"
SECRETS = (PASSWORD, "s3%3Acr", READER, OWNER)


def lite(folder: Path, *statements: str, rows: list[list[Any]] | None = None, name: str = "clinic.sqlite") -> Path:
    """Run statements on a file of SQLite, the last one for each of `rows`."""
    with closing(sqlite3.connect(folder / name)) as made:
        for statement in statements if rows is None else statements[:-1]:
            made.execute(statement)
        if rows is not None:
            made.executemany(statements[-1], rows)
        made.commit()
    return folder / name


def asked(query: str, folder: Path = Path(), **more: Any) -> bytes | Finding:
    """Ask the server, or with `database` a file."""
    source = Source.model_validate({"path": "the query", "query": query, **(more or {"url_env": VARIABLE})})
    return database.answer(builders.study(folder=folder), source)


def sheet(query: str, folder: Path = Path(), **more: Any) -> Sheet:
    data = asked(query, folder, **more)
    assert isinstance(data, bytes), data
    return database.read_answer(data, Source(path="the query", **({"decimal": ","} if "decimal" in more else {})))


def told(query: str, folder: Path = Path(), **more: Any) -> str:
    """The rule that says why there is no answer; nothing that it says is secret."""
    fault = asked(query, folder, **more)
    assert isinstance(fault, Finding)
    words = f"{fault}"
    assert not [secret for secret in (*SECRETS, "127.0.0.1", "Traceback") if secret in words]
    return fault.rule


def values(read: Sheet) -> dict[str, list[str]]:
    return {name: cells.values.tolist() for name, cells in read.columns.items()}


def small(folder: Path) -> Path:
    """The cases and visits of the other tests, as tables."""
    for table, text in (("cases", CASES), ("visits", VISITS)):
        head, *rows = csv.reader(text.splitlines())
        marks = ", ".join("?" * len(head))
        lite(folder, f"CREATE TABLE {table} ({', '.join(head)})", f"INSERT INTO {table} VALUES ({marks})", rows=rows)
    return folder / "clinic.sqlite"


def small_study(folder: Path, **of_visits: Any) -> Study:
    sources = {
        "cases": {"path": "clinic.sqlite", "query": "SELECT * FROM cases"},
        "visits": {"path": "clinic.sqlite", "query": "SELECT * FROM visits", **of_visits},
    }
    return builders.study(folder=folder, sources=sources)
