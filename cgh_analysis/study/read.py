"""Read a study file; every fault in it is reported at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cgh_analysis.errors import Problem, StudyError
from cgh_analysis.schema import CASES
from cgh_analysis.study.sources import FileColumn
from cgh_analysis.study.study import Study


def read_study(path: str | Path) -> Study:
    """Read and check a study file; every fault in it is reported at once.

    Returns a frozen Study. Raises StudyError with one problem per fault, each with the place in the file.
    """
    file = Path(path)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise StudyError(
            f"The study file {file.name} cannot be read: {error.strerror}.", remedy="Check the path; it ends in .toml."
        ) from None
    try:
        content = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{file.name} is not valid TOML: {error}.", remedy="Mend that line.") from None
    flat = {**content.pop("study", {}), **content}
    flat.update(folder=file.resolve().parent, sha256=hashlib.sha256(text).hexdigest())
    try:
        study = Study.model_validate(flat)
    except ValidationError as error:
        raise _study_error(file, [_problem(file, e) for e in error.errors()]) from None
    faults = [
        Problem(severity="error", rule="study", file=file.name, message=message, remedy=remedy)
        for message, remedy in _contradictions(study)
    ]
    if faults:
        raise _study_error(file, faults)
    return study


def _study_error(file: Path, problems: list[Problem]) -> StudyError:
    lines = "\n".join(f"  - {p.message} {p.remedy}" for p in problems)
    return StudyError(f"{file.name} has {len(problems)} problem(s):\n{lines}", problems=problems)


def _problem(file: Path, error: Any) -> Problem:
    place = ".".join(str(part) for part in error["loc"])
    remedy = "Remove it or mend its name." if error["type"] == "extra_forbidden" else "Mend it in the study file."
    message = "this name is not known here" if error["type"] == "extra_forbidden" else error["msg"]
    return Problem(
        severity="error", rule="study", file=file.name, column=place, message=f"{place}: {message}.", remedy=remedy
    )


def _contradictions(study: Study) -> list[tuple[str, str]]:
    """Find what pydantic cannot: names that refer to nothing, and documents contradicted without a reason."""
    return [*_repeated_ids(study), *_unknown_names(study), *_undefended(study)]


def _repeated_ids(study: Study) -> list[tuple[str, str]]:
    ids = {
        "arm": [a.id for a in study.arms],
        "visit": [v.id for v in study.visits],
        "outcome": [o.id for o in study.outcomes],
        "analysis": [a.id for a in study.analyses],
    }
    found = [
        (f"The {what} id {i!r} is given {n} times.", "Ids are unique.")
        for what, given in ids.items()
        for i, n in Counter(given).items()
        if n > 1
    ]
    if sum(arm.reference for arm in study.arms) > 1:
        found.append(("More than one arm is marked as reference.", "Mark one."))
    return found


def _unknown_names(study: Study) -> list[tuple[str, str]]:
    outcomes = set(study.instruments)
    visits = {v.id for v in study.visits}
    patient = {c.name for c in CASES} | {c.id for c in study.covariates} | {f"{o}_baseline" for o in outcomes}
    used = [("describe.courses", set(study.describe.courses), outcomes, "[[outcomes]]")]
    used += [("describe.baseline", set(study.describe.baseline), patient, "[[covariates]]")]
    used += [("describe.change_at", _named(study.describe.change_at), visits, "[[visits]]")]
    if study.resolution is not None:
        used.append(("resolution.outcome", {study.resolution.outcome}, outcomes, "[[outcomes]]"))
    for a in study.analyses:
        used.append((f"analysis {a.id!r}", set(a.outcomes), outcomes, "[[outcomes]]"))
        used.append((f"analysis {a.id!r}", {*a.covariates, *a.subgroups}, patient, "[[covariates]]"))
        used.append((f"analysis {a.id!r}", _named(a.at), visits, "[[visits]]"))
    return [
        (f"{where} names {name!r}, which is not known.", f"Declare it under {block}{_nearest(name, known)}.")
        for where, names, known, block in used
        for name in sorted(names - known)
    ]


def _named(name: str | None) -> set[str]:
    return set() if name is None else {name}


def _nearest(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"; or did you mean {near[0]!r}" if near else ""


def _undefended(study: Study) -> list[tuple[str, str]]:
    """Codes that a document gives another meaning than the study does, with no reason said."""
    return [
        (
            f"{d.source} says that {d.column} {code} is {meaning!r}; the study takes it as {used[code]!r}.",
            "Follow the document, or say in `wrong_because` what shows that it is wrong.",
        )
        for d in study.documentation
        if not d.wrong_because
        for used in [_codes_of(study, d.column)]
        for code, meaning in d.says.items()
        if code in used and used[code] != used.get(meaning, meaning)
    ]


def _codes_of(study: Study, column: str) -> dict[str, str]:
    """What the study takes a file column's codes for: its declared codes, and for the arm also the arms' synonyms."""
    found = {code: arm.id for arm in study.arms for code in (arm.id, arm.label, *arm.synonyms)}
    for source in study.sources.each():
        for mapped in source.columns.values():
            if isinstance(mapped, FileColumn) and mapped.column == column:
                found |= mapped.codes
    return found
