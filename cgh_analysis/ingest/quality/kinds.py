"""What a check is, what it sees in one place, and what comes of it.

Aspects and their parts are the terms of Kahn 2016 (eGEMs 4:1244); a failing share against a threshold is how OHDSI's
DataQualityDashboard judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Final, Literal

from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.mapping import Table

if TYPE_CHECKING:
    from cgh_analysis.ingest.quality.view import View

Aspect = Literal["conformance", "completeness", "plausibility"]
Subaspect = Literal["value", "relational", "computational", "", "uniqueness", "atemporal", "temporal"]
Kind = tuple[Aspect, Subaspect]
Gravity = Literal["error", "warning", "note"]
Status = Literal["pass", "fail", "not applicable", "error"]
Over = Literal["file", "query", "columns", "sites", "numbers expected", "records", "cells", "numbers", "codes"]

VALUE: Final[Kind] = ("conformance", "value")
RELATION: Final[Kind] = ("conformance", "relational")
COMPUTED: Final[Kind] = ("conformance", "computational")
COMPLETE: Final[Kind] = ("completeness", "")
UNIQUE: Final[Kind] = ("plausibility", "uniqueness")
PLAUSIBLE: Final[Kind] = ("plausibility", "atemporal")
IN_TIME: Final[Kind] = ("plausibility", "temporal")
CASES: Final[tuple[Table, ...]] = ("cases",)
VISITS: Final[tuple[Table, ...]] = ("visits",)
PEOPLE: Final[tuple[Table, ...]] = ("cases", "visits")
DATED: Final[tuple[Table, ...]] = ("visits", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a check saw in one place: how many fail of how many, and what is to be told of it.

    Where it looked at none there is nothing to judge; it may be `impossible` to look. `causes` are the rules that were
    broken, where the findings of others say so.
    """

    column: str = ""
    visit: str = ""
    looked_at: int = 0
    failing: int = 0
    message: str = ""
    findings: tuple[Finding, ...] = ()
    causes: frozenset[str] = frozenset()
    impossible: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    An error stops the run, a warning says that the data are worse than the study allows, a note only tells and cannot
    fail. `rules` are those whose findings are its failures, counted `over` files, columns, records or cells unless the
    check can `look` for itself, at each of `tables`. How large a share may fail is said in [checks] under its name;
    where nothing is, none may.
    """

    kind: Kind
    severity: Gravity
    about: str
    _: KW_ONLY
    rules: tuple[str, ...] = ()
    over: Over = "records"
    tables: tuple[Table, ...] = ("cases", "visits", "events")
    look: Callable[[View, Table], Iterator[Seen]] | None = None

    @property
    def of_people(self) -> bool:
        """Whether what it counts are rows or cells of people, and no files, columns or sites."""
        return self.over in ("records", "cells", "numbers", "codes")

    @property
    def aspect(self) -> Aspect:
        """Conformance, completeness or plausibility."""
        return self.kind[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What came of a check of a table and, where it is about one, of a column (at a visit).

    `share` is `failing` of `looked_at`, and fails above `threshold`; a note has no threshold. A status of "error" says
    that the check could not be run.
    """

    check: str
    table: str
    column: str = ""
    visit: str = ""
    looked_at: int = 0
    failing: int = 0
    share: float = 0.0
    threshold: float | None = None
    status: Status
    message: str = ""
