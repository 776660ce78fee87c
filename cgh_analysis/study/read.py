"""Read a study file; every fault in it is reported at once."""

from __future__ import annotations

import codecs
import hashlib
import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from cgh_analysis.errors import Problem, StudyError, study_error
from cgh_analysis.frames import check_kind
from cgh_analysis.study.contradictions import contradictions
from cgh_analysis.study.study import Study
from cgh_analysis.study.undecided import undecided

# what the reader says of a study, and the file does not
OURS = ("folder", "sha256", "undecided")
IN_WORDS: Final = {
    "extra_forbidden": "this name is not known here",
    "missing": "this is missing",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "string_type": "write text, in quotes",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "tuple_type": "write a list, in square brackets",
    "model_type": "write a block of names and values",
    "dict_type": "write a block of names and values",
    "literal_error": "write {expected}",
    "greater_than": "write more than {gt:g}",
    "greater_than_equal": "write {ge:g} or more",
    "less_than": "write less than {lt:g}",
}


def read_study(path: str | Path) -> Study:
    """Read and check a study file; every fault in it is reported at once.

    Returns a frozen Study. Raises StudyError with one problem per fault, each with the place in the file.

    >>> read_study("reports/demo/study.toml").arm_ids
    ('medication', 'manual_exercise', 'nerve_block')
    """
    check_kind("path", path, str, Path)
    file = Path(path)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise StudyError(
            f"The study file {file.name} cannot be read: {error.strerror}.", remedy="Check the path; it ends in .toml."
        ) from None
    content = _content(file, text)
    whole = {
        **content,
        "folder": file.resolve().parent,
        "sha256": hashlib.sha256(text).hexdigest(),
        "undecided": undecided(text.decode("utf-8")),
    }
    try:
        study = Study.model_validate(whole)
    except ValidationError as error:
        problems = [_problem(file, e, content) for e in error.errors()]
        raise study_error(_heading(file, problems), problems) from None
    problems = [
        Problem(severity="error", rule="study", file=file.name, message=message, remedy=remedy)
        for message, remedy in contradictions(study)
    ]
    if problems:
        raise study_error(_heading(file, problems), problems)
    return study


def _heading(file: Path, problems: list[Problem]) -> str:
    return f"{file.name} has {len(problems)} problem(s):"


def _content(file: Path, text: bytes) -> dict[str, Any]:
    """The blocks of a study file, those of [study] beside the others."""
    try:
        # Windows' editors begin UTF-8 with a mark that TOML does not know
        content = tomllib.loads(text.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError as error:
        line = 1 + text.count(b"\n", 0, error.start)
        raise StudyError(
            f"{file.name} is not UTF-8 text: see line {line}.", remedy="Save it as UTF-8, in any editor."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{file.name} is not valid TOML: {error}.", remedy="Mend that line.") from None
    block = content.pop("study", {})
    if not isinstance(block, dict):
        raise StudyError(f"{file.name}: study is no block.", remedy="Write [study] once, in single brackets.")
    # a name that is ours to give, or that stands in [study] and outside of it, would be overruled without a word
    unclear = [name for name in block if name in content] + [name for name in OURS if name in {**block, **content}]
    if unclear:
        raise StudyError(
            f"{file.name}: {', '.join(unclear)} cannot stand under [study].",
            remedy="Remove it; `folder` is in [sources].",
        )
    return {**block, **content}


def _problem(file: Path, error: Any, content: dict[str, Any]) -> Problem:
    place = _place(error["loc"], content)
    words = IN_WORDS.get(error["type"])
    message = words.format(**error.get("ctx", {})) if words else error["msg"].removeprefix("Value error, ")
    remedy = "Remove it or mend its name." if error["type"] == "extra_forbidden" else "Mend it in the study file."
    return Problem(
        severity="error", rule="study", file=file.name, column=place, message=f"{place}: {message}.", remedy=remedy
    )


def _place(location: tuple[str | int, ...], content: dict[str, Any]) -> str:
    """Name the place of a fault; an item of a list of blocks by its id, where it has one."""
    names = [str(part) for part in location if isinstance(part, int) or part.isidentifier()]
    if len(location) > 1 and isinstance(location[1], int):
        block = content[str(location[0])][location[1]]
        names[1] = str(block["id"]) if isinstance(block, dict) and "id" in block else f"number {location[1] + 1}"
    return ".".join(names)
