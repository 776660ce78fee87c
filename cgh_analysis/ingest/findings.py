"""What a rule found, kept as arrays, and turned at the end into problems for people and rows of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import Problem
from cgh_analysis.ingest.identifiers import redacted, shown_file, shown_name
from cgh_analysis.ingest.rules import RULES, Rule

LEDGER_COLUMNS: Final = ("file", "row", "column", "rule", "severity", "value", "message", "remedy")
# rules that tell what the study file says, or a date that somebody is asked about
TOLD_WHOLE: Final = ("accepted", "documentation", "excel_serial")
NO_ROWS: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's finding in one file; `rows` are rows as a person sees them, `values` are fit to be shown."""

    file: str
    rule: str
    message: str
    remedy: str
    column: str | None = None
    rows: np.ndarray = field(default_factory=lambda: NO_ROWS)
    values: tuple[str | None, ...] = ()

    @property
    def kind(self) -> Rule:
        """The rule that found it."""
        return RULES[self.rule]

    def problems(self) -> list[Problem]:
        """One problem a row where rows are refused, else one for the whole finding, at its first row."""
        every = len(self.rows) if self.kind.refuses and not self.kind.told_once else 1
        return [
            Problem(
                severity=self.kind.severity,
                rule=self.rule,
                message=self.message,
                remedy=self.remedy,
                file=self.file,
                row=int(self.rows[i]) if len(self.rows) else None,
                column=self.column,
                value=self.values[i] if len(self.values) > i else None,
            )
            for i in range(every)
        ]

    def ledger(self) -> list[tuple[Any, ...]]:
        """Rows of the ledger: every row that was refused, every cell that was read as something else."""
        if not (self.kind.refuses or self.kind.alters):
            return []
        values = self.values if len(self.values) == len(self.rows) else (self.values[:1] or (None,)) * len(self.rows)
        constant = (self.column, self.rule, "quarantine" if self.kind.refuses else self.kind.severity)
        return [
            (self.file, row, *constant, value, self.message, self.remedy)
            for row, value in zip(self.rows.tolist(), values, strict=True)
        ]


def found(
    rule: str,
    file: str,
    *,
    column: str | None = None,
    rows: Sequence[int] | np.ndarray = NO_ROWS,
    values: Iterable[str | None] = (),
    **words: Any,
) -> Finding:
    """Make a finding; `words` fill the gaps in the rule's message and remedy, `count` also as `times`.

    What could name a person is masked in the names of the file and the column and in the words, whoever gave them;
    `values` must be fit to be shown.
    """
    if rule not in TOLD_WHOLE:
        words = {name: redacted(word) if isinstance(word, str) else word for name, word in words.items()}
    if "count" in words:
        words["times"] = {1: "once", 2: "twice"}.get(words["count"], f"{words['count']} times")
    return Finding(
        file=shown_file(file),
        rule=rule,
        message=RULES[rule].message.format(**words),
        remedy=RULES[rule].remedy.format(**words),
        column=None if column is None else shown_name(column),
        rows=np.asarray(rows, dtype=np.int64),
        values=tuple(values),
    )


def all_problems(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """Every problem once, errors first, then what was quarantined, then notes; files and rows in order within."""
    once = list(dict.fromkeys(p for finding in findings for p in finding.problems()))
    weight = {"error": 0, "quarantine": 1, "note": 2}
    place = {file: i for i, file in enumerate(dict.fromkeys(p.file for p in once))}
    return tuple(sorted(once, key=lambda p: (weight[p.severity], place[p.file], p.row or 0)))


def make_ledger(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return the ledger: one row for every refusal of a row and every altered cell, by file and row."""
    once = dict.fromkeys(row for finding in findings for row in finding.ledger())
    ledger = pd.DataFrame(list(once), columns=list(LEDGER_COLUMNS), dtype=object).astype({"row": "int64"})
    return ledger.sort_values(["file", "row"], kind="stable", ignore_index=True)
