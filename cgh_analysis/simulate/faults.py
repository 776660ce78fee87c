"""What goes wrong in real exports, put into the raw rows at seeded places and listed for the tests.

Each fault gets a row of its own, so that what a reader says of one is not mixed up with another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from cgh_analysis.simulate.draw import stream, uniform

Row = list[str]
ARM_SPELLINGS: Final = (
    ("manual_exercise", "MTE"),
    ("manual_exercise", "mte "),
    ("manual_exercise", "Manual therapy + exercise"),
    ("medication", "Medication"),
    ("nerve_block", "Nerve Block"),
)
SPELT_SO: Final = 2
UNDECLARED_ARM: Final = "physio?"
SHORT_BY: Final = 6


@dataclass(slots=True, kw_only=True)
class RawFile:
    """A file's rows of text, still to be written; `marks` are the faults and the very rows that carry them."""

    name: str
    header: Row
    rows: list[Row]
    marks: list[tuple[str, str, Row]] = field(default_factory=list)

    def column(self, name: str) -> int:
        """Return a column's place."""
        return self.header.index(name)

    def change(self, fault: str, row: Row, column: str, value: str) -> None:
        """Give a cell another value, and note it."""
        row[self.column(column)] = value
        self.marks.append((fault, column, row))

    def add(self, fault: str, row: Row, after: Row | None = None) -> None:
        """Put a row behind another one (or at the end), and note it."""
        place = len(self.rows) if after is None else next(i for i, r in enumerate(self.rows) if r is after) + 1
        self.rows.insert(place, row)
        self.marks.append((fault, "", row))

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults by row as a person counts them in the file: the header is row 1."""
        number = {id(row): i for i, row in enumerate(self.rows, start=2)}
        found = [
            {
                "fault": fault,
                "file": self.name,
                "row": number[id(row)],
                **({"column": column, "value": row[self.column(column)]} if column else {}),
            }
            for fault, column, row in self.marks
        ]
        return sorted(found, key=lambda f: (f["row"], f["fault"]))


def spoil(cases: RawFile, visits: RawFile, seed: int) -> list[dict[str, Any]]:
    """Put the faults into the rows of both files and list them: fault, file, row, and column and value of a cell."""
    rng = stream(seed, "faults")
    _spoil_cases(cases, _shuffled(rng, cases))
    _spoil_visits(visits, _shuffled(rng, visits), len(cases.rows))
    return cases.listed() + visits.listed()


def _shuffled(rng: np.random.Generator, file: RawFile) -> list[Row]:
    """The rows in random order, without the last one: a fault there could pass for a file that was cut off."""
    return [file.rows[i] for i in np.argsort(uniform(rng, len(file.rows) - 1), kind="stable")]


def _spoil_cases(cases: RawFile, order: list[Row]) -> None:
    arm = cases.column("arm")
    for code, spelling in ARM_SPELLINGS:
        for _ in range(SPELT_SO):
            cases.change("arm_synonym", _take(order, _holds(arm, code)), "arm", spelling)
    cases.change("arm_undeclared", _take(order), "arm", UNDECLARED_ARM)
    cases.change("age_impossible", _take(order), "age_years", "178")
    for column in ("sex", "site"):
        row = _take(order)
        cases.change("trailing_spaces", row, column, row[cases.column(column)] + "  ")
    cases.add("blank_line", [], after=_take(order))


def _spoil_visits(visits: RawFile, order: list[Row], people: int) -> None:
    pain, ndi, day = (visits.column(c) for c in ("pain_nprs", "ndi", "day"))
    rotation = {c: visits.column(c) for c in ("rom_rotation_left_deg", "rom_rotation_right_deg")}

    half = _take(order, lambda row: row[pain].endswith(".5"))
    visits.change("decimal_comma", half, "pain_nprs", half[pain].replace(".", ","))
    visits.change("out_of_range", _take(order), "rom_rotation_left_deg", "400")
    visits.change("out_of_range", _take(order), "pain_nprs", "105")
    for (column, place), unit in zip(rotation.items(), (" deg", "°"), strict=True):
        row = _take(order, _filled(place))
        visits.change("unit_in_cell", row, column, row[place] + unit)
    late = _take(order, lambda row: row[day] != "0")
    visits.change("negative_day", late, "day", f"-{late[day]}")
    spaced = _take(order)
    visits.change("trailing_spaces", spaced, "visit", spaced[visits.column("visit")] + " ")
    short = _take(order)
    del short[-SHORT_BY:]
    visits.marks.append(("short_row", "", short))

    twice = _take(order)
    visits.add("duplicate_identical", list(twice), after=twice)
    original = _take(order, _filled(ndi))
    other = list(original)
    other[ndi] = f"{(int(original[ndi]) + 7) % 51}"
    visits.add("duplicate_conflicting", other, after=original)
    visits.add("unknown_patient", _stranger(visits, _take(order), people), after=_take(order))
    for _ in range(2):
        visits.add("blank_line", [], after=_take(order))
    visits.add("footer", [f"Total {len(visits.rows)} rows", *[""] * (len(visits.header) - 1)])


def _stranger(visits: RawFile, like: Row, people: int) -> Row:
    """A visit of somebody who is in no case row, as after a slip in typing the number."""
    row = list(like)
    width = len(row[visits.column("patient_id")]) - 1
    row[visits.column("patient_id")] = f"P{people + 57:0{width}d}"
    return row


def _take(order: list[Row], fits: Callable[[Row], bool] = bool) -> Row:
    """Take the first fitting row out of the order, so that no other fault gets it."""
    return order.pop(next(i for i, row in enumerate(order) if fits(row)))


def _holds(place: int, text: str) -> Callable[[Row], bool]:
    return lambda row: row[place] == text


def _filled(place: int) -> Callable[[Row], bool]:
    return lambda row: row[place] != ""
