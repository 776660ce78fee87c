"""From visits and events to stays: headache, resolved, recurred, resolved again, until something else ends it.

Nobody sees the day on which a headache goes or comes back, only the visits around it. A change counts as of the day on
which it was first seen ("seen", the convention of the cohort's resolution), or of the middle between that day and the
look before ("midpoint"). Either is a convention: what is made of it describes, and arms that are looked at more seldom
change later by it. Recurrences, and events that compete with a resolution, have days of their own.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import days_to_resolution
from cgh_analysis.study import Resolution

When = Literal["seen", "midpoint"]
HEADACHE: Final = "headache"
RESOLVED: Final = "resolved"
RECURRED: Final = "recurred"
# an event on the day of a change comes after it, and no stay has no length
SAME_DAY: Final = 0.5
COLUMNS: Final = ["patient_id", "arm", "start", "stop", "from_state", "to_state"]


def states_of(rule: Resolution) -> list[str]:
    """Return the states of a study: three of the headache, and one for each competing event, which nobody leaves."""
    return [HEADACHE, RESOLVED, RECURRED, *rule.competing]


def histories(cohort: Cohort, *, when: When = "seen") -> pd.DataFrame:
    """Return the stays of everybody who was followed for resolution: one row a patient and state.

    Columns patient_id, arm, start, stop, from_state, to_state (missing at the end of follow-up), the states being a
    category in the order of `states_of`. The first resolution is the cohort's; afterwards a headache has recurred at
    the first visit with it or on the day of a recorded recurrence, whichever comes first, and has resolved again where
    as many visits in a row as the study asks for show none. The first competing event ends a history, whatever the
    state. Whoever was never seen after day 0 has no row.
    """
    check_option("when", when, get_args(When))
    followed = days_to_resolution(cohort)
    rule = cohort.study.resolution
    assert rule is not None
    ends = _competing(cohort, rule).reindex(followed["patient_id"])
    marks = _marks(cohort, rule, followed, ends)
    changes = pd.concat([_first(followed), _later(marks, followed, rule)], ignore_index=True)
    if when == "midpoint":
        changes = changes.assign(day=(changes["day"] + changes["before"]) / 2)
    changes = pd.concat([changes, _ended(changes, ends)], ignore_index=True)
    last = marks.groupby("patient_id")["day"].max()
    return _stays(changes, followed, last, states_of(rule))


def _competing(cohort: Cohort, rule: Resolution) -> pd.DataFrame:
    """Each patient's first competing event: day and kind, ties in the order of the study file."""
    kinds = pd.CategoricalDtype(list(rule.competing), ordered=True)
    events = cohort.events
    if not len(events) or not rule.competing:
        return pd.DataFrame({"day": [], "kind": []}, index=pd.Index([], name="patient_id", dtype=object))
    found = events.loc[events["kind"].isin(rule.competing), ["patient_id", "day", "kind"]]
    found = found.assign(kind=found["kind"].astype(object).astype(kinds)).sort_values(["day", "kind"], kind="stable")
    found = found.drop_duplicates("patient_id").set_index("patient_id")
    return found.assign(kind=found["kind"].astype(object))


def _marks(cohort: Cohort, rule: Resolution, followed: pd.DataFrame, ends: pd.DataFrame) -> pd.DataFrame:
    """What was seen on which day until a competing event: patient_id, day, ache, visit (or a recorded recurrence)."""
    seen = cohort.visits.loc[cohort.visits[rule.outcome].notna(), ["patient_id", "day", rule.outcome]]
    seen = seen.assign(ache=seen[rule.outcome] > rule.at_most, visit=True)
    back = cohort.events.loc[cohort.events["kind"] == "recurrence", ["patient_id", "day"]]
    marks = pd.concat([seen.drop(columns=rule.outcome), back.assign(ache=True, visit=False)], ignore_index=True)
    marks = marks.loc[marks["patient_id"].isin(followed["patient_id"])]
    until = marks["patient_id"].map(ends["day"]).astype(float).fillna(np.inf)
    marks = marks.loc[marks["day"] <= until].astype({"ache": bool, "visit": bool})
    # of two looks on one day, the one with headache counts, and a recorded day is exact
    marks = marks.sort_values(["patient_id", "day", "ache", "visit"], ascending=[True, True, False, True])
    return marks.drop_duplicates(["patient_id", "day"]).reset_index(drop=True)


def _first(followed: pd.DataFrame) -> pd.DataFrame:
    """The cohort's own resolutions: patient_id, day, the look before, and the state that they lead to."""
    gone = followed.loc[followed["resolution_event"] == 1]
    return pd.DataFrame(
        {
            "patient_id": gone["patient_id"].to_numpy(),
            "day": gone["resolution_right"].to_numpy(dtype=float),
            "before": gone["resolution_left"].to_numpy(dtype=float),
            "state": RESOLVED,
        }
    )


def _later(marks: pd.DataFrame, followed: pd.DataFrame, rule: Resolution) -> pd.DataFrame:
    """Recurrences and further resolutions, as `_first` has the first ones."""
    since = followed.loc[followed["resolution_event"] == 1].set_index("patient_id")["resolution_right"]
    by = marks.groupby("patient_id", sort=False)
    held = ~marks["ache"]
    for ahead in range(1, rule.sustained_visits):
        held &= ~by["ache"].shift(-ahead, fill_value=True).astype(bool)
    marks = marks.assign(free=np.select([held, marks["ache"]], [1.0, 0.0], default=np.nan), before=by["day"].shift())
    start = marks["patient_id"].map(since).astype(float)
    # the visits of the first resolution itself show no headache, whether or not they begin a run of their own
    marks = marks.assign(free=marks["free"].where(marks["day"] > start, 1.0)).loc[marks["day"] >= start]
    free = marks.groupby("patient_id", sort=False)["free"].ffill()
    changed = free != free.groupby(marks["patient_id"], sort=False).shift(fill_value=1.0)
    found = marks.loc[changed].assign(state=np.where(free[changed] == 1, RESOLVED, RECURRED))
    found = found.assign(before=found["before"].where(found["visit"], found["day"]))
    return found[["patient_id", "day", "before", "state"]].astype({"day": float, "before": float})


def _ended(changes: pd.DataFrame, ends: pd.DataFrame) -> pd.DataFrame:
    """The competing events, each after the last change before it."""
    known = ends.loc[ends["day"].notna()]
    last = changes.groupby("patient_id")["day"].max().reindex(known.index).fillna(0.0)
    day = known["day"].astype(float).to_numpy()
    after = np.where(day > last.to_numpy(), day, last.to_numpy() + SAME_DAY)
    return pd.DataFrame({"patient_id": known.index, "day": after, "before": after, "state": known["kind"].to_numpy()})


def _stays(changes: pd.DataFrame, followed: pd.DataFrame, last: pd.Series, states: list[str]) -> pd.DataFrame:
    """Stays between changes, the last of a patient up to the last day seen, unless it has no length."""
    order = followed["patient_id"]
    final = pd.DataFrame({"patient_id": order, "day": order.map(last).astype(float).to_numpy(), "state": None})
    out = changes.loc[~changes["state"].isin([HEADACHE, RESOLVED, RECURRED]), "patient_id"]
    final = final.loc[~final["patient_id"].isin(out)]
    found = pd.concat([changes[["patient_id", "day", "state"]], final.astype({"state": object})], ignore_index=True)
    found = found.assign(final=found["state"].isna()).sort_values(["patient_id", "day", "final"], kind="stable")
    by = found.groupby("patient_id", sort=False)
    start, state = by["day"].shift(fill_value=0.0), by["state"].shift()
    found = found.assign(start=start, from_state=state.where(by.cumcount() > 0, HEADACHE))
    found = found.loc[found["day"] > found["start"]]
    arm = followed.set_index("patient_id")["arm"]
    kind = pd.CategoricalDtype(states)
    frame = pd.DataFrame(
        {
            "patient_id": found["patient_id"],
            "arm": found["patient_id"].map(arm).astype(followed["arm"].dtype),
            "start": found["start"].astype(float),
            "stop": found["day"].astype(float),
            "from_state": found["from_state"].astype(kind),
            "to_state": found["state"].astype(kind),
        }
    )
    return frame[COLUMNS].reset_index(drop=True)
