"""Flow of patients, after STROBE (von Elm 2007) and CONSORT (Schulz 2010), drawn from the rows of analysis 'flow'."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from cgh_analysis.figures.boxes import PAD, Box, arrow_down, arrow_right, draw_box, frame_box, line, write_box
from cgh_analysis.figures.place import LINE_MM, wrap, write, write_lines
from cgh_analysis.figures.rows import cell, frame_of, nothing, ordered, reason
from cgh_analysis.figures.style import DOUBLE, canvas, styled
from cgh_analysis.format import number
from cgh_analysis.labels import arm_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Flow of patients"
ANALYSED = "analysed:"
DAGGERS = "†‡§"
EDGE, MAIN_MM, SIDE_MM, LABEL_MM = 1.0, 66.0, 92.0, 50.0
SHAFT_MM, BUS_MM, LANE_GAP = 7.0, 9.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who is left after a criterion, and the box of those whom it excluded (None for the first step)."""

    left: Box
    out: Box | None

    @property
    def shaft(self) -> float:
        """Length of the arrow above the step: long enough for the box beside it."""
        return 0.0 if self.out is None else max(SHAFT_MM, self.out.height + 2 - self.left.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """One lane an arm: a box with its size, and below it one line for each analysis."""

    heads: tuple[Box, ...]
    labels: tuple[tuple[str, ...], ...]
    counts: tuple[tuple[str, ...], ...]

    @property
    def head_height(self) -> float:
        """Height of the tallest arm box."""
        return max(box.height for box in self.heads)

    @property
    def body_height(self) -> float:
        """Height of the boxes of those analysed; 0 where no analysis is counted."""
        return sum(len(label) * LINE_MM + 0.8 for label in self.labels) + 2 * PAD if self.labels else 0.0


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
    if not (frame["statistic"] == "count").any():
        return nothing(TITLE, reason(frame))
    marks = _marks(frame)
    names = [s for s in ordered(frame["outcome"]) if not s.startswith(ANALYSED)]
    steps = [_step(frame.loc[frame["outcome"] == name], marks, study, last=name == names[-1]) for name in names]
    foot = [f"{mark} This criterion {note}: it selects on what came after baseline." for note, mark in marks.items()]
    with styled():
        return _draw(steps, _lanes(frame, names[-1:], study), foot)


def caption(frame: pd.DataFrame, _study: Study | None) -> str:
    """Say in words what the figure shows."""
    counts = frame.loc[(frame["analysis"] == "flow") & (frame["statistic"] == "count") & (frame["group"] == "")]
    steps = counts.loc[~counts["outcome"].str.startswith(ANALYSED)]
    text = "Flow of patients: criteria in the order in which they were applied, and the number analysed by arm."
    if len(steps) < 2:
        return text
    first, last = (cell(steps.iloc[k], number(steps.iloc[k]["estimate"], 0)) for k in (0, -1))
    dagger = " Criteria with a dagger depend on the outcome or on treatment." if _marks(frame) else ""
    return f"{text} Of {first} people recorded, {last} were eligible.{dagger}"


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
    count = _n(_count(frame, "count"))
    room = MAIN_MM - 2 * PAD
    excluded = _count(frame, "excluded")
    if not excluded:
        return Step(left=Box(head=tuple(wrap(label, room, "bold")), body=(count,)), out=None)
    mark = "".join(m for note, m in marks.items() if (frame["note"] == note).any())
    arms = [(arm_label(a, study), _count(frame, "excluded", a)) for a in ordered(frame["group"])]
    by_arm = (
        wrap("; ".join(f"{arm} {n}" for arm, n in arms if n), SIDE_MM - 2 * PAD) if arms and excluded != "0" else []
    )
    reasons = wrap(f"Not met: {label}{mark}", SIDE_MM - 2 * PAD)
    left = Box(head=(f"{'Eligible' if last else 'Remaining'}: {count}",))
    return Step(left=left, out=Box(head=(f"Excluded: {_n(excluded)}",), body=(*reasons, *by_arm)))


def _lanes(frame: pd.DataFrame, last: list[str], study: Study | None) -> Lanes:
    arms = ordered(frame["group"]) or [""]
    room = _lane_width(len(arms)) - 2 * PAD
    eligible = frame.loc[frame["outcome"].isin(last)]
    heads = tuple(
        Box(
            head=tuple(wrap(arm_label(arm, study) if arm else "All patients", room, "bold")),
            body=(_n(_count(eligible, "count", arm)),),
        )
        for arm in arms
    )
    analysed = frame.loc[frame["outcome"].str.startswith(ANALYSED)]
    groups = [analysed.loc[analysed["outcome"] == step] for step in ordered(analysed["outcome"])]
    labels = tuple(tuple(wrap(str(g["subgroup"].iloc[0]), LABEL_MM - 2)) for g in groups)
    counts = tuple(tuple(_count(g, "count", arm) for g in groups) for arm in arms)
    return Lanes(heads=heads, labels=labels, counts=counts)


def _lane_width(n: int) -> float:
    return (DOUBLE - 2 * EDGE - LABEL_MM - LANE_GAP * (n - 1)) / n


def _draw(steps: list[Step], lanes: Lanes, foot: list[str]) -> Figure:
    column = sum(s.shaft + s.left.height for s in steps)
    body = SHAFT_MM + lanes.body_height if lanes.labels else 0.0
    notes = 2 + LINE_MM * len(foot) if foot else 0.0
    height = 2 * EDGE + column + BUS_MM + lanes.head_height + body + notes
    figure = canvas(DOUBLE, height)
    figure.set_label(TITLE)
    bottom = _draw_steps(figure, steps, height - EDGE)
    _draw_lanes(figure, lanes, bottom)
    write_lines(figure, EDGE, EDGE + LINE_MM * len(foot), foot)
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


def _draw_lanes(figure: Figure, lanes: Lanes, top: float) -> None:
    """Draw a line from the column to each arm, the arms' boxes and, below them, who was analysed."""
    width = _lane_width(len(lanes.heads))
    lefts = [EDGE + LABEL_MM + k * (width + LANE_GAP) for k in range(len(lanes.heads))]
    trunk, bus = EDGE + MAIN_MM / 2, top - BUS_MM / 2
    centres = [left + width / 2 for left in lefts]
    line(figure, (trunk, top), (trunk, bus), (max(centres), bus))
    if min(centres) < trunk:
        line(figure, (min(centres), bus), (trunk, bus))
    head_top = top - BUS_MM
    for left, centre, box in zip(lefts, centres, lanes.heads, strict=True):
        arrow_down(figure, centre, bus, head_top)
        frame_box(figure, left, head_top, (width, lanes.head_height))
        write_box(figure, box, left, head_top)
    if lanes.labels:
        _draw_analysed(figure, lanes, lefts, head_top - lanes.head_height)


def _draw_analysed(figure: Figure, lanes: Lanes, lefts: list[float], top: float) -> None:
    width = _lane_width(len(lanes.heads))
    box_top = top - SHAFT_MM
    for left, counts in zip(lefts, lanes.counts, strict=True):
        arrow_down(figure, left + width / 2, top, box_top)
        frame_box(figure, left, box_top, (width, lanes.body_height))
        y = box_top - PAD
        for label, count in zip(lanes.labels, counts, strict=True):
            write(figure, left + width / 2, y - len(label) * LINE_MM / 2, _n(count), ha="center")
            y -= len(label) * LINE_MM + 0.8
    write(figure, EDGE, box_top + LINE_MM / 2, "Analysed", weight="bold")
    y = box_top - PAD
    for label in lanes.labels:
        write_lines(figure, EDGE, y, label)
        y -= len(label) * LINE_MM + 0.8
