"""Sites compared by medians of logarithms: robust numbers that say how many times the others' one site's values are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

FEWEST: Final = 8  # patients of a site, below which nothing is said of it
MOST_VALUES: Final = 1_000  # evenly spaced values of a site that its median is taken of, at least half as many
MOST_ROWS: Final = 200_000
MAD_TO_SD: Final = 1.4826
MEDIAN_TO_MEAN: Final = float(np.pi / 2)  # variance of a median over that of a mean, of normal values
LEAST_SPREAD: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Rows of a table by site: names, the rows of each (evenly spaced ones, where they are many), and its patients."""

    names: tuple[str, ...]
    rows: tuple[np.ndarray, ...]
    people: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """One site against the others: how many times as large its values are, and how many standard errors that is off."""

    place: int
    site: str
    times: float
    z: float


def group(names: tuple[str, ...], of_rows: np.ndarray, of_people: np.ndarray) -> Sites:
    """Group rows by site, given as places among the names (negative where it is not known), and count the patients."""
    # of a patient's rows one is enough, where there are very many
    some = np.arange(0, len(of_rows), len(of_rows) // MOST_ROWS + 1)
    order = some[np.argsort(of_rows[some].astype(np.int16), kind="stable")]
    bounds = np.searchsorted(of_rows[order], np.arange(len(names) + 1))
    parts = [order[a:b] for a, b in itertools.pairwise(bounds.tolist())]
    people = np.bincount(of_people[of_people >= 0], minlength=len(names))
    return Sites(names=names, rows=tuple(spaced(part) for part in parts), people=people)


def compare(values: np.ndarray, sites: Sites) -> list[Against]:
    """Return each site against the median of the other sites, by the values above 0.

    The spread of log values within a site is robust, and the median over sites; a patient's values count as one,
    however many visits there are. Sites of fewer than FEWEST patients are left out.
    """
    logs = _logs(values, sites.rows)
    people = np.array([min(len(part), n) for part, n in zip(logs, sites.people.tolist(), strict=True)])
    known = np.flatnonzero(people >= FEWEST)
    if len(known) < 2:
        return []
    centres = np.array([_median(logs[i]) for i in known])
    spreads = [MAD_TO_SD * _median(np.abs(logs[i] - c)) for i, c in zip(known, centres, strict=True)]
    spread = max(float(np.median(spreads)), LEAST_SPREAD)
    among = int(people[known].sum())
    found = []
    for i, apart in zip(known.tolist(), (centres - of_others(centres)).tolist(), strict=True):
        error = spread * np.sqrt(MEDIAN_TO_MEAN * (1 / people[i] + 1 / (among - people[i])))
        found.append(Against(place=i, site=sites.names[i], times=float(np.exp(apart)), z=abs(apart) / float(error)))
    return found


def spaced(values: np.ndarray) -> np.ndarray:
    """Return evenly spaced values, where there are more than a median needs."""
    return values[:: len(values) // MOST_VALUES + 1]


def _median(values: np.ndarray) -> float:
    """The upper one of the middle values: what np.median does besides takes longer than this."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


def of_others(values: np.ndarray) -> np.ndarray:
    """Return for each of at least two values the median of the others, from one sorting of all."""
    order = np.argsort(values, kind="stable")
    ranked, rank = values[order], np.argsort(order, kind="stable")
    # what stands in the middle of the others stands one place further on behind the one left out
    low, high = (len(values) - 2) // 2, (len(values) - 1) // 2
    medians: np.ndarray = (ranked[low + (rank <= low)] + ranked[high + (rank <= high)]) / 2
    return medians


def _logs(values: np.ndarray, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The logarithms of the values above 0 of each part, all taken at once."""
    given = values.take(np.concatenate([np.empty(0, dtype=np.int64), *parts]))
    known = given > 0
    bounds = np.append(0, np.cumsum(known))[np.cumsum([0, *map(len, parts)])]
    logs = np.log(given[known])
    return [logs[a:b] for a, b in itertools.pairwise(bounds.tolist())]
