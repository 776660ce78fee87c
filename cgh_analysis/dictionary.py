"""The data dictionary in words: one table of columns for each canonical table."""

from __future__ import annotations

from typing import Final

from cgh_analysis.schema import TABLES, Column

HEADING: Final = "| column | type | unit | range | codes | meaning |\n|---|---|---|---|---|---|"
ABOUT: Final = {
    "cases": "One row a patient.",
    "visits": "One row a patient and visit; days count from the patient's own baseline.",
    "events": "One row an event; optional.",
}
INTRODUCTION: Final = """# Data dictionary

The canonical columns of the three tables, made from `cgh_analysis/schema.py`; a test keeps this page equal to it.
Files are read as text. A flag is `yes` or `no`, an empty cell is missing, **bold** columns must be there.
A range is what a cell may hold at all, and says nothing about health."""


def dictionary() -> str:
    """Return the data dictionary as Markdown, which is what data/dictionary.md holds.

    >>> "| **patient_id** | text |" in dictionary()
    True
    """
    parts = [f"## {name}\n\n{ABOUT[name]}\n\n{_table(columns)}" for name, columns in TABLES.items()]
    return "\n\n".join([INTRODUCTION, *parts]) + "\n"


def _table(columns: tuple[Column, ...]) -> str:
    return "\n".join([HEADING, *(_line(c) for c in columns)])


def _line(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    codes = ", ".join(f"`{code}`" for code in column.codes) if column.kind == "category" else ""
    meaning = f"{column.label}; {column.about}" if column.about else column.label
    return f"| {name} | {column.kind} | {column.unit} | {_range(column)} | {codes} | {meaning} |"


def _range(column: Column) -> str:
    return "" if column.low is None or column.high is None else f"{column.low:g} to {column.high:g}"
