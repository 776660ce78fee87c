"""What a database says is wrong, in words of our own.

What a driver or a server says of an error may hold the password, the user, or values of patients. Nothing of it is
passed on but its code, and a name that stands in the query already.
"""

from __future__ import annotations

import os
import re
import socket
from typing import Any, Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.sql.statement import Statement
from cgh_analysis.study import Source

CONNECT_SECONDS: Final = 10
QUERY_MINUTES: Final = 10
# what a server says by SQLSTATE, and SQLite by name: how its code begins
CODES: Final = {
    "28": "database_login",
    "3D000": "database_name",
    "42501": "query_right",
    "25006": "query_writes",
    "57014": "query_slow",
    "SQLITE_INTERRUPT": "query_slow",
}
UNKNOWN: Final = {"42P01": "a table", "42703": "a column", "42883": "a function", "3F000": "a schema"}
UNKNOWN_TO_SQLITE: Final = re.compile(r"no such (table|column|function): (.+)")
NAMES: Final = re.compile(r'["«»„“]([^"«»„“”]+)["«»“”]|([\w$]+\.[\w$]+)|(\w+)\(')
# codes of what is no query at all: where it holds a word that writes, that is why
REFUSED: Final = ("0A000", "42601", "42P11", "SQLITE_ERROR")
GONE: Final = {
    "08": "the connection broke off",
    "53": "it has no room for one more",
    "57P": "it is starting, or being shut down",
}
FILES: Final = {
    "SQLITE_NOTADB": "it is no database of SQLite",
    "SQLITE_CORRUPT": "it is damaged",
    "SQLITE_BUSY": "another program is writing to it",
    "SQLITE_LOCKED": "another program is writing to it",
    "SQLITE_CANTOPEN": "SQLite cannot open it to read only",
    "SQLITE_READONLY": "a program has left it unfinished, and has to open it once more",
    "SQLITE_IOERR": "the disk fails",
}


def unreached(error: Exception, source: Source, *, password: bool) -> Finding:
    """Say why there is no connection; `password` is whether one was given."""
    said = _said(error, source, Statement(text=""))
    if said is not None:
        return said
    if isinstance(error, TypeError):
        return no_url(source, "it lacks the user, or says what the driver does not know")
    reason = next(filter(None, map(_network, _chain(error))), "")
    if not reason and not password:
        return found("database_login", source.path, where=_where(source))
    return found("database_silent", source.path, reason=reason or type(error).__name__, where=_where(source))


def unanswered(error: Exception, source: Source, statement: Statement) -> Finding:
    """Say why a query has no answer."""
    said = _said(error, source, statement)
    if said is not None:
        return said
    if any(isinstance(e, UnicodeError) or "decode to UTF-8" in str(e) for e in _chain(error)):
        return found("query_text", source.path)
    return found("query_fails", source.path, code=_code(error) or type(error).__name__)


def no_url(source: Source, reason: str) -> Finding:
    """Say that there is no URL; not what there is."""
    return found("database_url", source.path, where=_where(source), reason=reason)


def _where(source: Source) -> str:
    return f"the variable {source.url_env}" if source.url_env else "`url`"


def _said(error: Exception, source: Source, statement: Statement) -> Finding | None:
    """What a code of the database says, or nothing where it gives none that we know."""
    code, words = _code(error), _words(error)
    lost = UNKNOWN_TO_SQLITE.match(words) if code == "SQLITE_ERROR" else None
    if lost is not None:
        return found("query_name", source.path, what=f"a {lost[1]}", name=_named([lost[2]], statement))
    if code in UNKNOWN:
        names = [next(filter(None, part.groups())) for part in NAMES.finditer(words)]
        return found("query_name", source.path, what=UNKNOWN[code], name=_named(names, statement))
    if statement.writes and code in REFUSED:
        return found("query_writes", source.path)
    file = next((reason for start, reason in FILES.items() if code.startswith(start)), "")
    if file:
        return found("unreadable", source.path, reason=file)
    gone = "the connection broke off" if getattr(error, "connection_invalidated", False) else ""
    gone = next((reason for start, reason in GONE.items() if code.startswith(start)), gone)
    if gone:
        return found("database_silent", source.path, reason=gone, where=_where(source))
    rule = next((rule for start, rule in CODES.items() if code.startswith(start)), "")
    return found(rule, source.path, where=_where(source), minutes=QUERY_MINUTES) if rule else None


def _code(error: Exception) -> str:
    """The SQLSTATE of a server's error, or the name of SQLite's, under the names that drivers give it."""
    raised, told = _raised(error)
    if isinstance(told, dict):
        return str(told.get("C", ""))
    given = (getattr(raised, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname"))
    return str(next(filter(None, given), ""))


def _words(error: Exception) -> str:
    told = _raised(error)[1]
    return str(told.get("M", "") if isinstance(told, dict) else told)


def _raised(error: Exception) -> tuple[Any, Any]:
    """The driver's own error, and the first thing that it says."""
    raised: Any = getattr(error, "orig", None) or error
    return raised, raised.args[0] if raised.args else ""


def _named(names: list[str], statement: Statement) -> str:
    """The name that is not known, if it is one that the query has."""
    known = next((name for name in names if name.casefold() in statement.text.casefold()), "")
    return f": {known}" if known else ""


def _chain(error: BaseException | None) -> list[BaseException]:
    """An error and those that it was raised from."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
    return chain


def _network(error: BaseException) -> str:
    """What the network says; its own words may name the host."""
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_SECONDS} seconds"
    if isinstance(error, socket.gaierror):
        return "its host is not known"
    if isinstance(error, OSError):
        return os.strerror(error.errno).lower() if error.errno else type(error).__name__
    return ""
