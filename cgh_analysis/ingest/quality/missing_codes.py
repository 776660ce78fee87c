"""Codes for missing that nobody declared: numbers such as -99 and 999, dates of 1900, values labelled 'refused'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import MASK
from cgh_analysis.ingest.mapping import Mapped, Table
from cgh_analysis.ingest.quality.counted import filled
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.ingest.typing.missing import MISSING_CODES

FEWEST: Final = 3
# least gap between a code and all that is none, in interquartile ranges: outside of the column's range, and inside
GAP_OUTSIDE, GAP_INSIDE = 0.5, 1.0
# or so many alike, so many steps apart: tails thin out, and do not end in a spike
MANY, STEPS = 5, 4.0
NO_DATES: Final = re.compile(
    r"^(1800|1899|1900|2999|9999)[-/.]\d{1,2}[-/.]\d{1,2}\b|^\d{1,2}[-/. ]\w{1,9}[-/. ](1800|1899|1900|2999|9999)\b"
)
NO_ANSWER: Final = re.compile(
    r"\b(missing|unknown|refus\w*|declined|prefers? not|no (answer|response|data)|do(es)?n'?t know|do not know"
    r"|not (known|stated|answered|asked|applicable|available|recorded|reported))\b|^n/?[ak]$",
    re.IGNORECASE,
)


def missing_codes(view: View, table: Table) -> Iterator[Seen]:
    """Columns of numbers with codes for missing, by their values, as dates that are none, or by their labels."""
    labels = view.sheets[table].labels
    for m in view.mapped(table, "number", "integer", "flag"):
        said = _labelled(m, labels.get(m.name, {}), view, table)
        guessed = (
            _dates(m) if m.date is not None else _spikes(m, view.patients(table)) if m.column.kind != "flag" else {}
        )
        told, cells = [], 0
        for rule, counts in (("missing_label", said), ("missing_codes", guessed)):
            cells += sum(counts.values())
            told += [_finding(rule, m, code, count, view, table, labels) for code, count in counts.items()]
        yield Seen(column=m.column.name, visit=m.visit, looked_at=filled(m), failing=cells, findings=tuple(told))


def _finding(
    rule: str, m: Mapped, code: str, count: int, view: View, table: Table, labels: dict[str, dict[str, str]]
) -> Finding:
    # an age, even one that many share, may be somebody's
    shown = MASK if m.column.name == "age_years" or m.date is not None else code
    label = labels.get(m.name, {}).get(code, "")
    return found(rule, view.file(table), column=m.name, count=count, code=shown, label=label)


def _labelled(m: Mapped, labels: dict[str, str], view: View, table: Table) -> dict[str, int]:
    """How often codes occur whose label says that there is no answer, unless the study file speaks of them."""
    cells = view.sheets[table].columns.get(m.name)
    source = view.drafts[table].source
    silent = [code for code, label in labels.items() if NO_ANSWER.search(label)]
    if cells is None or not silent:
        return {}
    where = source.columns.get(m.column.name)
    mapped = {} if where is None or isinstance(where, str) else where.codes
    given = ~np.isin(cells.codes, np.flatnonzero(np.isin(cells.texts, source.missing)))
    counts = {code: int((cells.holds([code]) & given).sum()) for code in silent if code not in mapped}
    return {code: count for code, count in counts.items() if count}


def _dates(m: Mapped) -> dict[str, int]:
    """How often dates occur that stand for none."""
    places = [i for i, text in enumerate(m.cells.texts) if NO_DATES.match(text)]
    return {m.cells.texts[i]: int(np.count_nonzero(m.cells.codes == i)) for i in places}


def _spikes(m: Mapped, patients: np.ndarray) -> dict[str, int]:
    """How often codes occur that stand apart from all other numbers of a column; `patients` has one a record."""
    texts = m.cells.texts
    places = np.array([i for i, text in enumerate(texts) if text in MISSING_CODES], dtype=np.int64)
    if not len(places):
        return {}
    counts = np.bincount(m.cells.codes, minlength=len(texts))
    numbers = np.array([_number(text) for text in texts])
    is_body = (counts > 0) & ~np.isnan(numbers)
    is_body[places] = False
    places = places[counts[places] >= FEWEST]
    if not is_body.any() or not len(places):
        return {}
    body = _body(numbers[is_body], counts[is_body])
    # whose codes they are is asked only of those that stand apart if they are many people's
    places = places[_stand_apart(numbers[places], np.full(len(places), MANY), body, m)]
    people = np.array([len(np.unique(patients[m.cells.codes == i])) for i in places.tolist()], dtype=np.int64)
    apart = _stand_apart(numbers[places], people, body, m)
    return {str(texts[i]): int(counts[i]) for i in places[apart].tolist()}


def _body(values: np.ndarray, counts: np.ndarray) -> tuple[float, float, float, float]:
    """Lowest and highest of all other numbers, their interquartile range, and the usual step from one to the next."""
    order = np.argsort(values)
    values, reached = values[order], np.cumsum(counts[order]) / counts.sum()
    q1, q3 = values[np.searchsorted(reached, [0.25, 0.75])]
    steps = np.diff(np.unique(values))
    return values[0], values[-1], q3 - q1, max(float(np.median(steps)) if len(steps) else 1.0, 1.0)


def _stand_apart(
    codes: np.ndarray, people: np.ndarray, body: tuple[float, float, float, float], m: Mapped
) -> np.ndarray:
    """Whether codes lie beyond all other numbers with a gap between, and inside of the range are not a few people's."""
    low, high, spread, step = body
    values = codes if m.convert is None else m.convert(codes)
    least, most = m.column.low, m.column.high
    outside = (values < (-np.inf if least is None else least)) | (values > (np.inf if most is None else most))
    gap = np.where(outside, GAP_OUTSIDE, GAP_INSIDE) * spread
    gap = np.maximum(np.where(people >= MANY, np.minimum(gap, STEPS * step), gap), step)
    apart: np.ndarray = (outside | (people >= FEWEST)) & ((codes >= high + gap) | (codes <= low - gap))
    return apart


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return np.nan
