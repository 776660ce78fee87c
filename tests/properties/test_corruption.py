"""Sound files spoilt at random: nothing raises, every record is counted and told of, and nobody is named."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgh_analysis.cli import main
from cgh_analysis.ingest import Tables, check_tables
from cgh_analysis.ingest.identifiers.folded import fold
from cgh_analysis.ingest.rules import RULES
from tests import builders, corrupt, redcap
from tests.corrupt import BYTES, GRIDS, ROWS, SECRETS, Step, broken, records_of, spoilt, steps, write

# said here, for the profile that Hypothesis takes where CI is set would change them
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY = settings(FEW, max_examples=1500)
ROW_STEPS, BYTE_STEPS = steps(ROWS, 4), steps(BYTES, 3)
TABLES = st.sampled_from(list(GRIDS))
TYPED = st.sampled_from([kind for kind in corrupt.KINDS if kind not in ("csv", "tsv")])
# these leave a text that nobody can take apart, so that only its lines are counted
NOT_TAKEN_APART = (
    *("stray_quote", "unclosed_quote", "encoding", "binary", "not_text", "empty", "oversize", "unknown_encoding"),
)
SAID: tuple[dict[str, Any], ...] = (
    {"separator": "detect", "encoding": "detect", "decimal": "detect"},
    {"header": 2},
    {"header": 3, "separator": "detect"},
    {"encoding": "cp1252"},
    {"encoding": "utf-16"},
    {"decimal": ","},
    {"where": {"note": ""}},
    {"where": {"patient_id": ("P01", "P02")}, "missing": ("north", "0")},
    {"spread": {"names": "note", "values": "patient_id", "by": ("patient_id",)}},
    {"columns": {"patient_id": {"column": ("patient_id", "note")}}},
    {"columns": {"day": {"column": "day", "date": "dmy"}}},
    {"ignore_rest": True, "repeated": True},
)
STUDY = """
[study]
id = "small"
title = "A small study"
seed = 1
[sources]
{sources}
[[arms]]
id = "drug"
label = "Drug"
reference = true
[[arms]]
id = "block"
label = "Block"
[[visits]]
id = "baseline"
day = 0
[[visits]]
id = "week4"
day = 28
"""


def laid_out(folder: Path, name: str, data: bytes, kind: str) -> dict[str, Any]:
    """Write sound files but for one, and return the sources that name them."""
    sources: dict[str, Any] = {}
    for other, grid in GRIDS.items():
        (folder / f"{other}.csv").write_bytes(corrupt.text_of(grid))
        sources[other] = {"path": f"{other}.csv"}
    (folder / f"{name}.{kind}").write_bytes(data)
    query = {"query": "SELECT * FROM records"} if kind == "sqlite" else {}
    sources[name] = {"path": f"{name}.{kind}", **query}
    return sources


def refusals(tables: Tables) -> pd.DataFrame:
    """The rows of the ledger that say why a record was refused."""
    return tables.ledger[tables.ledger["rule"].isin([name for name, rule in RULES.items() if rule.refuses])]


def read(folder: Path, sources: dict[str, Any]) -> Tables:
    """Check the files; whatever they hold, records are counted, told of once, and nobody is named."""
    tables = check_tables(builders.study(folder=folder, sources=sources))
    refusing = refusals(tables)
    assert not refusing.duplicated(["file", "row", "column", "rule"]).any(), "once for each reason"
    stopped = {p.file for p in tables.problems if p.severity == "error"}
    for count, frame in zip(tables.files, (tables.cases, tables.visits, tables.events), strict=True):
        assert count.read == count.accepted + count.quarantined
        # several records may make one row
        assert count.accepted >= len(frame)
        told = refusing.loc[refusing["file"] == count.path, "row"].nunique()
        # of a file that cannot be taken apart, or not by its dictionary, no record is told of by itself
        assert told == count.quarantined or (count.accepted == 0 and stopped & {count.path, "dict.csv"})
    words = [value for p in (*tables.problems, *tables.quality) for value in asdict(p).values()]
    names_nobody(" ".join(map(str, [*words, *tables.ledger.to_numpy().ravel(), *tables.files])))
    return tables


def names_nobody(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in fold(text)]


def count_again(tables: Tables, name: str, path: str, data: bytes, separator: str) -> None:
    """Compare what was read of a text with what the csv module makes of it, record by record."""
    rules = {p.rule for p in tables.problems if p.file == path}
    records = records_of(data, separator)
    count = next(f for f in tables.files if f.path == path)
    if not records or rules & set(NOT_TAKEN_APART):
        return
    assert count.read == len(records) - 1
    refused = set(refusals(tables).query("file == @path")["row"])
    assert count.accepted == len(getattr(tables, name))
    if count.accepted:
        heads = [cell.replace("\u200b", "").replace("\ufeff", "").split() for cell in records[0][1]]
        at = heads.index(["patient_id"])
        kept = [cells[at].strip() for line, cells in records[1:] if line not in refused]
        assert getattr(tables, name)["patient_id"].tolist() == kept


def spoil_told(name: str, rows: list[Step], cuts: list[Step], said: dict[str, Any]) -> None:
    """What the study file says of a file may be wrong too."""
    data = broken(corrupt.text_of(spoilt(GRIDS[name], rows)), cuts)
    with tempfile.TemporaryDirectory() as folder:
        sources = laid_out(Path(folder), name, data, "csv")
        read(Path(folder), sources | {name: {**sources[name], **said}})


def spoil_text(name: str, rows: list[Step], cuts: list[Step], kind: str) -> None:
    separator = "\t" if kind == "tsv" else ","
    data = broken(corrupt.text_of(spoilt(GRIDS[name], rows), separator), cuts)
    with tempfile.TemporaryDirectory() as folder:
        tables = read(Path(folder), laid_out(Path(folder), name, data, kind))
    count_again(tables, name, f"{name}.{kind}", data, separator)


def spoil_typed(name: str, rows: list[Step], cuts: list[Step], kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        grid = spoilt(GRIDS[name], rows)
        data = broken(write(grid, kind, Path(folder)), cuts)
        tables = read(Path(folder), laid_out(Path(folder), name, data, kind))
    path = f"{name}.{kind} ({name})" if kind == "sqlite" else f"{name}.{kind}"
    count = next(f for f in tables.files if f.path == path)
    stopped = any(p.severity == "error" and p.file == path for p in tables.problems)
    # rows with nothing in them are no records of a workbook
    filled = sum(any(row) for row in grid) if kind in ("xlsx", "csv.gz") else len(grid)
    assert cuts or stopped or count.read == filled - 1


def spoil_name(name: str, rows: list[Step], kind: str, called: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = write(spoilt(GRIDS[name], rows), kind, Path(folder))
        read(Path(folder), laid_out(Path(folder), name, data, called))


def spoil_project(cuts: list[Step], of_dictionary: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "dict.csv").write_bytes(broken(redcap.written(redcap.DICTIONARY), of_dictionary))
        (Path(folder) / "cases.csv").write_bytes(broken(redcap.CASES.encode("utf-8"), cuts))
        for name in ("visits", "events"):
            (Path(folder) / f"{name}.csv").write_bytes(corrupt.text_of(GRIDS[name]).replace(b"P0", b"P"))
        sources: dict[str, Any] = {name: {"path": f"{name}.csv"} for name in GRIDS}
        read(Path(folder), sources | {"cases": {"path": "cases.csv", **redcap.OF_CASES}})


def spoil_and_command(name: str, rows: list[Step], cuts: list[Step], command: str) -> None:
    """Every command ends in words and one of its exit codes, and neither it nor what it writes says who anybody is."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        data = broken(corrupt.text_of(spoilt(GRIDS[name], rows)), cuts)
        sources = laid_out(folder, name, data, "csv")
        listed = "\n".join(f'{table} = {{ path = "{part["path"]}" }}' for table, part in sources.items())
        (folder / "study.toml").write_text(STUDY.format(sources=listed), encoding="utf-8")
        words = [word.format(folder=folder, file=folder / f"{name}.csv") for word in COMMANDS[command]]
        done = CliRunner().invoke(main, [command.split()[0], *words])
        written = [*folder.glob("new.toml"), *folder.glob("out/*")]
        names_nobody(" ".join([done.output, *(path.read_text(encoding="utf-8") for path in written)]))
    assert done.exit_code in (0, 2), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.output
    if command == "check --json":
        told = json.loads(done.stdout)
        assert told["status"] == ("error" if done.exit_code else "ok")
        names_nobody(str(told))


COMMANDS = {
    "check": ["{folder}/study.toml"],
    "check --json": ["{folder}/study.toml", "--json"],
    "init": ["--file", "{file}", "--out", "{folder}/new.toml"],
    "anonymise": ["{file}", "--out", "{folder}/out", "--key", "{folder}/key"],
}
PROPERTIES: dict[str, tuple[Callable[..., None], dict[str, st.SearchStrategy[Any]]]] = {
    "text": (
        spoil_text,
        {"name": TABLES, "rows": ROW_STEPS, "cuts": BYTE_STEPS, "kind": st.sampled_from(["csv", "tsv"])},
    ),
    "text and what is said of it": (
        spoil_told,
        {"name": TABLES, "rows": ROW_STEPS, "cuts": BYTE_STEPS, "said": st.sampled_from(SAID)},
    ),
    "rows of typed files": (spoil_typed, {"name": TABLES, "rows": ROW_STEPS, "cuts": st.just([]), "kind": TYPED}),
    "typed files": (spoil_typed, {"name": TABLES, "rows": steps(ROWS, 1), "cuts": BYTE_STEPS, "kind": TYPED}),
    "names": (
        spoil_name,
        {"name": TABLES, "rows": steps(ROWS, 1), "kind": TYPED, "called": st.sampled_from(corrupt.KINDS)},
    ),
    "projects": (spoil_project, {"cuts": BYTE_STEPS, "of_dictionary": BYTE_STEPS}),
    "commands": (
        spoil_and_command,
        {"name": TABLES, "rows": ROW_STEPS, "cuts": BYTE_STEPS, "command": st.sampled_from(list(COMMANDS))},
    ),
}


def run(name: str, how: settings) -> None:
    check, given_by = PROPERTIES[name]
    how(given(**given_by)(check))()


@pytest.mark.parametrize("name", PROPERTIES)
def test_spoilt_files_are_counted_told_of_and_name_nobody(name: str) -> None:
    run(name, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_many_spoilt_files_are_counted_told_of_and_name_nobody(name: str) -> None:
    run(name, MANY)


def test_what_is_sound_comes_in_whole(tmp_path: Path) -> None:
    """The files that are spoilt are sound, of whatever kind: else the properties would show nothing."""
    for name, grid in GRIDS.items():
        for kind in corrupt.KINDS:
            tables = read(tmp_path, laid_out(tmp_path, name, write(grid, kind, tmp_path), kind))
            assert [f.quarantined for f in tables.files] == [0, 0, 0]
            assert [len(frame) for frame in (tables.cases, tables.visits, tables.events)] == [5, 9, 3]
            assert not [p for p in tables.problems if p.severity == "error"]
