"""Where a study's raw files are, and how they map to the canonical tables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cgh_analysis.study.parts import Block


class FileColumn(Block):
    """Where a canonical column comes from; several file columns are joined by '-' (an id unique within its site)."""

    column: str | tuple[str, ...]
    multiply: float = 1.0
    codes: dict[str, str] = {}


class WideVisit(Block):
    """One visit of a file that spreads visits over columns; blank in `filled_if`: the visit did not happen."""

    visit: str
    columns: dict[str, str]
    filled_if: str | None = None
    codebook_says: str = ""


class Codebook(Block):
    """The sheet that documents the columns, for the check of labels against data."""

    sheet: str
    column: str
    label: str


class Source(Block):
    """One raw file and how it maps to a canonical table; names not mapped must be canonical already."""

    path: str
    sheet: str | None = None
    separator: str = Field(default=",", pattern=r"^[\t !#-~]$")
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    columns: dict[str, str | FileColumn] = {}
    ignore: tuple[str, ...] = ()
    ignore_rest: bool = False
    missing: tuple[str, ...] = ()
    wide: tuple[WideVisit, ...] = ()
    visit_from: FileColumn | None = None
    repeated: bool = False
    codebook: Codebook | None = None
    accept: dict[str, str] = {}


class Sources(Block):
    """The raw files; `folder` is relative to the study file, and `folder_env` names a variable that overrides it."""

    folder: str = "."
    folder_env: str | None = None
    cases: Source
    visits: Source
    events: Source | None = None

    def each(self) -> tuple[Source, ...]:
        """The sources that are declared."""
        return tuple(s for s in (self.cases, self.visits, self.events) if s is not None)
