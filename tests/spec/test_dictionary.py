"""The committed data dictionary is the one that the schema makes."""

from pathlib import Path

from cgh_analysis.dictionary import dictionary
from cgh_analysis.schema import TABLES

COMMITTED = Path(__file__).parents[2] / "data" / "dictionary.md"


def test_committed_file_is_what_the_schema_makes() -> None:
    assert COMMITTED.read_bytes().decode("utf-8") == dictionary()


def test_every_column_has_one_line_of_six_cells() -> None:
    lines = [line for line in dictionary().splitlines() if line.startswith("| ") and not line.startswith("| column")]
    assert len(lines) == sum(map(len, TABLES.values()))
    assert {line.count("|") for line in lines} == {7}


def test_line_shows_type_unit_range_codes_and_meaning() -> None:
    assert "| pain_nprs | number | 0-10 | 0 to 10 |  | Headache pain intensity (NPRS) |" in dictionary()
    assert "| side | category |  |  | `left`, `right`, `bilateral` | Side |" in dictionary()
    assert "| **arm** | category |  |  |  | Treatment arm; one of the study's arms |" in dictionary()
