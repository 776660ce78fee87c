"""What a rule is: how grave a finding is, what is said about it, and what it does to the record."""

from __future__ import annotations

from dataclasses import dataclass

from cgh_analysis.errors import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `refuses` takes the row out, `alters` says that cells were read as something else than they say.

    A rule that refuses tells every row by itself, unless it is `told_once` for all of them.
    """

    severity: Severity
    message: str
    remedy: str
    refuses: bool = False
    alters: bool = False
    told_once: bool = False


def stop(message: str, remedy: str) -> Rule:
    """A rule that stops the run."""
    return Rule("error", message, remedy)


def refuse(message: str, remedy: str) -> Rule:
    """A rule that takes the record out, and says so in the ledger."""
    return Rule("quarantine", message, remedy, refuses=True)


def note(message: str, remedy: str = "Nothing to do.", *, alters: bool = False) -> Rule:
    """A rule that only tells."""
    return Rule("note", message, remedy, alters=alters)
