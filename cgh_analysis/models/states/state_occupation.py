"""Who is in which state on which day, for people who move between states more than once, by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import row_labels
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import days_to_resolution, records
from cgh_analysis.models.states.histories import RESOLVED, histories
from cgh_analysis.models.states.occupation_curve import StateOccupation
from cgh_analysis.models.states.stays import stays
from cgh_analysis.models.survival.observed import coded, known_rows
from cgh_analysis.models.words import Paragraph, as_they_are, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.inference import below_upper
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.numerics.states.occupation import Histories
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

# days between the drawn ones: closer than visits are, and few enough to print
STEP: Final = 14.0


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


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the share of each arm in each state on planned days and between, mean days in each, and differences.

    The states are those of `histories`; days are counted up to the last planned visit up to which every arm is
    followed, and compared for the state without headache.
    """
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    study = cohort.study
    followed = days_to_resolution(cohort)
    stays_of = histories(cohort)
    if stays_of.empty:
        raise NotEstimable("nobody was seen again after the first visit")
    names = {"subject": "patient_id", "start": "start", "stop": "stop", "from_state": "from_state"}
    curve = state_occupation(stays_of, **names, to_state="to_state", by="arm", conf_level=study.conf_level)
    present = [str(group) for group in curve.groups]
    absent = [arm for arm in study.arm_ids if arm not in present]
    people = {str(arm): int(n) for arm, n in followed["arm"].value_counts().items()}
    found = [*_shares(curve, study, people), *_days(curve, study, analysis, people), *_absent(study, absent)]
    return results.rows(
        found,
        analysis=analysis.id,
        method=curve.method,
        subgroup=cohort.subgroup,
        conf_level=study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    rule = study.resolution
    ends = f" until {' or '.join(c.replace('_', ' ') for c in rule.competing)}" if rule and rule.competing else ""
    return Paragraph(
        title="States over time",
        text=f"Each patient goes from headache to resolved, recurred, and perhaps resolved again{ends}. The share in "
        "each state is Aalen and Johansen's, its errors the infinitesimal jackknife's, which need no Markov property; "
        "mean days in a state are the area under its curve. A change counts as of the day on which it was seen, which "
        "is later than it happened: the curves describe, and arms that are seen at longer intervals change later by it."
        f"{as_they_are(study)}{multiplicity_in_words(study, lines, '', intervals=False)}",
        cites=("aalen_johansen", "occupation", *multiplicity_cites(study, lines)),
    )


def _shares(curve: StateOccupation, study: Study, people: dict[str, int]) -> list[dict[str, Any]]:
    """Rows at the start, every fortnight, on planned days and at the milestone, up to the last day seen of anybody."""
    last = max(float(h.stop.max()) for h in curve.histories)
    planned = [float(v.day) for v in study.visits]
    milestone = [float(study.resolution.milestone_days)] if study.resolution else []
    end = min(last, max(planned))
    days = sorted({0.0, *(d for d in [*planned, *milestone] if d <= end), *np.arange(0.0, end, STEP)})
    at = curve.at(days)
    at = at.rename(columns={"state": "outcome"}).drop(columns=["n_risk", "n_event"])
    view = {str(g): _in_view(h, days, people[str(g)]) for g, h in zip(curve.groups, curve.histories, strict=True)}
    at["n"] = [view[str(g)][t] for g, t in zip(at["group"], at["time"], strict=True)]
    at["note"] = np.where(at["estimate"].isna(), results.why_not("nobody was followed so far"), "")
    return records(at.assign(statistic="state_occupation"))


def _in_view(h: Histories, days: list[float], people: int) -> dict[float, int]:
    """How many of an arm have not left view before each day: those who ended in a state that nobody leaves stay."""
    end = np.full(int(h.person.max()) + 1, -np.inf)
    np.maximum.at(end, h.person, h.stop)
    settled = (h.destination != h.origin) & (h.stop == end[h.person]) & ~np.isin(h.destination, h.origin)
    end[h.person[settled]] = np.inf
    counts = end.size - np.searchsorted(np.sort(end), days)
    # who was never seen after day 0 was in view then
    return {day: people if day == 0 else int(n) for day, n in zip(days, counts, strict=True)}


def _days(curve: StateOccupation, study: Study, analysis: Analysis, people: dict[str, int]) -> list[dict[str, Any]]:
    reach = float(curve.followed().min())
    planned = [float(v.day) for v in study.visits if 0 < v.day <= reach]
    if not planned:
        why = results.why_not("not every arm is followed up to a planned visit")
        return [{"statistic": "days_in_state", "group": str(g), "outcome": RESOLVED, "note": why} for g in curve.groups]
    tau = max(planned)
    days = curve.days_in_state(tau).rename(columns={"state": "outcome"})
    days = days.assign(statistic="days_in_state", time=tau, n=days["group"].astype(str).map(people))
    table = curve.differences(tau, state=RESOLVED)
    pairs = table.rename(columns={"state": "outcome"}).assign(statistic="days_in_state_difference", time=tau)
    pairs["p_adjusted"] = STEPWISE[analysis.multiplicity](table["p_value"].tolist())
    pairs["n"] = [people[str(a)] + people[str(b)] for a, b in zip(pairs["group"], pairs["reference"], strict=True)]
    none = results.why_not("no headache of these arms was seen to resolve")
    pairs["note"] = np.where(table["std_error"] > 0, "", none)
    pairs.loc[table["std_error"].eq(0), ["estimate", "std_error"]] = np.nan
    return [*records(days), *records(pairs)]


def _absent(study: Study, absent: list[str]) -> list[dict[str, Any]]:
    why = {"note": results.why_not("nobody was followed"), "outcome": RESOLVED}
    one = [{**why, "group": a, "statistic": s} for a in absent for s in ("state_occupation", "days_in_state")]
    pairs = [(a, b) for a, b in level_pairs(study.arm_ids) if a in absent or b in absent]
    return [*one, *({**why, "group": a, "reference": b, "statistic": "days_in_state_difference"} for a, b in pairs)]
