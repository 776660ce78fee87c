"""A query's answer as bytes that are the same for the same rows, and as a sheet of text.

All is asked in one transaction that only reads and sees one state of the data: the rows, and how many they are. Rows
come in the order that the query asks for. Where it asks for none, a database may give them in another order on another
day, and they are sorted by their text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.columns.arrow import check_schema, table_sheet
from cgh_analysis.ingest.readers.limits import too_many
from cgh_analysis.ingest.readers.plain import sign_of
from cgh_analysis.ingest.readers.sql.complaints import QUERY_MINUTES, unanswered, unreached
from cgh_analysis.ingest.readers.sql.connection import connect, open_engine, unlogged
from cgh_analysis.ingest.readers.sql.statement import Statement, read_statement
from cgh_analysis.ingest.readers.sql.values import JSON, Column
from cgh_analysis.ingest.sheet import MOST_BYTES, Sheet, clean_header
from cgh_analysis.study import Source, Study

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

MOST_ROWS: Final = 10_000_000
LONGEST_CELL: Final = 1 << 17
BATCH: Final = 10_000
# one state of the data, nothing written, and values in full whatever the server is set to
BEGIN: Final = {
    "postgresql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        f"SET LOCAL statement_timeout = '{QUERY_MINUTES}min'",
        "SET LOCAL datestyle = 'ISO'",
        "SET LOCAL extra_float_digits = 3",
    ),
    "mysql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
    "mariadb": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
    "sqlite": ("BEGIN",),
}
# PostgreSQL's numbers of the types whose values look like others once a driver has read them
JSON_TYPES: Final = (114, 3802)
TEXT: Final = pa.dictionary(pa.int32(), pa.string())
TOLD: Final = b"told"
Description = Sequence[Sequence[Any]]


def answer(study: Study, source: Source) -> bytes | Finding:
    """Ask a source's query and return its answer as a stream of Arrow, or why there is none.

    The same rows give the same bytes.
    """
    statement = read_statement(source.query)
    if statement.fault:
        return found("query_statement", source.path, fault=statement.fault)
    engine = open_engine(study, source)
    if isinstance(engine, Finding):
        return engine
    # a driver may raise anything, and its words may hold the password: nothing of it may pass
    try:
        connection = connect(engine)
    except Exception as error:
        return unreached(error, source, password=bool(engine.url.password))
    try:
        with unlogged(), connection:
            return _ask(connection, statement, source)
    except Exception as error:
        return unanswered(error, source, statement)


def read_answer(data: bytes, source: Source) -> Sheet:
    """Read the answer of a query; row numbers are places in it, the first is 1."""
    table = pa.ipc.open_stream(data).read_all()
    told = json.loads(table.schema.metadata[TOLD])
    names, counted = clean_header(told["names"]), told["counted"]
    texts = table.select(range(len(names)))
    faults = check_schema(texts.schema, source.path)
    faults += [found("query_column", source.path, column=names[i], what=what) for i, what in told["strange"]]
    if not (table.num_rows or counted):
        faults.append(found("header_only", source.path))
    sheet = Sheet(file=source.path, read=counted, findings=tuple(faults))
    if faults:
        return sheet
    masks = zip(told["dates"], table.columns[len(names) :], strict=True)
    dates = {names[i]: np.asarray(mask, dtype=bool) for i, mask in masks}
    sheet = table_sheet(texts, source, sheet)
    return replace(sheet, real_dates=dates) if sheet.columns else sheet


def query_missing(_data: bytes, source: Source) -> Sheet:
    """Refuse the file of a database that no query asks."""
    return Sheet(file=source.path, findings=(found("query_missing", source.path),))


def _ask(connection: Connection, statement: Statement, source: Source) -> bytes | Finding:
    for begin in BEGIN.get(connection.dialect.name, ()):
        connection.exec_driver_sql(begin)
    counted = int(connection.execute(_verbatim(f"SELECT count(*) FROM (\n{statement.text}\n) q")).scalar_one())
    columns: list[Column] = []
    rows = size = 0
    for description, batch in _batches(connection, statement):
        columns = columns or _columns(connection, description, sign_of(source))
        rows += len(batch)
        what = _too_much(max(rows, counted), len(columns), size)
        if what:
            return found("oversize", source.path, what=what)
        for column, values in zip(columns, zip(*batch, strict=True), strict=False):
            size += column.add(values)
    texts = [_whole(column.texts, TEXT) for column in columns]
    long = next((c.name for c, text in zip(columns, texts, strict=True) if _longest(text) > LONGEST_CELL), None)
    if long is not None:
        return found("oversize", source.path, column=long, what=f"a cell of more than {LONGEST_CELL} characters")
    return _packed(columns, texts, counted, ordered=statement.ordered)


def _batches(connection: Connection, statement: Statement) -> Iterator[tuple[Description, Sequence[Any]]]:
    """The rows, some at a time, with what the driver says of their columns; no rows are one batch of none."""
    if connection.dialect.name != "postgresql":
        result = connection.execution_options(stream_results=True).execute(_verbatim(statement.text))
        description = result.cursor.description
        while rows := result.fetchmany(BATCH):
            yield description, rows
        yield description, ()
        return
    # a cursor of the server's, by its own name: not every driver has them, and closing theirs fails after an error
    connection.execute(_verbatim(f"DECLARE answer NO SCROLL CURSOR FOR {statement.text}"))
    while True:
        result = connection.exec_driver_sql(f"FETCH FORWARD {BATCH} FROM answer")
        description, rows = result.cursor.description, result.fetchall()
        yield description, rows
        if not rows:
            return


def _verbatim(query: str) -> TextClause:
    """A query that goes to the server as it is written, colons and percent signs too."""
    from sqlalchemy import text

    return text(query.replace(":", r"\:"))


def _columns(connection: Connection, description: Description, sign: str) -> list[Column]:
    server = connection.dialect.name == "postgresql"
    return [
        Column(name=str(told[0]), sign=sign, strange=JSON if server and told[1] in JSON_TYPES else "")
        for told in description
    ]


def _too_much(rows: int, columns: int, size: int) -> str:
    if rows > MOST_ROWS:
        return f"{rows} rows"
    return too_many(rows, columns) or (f"{size} bytes of text" if size > MOST_BYTES else "")


def _longest(text: pa.DictionaryArray) -> int:
    return pc.max(pc.utf8_length(text.dictionary)).as_py() or 0


def _whole(parts: list[pa.Array], kind: pa.DataType) -> pa.DictionaryArray:
    """One array of several batches, its distinct texts in order: the same for the same cells."""
    chunks = pa.chunked_array(parts, type=kind).unify_dictionaries()
    whole = pa.concat_arrays(chunks.chunks) if chunks.num_chunks else pa.array([], kind)
    order = pc.sort_indices(whole.dictionary)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(rank[whole.indices.to_numpy()], whole.dictionary.take(order))


def _packed(columns: list[Column], texts: list[pa.DictionaryArray], counted: int, *, ordered: bool) -> bytes:
    """The answer and what goes with it, as bytes."""
    masks = {i: np.concatenate(c.dates) for i, c in enumerate(columns) if any(d.any() for d in c.dates)}
    arrays = [*texts, *(pa.array(mask) for mask in masks.values())]
    names = [c.name for c in columns]
    told = {
        "names": names,
        "counted": counted,
        "dates": list(masks),
        "strange": [(i, c.strange) for i, c in enumerate(columns) if c.strange],
    }
    every = [*names, *(f"date {i}" for i in masks)]
    table = pa.Table.from_arrays(arrays, names=every, metadata={TOLD: json.dumps(told)})
    if not ordered:
        # the last key that lexsort is given is the first to count
        table = table.take(np.lexsort([text.indices.to_numpy() for text in reversed(texts)]))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()
