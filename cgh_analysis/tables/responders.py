"""Responders by arm, risk differences and numbers needed to treat."""

from __future__ import annotations

from cgh_analysis.labels import arm_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables.cells import (
    Marks,
    Record,
    cell,
    events,
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
    arm_rows,
    failed,
    failure_line,
    heading,
    methods_note,
    pair_name,
    pair_rows,
    sections,
)
from cgh_analysis.tables.table import Table

NNT = (
    "NNT: people to treat with the first named arm for one more responder than in the other (harm: one fewer), 1 / "
    "risk difference. It has no interval where the interval of the risk difference includes 0."
)


def responders(rows: Result, study: Study) -> Table:
    """Return crude events, the risk of each arm, risk differences in percentage points and numbers needed to treat."""
    found = records(rows, "risk", "risk_difference", "nnt")
    broken = failed(rows, study, "responder")
    marks, ci = marks_of(found), limits_name(rows)
    columns = (
        "",
        "Responders / n",
        f"Responders, % ({ci})",
        f"Risk difference, points ({ci})",
        f"NNT ({ci})",
        "p",
        adjusted_name(found, study),
    )
    body = [row for part in sections([*found, *broken]) for row in _part(part, marks, study, len(columns))]
    return Table(
        title="Responders",
        columns=columns,
        body=tuple(body),
        notes=(VERSUS, NNT, *methods_note(found, study), *foot(found, marks)),
        source=rows,
    )


def _part(part: list[Record], marks: Marks, study: Study, width: int) -> list[Row]:
    arms = [
        Row(cells=(arm_label(r["group"], study), events(r), cell(r, marks), *[""] * (width - 3)))
        for r in arm_rows(part, "risk")
    ]
    pairs = [_pair(r, part, marks, study) for r in pair_rows(part, "risk_difference")]
    name = f"{heading(part, study)}{_definition(part[0], study)}"
    return [Row(cells=(name,), kind="head"), *arms, *pairs, *failure_line(part, width)]


def _definition(row: Record, study: Study) -> str:
    """What counts as a response, as the study file declares it."""
    response = next((a.response for a in study.analyses if a.id == row["analysis"]), None)
    if response is None:
        return ""
    if response.percent is not None:
        return f"; better by at least {response.percent:g}%"
    return f"; better by at least {'the MCID' if response.by == 'mcid' else f'{response.by:g}'}"


def _pair(row: Record, part: list[Record], marks: Marks, study: Study) -> Row:
    nnt = pick(part, statistic="nnt", group=row["group"], reference=row["reference"])
    needed = cell(nnt, marks)
    harm = f"harm: {needed}" if row["estimate"] < 0 and needed[:1].isdigit() else needed
    numbers = (cell(row, marks), harm, p_text(row), p_text(row, "p_adjusted"))
    return Row(cells=(pair_name(row, study), people(row), "", *numbers))
