"""What a study demands of its data's quality: thresholds of the checks, and numbers that the data must give."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from cgh_analysis.study.parts import Block

Share = Annotated[float, Field(ge=0, le=1)]
Written = str | int | float
# one number as papers print it (minus signs and raised points too), perhaps another in brackets after it
NUMBER: Final = re.compile(r"^([-\N{MINUS SIGN}\N{EN DASH}]?)(\d+)(?:[.\N{MIDDLE DOT}](\d+))?\s*%?$")
TWO: Final = re.compile(r"^(?P<mean>.*?)\s*\(\s*(?:SD\s*)?(?P<sd>[^()]*)\)$", re.IGNORECASE)


class Checks(Block):
    """How large a share of failing records is let pass, by check, and which checks are off, with the reason.

    The shares are conventions of ours, not findings of anybody: a study declares its own. A check of `off` is named
    as it is, or with one of its columns: off = { missing_codes.age_years = "..." }.
    """

    missing_baseline: Share = Field(default=0.1, description="share of cases without a baseline column of the plan")
    missing_outcome: Share = Field(default=0.2, description="share of rows without an outcome, at each visit")
    visits_absent: Share = Field(default=0.3, description="share of cases without a row, at each visit")
    visit_windows: Share = Field(default=0.1, description="share of rows outside of the window, at each visit")
    visit_order: Share = Field(default=0.0, description="share of rows that lie before a row of an earlier visit")
    natural_variation: Share = Field(default=0.05, description="share of changes of an angle beyond natural variation")
    numbers: Share = Field(default=0.01, description="share of a column's cells that should be numbers and are none")
    codes: Share = Field(default=0.01, description="share of a column's cells that should be codes and are none")
    value_range: Share = Field(default=0.01, description="share of a column's numbers outside of its range")
    whole_records: Share = Field(default=0.01, description="share of records that are short, long or no records")
    required_values: Share = Field(default=0.01, description="share of records without what every record needs")
    one_record: Share = Field(default=0.01, description="share of records given more than once")
    arm_constant: Share = Field(default=0.0, description="share of records of patients with two arms")
    known_patients: Share = Field(default=0.05, description="share of records of nobody who is among the cases")
    before_baseline: Share = Field(default=0.01, description="share of records before the patient's baseline")
    value_labels: Share = Field(default=0.0, description="share of a column's cells with a value that has no label")
    dictionary_limits: Share = Field(default=0.01, description="share of numbers beyond the dictionary's own limits")
    off: dict[str, str | dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _known(cls, parts: Any) -> Any:
        """Name the nearest threshold to one that there is not."""
        for name in parts if isinstance(parts, dict) else ():
            near = difflib.get_close_matches(str(name), cls.model_fields, n=1, cutoff=0.5)
            if name not in cls.model_fields:
                words = f"the nearest is {near[0]!r}" if near else f"there are {', '.join(cls.model_fields)}"
                raise ValueError(f"{name!r} is no check with a threshold; {words}")
        return parts

    @model_validator(mode="after")
    def _reasons(self) -> Checks:
        for name, reason in self.off.items():
            reasons = [reason] if isinstance(reason, str) else list(reason.values())
            if not reasons or not all(r.strip() for r in reasons):
                raise ValueError(f"say why {name!r} is off")
        return self

    def limit(self, name: str) -> float:
        """The largest share that a check lets pass; 0 where it has no threshold."""
        return float(getattr(self, name)) if name != "off" and name in type(self).model_fields else 0.0

    def reason(self, check: str, column: str = "") -> str:
        """Why a check is off, for everything or for a column; empty where it is on."""
        said = self.off.get(check, "")
        return said if isinstance(said, str) else said.get(column, "")


class Expect(Block):
    """Numbers that the accepted data must give: what a paper, a protocol or an earlier report says of them.

    Numbers are text as they are printed ("6.4 (1.6)"), so that their digits say how far rounding may move them; for a
    number that is no text, `digits` does. Without `arm` all are meant; `percent` is that of a `level` (yes, for a
    flag). `deviates_because` accepts a deviation that has been looked into.
    """

    source: str = Field(min_length=1)
    table: Literal["cases", "visits"] | None = None
    arm: str = ""
    visit: str = ""
    column: str = ""
    level: str = ""
    n: int | None = Field(default=None, ge=0)
    mean: Written | None = None
    sd: Written | None = None
    percent: Written | None = None
    digits: int | None = Field(default=None, ge=0)
    deviates_because: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Expect:
        if self.n is None and not self.numbers:
            raise ValueError("expect at least one of n, mean, sd and percent")
        if self.numbers and not self.column:
            raise ValueError("say of which `column` the numbers are")
        if self.level and self.percent is None:
            raise ValueError("a level goes with a percent")
        if (self.of == "visits") != bool(self.visit):
            raise ValueError("a `visit` goes with the table visits, and only with it")
        return self

    @property
    def of(self) -> Literal["cases", "visits"]:
        """The table: visits where a visit is named."""
        return self.table or ("visits" if self.visit else "cases")

    @property
    def numbers(self) -> dict[str, tuple[float, int]]:
        """The mean, SD and percent that are expected, each with the digits in which it is given."""
        given: dict[str, Written | None] = {"mean": self.mean, "sd": self.sd, "percent": self.percent}
        if isinstance(self.mean, str) and (both := TWO.match(self.mean.strip())):
            if self.sd is not None:
                raise ValueError("the SD is given twice")
            given |= both.groupdict()
        return {name: as_written(value, self.digits) for name, value in given.items() if value is not None}


def as_written(value: Written, digits: int | None = None) -> tuple[float, int]:
    """Return a number and the digits after its point, as it is written or as `digits` says.

    >>> as_written("6.40"), as_written("71 %"), as_written(6.4, digits=1)
    ((6.4, 2), (71.0, 0), (6.4, 1))
    """
    if isinstance(value, float) and digits is None:
        raise ValueError(f'write {value:g} as text, as it is printed ("{value:g}"), or say its `digits`')
    if not isinstance(value, str):
        return float(value), digits or 0
    found = NUMBER.match(value.strip())
    if found is None:
        raise ValueError(f"{value!r} is no number")
    sign, whole, decimals = found.groups()
    number = float(f"{'-' if sign else ''}{whole}.{decimals or 0}")
    return number, len(decimals or "") if digits is None else digits
