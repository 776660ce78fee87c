"""The report's part on data quality: counts under disclosure control, and nothing of a patient."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from cgh_analysis import results
from cgh_analysis.disclosure import release_count
from cgh_analysis.ingest import Tables
from cgh_analysis.report.build import build_report
from cgh_analysis.report.quality import generic, released_quality, table_rows
from cgh_analysis.study import Disclosure, Study
from tests import builders, quality
from tests.quality import cohort

OPEN = {"threshold": 0, "round_to": 1, "reason": "simulated"}


def spoilt() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A cohort with faults of every gravity, few of most: a decimal comma, ranges, drop-outs."""
    cases, visits = cohort()
    visits = visits.drop(index=visits.index[visits["visit"] == "week12"][:23])
    visits = visits.astype({"pain_nprs": object, "ndi": object})
    visits.iloc[3, visits.columns.get_loc("pain_nprs")] = "3,75"
    visits.iloc[60, visits.columns.get_loc("ndi")] = "317"
    return cases.assign(arm=cases["arm"].str.upper()), visits


def study(folder: Path, **parts: object) -> Study:
    return builders.study(folder=folder, outcomes=[quality.VAS], **parts)


def checked(folder: Path) -> Tables:
    return quality.check(folder, *spoilt())


@pytest.fixture
def built(tmp_path: Path) -> Path:
    build_report(study(tmp_path), results.rows([]), tables=checked(tmp_path), folder=tmp_path / "out")
    return tmp_path / "out"


def section(folder: Path) -> str:
    page = (folder / "report.html").read_text()
    return page[page.index('<section id="quality">') : page.index('<section id="methods">')]


def test_the_page_has_records_checks_findings_and_ledger(built: Path) -> None:
    text = section(built)
    for words in ("Records read", "Conformance", "Completeness", "Plausibility", "visits_absent", "In the ledger"):
        assert words in text
    assert "failed (warning)" in text


def test_no_value_and_no_row_of_a_patient_is_on_the_page(built: Path) -> None:
    for text in (section(built), (built / "quality.json").read_text()):
        for secret in ("3,75", "3.75", "317", "P00"):
            assert secret not in text
    assert "Write …, or say decimal" in section(built)


def test_small_counts_are_held_back_and_others_rounded(built: Path, tmp_path: Path) -> None:
    content = json.loads((built / "quality.json").read_text())
    assert {f["file"]: (f["read"], f["accepted"], f["quarantined"]) for f in content["files"]} == {
        "cases.csv": (50, 50, 0),
        "visits.csv": (120, 120, None),
    }
    absent = next(c for c in content["checks"] if (c["check"], c["visit"]) == ("visits_absent", "week12"))
    assert (absent["looked_at"], absent["failing"], absent["share"]) == (50, 25, 0.5)
    numbers = next(c for c in content["checks"] if (c["check"], c["column"]) == ("numbers", "pain_nprs"))
    assert (numbers["failing"], numbers["share"], numbers["status"]) == (None, None, "pass")
    spelt = next(f for f in content["findings"] if f["rule"] == "spelling" or f["rule"] == "synonym")
    assert spelt["rows"] == 50
    assert "&lt;10" in section(built)


def test_every_released_count_of_people_is_safe(tmp_path: Path) -> None:
    """Counts are 0, or multiples that few people cannot make; what is left of a count is no few either."""
    released = released_quality(checked(tmp_path), study(tmp_path))
    counts = [
        c for c in released.checks if c["check"] in ("numbers", "value_range", "missing_outcome", "visits_absent")
    ]
    assert counts
    for c in counts:
        for name in ("looked_at", "failing"):
            assert c[name] is None or (c[name] % 5 == 0 and (c[name] == 0 or c[name] >= 10))
        if c["failing"]:
            assert c["looked_at"] - c["failing"] == 0 or c["looked_at"] - c["failing"] >= 10


def test_almost_all_gives_the_few_others_away(tmp_path: Path) -> None:
    cases, visits = cohort()
    kept = visits.index[visits["visit"] == "week12"][:3]
    visits = visits.loc[(visits["visit"] != "week12") | visits.index.isin(kept)]
    released = released_quality(quality.check(tmp_path, cases, visits), study(tmp_path))
    absent = next(c for c in released.checks if (c["check"], c["visit"]) == ("visits_absent", "week12"))
    assert (absent["failing"], absent["share"], absent["status"]) == (None, None, "fail")


def test_published_data_are_shown_as_they_are(tmp_path: Path) -> None:
    released = released_quality(checked(tmp_path), study(tmp_path, disclosure=OPEN))
    numbers = next(c for c in released.checks if (c["check"], c["column"]) == ("numbers", "pain_nprs"))
    assert (numbers["looked_at"], numbers["failing"]) == (121, 1)
    assert {f["rule"]: f["rows"] for f in released.findings if f["in_ledger"]}["decimal_comma"] == 1


def test_files_and_columns_are_no_people(tmp_path: Path) -> None:
    released = released_quality(checked(tmp_path), study(tmp_path))
    opens = next(c for c in released.checks if c["check"] == "file_opens")
    assert (opens["looked_at"], opens["failing"]) == (1, 0)


def test_reasons_of_the_study_are_on_the_page(tmp_path: Path) -> None:
    off = {"visit_order": "days were estimated"}
    expect = [{"source": "A paper", "arm": "drug", "n": 20, "deviates_because": "four more were found"}]
    whole = study(tmp_path, checks={"off": off}, expect=expect)
    tables = quality.check(tmp_path, *cohort(), checks={"off": off}, expect=expect)
    shown = table_rows(released_quality(tables, whole), whole.disclosure)
    assert shown["decisions"] == [
        "The check visit_order is off: days were estimated",
        "A paper and the data differ: four more were found",
    ]
    assert not re.search(r"\b24\b", json.dumps(released_quality(tables, whole).findings))


def test_a_study_without_checks_still_has_a_page(tmp_path: Path) -> None:
    tables = builders.tables(cases=cohort()[0], visits=cohort()[1])
    build_report(study(tmp_path), results.rows([]), tables=tables, folder=tmp_path / "out")
    assert "Data quality" in section(tmp_path / "out")


def test_the_same_tables_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    build_report(study(tmp_path), results.rows([]), tables=checked(tmp_path), folder=tmp_path / "again")
    assert (tmp_path / "again" / "quality.json").read_bytes() == (built / "quality.json").read_bytes()


def test_a_count_is_released_rounded_or_not_at_all() -> None:
    rule = Disclosure(threshold=10, round_to=5)
    assert [release_count(n, rule) for n in (0, 1, 9, 10, 12, 13)] == [0, None, None, 10, 10, 15]


def test_remedies_are_shown_without_what_they_would_say_of_a_cell() -> None:
    assert generic("Read {shown!r} as {number:g}.") == "Read … as …."
