"""Comparisons within subgroups, side by side, and the test of whether they differ."""

from __future__ import annotations

from cgh_analysis.labels import column_label, words
from cgh_analysis.results import STATISTICS, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import Marks, Record, cell, foot, limits_name, marks_of, p_text, people, pick, records
from cgh_analysis.tables.sections import VERSUS, heading, methods_note, pair_name, sections
from cgh_analysis.tables.table import Row, Table

CONTRASTS = ("mean_difference", "risk_difference", "hazard_ratio")
Pair = tuple[str, str]


def subgroups(rows: Result, study: Study) -> Table:
    """Return each comparison by level of each declared subgroup, with the p-value of Cochran's Q between levels."""
    found = records(rows, *CONTRASTS, "heterogeneity", subgroups=True)
    contrasts = [r for r in found if r["statistic"] in CONTRASTS and r["reference"]]
    marks, ci = marks_of(contrasts), limits_name(rows)
    pairs = list(dict.fromkeys((r["group"], r["reference"]) for r in contrasts))
    names = [pair_name(pick(contrasts, group=a, reference=b) or {}, study) for a, b in pairs]
    return Table(
        title="Comparisons within subgroups",
        columns=("", *(text for _ in pairs for text in ("n", f"Estimate ({ci})"))),
        spans=(("", 1), *((name, 2) for name in names)),
        body=tuple(row for part in sections(found) for row in _part(part, pairs, marks, study)),
        notes=(
            VERSUS,
            "p: test for heterogeneity between the levels of a subgroup; single levels are not tested.",
            *methods_note(contrasts, study),
            *foot(contrasts, marks),
        ),
        source=rows,
    )


def _part(part: list[Record], pairs: list[Pair], marks: Marks, study: Study) -> list[Row]:
    contrasts = [r for r in part if r["statistic"] in CONTRASTS]
    if not contrasts:
        return []
    what = STATISTICS[contrasts[0]["statistic"]]
    unit = ", percentage points" if what.percent else ""
    body = [Row(cells=(f"{heading(part, study)}: {what.label.lower()}{unit}",), kind="head")]
    for column in dict.fromkeys(r["subgroup"].partition("=")[0] for r in contrasts):
        tests = [r for r in part if r["statistic"] == "heterogeneity" and r["subgroup"].partition("=")[0] == column]
        body.append(Row(cells=(column_label(column, study), *_tests(tests, pairs))))
        levels = dict.fromkeys(r["subgroup"] for r in contrasts if r["subgroup"].partition("=")[0] == column)
        body += [_level(level, contrasts, pairs, marks) for level in levels]
    return body


def _tests(tests: list[Record], pairs: list[Pair]) -> tuple[str, ...]:
    found = [p_text(pick(tests, group=a, reference=b)) for a, b in pairs]
    return tuple(text for p in found for text in ("", f"p = {p}".replace("= <", "< ") if p else ""))


def _level(level: str, contrasts: list[Record], pairs: list[Pair], marks: Marks) -> Row:
    found = [pick(contrasts, subgroup=level, group=a, reference=b) for a, b in pairs]
    numbers = (text for r in found for text in (people(r), cell(r, marks)))
    return Row(cells=(words(level.partition("=")[2]), *numbers), kind="level")
