"""The milestone: shares resolved by it and mean days to resolution within it, with differences and ratios."""

from __future__ import annotations

import math

from cgh_analysis.labels import arm_label, milestone_label, short_method
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import (
    Marks,
    Record,
    cell,
    distinct,
    foot,
    limits_name,
    marks_of,
    p_text,
    people,
    pick,
    records,
)
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.sections import (
    VERSUS,
    adjusted_name,
    arms_of,
    failed,
    filled,
    left_open,
    methods_note,
    pair_name,
    under,
)
from cgh_analysis.tables.table import Table

WIDTH = 8
ESTIMATORS = ("milestone", "rmst")
# the statistic of an arm, of a difference and of a ratio, and what they are called
PARTS = (
    ("resolved", "resolved_difference", "resolved_ratio", "Resolved by {}, %"),
    ("rmst", "rmst_difference", "rmst_ratio", "Mean days to resolution within {}"),
)
RMST = "Mean days to resolution are a restricted mean: days until it resolved, or until the day that is named."


def milestone(rows: Result, study: Study) -> Table:
    """Return by method the share resolved by the milestone and the mean days with headache: by arm and compared."""
    statistics = [name for part in PARTS for name in part[:3]]
    found = records(rows, *statistics)
    marks, ci = marks_of(found), limits_name(rows)
    body = [row for part in PARTS for row in _part(found, part, marks, study)]
    broken = [filled(WIDTH, f"{r['method']}: {r['note']}") for r in failed(rows, study, *ESTIMATORS)]
    return Table(
        title="The milestone",
        columns=(
            "",
            "Method",
            "n",
            f"By arm ({ci})",
            f"Difference ({ci})",
            f"Ratio ({ci})",
            "p",
            adjusted_name([r for r in found if r["reference"]], study),
        ),
        body=(*body, *under("Not estimable", broken)),
        notes=(
            VERSUS,
            *((RMST,) if any(r["statistic"] == "rmst" for r in found) else ()),
            *left_open(found, study),
            *methods_note(found, study),
            *foot(found, marks),
        ),
        source=rows,
    )


def _part(found: list[Record], part: tuple[str, ...], marks: Marks, study: Study) -> list[Row]:
    arms, difference, ratio, name = part
    own = [r for r in found if r["statistic"] in (arms, difference, ratio)]
    body: list[Row] = []
    for day in sorted({r["time"] for r in own if not math.isnan(r["time"])}):
        here = [r for r in own if r["time"] == day]
        of_arms, compared = ([r for r in here if bool(r["reference"]) == pair] for pair in (False, True))
        lines = [line for arm in arms_of(of_arms, study) for line in _arm(of_arms, arm, marks, study)]
        pairs = dict.fromkeys((r["group"], r["reference"]) for r in compared)
        lines += [line for pair in pairs for line in _pair(compared, pair, (difference, ratio), marks, study)]
        body += under(name.format(milestone_label(day)), lines)
    return body


def _arm(found: list[Record], arm: str, marks: Marks, study: Study) -> list[Row]:
    own = {r["method"]: r for r in found if r["group"] == arm}
    return [
        filled(WIDTH, arm_label(arm, study) if k == 0 else "", short_method(method), people(r), cell(r, marks))
        for k, (method, r) in enumerate(own.items())
    ]


def _pair(
    found: list[Record], pair: tuple[str, str], statistics: tuple[str, str], marks: Marks, study: Study
) -> list[Row]:
    own = [r for r in found if (r["group"], r["reference"]) == pair]
    lines = []
    for k, method in enumerate(distinct(own, "method") or [""]):
        difference, ratio = (pick(own, method=method, statistic=s) for s in statistics)
        row = difference or ratio
        p = (p_text(row), p_text(row, "p_adjusted"))
        shown = (cell(difference, marks), cell(ratio, marks), *p)
        name = pair_name(own[0], study) if k == 0 else ""
        lines.append(filled(WIDTH, name, short_method(method), people(row), "", *shown))
    return lines
