"""Files that were sound, and what happens to them on the way: rows, cells and bytes moved, lost, doubled and spoilt."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyreadstat
from hypothesis import strategies as st

from tests.raw import workbook

Grid = list[list[str]]
Places = tuple[float, float]
Step = tuple[str, float, float]

PEOPLE = [("P01", "drug"), ("P02", "block"), ("P03", "drug"), ("P04", "block"), ("P05", "drug")]
CASES: Grid = [
    ["patient_id", "arm", "age_years", "sex", "site", "note"],
    *([p, a, str(41 + 7 * i), "female" if i % 2 else "male", "north", ""] for i, (p, a) in enumerate(PEOPLE)),
]
VISITS: Grid = [
    ["patient_id", "visit", "day", "pain_nprs", "note"],
    *([p, "baseline", "0", str(4 + i), 'tired, "very"'] for i, (p, _) in enumerate(PEOPLE)),
    *([p, "week4", "28", f"{1 + i}.5", ""] for i, (p, _) in enumerate(PEOPLE[:4])),
]
EVENTS: Grid = [
    ["patient_id", "day", "kind", "detail"],
    ["P02", "40", "crossover", "to drug"],
    ["P03", "51", "adverse_event", "Übelkeit\nfor 2 days"],
    ["P05", "12", "withdrawal", ""],
]
GRIDS = {"cases": CASES, "visits": VISITS, "events": EVENTS}
SECRETS = (
    *("jo.doe@example.org", "+44 20 7946 0958", "943 476 5919", "Mrs Ermintrude Quigley", "14/03/1957"),
    *("https://clinic.example.org/p/12", "SW1A 1AA", "MRN 00482913"),
)
PIECES = (
    b'"',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\x1a",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xc3",
    b"'",
    b"\\",
)
PIECES += (b" ", "\u00a0".encode(), "\u2212".encode(), "\u200b".encode(), b"=1+1", b"#N/A", b"-99", b"%", b"{0}")
DISGUISES: tuple[Callable[[str], str], ...] = (
    str,
    lambda secret: secret.replace(" ", "\u00a0"),
    lambda secret: secret.replace("-", "\u2011").replace(" ", "\u2009"),
    lambda secret: f"see {secret}.",
    lambda secret: f"({secret})\u200b",
    lambda secret: f"{secret[:3]}\u00ad{secret[3:]}",
)
ENCODINGS = ("latin-1", "utf-16", "utf-16-le", "cp1252", "utf-8-sig", "utf-32", "cp850", "utf-16-be")
MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"}
MARKS |= {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
KINDS = ("csv", "tsv", "csv.gz", "xlsx", "sav", "dta", "parquet", "sqlite")


def _at(share: float, length: int) -> int:
    return min(int(share * length), max(length - 1, 0))


def _swap_rows(grid: Grid, a: float, b: float) -> Grid:
    i, j = _at(a, len(grid)), _at(b, len(grid))
    grid[i], grid[j] = grid[j], grid[i]
    return grid


def _repeat_row(grid: Grid, a: float, b: float) -> Grid:
    grid.insert(_at(b, len(grid) + 1), list(grid[_at(a, len(grid))]))
    return grid


def _repeat_block(grid: Grid, a: float, b: float) -> Grid:
    i = _at(a, len(grid))
    block = [list(row) for row in grid[i : i + 1 + _at(b, 4)]]
    return [*grid[: i + len(block)], *block, *grid[i + len(block) :]]


def _delete_row(grid: Grid, a: float, b: float) -> Grid:
    return grid[: _at(a, len(grid))] + grid[_at(a, len(grid)) + 1 :]


def _repeat_header(grid: Grid, a: float, b: float) -> Grid:
    return [*grid[: 1 + _at(a, len(grid))], list(grid[0]), *grid[1 + _at(a, len(grid)) :]] if grid else grid


def _swap_columns(grid: Grid, a: float, b: float) -> Grid:
    for row in grid if b > 0.3 else grid[1:]:
        i, j = _at(a, len(row)), _at(b, len(row))
        if row:
            row[i], row[j] = row[j], row[i]
    return grid


def _repeat_column(grid: Grid, a: float, b: float) -> Grid:
    return [[*row, row[_at(a, len(row))]] if row else row for row in grid]


def _delete_column(grid: Grid, a: float, b: float) -> Grid:
    rows = grid if b > 0.3 else grid[1:]
    for row in rows:
        del row[_at(a, len(row)) : _at(a, len(row)) + 1]
    return grid


def _shift_row(grid: Grid, a: float, b: float) -> Grid:
    row = grid[_at(a, len(grid))] if grid else []
    if row and b < 0.5:
        row.append(row.pop(0))
    elif row:
        row.insert(_at(b, len(row)), "")
    return grid


def _shift_column(grid: Grid, a: float, b: float) -> Grid:
    """Move the cells of a column down by one, as a slip of the mouse does."""
    rows = [row for row in grid[1:] if row]
    if rows:
        cells = [row[_at(a, len(row))] for row in rows]
        for row, cell in zip(rows, [cells[-1], *cells[:-1]], strict=True):
            row[_at(a, len(row))] = cell
    return grid


def _swap_cells(grid: Grid, a: float, b: float) -> Grid:
    rows = [row for row in grid if row]
    if rows:
        one, two = rows[_at(a, len(rows))], rows[_at(b, len(rows))]
        i, j = _at(b, len(one)), _at(a, len(two))
        one[i], two[j] = two[j], one[i]
    return grid


def _blank_cell(grid: Grid, a: float, b: float) -> Grid:
    row = grid[_at(a, len(grid))] if grid else []
    if row:
        row[_at(b, len(row))] = ""
    return grid


def _plant(grid: Grid, a: float, b: float) -> Grid:
    """Put what names a person into some cell, in the signs of a typewriter or of a word processor."""
    row = grid[_at(a, len(grid))] if grid else []
    if row:
        secret = SECRETS[_at(a * 97 % 1, len(SECRETS))]
        row[_at(b, len(row))] = DISGUISES[_at(b * 89 % 1, len(DISGUISES))](secret)
    return grid


ROWS: dict[str, Callable[[Grid, float, float], Grid]] = {
    "swap rows": _swap_rows,
    "repeat a row": _repeat_row,
    "repeat a block": _repeat_block,
    "delete a row": _delete_row,
    "repeat the header": _repeat_header,
    "concatenate": lambda grid, a, b: [*grid, *([list(row) for row in grid] if a < 0.5 else [])],
    "swap columns": _swap_columns,
    "repeat a column": _repeat_column,
    "delete a column": _delete_column,
    "shift a row": _shift_row,
    "shift a column": _shift_column,
    "swap cells": _swap_cells,
    "blank a cell": _blank_cell,
    "plant": _plant,
}


def _flip(data: bytes, a: float, b: float) -> bytes:
    i = _at(a, len(data))
    return data[:i] + bytes([data[i] ^ (1 << _at(b, 8))]) + data[i + 1 :] if data else data


def _swap_bytes(data: bytes, a: float, b: float) -> bytes:
    changed = bytearray(data)
    if data:
        i, j = _at(a, len(data)), _at(b, len(data))
        changed[i], changed[j] = changed[j], changed[i]
    return bytes(changed)


def _insert(data: bytes, a: float, b: float) -> bytes:
    i = _at(a, len(data) + 1)
    return data[:i] + PIECES[_at(b, len(PIECES))] + data[i:]


def _repeat_bytes(data: bytes, a: float, b: float) -> bytes:
    i = _at(a, len(data))
    return data[: i + 1 + int(b * 60)] + data[i:]


def _re_encode(data: bytes, a: float, b: float) -> bytes:
    try:
        return data.decode("utf-8").encode(ENCODINGS[_at(b, len(ENCODINGS))])
    except UnicodeError:
        return data


def _part_re_encode(data: bytes, a: float, b: float) -> bytes:
    return data[: _at(a, len(data))] + _re_encode(data[_at(a, len(data)) :], a, b)


BYTES: dict[str, Callable[[bytes, float, float], bytes]] = {
    "cut": lambda data, a, b: data[: _at(a, len(data))],
    "cut at the start": lambda data, a, b: data[_at(a * a * a, len(data)) :],
    "delete bytes": lambda data, a, b: data[: _at(a, len(data))] + data[_at(a, len(data)) + 1 + int(b * 3) :],
    "flip a bit": _flip,
    "swap bytes": _swap_bytes,
    "insert": _insert,
    "repeat bytes": _repeat_bytes,
    "re-encode": _re_encode,
    "re-encode a part": _part_re_encode,
    "line ends": lambda data, a, b: data.replace(b"\n", (b"\r\n", b"\r", b"\n\n", b"\n\r")[_at(b, 4)]),
    "concatenate bytes": lambda data, a, b: data + data[_at(b * b, len(data)) :],
}

SHARES = st.floats(0, 1, exclude_max=True, width=32)


def steps(names: dict[str, Callable[..., object]], most: int) -> st.SearchStrategy[list[Step]]:
    """Some of these steps, one after the other, at places given as shares of the length."""
    return st.lists(st.tuples(st.sampled_from(list(names)), SHARES, SHARES), max_size=most)


def spoilt(grid: Grid, taken: list[Step]) -> Grid:
    """Return rows after some steps, each on what the one before left."""
    rows = [list(row) for row in grid]
    for name, a, b in taken:
        rows = ROWS[name](rows, a, b)
    return rows


def broken(data: bytes, taken: list[Step]) -> bytes:
    """Return bytes after some steps, each on what the one before left."""
    for name, a, b in taken:
        data = BYTES[name](data, a, b)
    return data


def text_of(grid: Grid, separator: str = ",") -> bytes:
    """Write rows as delimited text."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(grid)
    return text.getvalue().encode("utf-8")


def write(grid: Grid, kind: str, folder: Path) -> bytes:
    """Return rows as a file of a kind; typed files need rows of one length, which others are cut or padded to."""
    if kind in ("csv", "tsv"):
        return text_of(grid, "\t" if kind == "tsv" else ",")
    if kind == "csv.gz":
        return gzip.compress(text_of(grid), mtime=0)
    path = folder / f"made.{kind}"
    path.unlink(missing_ok=True)
    if kind == "xlsx":
        workbook(path, {"data": [[_escaped(cell) for cell in row] for row in grid]})
    else:
        _write_typed(_frame(grid), kind, path)
    return path.read_bytes()


def _escaped(cell: str) -> str | float:
    if re.fullmatch(r"[0-9]{1,4}(\.[0-9])?", cell):
        return float(cell)
    return cell.replace("&", "&amp;").replace("<", "&lt;").replace("\0", "")


def _frame(grid: Grid) -> pd.DataFrame:
    """Rows as a frame of text, with names that such files can have."""
    width = len(grid[0]) if grid else 0
    names = [re.sub("[^a-z_]", "_", cell.lower()).strip("_") or "v" for cell in grid[0]] if grid else []
    names = [name if name not in names[:i] else f"{name}_{i}" for i, name in enumerate(names)]
    rows = [[*row, *[""] * width][:width] for row in grid[1:]]
    return pd.DataFrame(rows, columns=names or ["v"] * 0, dtype=object)


def _write_typed(frame: pd.DataFrame, kind: str, path: Path) -> None:
    if kind == "sqlite":
        with closing(sqlite3.connect(path)) as made:
            frame.to_sql("records", made, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "sav":
        pyreadstat.write_sav(frame, str(path))
    else:
        pyreadstat.write_dta(frame, str(path))


def records_of(data: bytes, separator: str = ",") -> list[tuple[int, list[str]]] | None:
    """Take text apart with the csv module: the line of each record, header included; None where that cannot."""
    try:
        text = data.decode(next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8-sig"))
    except UnicodeError:
        return None
    text = text.rstrip("\x1a")
    lines = re.split("\r\n|\r|\n", text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records, line = [], 1
    try:
        for cells in reader:
            # the reader skips nothing, and lines with nothing but space on them are no records
            if cells and (len(cells) > 1 or any(ord(sign) > 32 for sign in lines[line - 1])):
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        return None
    return records
