"""What was done to the files, as JSON and in words: columns and counts, and never a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cgh_analysis.ingest.identifiers import shown_file, shown_name
from cgh_analysis.privacy.rewrite import Column, Rewritten

REASONS = {"no_id": "without an id", "footer": "footers", "short_row": "too short", "long_row": "too long"}
ROWS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file: what it was and is called, its records read, written and refused, and what became of its columns."""

    source: str
    file: str
    read: int
    written: int
    refused: dict[str, tuple[int, ...]]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymised:
    """What was done: the files, where day 0 of each patient is, whether the key is new, and a mark to know it by."""

    files: tuple[FileReport, ...]
    day_zero: str
    key_made: bool
    key_mark: str


def report_of(rewritten: Rewritten, file: str) -> FileReport:
    """Return the report of one file; read = written + refused."""
    return FileReport(
        source=shown_file(rewritten.opened.source.path),
        file=file,
        read=rewritten.opened.sheet.read,
        written=len(rewritten.frame),
        refused=rewritten.refused,
        columns=rewritten.columns,
    )


def as_json(done: Anonymised) -> dict[str, Any]:
    """Return the report as it is written beside the files; the same for the same files and key."""
    files = [
        {
            "source": f.source,
            "file": f.file,
            "read": f.read,
            "written": f.written,
            "refused": [{"why": REASONS.get(why, why), "rows": list(rows)} for why, rows in f.refused.items()],
            "columns": [_column(c) for c in f.columns],
        }
        for f in done.files
    ]
    return {"day_zero": done.day_zero, "key_mark": done.key_mark, "files": files}


def as_text(done: Anonymised) -> str:
    """Return the report in words."""
    lines = []
    for f in done.files:
        lines.append(f"{f.source} -> {f.file}: {f.read} read, {f.written} written")
        lines += [f"  refused, {REASONS.get(why, why)}: {_rows(rows)}" for why, rows in f.refused.items()]
        lines += [f"  {_words(c)}" for c in f.columns]
    lines.append(f"Day 0 is {done.day_zero}.")
    if any(c.decision.action == "scanned" and c.decision.why for f in done.files for c in f.columns):
        lines.append("Text that you keep was searched for patterns: a name without a title is not found so. Read it.")
    lines.append("What was found is gone. Whether people stand out by age, sex and site, `cgh check` says.")
    return "\n".join(lines)


def _column(c: Column) -> dict[str, Any]:
    d = c.decision
    told = {"column": shown_name(d.name), "becomes": d.becomes, "action": d.action, "why": d.why}
    return {**told, "changed": c.changed, "blanked": c.blanked, "rows_without_date": list(c.no_date)}


def _words(c: Column) -> str:
    d = c.decision
    name = shown_name(d.name)
    renamed = f" -> {d.becomes}" if d.becomes not in ("", d.name) else ""
    changed = f"{c.changed} changed" if c.changed and d.action == "top-coded" else ""
    blanked = f"{c.blanked} blanked" if c.blanked else ""
    no_date = f"no date: {_rows(c.no_date)}" if c.no_date else ""
    told = ", ".join(filter(None, (d.why, changed, blanked, no_date)))
    return f"{name}{renamed}: {d.action}" + (f" ({told})" if told else "")


def _rows(rows: Iterable[int]) -> str:
    rows = list(rows)
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:ROWS_NAMED]))}{more}"
