"""One column of an SPSS, Stata or SAS file: values to text, what is declared missing, what codes mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import shown_all
from cgh_analysis.ingest.readers.plain import number_text
from cgh_analysis.ingest.readers.statistical.epochs import Calendar, Epoch

NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What a file says of one column; `text` says that it holds text, `single` that its numbers are of four bytes."""

    name: str
    epoch: Epoch
    text: bool = False
    single: bool = False
    calendar: Calendar | None = None
    missing: tuple[dict[str, Any], ...] = ()
    labels: dict[Any, str] = field(default_factory=dict)

    @classmethod
    def of(cls, meta: Any, name: str, epoch: Epoch) -> Variable:
        """Gather what the library says of a column."""
        kind = meta.readstat_variable_types[name]
        return cls(
            name=name,
            epoch=epoch,
            text=kind == "string",
            single=kind == "float",
            calendar=None if kind == "string" else epoch.kind(meta.original_variable_types[name]),
            missing=tuple(meta.missing_ranges.get(name, ())),
            labels=meta.variable_value_labels.get(name, {}),
        )

    def is_missing(self, value: Any) -> bool:
        """Say whether the file declares a value missing; marks like .a come as a letter among numbers."""
        if isinstance(value, str):
            return not self.text or any(value.strip() == str(r["lo"]).strip() for r in self.missing)
        return any(r["lo"] <= value <= r["hi"] for r in self.missing)

    def plain(self, value: Any, sign: str) -> str:
        """Return a value as text, dates as the number that they are stored as."""
        if isinstance(value, str):
            return value.strip() if self.text else f".{value}"
        # a number of four bytes is written in the digits that it was given
        return number_text(float(str(np.float32(value))) if self.single else value, sign)


def read_column(variable: Variable, values: list[Any], sign: str, file: str) -> tuple[Cells, np.ndarray, list[Finding]]:
    """Return a column's cells, a mask of those that are dates, and what was read as blank."""
    codes, distinct = pd.factorize(np.array(values, dtype=object))
    missing = np.array([variable.is_missing(v) for v in distinct], dtype=bool)
    plain = np.array([variable.plain(v, sign) for v in distinct], dtype=object)
    texts = plain.copy()
    texts[missing] = ""
    calendar = ~missing & (variable.calendar is not None)
    if variable.calendar is not None and calendar.any():
        numbers = np.array(list(distinct[calendar]), dtype=np.float64)
        texts[calendar] = variable.epoch.texts(numbers, variable.calendar)
    # a code of -1 is blank, and finds the last text
    dates = np.append(calendar & (variable.calendar != "time"), False)[codes]
    cells = Cells.coded([*texts, *([""] if (codes < 0).any() else [])], codes)
    return cells, dates, _declared(variable, np.append(missing, False)[codes], np.append(plain, "")[codes], file)


def _declared(variable: Variable, missing: np.ndarray, plain: np.ndarray, file: str) -> list[Finding]:
    if not missing.any():
        return []
    values, places = np.unique(plain[missing].astype(str), return_inverse=True)
    shown = np.array(shown_all(values.astype(object)), dtype=object)
    more = f" and {len(values) - NAMED} more values" if len(values) > NAMED else ""
    return [
        found(
            "declared_missing",
            file,
            column=variable.name,
            rows=np.flatnonzero(missing) + 1,
            values=shown[places],
            count=int(missing.sum()),
            listed=", ".join(map(repr, shown[:NAMED])) + more,
        )
    ]


def code_labels(variable: Variable, sign: str) -> dict[str, str]:
    """Return what a column's codes mean, by their text; what is declared missing is no code."""
    return {
        variable.plain(value, sign): label.strip()
        for value, label in variable.labels.items()
        if label.strip() and not variable.is_missing(value)
    }
