"""Results of checks as lines for a terminal, and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from cgh_analysis.ingest.quality import CHECKS, CheckResult

PLACES: Final = 5  # failing places of one check that are listed
HEAD: Final = f"{'looked at':>9} {'failing':>7} {'%':>5} {'limit':>5}  status"
NAME, WHERE = 18, 21


def as_lines(results: Sequence[CheckResult]) -> list[str]:
    """Return the results by aspect, what failed first: every failing place, and of what passed the worst one.

    A line has at most 80 signs. What does not apply, and what could not be run, is counted.
    """
    if not results:
        return []
    lines = ["Checks"]
    for aspect in dict.fromkeys(check.aspect for check in CHECKS.values()):
        own = [_judged(name, results) for name, check in CHECKS.items() if check.aspect == aspect]
        lines.append(f"  {aspect.capitalize():<{NAME + WHERE - 1}} {HEAD}")
        for places in sorted(filter(None, own), key=lambda places: places[0].status != "fail"):
            lines += _of_check(places)
    return [*lines, *_others(results)]


def _others(results: Sequence[CheckResult]) -> list[str]:
    apart = sum(r.status == "not applicable" for r in results)
    failed = Counter((place(r), r.message) for r in results if r.status == "error")
    lines = [f"  {where}: {count} could not be run. {message}" for (where, message), count in failed.items()]
    return [*lines, f"  {apart} results do not apply: nothing to look at, or switched off."] if apart else lines


def as_data(results: Iterable[CheckResult]) -> list[dict[str, Any]]:
    """Return the results as they are written in JSON, each with what its check is."""
    return [{"check": r.check, **_about(r.check), **asdict(r)} for r in results]


def _about(name: str) -> dict[str, str]:
    check = CHECKS[name]
    aspect, subaspect = check.kind
    return {"aspect": aspect, "subaspect": subaspect, "severity": check.severity, "about": check.about}


def _judged(name: str, results: Sequence[CheckResult]) -> list[CheckResult]:
    """Every place that failed a check, the worst first; else the one with the largest share, or all as one."""
    judged = [r for r in results if r.check == name and r.status in ("pass", "fail")]
    ordered = sorted(judged, key=lambda r: (r.status != "fail", -r.share))
    failed = [r for r in ordered if r.status == "fail"]
    if failed or not judged or ordered[0].failing:
        return failed or ordered[:1]
    total = sum(r.looked_at for r in judged)
    return [replace(ordered[0], looked_at=total, table=_places(len(judged)), column="", visit="")]


def _places(count: int) -> str:
    return f"{count} places" if count > 1 else "1 place"


def _of_check(places: list[CheckResult]) -> list[str]:
    lines, check = [], CHECKS[places[0].check]
    for r in places[:PLACES]:
        where = place(r)
        if len(where) > WHERE - 1:
            where = f"{where[: WHERE - 2]}…"
        limit = "" if r.threshold is None else percent(r.threshold)
        numbers = f"{r.looked_at:>9} {r.failing:>7} {percent(r.share):>5} {limit:>5}"
        lines.append(f"  {r.check:<{NAME}}{where:<{WHERE}}{numbers}  {outcome(r)}")
    if places[0].status == "fail":
        more = f" ({len(places) - PLACES} more places)" if len(places) > PLACES else ""
        lines.append(f"    {check.severity}: {check.about}{more}")
    return lines


def outcome(result: CheckResult) -> str:
    """Return the status in a word: what passes although more fails than may is accepted by the study file."""
    over = result.threshold is not None and result.share > result.threshold
    return "accepted" if result.status == "pass" and over else result.status


def place(result: CheckResult) -> str:
    """Return where a check looked: 'ndi, week12', or the table where it is about no column."""
    return ", ".join(filter(None, (result.column or result.table, result.visit)))


def percent(share: float) -> str:
    """Return a share in percent, short: '0.4', '12', and '<0.1' for what would be none.

    >>> percent(0.004), percent(0.12), percent(0.0001), percent(0.0)
    ('0.4', '12', '<0.1', '0')
    """
    if 0 < share < 0.0005:
        return "<0.1"
    return f"{100 * share:.1f}".removesuffix(".0") if share < 0.1 else f"{100 * share:.0f}"
