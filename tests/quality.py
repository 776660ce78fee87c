"""A clean cohort of several sites as frames, to be spoilt by tests of the checks, and what the checks say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis.ingest import Tables
from cgh_analysis.ingest.quality import CheckResult
from tests import raw

DAYS = {"baseline": 0, "week4": 28, "week12": 84}
VAS = {"id": "vas", "label": "Pain", "unit": "mm, 0-100", "low": 0, "high": 100, "better": "lower"}


def cohort(sites: int = 4, each: int = 12, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cases and visits without a fault: pain on two scales, disability, and angles of both sides."""
    rng = np.random.default_rng(seed)
    n = sites * each
    cases = pd.DataFrame(
        {
            "patient_id": [f"P{i:04d}" for i in range(n)],
            "arm": np.where(np.arange(n) % 2, "drug", "block"),
            "site": [f"S{i % sites}" for i in range(n)],
            "age_years": rng.integers(20, 70, n),
            "symptom_duration_months": np.round(np.exp(rng.normal(2, 1, n)), 1),
        }
    )
    parts = []
    for place, (visit, day) in enumerate(DAYS.items()):
        part = pd.DataFrame({"patient_id": cases["patient_id"], "visit": visit, "day": day})
        pain = np.clip(np.round(rng.normal(6 - place, 1.5, n), 1), 0.5, 10)
        part["pain_nprs"] = pain
        part["vas"] = np.clip(np.round(10 * pain + rng.normal(0, 3, n)), 1, 100)
        part["ndi"] = np.clip(np.round(rng.normal(18 - 2 * place, 5, n)), 1, 50)
        for side in ("left", "right"):
            part[f"rom_rotation_{side}_deg"] = np.round(rng.normal(60, 4, n))
            part[f"frt_{side}_deg"] = np.round(rng.normal(30 if side == "left" else 38, 4, n))
        parts.append(part)
    return cases, pd.concat(parts).sort_values(["patient_id", "day"], ignore_index=True)


def check(folder: Path, cases: pd.DataFrame, visits: pd.DataFrame, **parts: Any) -> Tables:
    """Write both and check them, with `vas` as an outcome of the study's own."""
    texts = {"cases": cases.to_csv(index=False), "visits": visits.to_csv(index=False)}
    return raw.check(folder, **texts, **{"outcomes": [VAS], **parts})


def at_site(cases: pd.DataFrame, visits: pd.DataFrame, site: str) -> pd.Series:
    """Say which visits are of a site's patients."""
    return visits["patient_id"].isin(cases.loc[cases["site"] == site, "patient_id"])


def results(tables: Tables, check: str, column: str = "", visit: str = "") -> list[CheckResult]:
    """Return the results of a check, of one column or visit where it is named."""
    named = [r for r in tables.quality if r.check == check]
    return [r for r in named if column in ("", r.column) and visit in ("", r.visit)]


def one(tables: Tables, check: str, column: str = "", visit: str = "") -> CheckResult:
    """Return the one result of a check of the visits (or of the cases) in a column, at a visit."""
    found = [r for r in results(tables, check, column, visit) if r.looked_at or r.status != "not applicable"]
    assert len(found) == 1, found
    return found[0]


def failed(tables: Tables) -> set[str]:
    """Return the checks that failed."""
    return {r.check for r in tables.quality if r.status == "fail"}


def stopped(tables: Tables) -> set[str]:
    """Return the rules that stop the run."""
    return {p.rule for p in tables.problems if p.severity == "error"}
