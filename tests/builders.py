"""Small studies written out by hand, for tests that need a whole Study or Cohort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cgh_analysis.ingest import Tables
from cgh_analysis.study import Study

VISITS = [("baseline", 0), ("week4", 28), ("week12", 84)]
WRITTEN = """
[study]
id = "small"
title = "A small study"
seed = 1
[sources]
cases = { path = "cases.csv" }
visits = { path = "visits.csv" }
[[arms]]
id = "drug"
label = "Drug"
[[arms]]
id = "block"
label = "Block"
"""


def study(**parts: Any) -> Study:
    """Return a two-arm study; `parts` replace or add top-level blocks."""
    content: dict[str, Any] = {
        "id": "small",
        "title": "A small study",
        "seed": 1,
        "sources": {"cases": {"path": "cases.csv"}, "visits": {"path": "visits.csv"}},
        "arms": [{"id": "block", "label": "Block"}, {"id": "drug", "label": "Drug", "reference": True}],
        "visits": [{"id": i, "day": d, "window": [max(0, d - 14), d + 14] if d else [0, 0]} for i, d in VISITS],
    }
    return Study.model_validate({**content, **parts})


def tables(cases: pd.DataFrame, visits: pd.DataFrame, events: pd.DataFrame | None = None) -> Tables:
    """Return checked tables as the reader would give them, with arm and visit as categories in the study's order."""
    if events is None:
        events = pd.DataFrame({"patient_id": [], "day": [], "kind": [], "detail": []})
    return Tables(
        cases=cases.assign(arm=pd.Categorical(cases["arm"], ["drug", "block"])),
        visits=visits.assign(visit=pd.Categorical(visits["visit"], [v for v, _ in VISITS])),
        events=events,
        files=(),
        problems=(),
        ledger=pd.DataFrame(),
        inputs={},
    )


def write_study(
    folder: Path, *, cases: str, visits: str, days: Sequence[tuple[str, int]] = VISITS[:1], more: str = ""
) -> Path:
    """Write both files and the study file of two arms that reads them, with visits on some days; return its path."""
    (folder / "cases.csv").write_text(cases, encoding="utf-8")
    (folder / "visits.csv").write_text(visits, encoding="utf-8")
    (folder / "study.toml").write_text(study_text(days) + more, encoding="utf-8")
    return folder / "study.toml"


def study_text(days: Sequence[tuple[str, int]] = VISITS[:1]) -> str:
    """Return the study file of two arms, with visits on some days; what is added to it comes after."""
    return WRITTEN + "".join(f'[[visits]]\nid = "{name}"\nday = {day}\n' for name, day in days)
