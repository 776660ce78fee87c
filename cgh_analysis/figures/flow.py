"""Flow of patients, after STROBE (von Elm 2007) and CONSORT (Schulz 2010), drawn from the rows of analysis 'flow'.

Steps up to the last criterion make the column of who is left, with the excluded beside them; the step of each primary
analysis (`analysed:<analysis>`) comes below, by arm.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.boxes import PAD, Box, arrow_down, arrow_right, draw_box
from cgh_analysis.figures.lanes import Entry, Lanes, draw_lanes, lane_width
from cgh_analysis.figures.place import EDGE, foot_height, wrap, write_foot
from cgh_analysis.figures.rows import cell, frame_of, nothing, ordered, reason
from cgh_analysis.figures.style import DOUBLE, canvas, styled
from cgh_analysis.format import number
from cgh_analysis.labels import arm_label, day_label, short_label, words
from cgh_analysis.results import ANALYSED, Result
from cgh_analysis.study import Study

TITLE = "Flow of patients"
DAGGERS = "†‡§"
MAIN_MM, SIDE_MM, SHAFT_MM = 66.0, 92.0, 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who is left after a criterion, and the box of those whom it excluded (None for the first step)."""

    left: Box
    out: Box | None

    @property
    def shaft(self) -> float:
        """Length of the arrow above the step: long enough for the box beside it."""
        return 0.0 if self.out is None else max(SHAFT_MM, self.out.height + 2 - self.left.height)


def flow(rows: Result | pd.DataFrame, study: Study | None = None) -> Figure:
    """Draw who came in, who was excluded by which criterion in which order, and who was analysed, by arm.

    A dagger marks a criterion that depends on the outcome or on treatment: it selects on what came after baseline.

    >>> from cgh_analysis.results import rows as make
    >>> step = {"analysis": "flow", "outcome": "recorded", "subgroup": "Records", "statistic": "count", "estimate": 9}
    >>> flow(make([step])).get_label()
    'Flow of patients'
    """
    frame = frame_of(rows)
    frame = frame.loc[frame["analysis"] == "flow"]
    trunk = frame.loc[~_branches(frame)]
    if not (trunk["statistic"] == "count").any():
        return nothing(TITLE, reason(frame))
    marks = _marks(frame)
    names = ordered(trunk["outcome"])
    steps = [_step(trunk.loc[trunk["outcome"] == name], marks, study, last=name == names[-1]) for name in names]
    foot = [f"{mark} This criterion {note}: it selects on what came after baseline." for note, mark in marks.items()]
    with styled():
        return _draw(steps, _lanes(frame, trunk.loc[trunk["outcome"] == names[-1]], study), foot)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    frame = frame.loc[frame["analysis"] == "flow"]
    counts = frame.loc[(frame["statistic"] == "count") & (frame["group"] == "") & ~_branches(frame)]
    text = "Flow of patients: criteria in the order in which they were applied, and the number analysed by arm."
    if len(counts) < 2:
        return text
    first, last = (cell(counts.iloc[k], number(counts.iloc[k]["estimate"], 0)) for k in (0, -1))
    dagger = " Criteria with a dagger depend on the outcome or on treatment." if _marks(frame) else ""
    return f"{text} Of {first} people recorded, {last} were eligible.{dagger}"


def _branches(frame: pd.DataFrame) -> pd.Series:
    """Say which rows belong to an analysis and not to everybody."""
    return frame["outcome"].str.startswith(ANALYSED)


def _marks(frame: pd.DataFrame) -> dict[str, str]:
    notes = [n for n in ordered(frame["note"]) if n.startswith("depends")]
    return {note: DAGGERS[k % len(DAGGERS)] * (1 + k // len(DAGGERS)) for k, note in enumerate(notes)}


def _count(frame: pd.DataFrame, statistic: str, arm: str = "") -> str:
    found = frame.loc[(frame["statistic"] == statistic) & (frame["group"] == arm)]
    return cell(found.iloc[0], number(found.iloc[0]["estimate"], 0)) if len(found) else ""


def _n(count: str) -> str:
    return f"n = {count}" if count[:1].isdigit() else f"n {count}"


def _step(frame: pd.DataFrame, marks: dict[str, str], study: Study | None, *, last: bool) -> Step:
    label = str(frame["subgroup"].iloc[0])
    count, excluded = _n(_count(frame, "count")), _count(frame, "excluded")
    if not excluded:
        return Step(left=Box(head=tuple(wrap(label, MAIN_MM - 2 * PAD, "bold")), body=(count,)), out=None)
    mark = "".join(m for note, m in marks.items() if (frame["note"] == note).any())
    arms = [(arm_label(a, study), _count(frame, "excluded", a)) for a in ordered(frame["group"])]
    by_arm = "; ".join(f"{arm} {n}" for arm, n in arms if n) if excluded != "0" else ""
    room = SIDE_MM - 2 * PAD
    body = (*wrap(f"{label}{mark}", room), *(wrap(by_arm, room) if by_arm else []))
    left = Box(head=(f"{'Eligible' if last else 'Remaining'}: {count}",))
    return Step(left=left, out=Box(head=(f"Excluded: {_n(excluded)}",), body=body))


def _lanes(frame: pd.DataFrame, eligible: pd.DataFrame, study: Study | None) -> Lanes:
    arms = ordered(eligible["group"]) or [""]
    room = lane_width(len(arms)) - 2 * PAD
    heads = tuple(
        Box(
            head=tuple(wrap(arm_label(arm, study) if arm else "All patients", room, "bold")),
            body=(_n(_count(eligible, "count", arm)),),
        )
        for arm in arms
    )
    branches = frame.loc[_branches(frame)]
    parts = [branches.loc[branches["outcome"] == step] for step in ordered(branches["outcome"])]
    entries = [entry for part in parts for entry in _entries(part, arms, study)]
    return Lanes(heads=heads, entries=tuple(entries))


def _entries(step: pd.DataFrame, arms: list[str], study: Study | None) -> list[Entry]:
    """Return the lines of one analysis: its name, who was left out of it and why, and who was analysed."""
    analysis = str(step["outcome"].iloc[0]).removeprefix(ANALYSED)
    lost = tuple(_count(step, "excluded", arm) for arm in arms)
    left = tuple(_n(_count(step, "count", arm)) for arm in arms)
    return [
        Entry(label=_analysis_label(analysis, study), counts=("",) * len(arms), bold=True),
        *([Entry(label=str(step["subgroup"].iloc[0]), counts=lost)] if any(lost) else []),
        Entry(label="Analysed", counts=left, bold=True),
    ]


def _analysis_label(analysis: str, study: Study | None) -> str:
    planned = next((a for a in study.analyses if a.id == analysis), None) if study else None
    if study is None or planned is None:
        return words(analysis.replace("-", " "))
    outcomes = ", ".join(short_label(o, study) for o in planned.outcomes) or words(planned.estimator)
    when = f", {day_label(study.visit(planned.at).day, study).lower()}" if planned.at else ""
    return planned.title or f"{outcomes}{when}"


def _draw(steps: list[Step], lanes: Lanes, foot: list[str]) -> Figure:
    column = sum(s.shaft + s.left.height for s in steps)
    height = 2 * EDGE + column + lanes.height + foot_height(foot)
    figure = canvas(DOUBLE, height)
    figure.set_label(TITLE)
    bottom = _draw_steps(figure, steps, height - EDGE)
    draw_lanes(figure, lanes, (EDGE + MAIN_MM / 2, bottom))
    write_foot(figure, foot)
    return figure


def _draw_steps(figure: Figure, steps: list[Step], top: float) -> float:
    """Draw the column of who is left and the boxes beside it; return where the column ends."""
    trunk, side = EDGE + MAIN_MM / 2, DOUBLE - EDGE - SIDE_MM
    for step in steps:
        if step.out is not None:
            middle = top - step.shaft / 2
            arrow_down(figure, trunk, top, top - step.shaft)
            arrow_right(figure, trunk, side, middle)
            draw_box(figure, step.out, side, middle + step.out.height / 2, SIDE_MM)
        top -= step.shaft
        draw_box(figure, step.left, EDGE, top, MAIN_MM)
        top -= step.left.height
    return top
