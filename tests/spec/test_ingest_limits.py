"""Files beyond what is read: refused at once, and without filling the memory."""

import tracemalloc
from pathlib import Path
from time import process_time

import pytest

from tests.raw import CASES, VISITS, check, places

MEGABYTE = 1 << 20
LONG = 20 * MEGABYTE


def many_columns(n: int) -> bytes:
    names = ",".join(f"c{i}" for i in range(n))
    return f"patient_id,visit,day,{names}\nP1,baseline,0{',1' * n}\n".encode()


@pytest.mark.parametrize(
    ("visits", "rule"),
    [
        (many_columns(200_000), "oversize"),
        (VISITS.encode() + b"P3,week4,28," + b"x" * LONG + b"\n", "oversize"),
        (VISITS.encode() + b'P3,week4,28,"' + b'""' * (LONG // 2) + b'"\n', "oversize"),
        (b"x" * LONG, "oversize"),
        (b'"' + b"a," * (LONG // 2), "unclosed_quote"),
        (VISITS.encode() + b"P3,week4,\0,5\n", "binary"),
        (VISITS.encode("utf-16-le"), "binary"),
        (VISITS.encode() + "P3,week4,28,\u00fc\n".encode("utf-16-le"), "binary"),
        (VISITS.encode("utf-16-be") + b"P3,week4,28,\xfc\n", "binary"),
        (bytes(LONG), "binary"),
        (b"\n" * (LONG // 4) + b"x", "header_only"),
        ("\n \n".encode("utf-16"), "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"\x01\n", "empty"),
    ],
    ids=[
        "200,000 columns",
        "a cell of 20 MB",
        "a quoted cell of 20 MB",
        "one line of 20 MB",
        "a quote never closed",
        "a null byte",
        "UTF-16 without a mark",
        "the end in UTF-16",
        "UTF-16 and another encoding",
        "nothing but null bytes",
        "5 million blank lines",
        "UTF-16 of nothing",
        "a mark and space",
        "control characters",
    ],
)
def test_what_is_no_table_is_refused_at_once(tmp_path: Path, visits: bytes, rule: str) -> None:
    tracemalloc.start()
    start = process_time()
    tables = check(tmp_path, visits=visits)
    seconds = process_time() - start
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(severity, file) for severity, file, *_ in places(tables, rule)] == [("error", "visits.csv")]
    assert len(tables.visits) == 0
    assert seconds < 2
    assert held < 10 * max(len(visits), LONG)


def test_what_is_just_short_enough_is_read(tmp_path: Path) -> None:
    cases = CASES.replace("arm", "arm,site", 1).replace("drug", f"drug,{'x' * 100_000}").replace("block", "block,B")
    assert len(check(tmp_path, cases=cases).cases) == 3
