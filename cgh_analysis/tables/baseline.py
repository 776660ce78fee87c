"""The baseline table in the form that journals print: variables down, arms across."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cgh_analysis.format import interval, number
from cgh_analysis.labels import column_label, level_words, unit, with_unit
from cgh_analysis.results import STATISTICS, Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import (
    Marks,
    Record,
    all_records,
    cell,
    count_percent,
    distinct,
    foot,
    marks_of,
    of_analysis,
    pick,
    point,
)
from cgh_analysis.tables.layout import Row
from cgh_analysis.tables.table import Table

YES = ("yes", "1")
SMD = "SMD: the largest standardised mean difference between any two arms."
SHARES = "Percentages are of those with a value; missing values have a row of their own where there are any."
WEIGHTED = "Means, SDs, quartiles, percentages and SMDs are weighted; counts are people."


def baseline(rows: Result, study: Study) -> Table:
    """Return the baseline table of a study: mean (SD) or median (quartiles), n (%), missing, largest pairwise SMD."""
    return _of(rows, study, "baseline", "Baseline characteristics by arm")


def clinical(rows: Result, study: Study) -> Table:
    """Return symptoms, findings and diagnostic items by arm, laid out as the baseline table is."""
    return _of(rows, study, "clinical", "Symptoms, findings and diagnostic items by arm")


def treatment(rows: Result, study: Study) -> Table:
    """Return what each arm consisted of, laid out as the baseline table is."""
    return _of(rows, study, "treatment", "Treatment given by arm")


def _of(rows: Result, study: Study, analysis: str, title: str) -> Table:
    return baseline_layout(
        of_analysis(rows, analysis),
        title=title,
        arms=study.arm_labels,
        label=lambda name: _label(name.removesuffix("_baseline"), study),
    )


def baseline_layout(rows: Result, *, title: str, arms: Mapping[str, str], label: Callable[[str], str]) -> Table:
    """Lay out baseline rows; `arms` are labels by id in order, and a group of all together comes last where it is."""
    found = all_records(rows)
    sizes = {r["group"]: r for r in found if r["outcome"] == "patients"}
    groups = [arm for arm in (*arms, "") if arm in sizes]
    marks = marks_of(found)
    body: list[Row] = []
    for column in distinct(found, "outcome"):
        if column != "patients":
            body += _variable([r for r in found if r["outcome"] == column], label(column), groups, marks)
    heads = (f"{arms.get(g, 'All')} ({_size(sizes[g])})" for g in groups)
    with_smd = any(r["statistic"] == "smd" for r in found)
    weighted = any(r["method"].startswith("weighted") for r in found)
    return Table(
        title=title,
        columns=("", *heads, "SMD") if with_smd else ("", *heads),
        body=tuple(body) if with_smd else tuple(replace(row, cells=row.cells[:-1]) for row in body),
        notes=(
            SHARES,
            *((SMD,) if with_smd else ()),
            *((WEIGHTED,) if weighted else ()),
            *_abbreviations(found),
            *foot(found, marks),
        ),
        source=rows,
    )


def _label(name: str, study: Study) -> str:
    """Everything in this table is at baseline, so that a label need not say it."""
    return with_unit(column_label(name, study), unit(name, study))


def _size(row: Record) -> str:
    text = cell(row, {}, point)
    return f"n {text}" if text.startswith("<") else f"n = {text}"


def _variable(own: list[Record], label: str, groups: list[str], marks: Marks) -> list[Row]:
    smd = cell(pick(own, statistic="smd"), marks, point)
    statistics = {r["statistic"] for r in own}
    by_group = [[r for r in own if r["group"] == g and r["statistic"] != "smd"] for g in groups]
    missing = _missing(by_group, marks)
    if "mean" in statistics:
        return [Row(cells=(f"{label}, mean (SD)", *(_mean(r, marks) for r in by_group), smd)), *missing]
    if "median" in statistics:
        return [Row(cells=(f"{label}, median (Q1, Q3)", *(_median(r, marks) for r in by_group), smd)), *missing]
    levels = dict.fromkeys(r["subgroup"] for r in own if r["subgroup"])
    texts = {level: [_level(r, level, marks) for r in by_group] for level in levels}
    only = next(iter(levels)).partition("=")[2] if len(levels) == 1 else ""
    if only in YES:
        name = label if only == "yes" else f"{label} = {only}"
        return [Row(cells=(f"{name}, n (%)", *next(iter(texts.values())), smd)), *missing]
    head = Row(cells=(f"{label}, n (%)", *[""] * len(groups), smd))
    lines = [Row(cells=(level_words(k.partition("=")[2]), *shown, ""), kind="level") for k, shown in texts.items()]
    return [head, *lines, *missing]


def _mean(own: list[Record], marks: Marks) -> str:
    mean, sd = pick(own, statistic="mean"), pick(own, statistic="sd")
    known = sd is not None and sd["estimate"] == sd["estimate"]
    return f"{cell(mean, marks, point)} ({cell(sd, marks, point)})" if known else cell(mean, marks, point)


def _median(own: list[Record], marks: Marks) -> str:
    q1, q3 = (pick(own, statistic=name) for name in ("q1", "q3"))
    known = q1 is not None and q3 is not None and q1["estimate"] == q1["estimate"]
    text = cell(pick(own, statistic="median"), marks, point)
    digits = STATISTICS["median"].digits
    return f"{text} ({interval(q1['estimate'], q3['estimate'], digits)})" if known and q1 and q3 else text


def _level(own: list[Record], level: str, marks: Marks) -> str:
    of_level = [r for r in own if r["subgroup"] == level]
    return count_percent(pick(of_level, statistic="count"), pick(of_level, statistic="percent"), marks)


def _missing(by_group: list[list[Record]], marks: Marks) -> list[Row]:
    found = [pick(own, statistic="missing") for own in by_group]
    if all(row is None or row["estimate"] == 0 for row in found):
        return []
    return [Row(cells=("Missing, n", *(cell(row, marks, _whole) for row in found), ""), kind="level")]


def _whole(row: Record) -> str:
    return number(row["estimate"], 0)


def _abbreviations(found: list[Record]) -> tuple[str, ...]:
    used = {r["statistic"] for r in found}
    words_of = {"sd": "SD: standard deviation", "q1": "Q1, Q3: first and third quartile"}
    parts = [text for statistic, text in words_of.items() if statistic in used]
    return (f"{'; '.join(parts)}.",) if parts else ()
