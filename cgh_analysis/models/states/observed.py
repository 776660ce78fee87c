"""The door of the models of competing events: a code is an event only if it was declared, and 0 is censored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, Problem
from cgh_analysis.frames import check_frame
from cgh_analysis.models.faults import fault, faulty_rows, refusal
from cgh_analysis.models.survival.observed import observed
from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray

CODES = "Code it 0 (censored) and 1, 2, ... (events)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Competing:
    """What was seen of each row (n,): time; `cause`, 0 censored or the place in `codes` from 1; entry; weight."""

    time: FloatArray
    cause: IntArray
    entry: FloatArray | None
    weights: FloatArray | None
    codes: tuple[int, ...]
    names: tuple[str, ...]

    def take(self, rows: BoolArray) -> Competing:
        """Return the chosen rows."""
        return Competing(
            time=self.time[rows],
            cause=self.cause[rows],
            entry=None if self.entry is None else self.entry[rows],
            weights=None if self.weights is None else self.weights[rows],
            codes=self.codes,
            names=self.names,
        )

    def place(self, given: object, option: str) -> int:
        """Return the place, from 1, of a cause that is named by its code or its name."""
        if given in self.codes and not isinstance(given, bool):
            return self.codes.index(given) + 1
        if given in self.names:
            return self.names.index(given) + 1
        known = ", ".join(str(c) if str(c) == n else f"{c} ({n})" for c, n in zip(self.codes, self.names, strict=True))
        raise ArgumentError(f"{option}={given!r} is none of the causes.", remedy=f"They are: {known or 'none'}.")


def competing(
    data: pd.DataFrame,
    *,
    time: str,
    cause: str,
    causes: Mapping[int, str] | None = None,
    entry: str | None = None,
    weights: str | None = None,
) -> Competing:
    """Read and check the named columns; every fault is reported at once, with its rows.

    `causes` declares the codes that are events, with their names; without it each code that occurs is one, called by
    its number. Raises ArgumentError for codes that are no whole numbers from 0 on, or not declared, and for what the
    survival models refuse of times, entries and weights.
    """
    check_frame(data, [c for c in (time, cause, entry, weights) if c is not None])
    declared = None if causes is None else _declared(causes)
    codes, faults = _codes(data[cause], declared)
    try:
        # what a code is says nothing about times: those are held to the same rules as any survival model's
        seen = observed(data.assign(**{cause: codes > 0}), time=time, event=cause, entry=entry, weights=weights)
    except ArgumentError as refused:
        if not refused.problems:
            raise
        faults = [*refused.problems, *faults]
    if faults:
        raise refusal(faults)
    known = dict(declared) if declared is not None else {int(c): str(c) for c in np.unique(codes[codes > 0])}
    order = sorted(known)
    return Competing(
        time=seen.time,
        cause=np.where(codes > 0, np.searchsorted(order, codes) + 1, 0).astype(np.intp),
        entry=seen.entry,
        weights=seen.weights,
        codes=tuple(order),
        names=tuple(known[c] for c in order),
    )


def checked_code(code: object, option: str) -> int:
    """Return the code of an event; refuse 0, which is censored, and what is no whole number."""
    if isinstance(code, bool) or not isinstance(code, int | np.integer) or code < 1:
        raise ArgumentError(f"{option}={code!r} is no code of an event.", remedy=CODES)
    return int(code)


def _declared(causes: Mapping[int, str]) -> dict[int, str]:
    if not isinstance(causes, Mapping) or len(set(causes.values())) < len(causes):
        raise ArgumentError(
            f"causes={causes!r} does not give each code a name of its own.",
            remedy="Give names by code: {1: 'resolution', 2: 'rescue'}; 0 is censored and has none.",
        )
    return {checked_code(c, "causes"): str(name) for c, name in causes.items()}


def _codes(values: pd.Series, declared: Mapping[int, str] | None) -> tuple[IntArray, list[Problem]]:
    """Codes (n,), 0 where one is at fault, and the faults."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or values.dtype.kind == "c":
        given = ", ".join(map(repr, pd.unique(values.dropna())[:5]))
        return np.zeros(len(values), dtype=np.intp), [fault(values, f"holds {given}", CODES)]
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    missing = np.isnan(numbers)
    strange = ~missing & ((numbers < 0) | (numbers != np.floor(numbers)) | np.isinf(numbers))
    codes = np.where(missing | strange, 0, numbers).astype(np.intp)
    undeclared = np.zeros(len(values), dtype=bool) if declared is None else ~np.isin(codes, [0, *declared])
    named = ", ".join(map(str, declared or ()))
    return codes, [
        *faulty_rows(values, missing, "that are missing"),
        *faulty_rows(values, strange, f"that are no code ({_shown(numbers[strange])})", CODES),
        *faulty_rows(
            values, undeclared, f"that are not declared ({_shown(codes[undeclared])})", f"Declared are 0 and {named}."
        ),
    ]


def _shown(values: FloatArray | IntArray) -> str:
    return ", ".join(f"{v:g}" for v in np.unique(values)[:5])
