"""A simulated study as clean tables: cases, visits and events, and the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.schema import CASES, VISITS
from cgh_analysis.simulate import design
from cgh_analysis.simulate.draw import Floats, Integers, Texts, named, yes_no
from cgh_analysis.simulate.events import events
from cgh_analysis.simulate.findings import blanks, findings
from cgh_analysis.simulate.follow_up import Seen, follow, visit_days
from cgh_analysis.simulate.outcomes import Potential, baseline, draws, potential
from cgh_analysis.simulate.people import People, arms, chronicity, people
from cgh_analysis.simulate.truth import ABOUT, counts, effects, rounded

FEWEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The canonical tables before faults, and the true effects (truth.json without its faults)."""

    cases: pd.DataFrame
    visits: pd.DataFrame
    events: pd.DataFrame
    truth: dict[str, Any]


def simulate_tables(patients: int, seed: int) -> Simulated:
    """Simulate a study of three non-randomised arms whose true effects are known.

    Arms are chosen by age, symptom duration, headache days and NDI as recorded at baseline, and by nothing else; visits
    are lost by what earlier ones showed; a headache's resolution is seen at visits only. The truth is the mean of each
    outcome at each visit had all these patients had each arm, with nobody lost. Days count from a patient's baseline.

    >>> simulated = simulate_tables(40, seed=1)
    >>> len(simulated.cases), sorted(simulated.truth["hazard_ratio"])
    (40, ['manual_exercise', 'medication', 'nerve_block'])

    Raises ArgumentError for fewer than 40 patients or a negative seed.
    """
    if patients < FEWEST or seed < 0:
        raise ArgumentError(
            f"{patients} patients with seed {seed} cannot be simulated.",
            remedy=f"Give at least {FEWEST} patients and a seed of 0 or more.",
        )
    who, own, days = people(patients, seed), draws(patients, seed), visit_days(patients, seed)
    start = baseline(who, own)
    arm = arms(who, start["ndi"], start["headache_days_28d"], seed)
    course = potential(who, own, arm, days)
    seen = follow(course.recorded["headache_days_28d"], seed)
    visits = _visits(who.ids, days, course, seen)
    cases = _cases(who, arm, start, seed).assign(parallel_improvement=_parallel(course, days, seen))
    cases = cases[[c.name for c in CASES]]
    happened = events(who.ids, arm, days, course, seen, seed)
    truth = {
        "about": ABOUT,
        "patients": patients,
        "seed": seed,
        "counts": counts(cases, visits, happened),
        **effects(who, own, days),
    }
    return Simulated(cases=cases, visits=visits, events=happened, truth=rounded(truth))


def _cases(who: People, arm: Integers, start: dict[str, Floats], seed: int) -> pd.DataFrame:
    cases = pd.DataFrame(
        {
            "patient_id": who.ids,
            "site": who.site,
            "arm": named(design.ARMS, arm),
            "age_years": who.age.astype(np.int64),
            "sex": who.sex,
            "symptom_duration_months": who.duration,
            "chronicity": chronicity(who.duration),
            "onset": who.onset,
            "side": who.side,
            "side_locked": yes_no(who.side_locked),
            **findings(who, arm, start, seed),
        }
    )
    return cases.assign(**{name: cases[name].mask(empty) for name, empty in blanks(len(cases), seed).items()})


def _visits(ids: Texts, days: Floats, course: Potential, seen: Seen) -> pd.DataFrame:
    """Lay the visits made out as rows; the headache is free exactly where the visit counted no headache day."""
    person, visit = np.nonzero(seen.made)
    table = pd.DataFrame({"patient_id": ids[person], "visit": named(tuple(v.id for v in design.VISITS), visit)})
    table["day"] = days[seen.made].astype(np.int64)
    flags = {
        "headache_free": yes_no(course.recorded["headache_days_28d"] == 0),
        "lesion_resolved": yes_no(course.latent.lesion[:, None] <= days),
    }
    cells = {name: pd.Series(v[seen.made]).mask(seen.blank[name][seen.made]) for name, v in course.recorded.items()}
    cells |= {name: pd.Series(v[seen.made]).mask(seen.blank[name][seen.made]) for name, v in flags.items()}
    return table.assign(**cells)[[c.name for c in VISITS]]


def _parallel(course: Potential, days: Floats, seen: Seen) -> Texts:
    """ICHD-3 C2 as it is judged at the end: lesion resolved and headache days halved at a visit, so of the future."""
    headache = course.recorded["headache_days_28d"]
    both = (course.latent.lesion[:, None] <= days) & (headache <= headache[:, :1] / 2)
    return yes_no(np.any(both & seen.made, axis=1))
