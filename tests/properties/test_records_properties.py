"""The quick ways of reading come to what the slow ones do: byte by byte, by the csv module, row by row."""

import csv
import io
import re
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.quality.sites import of_others
from cgh_analysis.ingest.readers.text import bits
from cgh_analysis.ingest.readers.text import records as module
from cgh_analysis.ingest.readers.text.records import quote_fault, scan
from cgh_analysis.ingest.spelling import same_spelling
from cgh_analysis.ingest.threads import in_order
from tests.raw import check

BYTES = st.text(alphabet='ab",;\t \n', max_size=300).map(str.encode) | st.binary(max_size=200)
BLOCKS = st.sampled_from([1, 3, 64, 100, 1 << 22])


@pytest.fixture(autouse=True)
def _blocks_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", module.BLOCK)


def walked(data: bytes, separator: str) -> list[tuple[int, int, int, int]]:
    """Start, end, physical line and number of cells of every record that is not blank, byte by byte."""
    found, inside, start, line, cells, first = [], False, 0, 1, 1, 1
    for i, byte in enumerate(data + (b"" if data.endswith(b"\n") else b"\n")):
        inside ^= byte == ord('"')
        cells += not inside and byte == ord(separator)
        line += byte == ord("\n")
        if byte == ord("\n") and not inside:
            if cells > 1 or any(b > 32 for b in data[start:i]):
                found.append((start, i, first, cells))
            start, cells, first = i + 1, 1, line
    return found


def unsound(data: bytes, separator: str) -> tuple[str, int] | None:
    """The fault of the quotes and the physical line of the one that opened, quote by quote."""
    quotes = [i for i, byte in enumerate(data) if byte == ord('"')]
    edges, text = b'"\n' + separator.encode(), b"\n" + data + b"\n"
    wrong = [q for n, q in enumerate(quotes) if text[q + 2 * (n % 2)] not in edges]
    if not wrong and len(quotes) % 2 == 0:
        return None
    place = quotes.index(wrong[0]) if wrong else len(quotes) - 1
    at = quotes[place - place % 2]
    return ("unclosed_quote" if len(quotes) % 2 else "stray_quote"), 1 + data[:at].count(b"\n")


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BYTES, st.sampled_from(",;\t"), BLOCKS)
def test_records_are_those_of_a_walk_over_the_bytes(data: bytes, separator: str, block: int) -> None:
    module.BLOCK = block
    fault = quote_fault(data, separator)
    assert fault == unsound(data, separator)
    if fault is None:
        found = scan(data, separator)
        columns = (found.starts, found.ends, found.lines, found.cells)
        assert list(zip(*(c.tolist() for c in columns), strict=True)) == walked(data, separator)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='ab1é",\n\r', max_size=200), BLOCKS)
def test_records_are_those_of_the_csv_module(text: str, block: int) -> None:
    module.BLOCK = block
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.encode()
    if quote_fault(data, ",") is None:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        found = scan(data, ",")
        assert found.cells.tolist() == [len(row) for row in rows if row]
        assert found.blank_lines == sum(not row for row in rows)


VISITS = {"baseline": 0, "week4": 28, "week12": 84}
ROWS = st.tuples(
    st.sampled_from(["P1", "P1", "P1", "P2", "P2", "P3", "P4", "P03", "Q9", ""]),
    st.sampled_from([*VISITS, *VISITS, ""]),
    st.sampled_from(["0", "7", "28", "84", "84", "7", ""]),
    st.sampled_from(["3", "3.0", "3", "4", "11", ""]),
    st.sampled_from(["drug", "drug", "drug", "block", ""]),
)


def accepted(rows: list[tuple[str, ...]]) -> list[int]:
    """Places of the rows that come in, found row by row: P1 to P3 are cases, on drug, and P4 is one without an arm."""
    kept = [i for i, (person, visit, day, pain, _) in enumerate(rows) if person and visit and day and pain != "11"]
    same: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in kept:
        same[rows[i][:2]].append(i)
    alike = [(*(rows[i][2:3]), rows[i][3].removesuffix(".0"), rows[i][4]) for i in range(len(rows))]
    kept = [group[0] for group in same.values() if all(alike[a] == alike[b] for a, b in pairwise(group))]
    start = {rows[i][0]: int(rows[i][2]) for i in kept if rows[i][1] == "baseline"}
    kept = [i for i in kept if int(rows[i][2]) >= start.get(rows[i][0], 0)]
    torn = {rows[i][0] for i in kept if rows[i][4] == "block"}
    return sorted(i for i in kept if rows[i][0] in {"P1", "P2", "P3"} - torn)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS, max_size=14))
def test_what_comes_in_is_what_comes_in_row_by_row(rows: list[tuple[str, ...]]) -> None:
    lines = ["patient_id,visit,day,pain_nprs,arm", "P0,baseline,0,1,drug", *(",".join(row) for row in rows)]
    with tempfile.TemporaryDirectory() as folder:
        cases = "patient_id,arm\nP0,drug\nP1,drug\nP2,drug\nP3,drug\nP4,\n"
        tables = check(Path(folder), cases=cases, visits="\n".join([*lines, ""]))
    expected = [rows[i] for i in accepted(rows)]
    given = tables.visits.iloc[1:]
    assert given["patient_id"].tolist() == [row[0] for row in expected]
    assert given["visit"].astype(str).tolist() == [row[1] for row in expected]
    assert given["day"].tolist() == [int(row[2]) for row in expected]
    assert given["pain_nprs"].fillna(-1).tolist() == [float(row[3] or -1) for row in expected]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet="00019Aa-é.", max_size=8), max_size=8))
def test_ids_lose_their_padding_as_one_by_one(ids: list[str]) -> None:
    plain = [re.sub(r"\s|[.,]0*$", "", text.casefold()) for text in ids]
    bare = [re.sub(r"(?<![0-9])0+(?=[0-9])", "", text) for text in plain]
    assert same_spelling(np.array(ids, dtype=object)).tolist() == bare


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="a \t\x1c\x85\u00a0\u3000é手", max_size=4), unique=True, max_size=8), st.randoms())
def test_texts_from_arrow_are_stripped_as_one_by_one(texts: list[str], random: Random) -> None:
    codes = np.array([random.randrange(len(texts)) for _ in range(12 * bool(texts))], dtype=np.int32)
    cells = Cells.unpacked(pa.array(["x", *texts], type=pa.string()).slice(1), codes)
    assert cells.values.tolist() == [texts[i].strip() for i in codes]
    assert cells.arrow.to_pylist() == cells.texts.tolist()
    assert len(set(cells.texts)) == len(cells.texts)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-9, 9) | st.integers(-2, 2).map(float), min_size=2, max_size=12))
def test_medians_of_others_are_those_of_lists_without_one(values: list[float]) -> None:
    naive = [float(np.median(np.delete(values, i))) for i in range(len(values))]
    assert of_others(np.array(values)).tolist() == naive


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=200), st.booleans())
def test_marks_are_counted_as_one_by_one(mask: list[bool], outer: bool) -> None:
    words, n = bits.pack(np.array(mask)), len(mask)
    at = np.arange(n)
    assert bits.places(words, n).tolist() == [i for i in range(n) if mask[i]]
    assert bits.marked(words) == sum(mask)
    assert bits.marked_before(words, at).tolist() == [sum(mask[:i]) for i in range(n)]
    assert [bits.is_marked(bits.odd_so_far(words, outer), i) for i in range(n)] == [
        (outer + sum(mask[: i + 1])) % 2 == 1 for i in range(n)
    ]
    assert bits.places(bits.next_to(words, outer), n).tolist() == [i for i in range(n) if [outer, *mask][i]]
    assert bits.places(bits.before_one(words, outer, n), n).tolist() == [i for i in range(n) if [*mask, outer][i + 1]]


def test_pieces_are_done_once_each_and_come_in_their_order() -> None:
    done: list[int] = []

    def slow_first(piece: int) -> int:
        time.sleep(0.02 * (piece == 0))
        done.append(piece)
        return piece**2

    assert in_order(slow_first, range(20)) == [piece**2 for piece in range(20)]
    assert sorted(done) == list(range(20))


@pytest.mark.parametrize("pieces", [[0], [0, 1], [1, 0], [2, 1, 0]])
def test_what_fails_in_one_thread_fails_in_all(pieces: list[int]) -> None:
    with pytest.raises(ZeroDivisionError):
        in_order(lambda piece: 1 // piece, pieces)
