"""Where a study's raw files are, and how they map to the canonical tables."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from cgh_analysis.study.parts import Block

DateOrder = Literal["ymd", "dmy", "mdy"]


class FileColumn(Block):
    """Where a canonical column comes from; several file columns are joined by '-' (an id unique within its site).

    `unit` is the unit in the file where it is not the column's own ("mm", "%", "per week"); `date` is the order of
    calendar dates, of which only days since the patient's baseline come in.
    """

    column: str | tuple[str, ...]
    multiply: float = 1.0
    unit: str = ""
    date: DateOrder | None = None
    codes: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_conversion(self) -> FileColumn:
        if self.unit and self.multiply != 1.0:
            raise ValueError("give unit or multiply, not both")
        return self


class Spread(Block):
    """Records that hold one value each, and say of what: REDCap's EAV export, the parameters of CDISC ADaM.

    `names` is the column that says of what, `values` the one with the value, and `by` what the records of a row share.
    """

    names: str
    values: str
    by: tuple[str, ...]


class WideVisit(Block):
    """One visit of a file that spreads visits over columns; blank in `filled_if`: the visit did not happen."""

    visit: str
    columns: dict[str, str | FileColumn]
    filled_if: str | None = None
    codebook_says: str = ""


class Codebook(Block):
    """The sheet that documents the columns, for the check of labels against data."""

    sheet: str
    column: str
    label: str


class Source(Block):
    """One raw file, or the answer of a database, and how it maps to a canonical table.

    Names that are not mapped must be canonical already. A database is a `url` without a password, `url_env`, the
    variable that holds one, or `database`, a file of SQLite; its `path` is then only what findings call it. `header`
    is the row that names the columns. "detect" lets the separator, the encoding and the decimal sign be found, and
    said. `dictionary` is a REDCap data dictionary. `where` takes only records with one of the values, and
    `baseline_date` is the date of day 0.
    """

    path: str = ""
    url: str = ""
    url_env: str | None = None
    database: str = ""
    query: str = ""
    sheet: str | None = None
    header: int = Field(default=1, ge=1)
    separator: str = Field(default=",", pattern=r"^([\t !#-~]|detect)$")
    encoding: str = "utf-8"
    decimal: Literal[".", ",", "detect"] = "."
    dictionary: str | None = None
    where: dict[str, str | tuple[str, ...]] = {}
    spread: Spread | None = None
    baseline_date: FileColumn | None = None
    columns: dict[str, str | FileColumn] = {}
    ignore: tuple[str, ...] = ()
    ignore_rest: bool = False
    missing: tuple[str, ...] = ()
    wide: tuple[WideVisit, ...] = ()
    visit_from: FileColumn | None = None
    repeated: bool = False
    codebook: Codebook | None = None
    accept: dict[str, str] = {}

    @model_validator(mode="after")
    def _somewhere(self) -> Source:
        places = [place for place in (self.url, self.url_env, self.database) if place]
        if places and not self.query.strip():
            raise ValueError("a database needs a query")
        if len(places) > 1 or (self.query and not places):
            raise ValueError("a query needs one of url_env, url, or the path of a file of SQLite")
        if not self.path:
            raise ValueError("give the path of a file, or url_env and query of a database")
        return self


class Sources(Block):
    """The raw files; `folder` is relative to the study file, and `folder_env` names a variable that overrides it."""

    folder: str = "."
    folder_env: str | None = None
    cases: Source
    visits: Source
    events: Source | None = None

    @model_validator(mode="before")
    @classmethod
    def _call_queries(cls, parts: Any) -> Any:
        """Name what a query answers after its table; the `path` of a file of SQLite is the database that is asked."""
        if not isinstance(parts, dict):
            return parts
        return {
            table: _called(table, part) if isinstance(part, dict) and part.get("query") else part
            for table, part in parts.items()
        }

    @model_validator(mode="after")
    def _own_names(self) -> Sources:
        asked: dict[str, tuple[str | None, ...]] = {}
        for s in self.each():
            question = (s.url, s.url_env, s.database, s.query)
            if asked.setdefault(s.path, question) != question:
                raise ValueError(f"two sources are called {s.path!r}; give each query a `path` of its own")
        return self

    def each(self) -> tuple[Source, ...]:
        """The sources that are declared."""
        return tuple(s for s in (self.cases, self.visits, self.events) if s is not None)


def _called(table: str, part: dict[str, Any]) -> dict[str, Any]:
    path = part.get("path")
    if not path or any(part.get(name) for name in ("url", "url_env", "database")):
        return {"path": f"{table} query", **part}
    # two queries of one file have two answers, and two names
    return {**part, "path": f"{path} ({table})", "database": path}
