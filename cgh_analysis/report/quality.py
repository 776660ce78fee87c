"""Data quality as the report shows it: counts under disclosure control, and no row or value of a patient."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cgh_analysis.disclosure import release_count
from cgh_analysis.ingest import Tables
from cgh_analysis.ingest.quality import CHECKS, CheckResult
from cgh_analysis.ingest.quality.printed import outcome, percent, place
from cgh_analysis.ingest.rules import RULES
from cgh_analysis.labels import words
from cgh_analysis.study import Disclosure, Study

FILE: Final = "quality.json"
DASH: Final = "\N{EN DASH}"
HAPPENED: Final = {"quarantine": "quarantined", "note": "accepted, noted", "error": "stopped"}
RESULTS: Final = {"pass": "passed", "accepted": "accepted", "fail": "failed", "error": "could not be run"}
DECISIONS: Final = ("accepted", "check_off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is released: records by file, results of checks, findings by rule, and what the study file decides."""

    files: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    decisions: list[str]


def released_quality(tables: Tables, study: Study) -> Quality:
    """Return what may be published of the quality of a study's data."""
    rule = study.disclosure
    files = [
        {"file": f.path, **{n: release_count(getattr(f, n), rule) for n in ("read", "accepted", "quarantined")}}
        for f in tables.files
    ]
    return Quality(
        files=files,
        checks=[_released(r, rule) for r in tables.quality],
        findings=_findings(tables, rule),
        decisions=_decisions(tables, study),
    )


def write_quality(quality: Quality, folder: Path) -> None:
    """Write the released numbers as JSON; a number that is held back is null."""
    content = {"files": quality.files, "checks": quality.checks, "findings": quality.findings}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def aspects(quality: Quality) -> list[dict[str, Any]]:
    """Return the rows of the table of checks by aspect: every place that failed, of other checks the worst one."""
    return [
        {"aspect": aspect.capitalize(), "rows": _rows(aspect, quality.checks)}
        for aspect in dict.fromkeys(check.aspect for check in CHECKS.values())
    ]


def shown(count: int | None, rule: Disclosure) -> str:
    """Return a released count as text."""
    return f"<{rule.threshold}" if count is None else str(count)


def _released(result: CheckResult, rule: Disclosure) -> dict[str, Any]:
    """A result whose counts of people are released; a share is that of released counts."""
    check = CHECKS[result.check]
    looked_at: int | None = result.looked_at
    failing: int | None = result.failing
    if check.of_people:
        looked_at, failing = release_count(result.looked_at, rule), release_count(result.failing, rule)
        # what is left gives the rest away
        if release_count(result.looked_at - result.failing, rule) is None or looked_at is None:
            failing = None if result.failing else failing
    share = None if failing is None else min(failing / looked_at, 1.0) if looked_at else 0.0
    return {
        "check": result.check,
        "aspect": check.aspect,
        "subaspect": check.kind[1],
        "severity": check.severity,
        "table": result.table,
        "column": result.column,
        "visit": result.visit,
        "looked_at": looked_at,
        "failing": failing,
        "share": None if share is None else round(share, 4),
        "threshold": result.threshold,
        "status": result.status,
        "outcome": outcome(result),
    }


def _rows(aspect: str, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The judged checks of an aspect, failures first."""
    rows = []
    for name, check in CHECKS.items():
        judged = [c for c in checks if c["check"] == name and c["status"] in RESULTS]
        if check.aspect != aspect or not judged:
            continue
        failed = [c for c in judged if c["status"] != "pass"]
        worst = max(judged, key=lambda c: (c["failing"] is None, c["share"] or 0.0))
        clean = {} if failed or worst["failing"] != 0 else {"looked_at": sum(c["looked_at"] or 0 for c in judged)}
        told = failed or [{**worst, **clean, "places": len(judged) if clean else 1}]
        rows += [{**c, "about": check.about if c is told[0] else ""} for c in told]
    return sorted(rows, key=lambda row: row["status"] == "pass")


def _findings(tables: Tables, rule: Disclosure) -> list[dict[str, Any]]:
    """What was found by rule and file, in words that say nothing of a cell, and how many rows it refused or altered."""
    rows = (
        Counter(tables.ledger[["file", "rule"]].itertuples(index=False, name=None)) if len(tables.ledger) else Counter()
    )
    places = dict.fromkeys((p.severity, p.rule, p.file) for p in tables.problems if p.rule in RULES)
    order = {"error": 0, "quarantine": 1, "note": 2}
    return [
        {
            "rule": name,
            "file": file,
            "severity": severity,
            "in_ledger": (file, name) in rows,
            "rows": release_count(rows[file, name], rule),
            "remedy": generic(RULES[name].remedy),
        }
        for severity, name, file in sorted(places, key=lambda p: (order[p[0]], p[1], p[2]))
    ]


def _decisions(tables: Tables, study: Study) -> list[str]:
    """What the study file accepts, switches off, or knows to deviate, with its own reasons."""
    said = [p.message for p in tables.problems if p.rule in DECISIONS]
    known = [f"{e.source} and the data differ: {e.deviates_because}" for e in study.expect if e.deviates_because]
    return list(dict.fromkeys([*said, *known]))


class _Gap:
    """Stands where a message would have a value."""

    def __format__(self, spec: str) -> str:
        return "…"

    def __repr__(self) -> str:
        return "…"


class _Gaps(dict[str, _Gap]):
    def __missing__(self, key: str) -> _Gap:
        return _Gap()


def generic(text: str) -> str:
    """Return a rule's words without what they would say of a cell or a column.

    >>> generic('Write {suggestion}, or say decimal = "," if the whole file has commas.')
    'Write …, or say decimal = "," if the whole file has commas.'
    """
    return text.format_map(_Gaps())


def table_rows(quality: Quality, rule: Disclosure) -> dict[str, Any]:
    """Return everything as the template prints it."""
    counts = ("read", "accepted", "quarantined")
    return {
        "files": [{"file": f["file"], **{n: shown(f[n], rule) for n in counts}} for f in quality.files],
        "aspects": [{**a, "rows": [_printed(r, rule) for r in a["rows"]]} for a in aspects(quality)],
        "apart": sum(c["status"] == "not applicable" for c in quality.checks),
        "findings": [
            {
                "rule": words(f["rule"]),
                "file": f["file"],
                "happened": HAPPENED[f["severity"]],
                "rows": shown(f["rows"], rule) if f["in_ledger"] else DASH,
                "remedy": f["remedy"],
            }
            for f in quality.findings
        ],
        "decisions": quality.decisions,
    }


def _printed(row: dict[str, Any], rule: Disclosure) -> dict[str, Any]:
    result = CheckResult(**{n: row[n] for n in ("check", "table", "column", "visit")}, status=row["status"])
    several = row.get("places", 1)
    gravity = f" ({row['severity']})" if row["status"] == "fail" else ""
    return {
        "check": row["check"],
        "about": row["about"],
        "where": f"{several} places" if several > 1 else place(result),
        "looked_at": shown(row["looked_at"], rule),
        "failing": shown(row["failing"], rule),
        "share": DASH if row["share"] is None else percent(row["share"]),
        "limit": DASH if row["threshold"] is None else percent(row["threshold"]),
        "failed": row["status"] == "fail",
        "clean": row["status"] == "pass" and row["failing"] == 0,
        "result": f"{RESULTS[row['outcome']]}{gravity}",
    }
