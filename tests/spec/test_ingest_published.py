"""The published files: what they hold once read, and that each trap stops the run when the study file is silent."""

from pathlib import Path
from typing import Any

import pytest

from cgh_analysis.errors import StudyError
from cgh_analysis.ingest import Tables, check_tables, read_tables
from cgh_analysis.study import Source, Study, read_study

REPORTS = Path(__file__).resolve().parents[2] / "reports"


@pytest.fixture
def vickers(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("CGH_DATA_DIR", str(real_data))
    return read_study(REPORTS / "vickers2004" / "study.toml")


@pytest.fixture
def cdystonia(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("CGH_DATA_DIR", str(real_data))
    return read_study(REPORTS / "cdystonia" / "study.toml")


def counts(tables: Tables) -> list[tuple[int, int, int]]:
    return [(f.read, f.accepted, f.quarantined) for f in tables.files]


def test_vickers_is_read_whole(vickers: Study) -> None:
    tables = read_tables(vickers)
    assert counts(tables) == [(401, 401, 0), (401, 401, 0)]
    assert tables.cases["arm"].value_counts().to_dict() == {"acupuncture": 205, "control": 196}
    seen = tables.visits.merge(tables.cases[["patient_id", "arm"]])
    known = seen.dropna(subset=["headache_score"]).groupby(["visit", "arm"], observed=True).size()
    assert known["month12"].to_dict() == {"control": 140, "acupuncture": 161}
    assert seen["visit"].value_counts().to_dict() == {"baseline": 401, "month3": 326, "month12": 301}
    assert tables.cases["symptom_duration_months"].between(12, 648).all()


def test_vickers_says_what_it_takes_on_trust(vickers: Study) -> None:
    notes = {(p.rule, p.column): p.message for p in check_tables(vickers).problems}
    assert "127" in notes["accepted", "date_randomized"]
    assert "gen5" in notes["accepted", "gen5"]
    assert "75 patients" in notes["visit_not_made", "pk2"]
    assert "100 patients" in notes["visit_not_made", "pk5"]


def with_visits(study: Study, **changed: Any) -> Study:
    visits = study.sources.visits.model_dump() | changed
    sources = study.sources.model_copy(update={"visits": Source.model_validate(visits)})
    return study.model_copy(update={"sources": sources})


def errors(study: Study) -> list[tuple[str, str | None]]:
    return [(p.rule, p.column) for p in check_tables(study).problems if p.severity == "error"]


def test_each_trap_of_vickers_stops_when_it_is_not_declared(vickers: Study) -> None:
    assert errors(vickers) == []
    assert sorted(errors(with_visits(vickers, accept={}))) == [("codebook", "gen5"), ("mixed_dates", "date_randomized")]
    unfilled = [{**w.model_dump(), "filled_if": None} for w in vickers.sources.visits.wide]
    assert errors(with_visits(vickers, wide=unfilled)) == [("stored_zero", "f2"), ("stored_zero", "f5")]


def test_cdystonia_is_read_whole(cdystonia: Study) -> None:
    tables = read_tables(cdystonia)
    assert counts(tables) == [(631, 631, 0), (631, 631, 0)]
    assert tables.cases["arm"].value_counts().to_dict() == {"units_10000": 37, "placebo": 36, "units_5000": 36}
    assert list(tables.cases["arm"].cat.categories) == ["placebo", "units_5000", "units_10000"]
    assert list(tables.cases["site"].cat.categories) == list("123456789")
    week4 = tables.visits.loc[tables.visits["visit"] == "week4"]
    assert len(week4) == 106
    assert (week4["day"] == 28).all()
    assert tables.visits["twstrs"].agg(["min", "max"]).tolist() == [6.0, 71.0]


def test_cdystonia_against_its_documentation_needs_a_reason(cdystonia: Study, tmp_path: Path) -> None:
    (note,) = check_tables(cdystonia).problems
    assert (note.severity, note.rule) == ("note", "documentation")
    text = (REPORTS / "cdystonia" / "study.toml").read_text(encoding="utf-8")
    silent = [line for line in text.splitlines() if not line.startswith("wrong_because")]
    (tmp_path / "study.toml").write_text("\n".join(silent), encoding="utf-8")
    with pytest.raises(StudyError, match=r"treat 1 is 'placebo'; the study takes it as 'units_10000'"):
        read_study(tmp_path / "study.toml")
