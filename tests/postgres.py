"""A PostgreSQL server of the tests' own: in a folder of its own, on a free port of this machine, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

OWNER, READER = "clinic_owner", "clinic_reader"
# signs that a URL has to write as numbers
PASSWORD = "s3:cr/et@%word"
# a server whose habits change what values look like, unless whoever asks says otherwise
HABITS = ("datestyle=German", "extra_float_digits=0", "timezone=Asia/Tokyo", "fsync=off", "shared_buffers=16MB")
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it listens."""

    port: int

    def url(self, *, user: str = READER, password: str = PASSWORD, database: str = "postgres") -> str:
        secret = f":{quote(password, safe='')}" if password else ""
        return f"postgresql+pg8000://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, rows: list[list[Any]] | None = None) -> None:
        """Run statements as the owner, the last one for each of `rows`."""
        import pg8000.dbapi

        where = {"host": "127.0.0.1", "port": self.port, "database": "postgres"}
        with closing(pg8000.dbapi.connect(user=OWNER, password=PASSWORD, **where)) as connection:
            cursor = connection.cursor()
            for statement in statements if rows is None else statements[:-1]:
                cursor.execute(statement)
            if rows is not None:
                cursor.executemany(statements[-1], rows)
            connection.commit()


def programs() -> Path | None:
    """The folder of the server's programs, the newest version first; nothing where there are none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    found = shutil.which("initdb")
    every = [*debian[::-1], *([Path(found)] if found else [])]
    return every[0].parent if every else None


def needed() -> Path:
    """Return the programs; without them the tests are skipped, but never in CI, which has to have them."""
    folder = programs()
    if folder is None and os.environ.get("CI") == "true":
        pytest.fail("CI needs PostgreSQL: apt-get install postgresql")
    if folder is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return folder


@contextmanager
def serving(programs: Path) -> Iterator[Server]:
    """Start a server and stop it, whatever comes between."""
    # the folders that pytest makes may be entered by their owner only, and the server refuses to be root
    folder = Path(tempfile.mkdtemp(prefix="cgh-postgres-"))
    try:
        who = _somebody()
        if who:
            os.chown(folder, *(pwd.getpwnam(who)[2:4]))
        secret = folder / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        made = ["--username", OWNER, "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"]
        _call([programs / "initdb", "--pgdata", folder / "data", "--locale", "C", *made], folder, who)
        port = _start(programs, folder, who)
        try:
            server = Server(port=port)
            server.run(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
            yield server
        finally:
            _call([programs / "pg_ctl", "--pgdata", folder / "data", "--mode", "immediate", "stop"], folder, who)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _somebody() -> str | None:
    """Who runs the server where the tests are run by root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _start(programs: Path, folder: Path, who: str | None) -> int:
    """Start the server; a port that was free a moment ago may have been taken."""
    for left in reversed(range(TRIES)):
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            port = int(probe.getsockname()[1])
        habits = " ".join(f"-c {habit}" for habit in HABITS)
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} {habits}"
        command = ["--pgdata", folder / "data", "--log", folder / "log", "--wait", "--options", options, "start"]
        if _call([programs / "pg_ctl", *command], folder, who, may_fail=left > 0):
            return port
    raise AssertionError


def _call(command: list[str | Path], folder: Path, who: str | None, *, may_fail: bool = False) -> bool:
    # a file, since the server holds on to what it is started with, and a pipe would never end
    with (folder / "said").open("wb") as said:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            user=who,
            group=who and pwd.getpwnam(who).pw_gid,
            extra_groups=[] if who else None,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode and not may_fail:
        log = [path.read_text(errors="replace") for path in (folder / "said", folder / "log") if path.exists()]
        raise AssertionError("\n".join(log))
    return done.returncode == 0
