"""The mean number of recurrent events by a time, with a variance that lets a person's events depend on each other.

mu(t) is the integral of dN / Y (Nelson 1995); its variance is the sum over people of psi_i(t)^2, psi_i being the
integral of (dN_i - Y_i dmu) / Y (Lawless and Nadeau 1995; Lin, Wei, Yang and Ying 2000). While a person is at risk
psi_i(t) is K_i - C(t), C the integral of dmu / Y and K_i a constant of the row; between and after the rows it stands
still. So its squares are sums over risk sets, and no person is followed through time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import RiskSets, at_risk, risk_sets, running, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanCounts:
    """At each point (stratum, event time), all (P,): people at risk, events, mean number so far, its standard error."""

    time: FloatArray
    stratum: IntArray
    n_risk: FloatArray
    n_event: FloatArray
    mean: FloatArray
    std_error: FloatArray


def mean_counts(
    time: FloatArray, event: BoolArray, stratum: IntArray, subject: IntArray, *, entry: FloatArray | None = None
) -> MeanCounts:
    """Estimate by stratum from rows (entry, time], of which a `subject` may have several that do not overlap."""
    sets = risk_sets(time, stratum, entry=entry, at=event)
    size = sets.times.size
    n_risk = at_risk(sets, np.ones(time.size))
    dead = np.flatnonzero(event)
    n_event = tally(sets.last[dead], np.ones(dead.size), size)
    step = n_event / n_risk
    lost = running(sets, step / n_risk)
    variance = _squares(sets, event, subject, time, n_risk, lost)
    return MeanCounts(
        time=sets.times,
        stratum=sets.stratum,
        n_risk=n_risk,
        n_event=n_event,
        mean=running(sets, step),
        std_error=np.sqrt(np.maximum(variance, 0.0)),
    )


def _squares(
    sets: RiskSets, event: BoolArray, subject: IntArray, time: FloatArray, n_risk: FloatArray, lost: FloatArray
) -> FloatArray:
    """Sum over people of psi^2 (P,); `lost` is C (P,)."""
    size = lost.size
    constant, after = np.zeros(time.size), np.zeros(time.size)
    entered = np.zeros(time.size)
    entered[sets.late] = lost[sets.before]
    seen = np.flatnonzero(sets.last < size)
    last = sets.last[seen]
    jump = event[seen] / n_risk[last]
    change = jump - (lost[last] - entered[seen])
    # rows of a person in the order of time, and in each stratum by itself
    order = np.lexsort((time[seen], subject[seen], sets.stratum[last]))
    same = np.append(False, np.diff(subject[seen][order]) == 0) & np.append(
        False, np.diff(sets.stratum[last][order]) == 0
    )
    before = np.empty(seen.size)
    before[order] = _sum_before(change[order], same)
    constant[seen], after[seen] = before + entered[seen], before + change
    squares = at_risk(sets, constant**2) - 2 * lost * at_risk(sets, constant) + lost**2 * n_risk
    # at an event the person has the jump already
    value = constant[seen] - lost[last]
    squares += tally(last, (value + jump) ** 2 - value**2, size)
    return squares + _at_rest(sets, seen[order], same, after)


def _sum_before(change: FloatArray, same: BoolArray) -> FloatArray:
    """Sum the changes of a person's rows before each row."""
    total = np.cumsum(change) - change
    first = np.maximum.accumulate(np.where(same, 0, np.arange(change.size)))
    return np.asarray(total - total[first])


def _at_rest(sets: RiskSets, rows: IntArray, same: BoolArray, after: FloatArray) -> FloatArray:
    """Sum psi^2 (P,) of people who are between two rows, or past the last; `rows` are in order of person and time."""
    size = sets.times.size
    opening = sets.starts[np.searchsorted(sets.stratum[sets.starts], sets.stratum[sets.last[rows]])]
    first = np.zeros(sets.last.size, dtype=np.intp)
    first[rows] = opening
    first[sets.late] = sets.before + 1
    begin = sets.last[rows] + 1
    stays = begin < np.append(sets.starts, size)[np.searchsorted(sets.starts, sets.last[rows], side="right")]
    square = after[rows] ** 2
    change = tally(begin[stays], square[stays], size)
    resumed = np.flatnonzero(same)
    change -= tally(first[rows[resumed]], square[resumed - 1], size)
    return running(sets, change)
