"""From a source to its database: a server by URL, or a file of SQLite, which is opened to be read only."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.opening import find_file
from cgh_analysis.ingest.readers.sql.complaints import CONNECT_SECONDS, QUERY_MINUTES, no_url
from cgh_analysis.study import Source, Study

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

SECRETS: Final = ("password", "passwd", "pwd", "sslpassword")
SQLITE_STEPS: Final = 100_000
BUSY_SECONDS: Final = 5.0
CONNECTING: Final = "connecting to a database"


def open_engine(study: Study, source: Source) -> Engine | Finding:
    """Return what connects to a source's database, or why there is nothing; no connection is made yet."""
    try:
        import sqlalchemy as sa
    except ImportError:
        return found("database_driver", source.path)
    if source.database:
        return _file(study, source, source.database)
    url = _url(source)
    if isinstance(url, Finding):
        return url
    if url.get_backend_name() == "sqlite":
        return _file(study, source, url.database) if url.database else no_url(source, "it names no file")
    try:
        return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    except ImportError:
        return found("database_driver", source.path)
    except Exception:
        return no_url(source, "the driver does not understand it")


def connect(engine: Engine) -> Connection:
    """Connect, within a time: not every driver knows one, and some wait for ever."""
    if engine.dialect.name == "sqlite":
        return engine.connect()
    connected: Future[Connection] = Future()

    def work() -> None:
        try:
            connected.set_result(engine.connect())
        except Exception as error:
            connected.set_exception(error)

    threading.Thread(target=work, name=CONNECTING, daemon=True).start()
    try:
        return connected.result(CONNECT_SECONDS)
    except TimeoutError:
        # a connection that comes too late is of no use to anybody
        connected.add_done_callback(_drop)
        raise


def _drop(late: Future[Connection]) -> None:
    if late.exception() is None:
        late.result().close()


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep what goes wrong in closing a broken connection out of the log, and off the screen: it is told in words."""
    log = logging.getLogger("sqlalchemy.pool")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


def _url(source: Source) -> URL | Finding:
    from sqlalchemy import make_url

    text = os.environ.get(source.url_env, "").strip() if source.url_env else source.url
    if source.url_env and not text:
        return found("database_variable", source.path, name=source.url_env)
    try:
        url = make_url(text)
    except Exception:
        return no_url(source, "it cannot be read as one")
    if not source.url_env and (url.password or any(name.lower() in SECRETS for name in url.query)):
        return found("database_password", source.path)
    try:
        url.get_dialect()
    except ImportError:
        return found("database_driver", source.path)
    except Exception:
        return no_url(source, "no kind of database is called as it begins")
    return url


def _file(study: Study, source: Source, name: str) -> Engine | Finding:
    """A file of SQLite; one that is not there is not made."""
    import sqlalchemy as sa

    path = find_file(study, name)
    if isinstance(path, Finding):
        return replace(path, file=source.path)
    if not path.stat().st_size:
        return found("empty", source.path)
    return sa.create_engine("sqlite://", creator=lambda: _sqlite(path), poolclass=sa.NullPool, hide_parameters=True)


def _sqlite(path: Path) -> sqlite3.Connection:
    # without isolation_level the module begins no transaction of its own: ours is the one
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", BUSY_SECONDS, uri=True, isolation_level=None)
    end = time.monotonic() + 60 * QUERY_MINUTES
    connection.set_progress_handler(lambda: int(time.monotonic() > end), SQLITE_STEPS)
    return connection
