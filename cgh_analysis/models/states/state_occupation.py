"""Who is in which state on which day, for people who move between states more than once, by group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import row_labels
from cgh_analysis.models.states.occupation_curve import StateOccupation
from cgh_analysis.models.states.stays import stays
from cgh_analysis.models.survival.observed import coded, known_rows
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.inference import below_upper


def state_occupation(
    data: pd.DataFrame,
    *,
    subject: str,
    start: str,
    stop: str,
    from_state: str,
    to_state: str,
    by: str | None = None,
    conf_level: float = 0.95,
) -> StateOccupation:
    """Estimate by group the share in each state over time (Aalen and Johansen 1978), and mean days in each.

    One row a stay: a `subject` was in `from_state` after `start` up to `stop`, and then in `to_state`, which is missing
    where nothing was seen to change (the end of follow-up). A state to which no stay belongs is one that nobody leaves.
    Assumes that the end of follow-up says nothing of what would have come, and that transitions happen on the day
    given; no Markov property is needed, since what is estimated is occupation (Datta and Satten 2001). Shares at the
    start are those of the subjects under observation from the earliest `start`. Errors are the infinitesimal
    jackknife's over subjects, limits on the logit scale. Rows without a group are left out and counted. Raises
    ArgumentError for stays that overlap, leave gaps, or do not follow on each other, and for a subject in two groups.

    >>> data = pd.DataFrame({"who": list("aabbc"), "from_day": [0, 28, 0, 28, 0], "to_day": [28, 84, 28, 84, 84]})
    >>> data = data.assign(was=["pain", "free", "pain", "free", "pain"], then=["free", None, "free", "pain", None])
    >>> names = {"subject": "who", "start": "from_day", "stop": "to_day", "from_state": "was", "to_state": "then"}
    >>> state_occupation(data, **names).days_in_state(84)[["state", "estimate"]].round(2).to_numpy().tolist()
    [['free', 37.33], ['pain', 46.67]]
    """
    below_upper(conf_level)
    checked = stays(data, subject=subject, start=start, stop=stop, from_state=from_state, to_state=to_state)
    codes, groups = (np.zeros(len(data), dtype=np.intp), ("",)) if by is None else coded(data, [by])
    known = known_rows(codes)
    if by is not None:
        _refuse_two_groups(data, subject, by, codes)
    parts = [checked.histories.take(known & (codes == g)) for g in range(len(groups))]
    return StateOccupation(
        method="Aalen-Johansen state occupation, jackknife errors, logit interval",
        time=stop,
        groups=groups,
        states=checked.states,
        n=tuple(int(h.person.max()) + 1 for h in parts),
        histories=tuple(parts),
        conf_level=conf_level,
        n_left_out=int((~known).sum()),
    )


def _refuse_two_groups(data: pd.DataFrame, subject: str, by: str, codes: IntArray) -> None:
    first = pd.Series(codes).groupby(data[subject].to_numpy()).transform("first").to_numpy()
    moved = codes != first
    if moved.any():
        raise ArgumentError(
            f"The column {by!r} has {int(moved.sum())} value(s) that are not those of the subject's first row, at "
            f"{row_labels(data.index[moved])}.",
            remedy="A subject belongs to one group: mend the rows, or make the change a state.",
        )
