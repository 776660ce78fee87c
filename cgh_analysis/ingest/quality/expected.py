"""A published or expected table held against the data: numbers of people, means, standard deviations, percentages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.study import Expect

TINY = 1e-9  # of a digit: numbers halfway between two are both
CALLED = {"n": "the number of patients", "mean": "the mean", "sd": "the SD", "percent": "the percentage"}


def expected(view: View, table: Table) -> Iterator[Seen]:
    """Numbers that the study file expects, and which of them the accepted rows do not give."""
    for e in view.study.expect:
        if e.of == table:
            yield _judged(e, view, table)


def _judged(e: Expect, view: View, table: Table) -> Seen:
    column = view.drafts[table].frame.get(e.column) if e.column else None
    if e.column and column is None:
        return Seen(column=e.column, visit=e.visit, impossible=True, message="The table has no such column.")
    if e.arm and not view.usable("cases"):
        return Seen(column=e.column, visit=e.visit, impossible=True, message="The arms are not known.")
    if column is not None and _mismatched(e, column):
        words = "Means need numbers, percentages a category."
        return Seen(column=e.column, visit=e.visit, impossible=True, message=words)
    rows = _rows(e, view, table)
    values = None if column is None else column.iloc[rows].dropna()
    n = len(rows) if values is None else len(values)
    told = [] if e.n is None or e.n == n else [_finding(e, "n", str(e.n), str(n), n, view, table)]
    for what, (number, digits) in e.numbers.items():
        seen, fewest = _number(what, e, values)
        if not abs(seen - number) <= (0.5 + TINY) * 10.0**-digits:
            told.append(_finding(e, what, f"{number:.{digits}f}", f"{seen:.{digits + 1}f}", fewest, view, table))
    compared = len(e.numbers) + (e.n is not None)
    failing = 0 if e.deviates_because else len(told)
    message = f"Accepted: {e.deviates_because}" if told and e.deviates_because else ""
    return Seen(
        column=e.column,
        visit=e.visit,
        looked_at=compared,
        failing=failing,
        findings=tuple(told),
        message=message,
    )


def _mismatched(e: Expect, column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) != (e.percent is not None) and bool(e.numbers)


def _rows(e: Expect, view: View, table: Table) -> np.ndarray:
    """The accepted rows of an arm and a visit."""
    rows = view.rows(table)
    if e.visit:
        rows = rows[view.visit[rows] == view.visit_ids.index(e.visit)]
    if e.arm:
        arms = list(view.drafts["cases"].frame["arm"].cat.categories)
        rows = rows[view.of_case(table, "arm")[rows] == arms.index(e.arm)]
    return rows


def _number(what: str, e: Expect, values: pd.Series | None) -> tuple[float, int]:
    """One number of the data, and the fewest people that stand behind it."""
    if values is None or not len(values):
        return np.nan, 0
    if what == "percent":
        count = int((values.astype(str) == (e.level or "yes")).sum())
        return 100 * count / len(values), min(count, len(values) - count)
    numbers = values.to_numpy(dtype="float64")
    if what == "mean":
        return float(numbers.mean()), len(numbers)
    return float(numbers.std(ddof=1)) if len(numbers) > 1 else np.nan, len(numbers)


def _finding(e: Expect, what: str, expects: str, seen: str, fewest: int, view: View, table: Table) -> Finding:
    few = view.study.disclosure.threshold
    held = f"fewer than {few}" if what == "n" else f"not shown: it rests on fewer than {few} patients"
    of = f" {'with' if what == 'n' else 'of'} {e.column}" if e.column else ""
    level = f" ({e.level})" if e.level else ""
    who = f"{f' in arm {e.arm!r}' if e.arm else ''}{f' at visit {e.visit!r}' if e.visit else ''}"
    words: dict[str, Any] = {
        "source": e.source,
        "what": f"{CALLED[what]}{of}{level}{who}",
        "expected": expects,
        "seen": held if 0 < fewest < few else seen,
        "reason": e.deviates_because,
    }
    rule = "deviation_known" if e.deviates_because else "deviates"
    return found(rule, view.file(table), column=e.column or None, **words)
