"""Run every check: results to judge by, and what the checks that look for themselves have to tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality import CHECKS
from cgh_analysis.ingest.quality.counted import WHOLE, counted
from cgh_analysis.ingest.quality.kinds import Check, CheckResult, Seen, Status
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.ingest.sheet import nearest
from cgh_analysis.ingest.threads import in_order

NOT_READ: Final = "The file could not be read as this table."
NOTHING: Final = "There is nothing to look at."
Reasons = Mapping[Table, Mapping[str, str]]


def assess(view: View, reasons: Reasons) -> tuple[tuple[CheckResult, ...], dict[Table, list[Finding]]]:
    """Return the result of every check at every table and column, and findings by table.

    `reasons` are the rules that the study file accepts in a table's file: what they find does not fail.
    """
    results: list[CheckResult] = []
    told: dict[Table, list[Finding]] = {table: [] for table in view.drafts}
    where = [(name, table) for name, check in CHECKS.items() for table in check.tables if table in view.drafts]
    looked = in_order(lambda at: list(_look(at[0], CHECKS[at[0]], view, at[1])) or [Seen()], where)
    for (name, table), every in zip(where, looked, strict=True):
        for seen in every:
            off = _off(name, seen.column, view)
            results.append(_judge(name, CHECKS[name], seen, view, table, reasons[table]))
            told[table] += _without(seen, off, name, view, table)
    told["cases"] += _unknown(view, results)
    return tuple(results), told


def _look(name: str, check: Check, view: View, table: Table) -> Iterator[Seen]:
    """What a check sees in a table; one that cannot be used is looked at only as a whole."""
    if check.look is None:
        usable = view.usable(table) or check.over in WHOLE
        yield from counted(check, view, table) if usable else [Seen(impossible=True, message=NOT_READ)]
    elif view.study.checks.reason(name):
        yield Seen()
    elif not view.usable(table):
        yield Seen(impossible=True, message=NOT_READ)
    else:
        yield from check.look(view, table)


def _judge(name: str, check: Check, seen: Seen, view: View, table: Table, reasons: Mapping[str, str]) -> CheckResult:
    limit = None if check.severity == "note" else view.study.checks.limit(name)
    share = seen.failing / seen.looked_at if seen.looked_at else 0.0
    off = _off(name, seen.column, view)
    causes = {*seen.causes, *(f.rule for f in seen.findings)}
    accepted = "; ".join(reasons[rule] for rule in check.rules if rule in causes) if causes <= set(reasons) else ""
    status: Status = "fail" if limit is not None and share > limit else "pass"
    message = seen.message
    if seen.impossible:
        status = "error"
    elif off:
        status, message = "not applicable", f"Off: {off}"
    elif not seen.looked_at:
        status, message = "not applicable", message or NOTHING
    elif status == "fail" and accepted:
        status, message = "pass", f"Accepted: {accepted}"
    return CheckResult(
        check=name,
        table=table,
        column=seen.column,
        visit=seen.visit,
        looked_at=seen.looked_at,
        failing=seen.failing,
        share=share,
        threshold=limit,
        status=status,
        message=message,
    )


def _off(name: str, column: str, view: View) -> str:
    """Why a check is off, as a whole or for a column; what rules decide cannot be switched off."""
    checks = view.study.checks
    return "" if CHECKS[name].look is None else checks.reason(name) or checks.reason(name, column)


def _without(seen: Seen, off: str, name: str, view: View, table: Table) -> list[Finding]:
    if not off:
        return list(seen.findings)
    where = f" for {seen.column}" if seen.column else ""
    return [found("check_off", view.file(table), check=name, where=where, reason=off)]


def _unknown(view: View, results: list[CheckResult]) -> list[Finding]:
    """Names under `off` that are no check, none that can be switched off, or no column of it."""
    checks = [name for name, check in CHECKS.items() if check.look is not None]
    wrong = [(name, "check to switch off", checks) for name in view.study.checks.off if name not in checks]
    for name, reasons in view.study.checks.off.items():
        columns = list(dict.fromkeys(r.column for r in results if r.check == name and r.column))
        if name in checks and not isinstance(reasons, str):
            wrong += [(column, f"column that {name} looks at", columns) for column in reasons if column not in columns]
    file = view.file("cases")
    return [found("unknown_target", file, name=n, what=what, nearest=nearest(n, known)) for n, what, known in wrong]
