"""The people, how we got to them, and what was seen of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from cgh_analysis.frames import check_frame
from cgh_analysis.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One step of the flow: who is left after it, by arm; `depends_on` names what it looks at that came later."""

    id: str
    label: str
    left: dict[str, int]
    depends_on: str = ""


def arm_sizes(cases: pd.DataFrame, study: Study) -> dict[str, int]:
    """Return how many people each of the study's arms has, also an arm that nobody is in."""
    counts = cases["arm"].value_counts()
    return {arm: int(counts.get(arm, 0)) for arm in study.arm_ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Eligible patients of a study.

    `cases` has one row a patient (`arm` a category with the reference first, `<outcome>_baseline`, and the resolution
    columns `resolution_left`, `resolution_right`, `resolution_day`, `resolution_event`, `resolution_cause`); `visits`
    one row a patient and visit (`visit` a category in the order of days, `in_window`); `events` one row an event.
    """

    study: Study
    cases: pd.DataFrame
    visits: pd.DataFrame
    events: pd.DataFrame
    flow: tuple[FlowStep, ...] = ()
    subgroup: str = ""

    def at(self, visit: str) -> pd.DataFrame:
        """Return one row a patient: the case, and what was seen at a visit (missing where the visit was not made).

        Raises StudyError for a visit that the study does not declare.
        """
        planned = self.study.visit(visit)
        seen = self.visits.loc[(self.visits["visit"] == planned.id) & self.visits["in_window"]]
        return self.cases.merge(seen.drop(columns=["in_window"]), on="patient_id", how="left", validate="1:1")

    def long(self) -> pd.DataFrame:
        """Return one row a patient and visit after baseline, with the case's columns."""
        after = self.visits["in_window"] & (self.visits["visit"] != self.study.baseline.id)
        seen = self.visits.loc[after].drop(columns=["in_window"])
        joined = self.cases.merge(seen, on="patient_id", how="inner", validate="1:m")
        return joined.assign(visit=joined["visit"].cat.remove_unused_categories())

    def within(self, column: str, level: str) -> Cohort:
        """Return the patients with a level of a column, named as a subgroup 'column=level'."""
        check_frame(self.cases, [column])
        cases = self.cases.loc[self.cases[column].astype(object) == level].reset_index(drop=True)
        ids = cases["patient_id"]
        return replace(
            self,
            cases=cases,
            visits=self.visits.loc[self.visits["patient_id"].isin(ids)].reset_index(drop=True),
            events=self.events.loc[self.events["patient_id"].isin(ids)].reset_index(drop=True),
            subgroup=f"{column}={level}",
        )
