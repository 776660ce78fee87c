"""Comparisons within subgroups, side by side, and the test of whether they differ."""

from __future__ import annotations

from cgh_analysis.labels import column_label, level_words
from cgh_analysis.results import CONTRASTS, NOT_ESTIMABLE, STATISTICS, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import (
    Marks,
    Record,
    cell,
    foot,
    limits_name,
    marks_of,
    p_text,
    people,
    pick,
    records,
)
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import VERSUS, heading, methods_note, pair_name, sections
from cgh_analysis.tables.table import Table

NOTES = {
    ("mean_difference", "risk_difference"): VERSUS,
    ("hazard_ratio",): "A hazard ratio is that of the first named arm over the second.",
}
Pair = tuple[str, str]


def subgroups(rows: Result, study: Study) -> Table:
    """Return each comparison by level of each declared subgroup, with the p-value of Cochran's Q between levels."""
    found = records(rows, *CONTRASTS, "heterogeneity", subgroups=True)
    broken = [r for r in records(rows, "", subgroups=True) if str(r["note"]).startswith(NOT_ESTIMABLE)]
    contrasts = [r for r in found if r["statistic"] in CONTRASTS]
    shown = [*contrasts, *broken]
    marks, ci = marks_of(shown), limits_name(rows)
    pairs = list(dict.fromkeys((r["group"], r["reference"]) for r in contrasts))
    names = [pair_name({"group": a, "reference": b}, study) for a, b in pairs]
    return Table(
        title="Comparisons within subgroups",
        columns=("", *(text for _ in pairs for text in ("n", f"Estimate ({ci})"))),
        spans=(("", 1), *((name, 2) for name in names)),
        body=tuple(row for part in _parts(found, broken) for row in _part(part, pairs, marks, study)),
        notes=(
            *(text for test, text in NOTES.items() if any(r["statistic"] in test for r in contrasts)),
            "p: test for heterogeneity between the levels of a subgroup; single levels are not tested.",
            *methods_note(contrasts, study),
            *foot(shown, marks),
        ),
        source=rows,
    )


def _parts(found: list[Record], broken: list[Record]) -> list[list[Record]]:
    """Split by analysis, outcome and day; a level that failed knows no day, often no outcome, and joins them all."""
    parts = sections(found)
    joined = [[*part, *(r for r in broken if _belongs(r, part[0]))] for part in parts]
    alone = [r for r in broken if not any(_belongs(r, part[0]) for part in parts)]
    return [*joined, *sections(alone)]


def _belongs(failed: Record, row: Record) -> bool:
    return bool(failed["analysis"] == row["analysis"]) and failed["outcome"] in ("", row["outcome"])


def _part(part: list[Record], pairs: list[Pair], marks: Marks, study: Study) -> list[Row]:
    levels = list(dict.fromkeys(r["subgroup"] for r in part if "=" in r["subgroup"]))
    body = [Row(cells=(f"{heading(part, study)}{_what(part)}",), kind="head")]
    for column in dict.fromkeys(level.partition("=")[0] for level in levels):
        tests = [r for r in part if r["statistic"] == "heterogeneity" and r["subgroup"] == column]
        body.append(Row(cells=(column_label(column, study), *_tests(tests, pairs))))
        own = (level for level in levels if level.partition("=")[0] == column)
        body += [_level([r for r in part if r["subgroup"] == level], pairs, marks) for level in own]
    return body


def _what(part: list[Record]) -> str:
    """What the estimates are: '; difference in means'."""
    statistic = next((STATISTICS[r["statistic"]] for r in part if r["statistic"] in CONTRASTS), None)
    if statistic is None:
        return ""
    return f"; {statistic.label.lower()}{', percentage points' if statistic.percent else ''}"


def _tests(tests: list[Record], pairs: list[Pair]) -> tuple[str, ...]:
    found = [p_text(pick(tests, group=a, reference=b)) for a, b in pairs]
    return tuple(text for p in found for text in ("", f"p = {p}".replace("= <", "< ") if p else ""))


def _level(own: list[Record], pairs: list[Pair], marks: Marks) -> Row:
    failed = pick(own, statistic="")
    found = [pick(own, group=a, reference=b) or failed for a, b in pairs]
    numbers = (text for r in found for text in ("" if r is failed else people(r), cell(r, marks)))
    return Row(cells=(level_words(own[0]["subgroup"].partition("=")[2]), *numbers), kind="level")
