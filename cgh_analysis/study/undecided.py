"""What a study file leaves open: its `# TODO` comments, by the line that they stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cgh_analysis.errors import Problem, study_error

# strings first, so that a '#' inside of one begins no comment
TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
TODO: Final = re.compile(r"#\s*TODO\b:?\s*(.*)", re.DOTALL)
# a comment that is set in goes on with the one above it
MORE: Final = re.compile(r"[ \t]*#   +(\S[^\n]*)\n?")
PLACEHOLDER: Final = re.compile(r"[\"']+TODO\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """One open question; it stands `at_value` where the line it is on says something that a run would use."""

    line: int
    words: str
    at_value: bool


def undecided(text: str) -> tuple[Undecided, ...]:
    """Find the open questions of a study file, at most one a line; TODO inside of a text is not one.

    >>> undecided('title = "#1"\\ndesign = "cohort"  # TODO: or "trial"?')
    (Undecided(line=2, words='or "trial"?', at_value=True),)
    """
    found: dict[int, Undecided] = {}
    for token in TOKEN.finditer(text):
        line = 1 + text.count("\n", 0, token.start())
        if token.group().startswith("#"):
            todo = TODO.search(token.group())
            before = text[text.rfind("\n", 0, token.start()) + 1 : token.start()]
            if todo is not None:
                words = " ".join([todo.group(1).strip() or "it says TODO", *_more(text, token.end() + 1)])
                found[line] = Undecided(line=line, words=words, at_value=bool(before.strip(" \t\ufeff")))
        elif PLACEHOLDER.match(token.group()):
            found[line] = Undecided(line=line, words="the value is still TODO", at_value=True)
    return tuple(found.values())


def _more(text: str, start: int) -> list[str]:
    """The lines below that go on with a comment."""
    words = []
    while match := MORE.match(text, start):
        words.append(match.group(1).strip())
        start = match.end()
    return words


def open_questions(path: str | Path) -> tuple[Problem, ...]:
    """Return the open questions of a study file as problems: a note, or an error where a value waits for its answer.

    A file that cannot be read has none; `read_study` says why it cannot.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(_problem(question, Path(path).name) for question in undecided(text))


def refuse_undecided(name: str, questions: tuple[Undecided, ...]) -> None:
    """Raise StudyError that lists every value of a study file that is not decided yet."""
    problems = [_problem(question, name) for question in questions if question.at_value]
    if problems:
        raise study_error(f"{name} leaves {len(problems)} value(s) open:", problems)


def _problem(question: Undecided, file: str) -> Problem:
    words = question.words.rstrip(".")
    stop = "" if words.endswith("?") else "."
    return Problem(
        severity="error" if question.at_value else "note",
        rule="todo",
        file=file,
        row=question.line,
        message=f"Line {question.line} is not decided: {words}{stop}",
        remedy="Decide it, then take the TODO away.",
    )
