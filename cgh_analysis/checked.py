"""Whether a study file, its data and its plan go together: every problem at once, as JSON and in words."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from cgh_analysis.analysis import check_plan, rehearse
from cgh_analysis.cohort import build_cohort
from cgh_analysis.errors import CghError, Problem
from cgh_analysis.ingest import FileCount, check_tables
from cgh_analysis.ingest.quality import CheckResult
from cgh_analysis.ingest.quality.printed import as_data, as_lines
from cgh_analysis.privacy import KAnonymity, reidentification, risk_as_json, risk_problems
from cgh_analysis.study import read_study
from cgh_analysis.study.undecided import open_questions

KEYS: Final = ("severity", "rule", "file", "row", "column", "value", "message", "remedy")
ROWS_NAMED: Final = 5
WEIGHT: Final = {"error": 0, "quarantine": 1, "note": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found: the counts of each file, every problem, errors first, the result of every check, and the risk."""

    files: tuple[FileCount, ...] = ()
    problems: tuple[Problem, ...] = ()
    quality: tuple[CheckResult, ...] = ()
    privacy: KAnonymity | None = None

    @property
    def failed(self) -> bool:
        """Whether something stops a run."""
        return any(p.severity == "error" for p in self.problems)


def check_study(path: str | Path) -> Checked:
    """Check a study file, then its data, then both together, as far as each allows; nothing is analysed.

    What the study file leaves open (`# TODO`) is told beside what was found.
    """
    checked = _checked(path)
    problems = (*open_questions(path), *checked.problems)
    return replace(checked, problems=tuple(sorted(problems, key=lambda p: WEIGHT[p.severity])))


def _checked(path: str | Path) -> Checked:
    name = Path(path).name
    try:
        study = read_study(path)
        check_plan(study)
    except CghError as error:
        return Checked(problems=_problems(error, name))
    tables = check_tables(study)
    checked = Checked(files=tables.files, problems=tables.problems, quality=tables.quality)
    if checked.failed:
        return checked
    risk = reidentification(tables.cases, study)
    checked = replace(checked, privacy=risk, problems=(*risk_problems(risk, study), *checked.problems))
    try:
        rehearse(study, build_cohort(tables, study))
    except CghError as error:
        return replace(checked, problems=(*_problems(error, name), *checked.problems))
    return checked


def as_json(checked: Checked) -> dict[str, Any]:
    """Return what was found as it is written in JSON."""
    problems = [asdict(p) for p in checked.problems]
    return {
        "status": "error" if checked.failed else "ok",
        "files": [asdict(file) for file in checked.files],
        "problems": [{key: problem[key] for key in KEYS} for problem in problems],
        "checks": as_data(checked.quality),
        "privacy": risk_as_json(checked.privacy),
    }


def as_text(checked: Checked, width: int | None = None) -> str:
    """Return what was found in words, the same finding in several rows once; lines are `width` long, or unbroken."""
    files = [f"  {f.path}: {f.read} read, {f.accepted} accepted, {f.quarantined} quarantined" for f in checked.files]
    parts = ["Records", *files, *as_lines(checked.quality)] if files else []
    parts += ["Privacy", _wrapped(checked.privacy.words, width)] if checked.privacy else []
    alike: dict[Problem, list[int]] = {}
    for p in checked.problems:
        alike.setdefault(replace(p, row=None, value=None), []).extend([] if p.row is None else [p.row])
    parts += ["Findings"] if alike else ["No problem was found."]
    for p, rows in alike.items():
        place = ", ".join(filter(None, (p.file, _rows(rows), p.column)))
        parts += [f"  {p.severity}: {place} ({p.rule})", _wrapped(f"{p.message} {p.remedy}", width)]
    return "\n".join(parts)


def _rows(rows: list[int]) -> str:
    named = ", ".join(map(str, rows[:ROWS_NAMED]))
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {named}{more}" if rows else ""


def _wrapped(text: str, width: int | None) -> str:
    indent = "    "
    if width is None:
        return f"{indent}{text}"
    return textwrap.fill(text, max(width, 30), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _problems(error: CghError, file: str) -> tuple[Problem, ...]:
    """The problems that an error lists, or the error as one; those of no file are of the study file."""
    whole = Problem(severity="error", rule="study", message=error.message, remedy=error.remedy)
    return tuple(replace(p, file=p.file or file) for p in error.problems or (whole,))
