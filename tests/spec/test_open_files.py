"""Opening: regular files inside the study's folder come in, and anything else is told in words and never waited for."""

import errno
import os
import socket
from pathlib import Path

import pytest

from cgh_analysis.errors import DataError
from cgh_analysis.ingest import check_tables
from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.readers import opening
from cgh_analysis.ingest.readers.files import hashes, open_files
from cgh_analysis.report.manifest import ingredients
from cgh_analysis.study import Study
from tests import builders
from tests.raw import CASES, VISITS, check, no_errors, rule

POSIX = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and links as POSIX has them")


def study(folder: Path, path: str = "cases.csv", **parts: object) -> Study:
    (folder / "visits.csv").write_text(VISITS)
    sources = {"cases": {"path": path}, "visits": {"path": "visits.csv"}, **parts}
    return builders.study(folder=folder, sources=sources)


def fault(folder: Path, path: str = "cases.csv", **parts: object) -> Finding:
    """Return what is found on the path of the cases."""
    found = open_files(study(folder, path, **parts))[path]
    assert isinstance(found, Finding)
    return found


@POSIX
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cases.csv")
    assert (fault(tmp_path).rule, "a pipe" in fault(tmp_path).message) == ("not_a_file", True)
    with pytest.raises(DataError, match="a pipe"):
        ingredients(study(tmp_path))


@POSIX
def test_what_is_no_file_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").mkdir()
    assert "a folder" in fault(tmp_path).message
    with socket.socket(socket.AF_UNIX) as at:
        at.bind(str(tmp_path / "s.csv"))
        assert "a socket" in fault(tmp_path, "s.csv").message
    device = open_files(builders.study(folder=tmp_path, sources=_in("/dev", "null")))["null"]
    assert isinstance(device, Finding)
    assert "a device" in device.message


def _in(folder: str, path: str) -> dict[str, object]:
    return {"folder": folder, "cases": {"path": path}, "visits": {"path": path}}


@POSIX
def test_a_pipe_that_takes_the_place_of_the_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cases.csv").write_text(CASES)
    really_open = os.open

    def swap(path: Path, *args: int, **more: object) -> int:
        if Path(path).name == "cases.csv":
            Path(path).unlink()
            os.mkfifo(path)
        return really_open(path, *args, **more)

    declared = study(tmp_path)
    monkeypatch.setattr(os, "open", swap)
    found = open_files(declared)["cases.csv"]
    assert isinstance(found, Finding)
    assert found.rule == "changed_while_read"


@pytest.mark.parametrize("how", ["grows", "is rewritten", "is replaced"])
def test_a_file_that_changes_while_it_is_read_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(CASES)
    really_open = os.fdopen

    def change(*args: object, **more: object) -> object:
        if how == "grows":
            path.write_text(CASES + "P4,drug,40\n")
        elif how == "is rewritten":
            path.write_text(CASES.replace("40", "41"))
            os.utime(path, ns=(1, 1))
        else:
            (tmp_path / "new").write_text(CASES)
            (tmp_path / "new").rename(path)
        return really_open(*args, **more)

    declared = study(tmp_path)
    monkeypatch.setattr(os, "fdopen", change)
    assert check_tables(declared).problems[0].rule == "changed_while_read"


@pytest.mark.parametrize("path", ["../secret.csv", "sub/../../secret.csv"])
def test_a_path_may_not_lead_out_of_the_folder(tmp_path: Path, path: str) -> None:
    inside = tmp_path / "study"
    (inside / "sub").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text(CASES)
    assert fault(inside, path).rule == "outside_folder"
    assert "`folder`" in fault(inside, path).remedy
    assert fault(inside, str(tmp_path / "secret.csv")).rule == "outside_folder"
    outer = builders.study(folder=inside, sources=_in("..", "secret.csv"))
    assert open_files(outer)["secret.csv"] == CASES.encode()


@POSIX
def test_links_may_stay_inside_and_not_lead_out(tmp_path: Path) -> None:
    inside = tmp_path / "study"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text(CASES)
    (inside / "out.csv").symlink_to(tmp_path / "secret.csv")
    assert fault(inside, "out.csv").rule == "outside_folder"
    (inside / "real.csv").write_text(CASES)
    (inside / "in.csv").symlink_to("real.csv")
    assert open_files(study(inside, "in.csv"))["in.csv"] == CASES.encode()
    (tmp_path / "linked").symlink_to(inside)
    assert open_files(study(tmp_path / "linked", "real.csv"))["real.csv"] == CASES.encode()
    (inside / "round.csv").symlink_to("round.csv")
    assert fault(inside, "round.csv").rule in ("unreadable", "outside_folder")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cases.csv").write_text(CASES)
    monkeypatch.setattr(opening, "MOST_BYTES", 10)
    monkeypatch.setattr(os, "open", None)
    assert fault(tmp_path).rule == "oversize"


def test_a_file_that_may_not_be_read_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cases.csv").write_text(CASES)
    declared = study(tmp_path)

    def deny(*args: object, **more: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", deny)
    found = open_files(declared)["cases.csv"]
    assert isinstance(found, Finding)
    assert "this user may not read it" in found.message


def test_odd_names_are_told_in_words(tmp_path: Path) -> None:
    assert "too long" in fault(tmp_path, "x" * 300 + ".csv").message
    assert fault(tmp_path, "a\nb.csv").rule == "file_name"
    assert fault(tmp_path, "a\0b.csv").rule == "file_name"
    assert fault(tmp_path, "no/such/folder.csv").rule == "file_missing"


def test_a_dictionary_goes_through_the_same_door(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(CASES)
    (tmp_path / "dictionary.csv").write_text("x")
    cases = {"path": "cases.csv", "dictionary": "dictionary.csv"}
    opened = open_files(study(tmp_path, cases=cases))
    assert opened["dictionary.csv"] == b"x"
    assert list(hashes(opened)) == ["cases.csv", "dictionary.csv", "visits.csv"]
    assert "dictionary.csv" in ingredients(study(tmp_path, cases=cases))["inputs"]
    out = open_files(study(tmp_path, cases={**cases, "dictionary": "../d.csv"}))["../d.csv"]
    assert isinstance(out, Finding)


@pytest.mark.parametrize("name", ["cases.zip", "cases.tar", "cases.7z", "cases.rar", "cases.xlsx.gz", "cases.csv.zst"])
def test_archives_are_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    (problem,) = rule(check(tmp_path, of_cases={"path": name}), "archive")
    assert "Unpack it" in problem.remedy


def test_workbooks_with_macros_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cases.xlsm").write_bytes(b"PK\x03\x04")
    (problem,) = rule(check(tmp_path, of_cases={"path": "cases.xlsm"}), "macros")
    assert ".xlsx" in problem.remedy


def test_endings_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "CASES.CSV").write_text(CASES)
    assert no_errors(check(tmp_path, cases=CASES, of_cases={"path": "CASES.CSV"}))
