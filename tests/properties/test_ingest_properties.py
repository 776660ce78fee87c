"""Whatever happens to a file, every record is counted once and no bug of ours comes to light."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgh_analysis.errors import CghError
from cgh_analysis.ingest import FileCount, Tables, check_tables, read_tables
from cgh_analysis.ingest.readers.text.records import quote_fault, scan
from cgh_analysis.study import Study
from tests import builders

CASES = [
    "patient_id,site,arm,age_years,sex",
    *(f'P{i},"S{i % 3}",{("drug", "block")[i % 2]},{30 + i},' for i in range(8)),
]
VISITS = ["patient_id,visit,day,pain_nprs,ndi,headache_free"] + [
    f"P{i},{visit},{day},{(i + day) % 11},{(7 * i + day) % 51}.5,no"
    for i in range(8)
    for visit, day in (("baseline", 0), ("week4", 28), ("week12", 84))
]
FRAGMENTS = ["", '"', '""', ",", "\n", "\r", "\r\n", "\0", "3,5", "~4", "NA", "Total", "90+", "é", "=1+1", "2024-01-02"]


@st.composite
def corrupted(draw: st.DrawFn) -> tuple[str, bytes]:
    """One of two sound files after up to four of: a cut, a lost cell, a row twice, rows swapped, text put in."""
    name, rows = draw(st.sampled_from([("cases", CASES), ("visits", VISITS)]))
    rows = list(rows)
    data = None
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(rows) - 1))
        match draw(st.sampled_from(["cut", "drop", "repeat", "swap", "insert", "byte"])):
            case "drop":
                rows[at] = rows[at].partition(",")[2]
            case "repeat":
                rows.insert(at, rows[draw(st.integers(0, len(rows) - 1))])
            case "swap":
                rows.append(rows.pop(at))
            case "insert":
                place = draw(st.integers(0, len(rows[at])))
                rows[at] = rows[at][:place] + draw(st.sampled_from(FRAGMENTS)) + rows[at][place:]
            case "cut":
                data = "\n".join(rows).encode()[: draw(st.integers(0, 400))]
            case "byte":
                data = "\n".join(rows).encode() + bytes([draw(st.integers(0, 255))])
    return name, "\n".join([*rows, ""]).encode() if data is None else data


def checked(folder: Path, name: str, data: bytes) -> tuple[Study, Tables]:
    for other, rows in (("cases", CASES), ("visits", VISITS)):
        (folder / f"{other}.csv").write_bytes("\n".join([*rows, ""]).encode())
    (folder / f"{name}.csv").write_bytes(data)
    study = builders.study(folder=folder)
    return study, check_tables(study)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corrupted())
def test_every_record_is_accepted_or_quarantined(corruption: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study, tables = checked(Path(folder), *corruption)
        for count in tables.files:
            assert count.read == count.accepted + count.quarantined
        sound = not any(p.severity == "error" for p in tables.problems)
        if sound:
            assert [f.accepted for f in tables.files] == [len(tables.cases), len(tables.visits)]
            refused = tables.ledger.loc[tables.ledger["severity"] == "quarantine"]
            for count in tables.files:
                assert refused.loc[refused["file"] == count.path, "row"].nunique() == count.quarantined
            assert tables.visits["patient_id"].isin(tables.cases["patient_id"]).all()
            assert not tables.visits.duplicated(["patient_id", "visit"]).any()
            read_tables(study)
        else:
            with pytest.raises(CghError):
                read_tables(study)


def test_the_sound_files_are_sound(tmp_path: Path) -> None:
    _, tables = checked(tmp_path, "cases", "\n".join([*CASES, ""]).encode())
    assert tables.problems == ()
    assert tables.files == (
        FileCount(path="cases.csv", read=8, accepted=8, quarantined=0),
        FileCount(path="visits.csv", read=24, accepted=24, quarantined=0),
    )


CELLS = st.text(alphabet='ab1 ,";\n', max_size=6)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8))
def test_the_count_of_records_is_that_of_the_csv_module(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    text = out.getvalue()
    records = scan(text.encode(), ",")
    assert quote_fault(text.encode(), ",") is None
    assert records.cells.tolist() == [len(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    starts = [text.encode()[:s].count(b"\n") + 1 for s in records.starts]
    assert records.lines.tolist() == starts
