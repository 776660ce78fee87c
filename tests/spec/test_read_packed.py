"""Text packed by gzip: unpacked within limits, or refused with what is the matter."""

import gzip
from pathlib import Path

import pytest

from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.readers import limits
from cgh_analysis.ingest.readers.packed import unpack
from tests.raw import CASES, check, no_errors

OF_CASES = {"path": "cases.csv.gz"}


def fault(data: bytes) -> Finding:
    found = unpack(data, "cases.csv.gz")
    assert isinstance(found, Finding)
    return found


def test_packed_text_is_read_as_if_it_were_not_packed(tmp_path: Path) -> None:
    (tmp_path / "cases.csv.gz").write_bytes(gzip.compress(CASES.encode()))
    tables = check(tmp_path, of_cases=OF_CASES)
    assert no_errors(tables)
    assert (tables.files[0].read, tables.cases["patient_id"].tolist()) == (3, ["P1", "P2", "P3"])
    (tmp_path / "cases.tsv.gz").write_bytes(gzip.compress(CASES.replace(",", "\t").encode()))
    assert no_errors(check(tmp_path, of_cases={"path": "cases.tsv.gz"}))


def test_several_members_are_one_file_and_zeros_may_follow() -> None:
    data = gzip.compress(CASES[:20].encode()) + gzip.compress(b"") + gzip.compress(CASES[20:].encode())
    assert unpack(data, "cases.csv.gz") == CASES.encode()
    assert unpack(data + bytes(512), "cases.csv.gz") == CASES.encode()


@pytest.mark.parametrize("cut", [1, 5, 15, 30, -9, -1])
def test_what_was_cut_is_refused_whole(cut: int) -> None:
    assert fault(gzip.compress(CASES.encode())[:cut]).rule == "unreadable"


def test_every_flipped_byte_of_the_content_is_noticed() -> None:
    data = gzip.compress(CASES.encode(), mtime=0)
    for place in range(10, len(data)):
        spoilt = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        assert isinstance(unpack(spoilt, "cases.csv.gz"), Finding), place


def test_what_is_not_packed_is_told_so() -> None:
    assert fault(CASES.encode()).rule == "unreadable"
    assert fault(b"").rule == "empty"
    assert fault(gzip.compress(CASES.encode()) + b"more").rule == "unreadable"


def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    assert fault(bomb).rule == "oversize"
    assert "unpack to more than" in fault(bomb).message
    repeated = gzip.compress(b"P1,drug,40\n" * 200_000)
    assert isinstance(unpack(repeated, "x.csv.gz"), bytes), "small files may swell"
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    assert fault(repeated).rule == "oversize"


def test_gzip_inside_gzip_is_refused() -> None:
    found = fault(gzip.compress(gzip.compress(CASES.encode())))
    assert (found.rule, "Unpack it" in found.remedy) == ("archive", True)
