"""A query as a source: its text, files of SQLite, and URLs; what is asked comes in as a file of its rows would."""

import gc
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from cgh_analysis.errors import StudyError
from cgh_analysis.ingest import check_tables
from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.readers.sql import connection, database
from cgh_analysis.ingest.readers.sql.statement import read_statement
from cgh_analysis.report.manifest import ingredients
from cgh_analysis.study import read_study
from tests.databases import VARIABLE, asked, lite, sheet, small, small_study, told, values
from tests.postgres import PASSWORD, READER
from tests.raw import check, no_errors, rule

# what a query is


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("select 1;", ""),
        ("-- visits; all of them\nWITH a AS (SELECT 1) SELECT * FROM a -- end;", ""),
        ("select 'a;b', $$;$$, $x$ ' ; $x$, \"a;b\", e'it\\'s;' from t", ""),
        ("select 1; select 2", "more than one statement"),
        ("select 1; drop table visits --", "more than one statement"),
        ("select a$b$; delete from t; select $b$", "more than one statement"),
        ("update visits set day = 0", "neither SELECT nor WITH"),
        ("", "neither SELECT nor WITH"),
        ("selected", "neither SELECT nor WITH"),
        ("select 'a", "not closed"),
        ("select 1 /* a", "not closed"),
        ("select /* a /* b */ ; delete from t -- */ 1", "a comment inside a comment"),
    ],
)
def test_a_query_is_one_statement_that_reads(query: str, fault: str) -> None:
    said = read_statement(query).fault
    assert fault in said
    assert bool(fault) == bool(said)


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("select day from v order by day", True),
        ("with a as (select 1) select * from a ORDER\n BY 1;", True),
        ("select rank() over (order by day) from v", False),
        ("select * from (select * from v order by day) q", False),
        ("select 'order by' -- order by day", False),
        ('select "order by" from v', False),
    ],
)
def test_only_an_order_of_the_whole_answer_counts(query: str, ordered: bool) -> None:
    assert read_statement(query).ordered is ordered


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ('url_env = "CLINIC"', "a database needs a query"),
        ('query = "select 1"', "one of url_env, url, or the path"),
        ('query = "select 1"\nurl_env = "CLINIC"\nurl = "postgresql+pg8000://a@b/c"', "one of url_env, url, or"),
        ('query = "select 1"\nurl_env = "CLINIC"\npath = "visits.csv"', "two sources are called 'visits.csv'"),
    ],
)
def test_a_study_file_that_does_not_say_where_to_ask(tmp_path: Path, cases: str, words: str) -> None:
    text = (
        f'[study]\nid = "s"\ntitle = "t"\nseed = 1\n[sources.cases]\n{cases}\n[sources.visits]\npath = "visits.csv"\n'
    )
    text += '[[arms]]\nid = "a"\nlabel = "A"\n[[visits]]\nid = "baseline"\nday = 0\n'
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(StudyError, match=words):
        read_study(tmp_path / "study.toml")


# SQLite


def test_queries_of_a_file_read_as_files_of_their_rows_do(tmp_path: Path) -> None:
    small(tmp_path)
    tables, plain = check_tables(small_study(tmp_path)), check(tmp_path)
    assert no_errors(tables)
    assert set(tables.inputs) == {"clinic.sqlite (cases)", "clinic.sqlite (visits)"}
    assert [(f.read, f.accepted) for f in tables.files] == [(3, 3), (4, 4)]
    pd.testing.assert_frame_equal(tables.cases, plain.cases)
    pd.testing.assert_frame_equal(tables.visits, plain.visits)


def test_rows_are_places_in_the_answer(tmp_path: Path) -> None:
    small(tmp_path)
    lite(tmp_path, "UPDATE visits SET pain_nprs = 11 WHERE patient_id = 'P3'")
    (problem,) = rule(check_tables(small_study(tmp_path)), "out_of_range")
    assert (problem.file, problem.row, problem.value) == ("clinic.sqlite (visits)", 4, "11")
    turned = small_study(tmp_path, query="SELECT * FROM visits ORDER BY patient_id DESC, day")
    assert rule(check_tables(turned), "out_of_range")[0].row == 1


def test_values_of_sqlite_keep_what_they_are(tmp_path: Path) -> None:
    odd = [9007199254740993, 1.0, 0.1, 1e22, None, "", "None", 'a "b" ’s\nline;\t', "007", "1.50", -0.0, "é€😀"]
    lite(
        tmp_path,
        "CREATE TABLE odd (place, value)",
        "INSERT INTO odd VALUES (?, ?)",
        rows=[[i, value] for i, value in enumerate(odd)],
    )
    read = values(sheet("SELECT value FROM odd ORDER BY place", tmp_path, database="clinic.sqlite"))["value"]
    texts = ["9007199254740993", "1", "0.1", "10000000000000000000000", "", "", "None", 'a "b" ’s\nline;', "007"]
    assert read == [*texts, "1.50", "0", "é€😀"]


def test_the_same_rows_give_the_same_bytes_in_whatever_order_they_lie(tmp_path: Path) -> None:
    rows = [[f"P{i}", i % 3, None if i % 5 else i / 7] for i in range(200)]
    make = ("CREATE TABLE t (a, b, c)", "INSERT INTO t VALUES (?, ?, ?)")
    lite(tmp_path, *make, rows=rows, name="one.db")
    lite(tmp_path, *make, rows=rows[::-1], name="two.db")
    one, two = (asked("SELECT * FROM t", tmp_path, database=name) for name in ("one.db", "two.db"))
    assert isinstance(one, bytes)
    assert one == two
    lite(tmp_path, "UPDATE t SET b = 9 WHERE a = 'P7'", name="two.db")
    assert asked("SELECT * FROM t", tmp_path, database="two.db") != one


def test_a_run_is_made_of_the_answer_and_not_of_the_file(tmp_path: Path) -> None:
    small(tmp_path)
    study = small_study(tmp_path)
    before = ingredients(study)["inputs"]
    assert before == check_tables(study).inputs
    lite(tmp_path, "CREATE TABLE diary (entry)")
    assert ingredients(study)["inputs"] == before
    lite(tmp_path, "UPDATE visits SET pain_nprs = 4 WHERE patient_id = 'P3'")
    after = ingredients(study)["inputs"]
    assert [name for name in before if before[name] != after[name]] == ["clinic.sqlite (visits)"]


def test_nothing_can_be_written_and_nothing_is_made(tmp_path: Path) -> None:
    path = small(tmp_path)
    before = path.read_bytes()
    assert told("WITH a AS (SELECT 1) DELETE FROM visits", tmp_path, database="clinic.sqlite") == "query_writes"
    assert told("INSERT INTO visits VALUES (1)", tmp_path, database="clinic.sqlite") == "query_statement"
    assert told("SELECT 1", tmp_path, database="clinics.sqlite") == "file_missing"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clinic.sqlite"]
    assert path.read_bytes() == before


def test_what_is_wrong_with_a_file_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    small(tmp_path)
    (tmp_path / "text.db").write_text("patient_id,arm\n" * 100)
    (tmp_path / "empty.db").touch()
    (tmp_path / "cut.db").write_bytes((tmp_path / "clinic.sqlite").read_bytes()[:5000])
    query = "SELECT * FROM visits"
    assert told(query, tmp_path, database="text.db") == "unreadable"
    assert told(query, tmp_path, database="empty.db") == "empty"
    assert told(query, tmp_path, database="cut.db") == "unreadable"
    assert told(query, tmp_path, database="../clinic.sqlite") == "outside_folder"
    near = asked(query, tmp_path, database="clinik.sqlite")
    assert isinstance(near, Finding)
    assert "'clinic.sqlite'" in near.message
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        busy = asked(query, tmp_path, database="clinic.sqlite")
    assert isinstance(busy, Finding)
    assert "another program is writing to it" in busy.message


def test_a_file_that_is_in_use_is_read_as_it_was_last_committed(tmp_path: Path) -> None:
    small(tmp_path)
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("INSERT INTO visits VALUES ('P3', 'week4', 28, 2)")
        writer.commit()
        writer.execute("INSERT INTO visits VALUES ('P2', 'week4', 28, 2)")
        assert sheet("SELECT * FROM visits", tmp_path, database="clinic.sqlite").read == 5


def test_a_file_that_a_program_left_unfinished_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    small(tmp_path)
    left = tmp_path / "left"
    left.mkdir()
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("INSERT INTO visits VALUES ('P3', 'week4', 28, 2)")
        writer.commit()
        for name in ("clinic.sqlite", "clinic.sqlite-wal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    before = {path.name: path.read_bytes() for path in left.iterdir()}
    assert sheet("SELECT * FROM visits", left, database="clinic.sqlite").read == 5
    assert {name: (left / name).read_bytes() for name in before} == before


def test_a_file_whose_last_change_was_cut_off_is_not_mended_behind_its_programs_back(tmp_path: Path) -> None:
    small(tmp_path)
    rows = [["P1", "week4", n, 1] for n in range(5000)]
    left = tmp_path / "left"
    left.mkdir()
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as writer:
        writer.execute("PRAGMA cache_size = 2")
        writer.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", rows)
        writer.commit()
        writer.execute("UPDATE visits SET pain_nprs = 2")
        for name in ("clinic.sqlite", "clinic.sqlite-journal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    before = (left / "clinic.sqlite").read_bytes()
    fault = asked("SELECT * FROM visits", left, database="clinic.sqlite")
    assert isinstance(fault, Finding)
    assert "a program has left it unfinished" in fault.message
    assert (left / "clinic.sqlite").read_bytes() == before


def test_names_that_the_database_does_not_know(tmp_path: Path) -> None:
    small(tmp_path)
    for query, words in (
        ("SELECT * FROM visit", "a table that the query names: visit."),
        ("SELECT pian FROM visits", "a column that the query names: pian."),
        ("SELECT months(day) FROM visits", "a function that the query names: months."),
    ):
        fault = asked(query, tmp_path, database="clinic.sqlite")
        assert isinstance(fault, Finding)
        assert (fault.rule, words in fault.message) == ("query_name", True)


@pytest.mark.parametrize(
    ("query", "found_rule", "column"),
    [
        ("SELECT 1 AS a, 2 AS A", "duplicate_header", None),
        ("SELECT 1 AS a WHERE 0", "header_only", None),
        ("SELECT x'00ff' AS photo, 1 AS a", "query_column", "photo"),
        ("SELECT 1 AS ' '", "blank_header", None),
    ],
)
def test_answers_that_are_no_table_of_text(tmp_path: Path, query: str, found_rule: str, column: str | None) -> None:
    small(tmp_path)
    read = sheet(query, tmp_path, database="clinic.sqlite")
    assert [(f.rule, f.column, len(f.rows)) for f in read.findings] == [(found_rule, column, 0)]
    assert not read.columns


def test_text_in_another_encoding_is_told_without_the_text(tmp_path: Path) -> None:
    small(tmp_path)
    query = "SELECT CAST(x'4dfc6c6c6572' AS text) AS note"
    fault = asked(query, tmp_path, database="clinic.sqlite")
    assert isinstance(fault, Finding)
    assert fault.rule == "query_text"
    assert "ller" not in str(fault)


def test_answers_beyond_what_is_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(tmp_path)
    monkeypatch.setattr(database, "MOST_ROWS", 3)
    assert told("SELECT * FROM visits", tmp_path, database="clinic.sqlite") == "oversize"
    assert sheet("SELECT * FROM cases", tmp_path, database="clinic.sqlite").read == 3
    long = asked("SELECT 1 AS a, hex(zeroblob(70000)) AS b", tmp_path, database="clinic.sqlite")
    assert isinstance(long, Finding)
    assert (long.rule, long.column) == ("oversize", "b")


def test_a_query_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(tmp_path)
    monkeypatch.setattr(connection, "QUERY_MINUTES", 0)
    endless = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM t) SELECT a FROM t"
    assert told(endless, tmp_path, database="clinic.sqlite") == "query_slow"


def test_rows_that_get_lost_on_the_way_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(tmp_path)
    whole = database._batches
    monkeypatch.setattr(database, "_batches", lambda *of: ((names, rows[1:]) for names, rows in whole(*of)))
    tables = check_tables(small_study(tmp_path))
    (problem, _) = rule(tables, "conservation")
    assert "2 records were parsed, an independent count gives 3" in problem.message
    assert [(f.read, f.accepted, f.quarantined) for f in tables.files] == [(3, 0, 3), (4, 0, 4)]


def test_numbers_are_written_with_the_decimal_sign_of_the_study_file(tmp_path: Path) -> None:
    lite(tmp_path, "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (?, ?)", rows=[[2.5, "3,5"]])
    read = sheet("SELECT * FROM t", tmp_path, database="clinic.sqlite", decimal=",")
    assert values(read) == {"a": ["2,5"], "b": ["3,5"]}


def test_a_file_of_a_database_needs_a_query(tmp_path: Path) -> None:
    small(tmp_path)
    assert rule(check(tmp_path, of_cases={"path": "clinic.sqlite"}), "query_missing")


def test_a_url_may_name_a_file_but_not_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(tmp_path)
    monkeypatch.setenv(VARIABLE, "sqlite:///clinic.sqlite")
    assert sheet("SELECT * FROM cases", tmp_path).read == 3
    monkeypatch.setenv(VARIABLE, "sqlite:///other.sqlite")
    assert told("SELECT * FROM cases", tmp_path) == "file_missing"
    monkeypatch.setenv(VARIABLE, "sqlite://")
    assert told("SELECT 1", tmp_path) == "database_url"


def test_sqlalchemy_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    fault = asked("SELECT 1", tmp_path, database="clinic.sqlite")
    assert isinstance(fault, Finding)
    assert 'pip install "cgh-analysis[databases]"' in fault.remedy


def test_databases_are_imported_only_where_one_is_asked() -> None:
    program = "import sys, cgh_analysis.ingest; assert not {'sqlalchemy', 'pg8000'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


# where a server is, and who asks


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "database_variable"),
        ("nonsense", "database_url"),
        (f"postgresql+pg8000://{READER}:s3:cr/et@host:port/clinic", "database_url"),
        (f"postgrsql://{READER}:x@host/clinic", "database_url"),
        ("postgresql+pg8000://", "database_url"),
        (f"postgresql+pg8000://{READER}:x@127.0.0.1:1/clinic?sslmodee=on", "database_url"),
        (f"postgresql+pg8001://{READER}:x@host/clinic", "database_url"),
        (f"postgresql+psycopg2://{READER}:x@host/clinic", "database_driver"),
        (f"postgresql+pg8000://{READER}:x@127.0.0.1:1/clinic", "database_silent"),
        (f"postgresql+pg8000://{READER}:x@clinic.invalid/clinic", "database_silent"),
    ],
)
def test_urls_that_lead_nowhere(monkeypatch: pytest.MonkeyPatch, url: str, expected: str) -> None:
    monkeypatch.setenv(VARIABLE, url)
    assert told("select 1") == expected


@pytest.mark.parametrize("url", [f"postgresql+pg8000://{READER}:{PASSWORD[:5]}@h/d", "mysql://a@h/d?PassWord=s3:cr"])
def test_a_password_in_the_study_file_is_refused(url: str) -> None:
    assert told("select 1", url=url) == "database_password"


# the driver leaves its socket behind
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.3)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv(VARIABLE, f"postgresql+pg8000://{READER}:x@127.0.0.1:{port}/clinic")
        begun = time.monotonic()
        assert told("select 1") == "database_silent"
        assert time.monotonic() - begun < 5
        silent.accept()[0].close()
        # whoever waited is let go
        for waiting in (t for t in threading.enumerate() if t.name == connection.CONNECTING):
            waiting.join(5)
            assert not waiting.is_alive()
    gc.collect()
