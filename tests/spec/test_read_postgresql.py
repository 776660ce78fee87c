"""Queries of a real PostgreSQL: exact values, one state of the data, nothing written, and every refusal in words."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from cgh_analysis.cli import main
from cgh_analysis.errors import DataError
from cgh_analysis.ingest import Tables, check_tables
from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.readers.sql import database
from cgh_analysis.report.manifest import ingredients
from cgh_analysis.study import read_study
from tests import postgres
from tests.conftest import ROOT
from tests.databases import SECRETS, VARIABLE, asked, lite, sheet, told, values
from tests.postgres import OWNER, READER, Server

DEMO = ROOT / "data" / "demo"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgres.serving(postgres.needed()) as running:
        yield running


@pytest.fixture
def clinic(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with nothing in it, and the reader's URL in the variable."""
    server.run(
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        f"GRANT USAGE ON SCHEMA public TO {READER}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {READER}",
    )
    monkeypatch.setenv(VARIABLE, server.url())
    return server


def test_values_of_postgresql_keep_what_they_are(clinic: Server) -> None:
    query = r"""
        SELECT 12.50::numeric(5,2) AS fixed, 1e20::numeric AS large, 9007199254740993::bigint AS "Id",
            0.1::double precision AS tenth, 0.1::double precision + 0.2 AS more, 3::real AS three, 0.1::real AS short,
            'NaN'::numeric AS nan, true AS yes, NULL::integer AS nothing, 'None' AS word, '007' AS padded,
            DATE '2024-02-29' AS seen, TIMESTAMP '2024-02-29 10:30' AS at, TIME '10:30' AS clock,
            TIMESTAMPTZ '2024-02-29 23:30:00+02' AS moment, 'ab'::char(4) AS wide,
            E'a "b" ''c'' \\ é€😀\nline' AS text, 'a:b 10% %s %% :c' AS signs, 7 % 4 AS rest,
            '5'::text::integer AS five,
            '6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid AS pseudonym, DATE 'infinity' AS never
    """
    read = sheet(query)
    assert {name: cells[0] for name, cells in values(read).items()} == {
        "fixed": "12.50",
        "large": "100000000000000000000",
        "Id": "9007199254740993",
        "tenth": "0.1",
        "more": "0.30000000000000004",
        "three": "3",
        "short": "0.1",
        "nan": "NaN",
        "yes": "true",
        "nothing": "",
        "word": "None",
        "padded": "007",
        "seen": "2024-02-29",
        "at": "2024-02-29T10:30:00",
        "clock": "10:30:00",
        "moment": "2024-02-29T21:30:00+00:00",
        "wide": "ab",
        "text": "a \"b\" 'c' \\ é€😀\nline",
        "signs": "a:b 10% %s %% :c",
        "rest": "3",
        "five": "5",
        "pseudonym": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "never": "infinity",
    }
    assert sorted(read.real_dates) == ["at", "moment", "seen"]
    assert read.rows.tolist() == [1]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("""'{"a": 1}'::jsonb""", "JSON"),
        ("'5'::json", "JSON"),
        ("array[1, 2]", "several values"),
        (r"'\x00'::bytea", "bytes"),
        ("interval '3 days'", "spans of time"),
        ("int4range(1, 3)", "a kind of its own"),
    ],
)
def test_what_is_no_text_number_or_date_is_refused_by_column(clinic: Server, value: str, what: str) -> None:
    (fault,) = sheet(f"SELECT 1 AS a, {value} AS b").findings
    assert (fault.rule, fault.column, what in fault.message) == ("query_column", "b", True)


def test_a_thousand_rows_and_more_come_in_whole_and_in_order(clinic: Server) -> None:
    read = sheet("SELECT n, CASE WHEN n > 15000 THEN DATE '2024-01-01' END AS d FROM generate_series(25000, 1, -1) n")
    assert read.read == 25_000
    assert values(read)["n"] == sorted(str(n) for n in range(1, 25_001))
    assert read.real_dates["d"].sum() == 10_000
    assert (read.columns["d"].values[read.real_dates["d"]] == "2024-01-01").all()
    ordered = sheet("SELECT n FROM generate_series(25000, 1, -1) n ORDER BY n DESC")
    assert values(ordered)["n"] == [str(n) for n in range(25_000, 0, -1)]


def test_rows_that_arrive_while_others_are_read_wait_for_the_next_time(
    clinic: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.run("CREATE TABLE visits AS SELECT n FROM generate_series(1, 25000) n")
    whole = database._batches

    def busy(*of: Any) -> Iterator[Any]:
        clinic.run("INSERT INTO visits VALUES (0)")
        for batch in whole(*of):
            clinic.run("DELETE FROM visits WHERE n > 20000")
            yield batch

    monkeypatch.setattr(database, "_batches", busy)
    read = sheet("SELECT n FROM visits")
    assert not read.findings
    assert (read.read, "0" in read.columns["n"].texts) == (25_000, False)
    monkeypatch.undo()
    monkeypatch.setenv(VARIABLE, clinic.url())
    assert sheet("SELECT n FROM visits").read == 20_001


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM visits RETURNING n) SELECT * FROM gone",
        "SELECT * INTO copy FROM visits",
        "SELECT * FROM visits FOR UPDATE",
        "SELECT nextval('counter')",
        "SELECT emptied()",
    ],
)
def test_a_query_that_writes_is_stopped_even_for_those_who_may(
    clinic: Server, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    clinic.run(
        "CREATE TABLE visits AS SELECT n FROM generate_series(1, 3) n",
        "CREATE SEQUENCE counter",
        "CREATE FUNCTION emptied() RETURNS integer LANGUAGE sql AS 'DELETE FROM visits; SELECT 1'",
    )
    monkeypatch.setenv(VARIABLE, clinic.url(user=OWNER))
    assert told(query) == "query_writes"
    assert sheet("SELECT * FROM visits").read == 3
    assert told("SELECT * FROM copy") == "query_name"


def test_what_the_server_refuses_is_said_in_words(clinic: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic.run("CREATE TABLE visits (day integer, note text)", "INSERT INTO visits VALUES (1, 'Anna Smith')")
    clinic.run("CREATE TABLE private (day integer)", f"REVOKE ALL ON private FROM {READER}")
    for query, expected in (
        ("SELECT * FROM visit", "query_name"),
        ("SELECT v.dya FROM visits v", "query_name"),
        ('SELECT "Day" FROM visits', "query_name"),
        ("SELECT nofunction(1)", "query_name"),
        ("SELECT * FROM private", "query_right"),
        ("SELECT FROM WHERE", "query_fails"),
        ("SELECT day / 0 FROM visits", "query_fails"),
        ("SELECT note::integer FROM visits", "query_fails"),
    ):
        fault = asked(query)
        assert isinstance(fault, Finding)
        assert (query, fault.rule) == (query, expected)
        assert "Smith" not in str(fault)
    unknown = asked("SELECT v.dya FROM visits v")
    assert isinstance(unknown, Finding)
    assert "a column that the query names: v.dya." in unknown.message
    monkeypatch.setenv(VARIABLE, clinic.url(password="wrong"))
    assert told("SELECT 1") == "database_login"
    monkeypatch.setenv(VARIABLE, clinic.url(password=""))
    assert told("SELECT 1") == "database_login"
    assert told("SELECT 1", url=clinic.url(password="")) == "database_login"
    monkeypatch.setenv(VARIABLE, clinic.url(database="other"))
    assert told("SELECT 1") == "database_name"


def test_a_query_that_takes_too_long_is_stopped(clinic: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    first, limit, *rest = database.BEGIN["postgresql"]
    monkeypatch.setitem(database.BEGIN, "postgresql", (first, re.sub("'.*'", "'100ms'", limit), *rest))
    assert told("SELECT pg_sleep(20)") == "query_slow"


def test_a_connection_that_breaks_is_told_in_words_only(
    clinic: Server,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = database._batches

    def cut(*of: Any) -> Iterator[Any]:
        for i, batch in enumerate(whole(*of)):
            if i == 1:
                clinic.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{READER}'")
            yield batch

    monkeypatch.setattr(database, "_batches", cut)
    assert told("SELECT n FROM generate_series(1, 200000) n") == "database_silent"
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


# the demo study from a file, from SQLite and from PostgreSQL


def demo_tables() -> dict[str, tuple[list[str], list[list[str]]]]:
    found = {}
    for table in ("cases", "visits", "events"):
        with (DEMO / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            head, *rows = (row for row in csv.reader(file) if row)
        found[table] = (head, [row for row in rows if len(row) == len(head)])
    return found


def typed(texts: list[str]) -> tuple[str, list[Any]]:
    """The narrowest type of PostgreSQL that holds every text, and the texts as its values."""
    given = {text for text in texts if text}
    if given <= {"yes", "no"}:
        return "boolean", [{"yes": True, "no": False}.get(text) for text in texts]
    if all(re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", text) for text in given):
        return "bigint", [int(text) if text else None for text in texts]
    if all(re.fullmatch(r"-?[0-9]{1,4}(\.[0-9])?", text) for text in given):
        return "numeric(5,1)", [text or None for text in texts]
    return "text", [text or None for text in texts]


def demo_queries(**where: str) -> dict[str, dict[str, str]]:
    """Each table asked for its columns in the order of the file."""
    return {
        table: {**where, "query": f"SELECT {', '.join(head)} FROM {table} ORDER BY place"}
        for table, (head, _) in demo_tables().items()
    }


def demo(folder: Path, **sources: Any) -> Tables:
    study = read_study(ROOT / "reports" / "demo" / "study.toml")
    changed = {**study.model_dump(by_alias=True), "sources": {"folder": str(folder), **sources}}
    return check_tables(type(study).model_validate(changed))


def demo_files(folder: Path) -> Tables:
    """The demo's records that are whole, from files: a row that is cut short is no row of a table."""
    for table, (head, rows) in demo_tables().items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return demo(folder, **{table: {"path": f"{table}.csv"} for table in ("cases", "visits", "events")})


def same(one: Tables, other: Tables) -> None:
    for table in ("cases", "visits", "events"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))
    assert [(f.read, f.accepted, f.quarantined) for f in one.files] == [
        (f.read, f.accepted, f.quarantined) for f in other.files
    ]
    # a file's first record is in row 2, below its header
    assert quarantined(one, header=1) == quarantined(other, header=0)


def quarantined(tables: Tables, *, header: int) -> list[tuple[str, str | None, int]]:
    return [(p.rule, p.column, (p.row or 0) - header) for p in tables.problems if p.severity == "quarantine"]


def test_the_demo_reads_the_same_from_sqlite(tmp_path: Path) -> None:
    for table, (head, rows) in demo_tables().items():
        marks = ", ".join("?" * (len(head) + 1))
        placed = [[i, *row] for i, row in enumerate(rows)]
        make = f"CREATE TABLE {table} (place, {', '.join(head)})"
        lite(tmp_path, make, f"INSERT INTO {table} VALUES ({marks})", rows=placed, name="demo.db")
    expected = demo_files(tmp_path)
    assert len(expected.cases) > 300
    same(expected, demo(tmp_path, **demo_queries(path="demo.db")))


@pytest.mark.parametrize("as_text", [True, False])
def test_the_demo_reads_the_same_from_postgresql(clinic: Server, tmp_path: Path, as_text: bool) -> None:
    kinds = set()
    for table, (head, rows) in demo_tables().items():
        columns = [("text", list(texts)) if as_text else typed(list(texts)) for texts in zip(*rows, strict=True)]
        kinds |= {kind for kind, _ in columns}
        declared = ", ".join(f"{name} {kind}" for name, (kind, _) in zip(head, columns, strict=True))
        placed = [[i, *row] for i, row in enumerate(zip(*(c for _, c in columns), strict=True))]
        clinic.run(f"CREATE TABLE {table} (place integer, {declared})")
        names = ", ".join(["place", *head])
        casts = ", ".join(["v.place", *(f"v.{n}::{k}" for n, (k, _) in zip(head, columns, strict=True))])
        rows_as_json = json.dumps([dict(zip(["place", *head], row, strict=True)) for row in placed])
        shape = ", ".join(["place integer", *(f"{n} text" for n in head)])
        load = f"INSERT INTO {table} ({names}) SELECT {casts} FROM json_to_recordset(%s) AS v({shape})"
        clinic.run(load, rows=[[rows_as_json]])
    assert kinds == ({"text"} if as_text else {"text", "boolean", "bigint", "numeric(5,1)"})
    same(demo_files(tmp_path), demo(tmp_path, **demo_queries(url_env=VARIABLE)))


STUDY = f"""
[study]
id = "clinic"
title = "A clinic"
seed = 1
[sources.cases]
url_env = "{VARIABLE}"
query = "SELECT patient_id, arm FROM cases"
[sources.visits]
url_env = "{VARIABLE}"
query = '''
SELECT patient_id, visit, day, "Pain" AS pain_nprs
FROM visits -- all of them; in any order
'''
[[arms]]
id = "drug"
label = "Drug"
[[arms]]
id = "block"
label = "Block"
[[visits]]
id = "baseline"
day = 0
"""


def cgh(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert not [secret for secret in SECRETS if secret in done.output]
    return done.exit_code, done.output


def test_a_clinic_is_checked_by_command_and_its_password_never_shown(
    clinic: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    clinic.run(
        "CREATE TABLE cases (patient_id text, arm text)",
        'CREATE TABLE visits (patient_id text, visit text, day integer, "Pain" numeric(3,1))',
        "INSERT INTO cases VALUES ('P1', 'drug'), ('P2', 'block')",
        "INSERT INTO visits VALUES ('P2', 'baseline', 0, 11.0), ('P1', 'baseline', 0, 4.5)",
    )
    code, output = cgh("check", tmp_path / "study.toml", "--json")
    assert code == 0
    found = json.loads(output)
    assert [(f["path"], f["read"], f["accepted"]) for f in found["files"]] == [
        ("cases query", 2, 2),
        ("visits query", 2, 1),
    ]
    (problem,) = [p for p in found["problems"] if p["severity"] == "quarantine"]
    assert (problem["file"], problem["row"], problem["value"]) == ("visits query", 2, "11.0")
    for url in (clinic.url(password="wrong"), clinic.url(database="other"), f"{clinic.url()}?x=1", READER, ""):
        monkeypatch.setenv(VARIABLE, url)
        for command in ("check", "run"):
            code, output = cgh(command, tmp_path / "study.toml")
            assert (code, "query" in output) == (2, True), output
    with pytest.raises(DataError) as raised:
        ingredients(read_study(tmp_path / "study.toml"))
    assert VARIABLE in str(raised.value)
    assert raised.value.__cause__ is None
