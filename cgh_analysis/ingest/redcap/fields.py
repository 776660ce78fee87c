"""The fields of a REDCap project: what each is called, means and may hold, and the columns that it has in an export."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.redcap.choices import checkbox_columns

ONE_OF: Final = ("radio", "dropdown", "yesno", "truefalse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; `choices` are labels by code, `low` and `high` the range of a number (None where there is none)."""

    name: str
    form: str
    kind: str
    label: str
    choices: dict[str, str] = field(default_factory=dict)
    validation: str = ""
    low: float | None = None
    high: float | None = None
    identifier: bool = False
    required: bool = False
    branching: str = ""
    annotation: str = ""
    row: int = 0

    @property
    def columns(self) -> dict[str, str]:
        """The columns that an export has for the field, each with the code that it stands for ('' but for checkboxes).

        Under every name that REDCap's versions gave them; a descriptive text has none.
        """
        if self.kind == "descriptive":
            return {}
        if self.kind != "checkbox":
            return {self.name: ""}
        return {name: code for code in self.choices for name in checkbox_columns(self.name, code)}

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers: by their validation, or because REDCap makes them."""
        return self.kind == "slider" or self.validation == "integer" or self.validation.startswith("number")

    @property
    def is_date(self) -> bool:
        """Whether its cells are dates, with or without a time."""
        return self.validation.startswith("date")

    @property
    def has_comma(self) -> bool:
        """Whether its numbers have a decimal comma."""
        return self.validation.endswith("comma_decimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """The fields of a project by name, in its order, and what is wrong with how they are written down."""

    file: str
    fields: dict[str, Field] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def columns(self) -> dict[str, Field]:
        """Which field each column of an export belongs to."""
        return {column: f for f in self.fields.values() for column in f.columns}

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms, in the project's order."""
        return tuple(dict.fromkeys(f.form for f in self.fields.values()))

    @property
    def record_id(self) -> str:
        """The field that names the record: the first one."""
        return next(iter(self.fields), "")
