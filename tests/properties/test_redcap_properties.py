"""Whatever happens to a dictionary and its export on the way, nothing raises and every record is counted."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgh_analysis.ingest import check_tables
from cgh_analysis.ingest.redcap import read_dictionary
from tests import builders
from tests.redcap import CASES, DICTIONARY, OF_CASES, check, written

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.sampled_from(["|", ",", '"', "\n", "___", "checkbox", "0", "NASK", "y", "", "é", "{", "%s", "\t", ";"])
CUTS = st.tuples(st.floats(0, 1), st.floats(0, 1), PIECES)


def damaged(text: str, cut: tuple[float, float, str]) -> bytes:
    """Put something else in the place of a piece of a text."""
    start, share, piece = cut
    at = int(start * len(text))
    return (text[:at] + piece + text[at + int(share * 40) :]).encode("utf-8")


@EXAMPLES
@given(CUTS)
def test_a_damaged_dictionary_never_raises(tmp_path: Path, cut: tuple[float, float, str]) -> None:
    check(tmp_path)
    (tmp_path / "dict.csv").write_bytes(damaged(written(DICTIONARY).decode("utf-8"), cut))
    sources = {"cases": {"path": "cases.csv", **OF_CASES}, "visits": {"path": "visits.csv"}}
    tables = check_tables(builders.study(folder=tmp_path, sources=sources))
    assert all(f.read == f.accepted + f.quarantined for f in tables.files)


@EXAMPLES
@given(CUTS)
def test_a_damaged_export_never_raises(tmp_path: Path, cut: tuple[float, float, str]) -> None:
    text = damaged(CASES, cut).decode("utf-8")
    assert all(f.read == f.accepted + f.quarantined for f in check(tmp_path, text).files)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_dictionary_give_findings_and_no_traceback(data: bytes) -> None:
    dictionary = read_dictionary(data, "dict.csv")
    assert dictionary.fields == {}
    assert dictionary.findings
