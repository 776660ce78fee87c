"""How arms were looked at: gaps, looks, the artefact and the warning, on cohorts small enough to count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort import Cohort, build_cohort
from cgh_analysis.describe.schedule import describe
from cgh_analysis.disclosure import release
from cgh_analysis.report.sections import SECTIONS
from cgh_analysis.results import Result
from tests import builders

PLAN = [("baseline", 0), ("week2", 14), ("week4", 28), ("week12", 84)]
RULE = {"outcome": "headache_days_28d", "milestone_days": 91, "competing": ["crossover"]}


def cohort(seen: dict[str, list[dict[int, float]]], events: pd.DataFrame | None = None, **parts: Any) -> Cohort:
    """A cohort of people by arm, each by the headache days seen on days."""
    people = [(arm, person) for arm, own in seen.items() for person in own]
    ids = [f"p{k}" for k in range(len(people))]
    cases = pd.DataFrame({"patient_id": ids, "arm": [arm for arm, _ in people], "symptom_duration_months": 5.0})
    names = {day: name for name, day in PLAN}
    rows = [
        {"patient_id": i, "visit": names.get(day, "week12"), "day": day, "headache_days_28d": value}
        for i, (_, person) in zip(ids, people, strict=True)
        for day, value in person.items()
    ]
    visits = [{"id": name, "day": day, "window": [day, day + 13] if day else [0, 0]} for name, day in PLAN]
    study = builders.study(visits=visits, resolution=RULE, population={"criteria": []}, **parts)
    tables = builders.tables(cases, pd.DataFrame(rows).assign(visit="baseline"), events)
    tables.visits["visit"] = pd.Categorical([row["visit"] for row in rows], [name for name, _ in PLAN])
    return build_cohort(tables, study)


OFTEN = [{0: 12, 14: 9, 28: 0}, {0: 15, 14: 4, 28: 3, 84: 0}, {0: 9, 14: 0}]
SELDOM = [{0: 12, 84: 0}, {0: 15, 84: 3}, {0: 11, 84: 0}]


def numbers(result: Result, **where: Any) -> pd.Series:
    frame = result.frame
    for name, value in where.items():
        frame = frame.loc[frame[name].isna() if value is None else frame[name] == value]
    return frame.set_index("group")["estimate"]


def test_gaps_are_those_between_looks_at_people_with_headache() -> None:
    found = describe(cohort({"block": SELDOM, "drug": OFTEN}))
    # in drug 14, 14; 14, 14, 56; 14: six gaps of which the middle ones are 14; in block 84 three times
    assert numbers(found, outcome="visit_gap", statistic="median", time=91).to_dict() == {"drug": 14, "block": 84}
    assert numbers(found, outcome="looks", statistic="mean", time=91).to_dict() == {"drug": 2, "block": 1}
    # 28, 84 and 14 days of observation; 84 thrice
    rates = numbers(found, outcome="looks_per_12_weeks", statistic="mean", time=91)
    assert rates.round(6).to_dict() == {"drug": round(84 * 6 / 126, 6), "block": 1.0}
    share = numbers(found, outcome="observed_time", time=91)
    assert share.to_numpy() == pytest.approx([100 * 126 / 273, 100 * 252 / 273])


def test_looks_after_it_was_seen_gone_or_after_a_competing_event_do_not_count() -> None:
    ended = pd.DataFrame({"patient_id": ["p1"], "day": [40.0], "kind": ["crossover"], "detail": [""]})
    people = [{0: 10, 14: 0, 28: 0, 84: 0}, {0: 10, 14: 8, 28: 9, 84: 0}]
    found = describe(cohort({"drug": people}, ended))
    # the first is looked at once after baseline, the second on days 14 and 28
    assert numbers(found, outcome="looks", statistic="mean", time=None)["drug"] == 1.5


def test_the_artefact_is_kaplan_meier_less_npmle() -> None:
    found = describe(cohort({"block": SELDOM, "drug": OFTEN}))
    late = found.frame.loc[(found.frame["statistic"] == "schedule_artefact") & (found.frame["group"] == "block")]
    # two of three gone between 0 and 84: until then Kaplan-Meier has 1, the NPMLE falls evenly to 1/3
    expected = [1 - (1 - 2 / 3 * 14 / 84), 1 - (1 - 2 / 3 * 28 / 84), 0.0]
    assert late["time"].tolist()[:3] == [14, 28, 84]
    assert late["estimate"].to_numpy()[:3] == pytest.approx(expected, abs=1e-9)
    # the day 91 is after the last look, at which one person had not resolved: nothing is known
    assert len(late) == 3


def test_different_schedules_are_told_in_words() -> None:
    flag = describe(cohort({"block": SELDOM, "drug": OFTEN})).frame.iloc[-1]
    assert (flag["statistic"], flag["estimate"]) == ("schedule_flag", 1)
    assert "14 days in Drug and 84 days in Block" in flag["note"]
    assert "favour Drug" in flag["note"]


def test_alike_schedules_do_not_warn() -> None:
    flag = describe(cohort({"block": OFTEN, "drug": OFTEN})).frame.iloc[-1]
    assert flag["estimate"] == 0
    assert "differs little" in flag["note"]


def test_one_arm_has_nothing_to_differ_from() -> None:
    flag = describe(cohort({"drug": OFTEN})).frame.iloc[-1]
    assert np.isnan(flag["estimate"])
    assert flag["note"].startswith("not estimable")


def test_a_study_without_resolution_has_no_rows() -> None:
    whole = cohort({"block": SELDOM, "drug": OFTEN})
    plain = whole.study.model_copy(update={"resolution": None})
    assert len(describe(Cohort(study=plain, cases=whole.cases, visits=whole.visits, events=whole.events))) == 0


def test_the_order_of_people_and_looks_does_not_matter() -> None:
    one, other = cohort({"block": SELDOM, "drug": OFTEN}), cohort({"drug": OFTEN[::-1], "block": SELDOM[::-1]})
    pd.testing.assert_frame_equal(describe(one).frame, describe(other).frame)


def test_the_report_warns_in_the_words_of_the_flag_and_only_where_it_is_up() -> None:
    section = next(s for s in SECTIONS if s.id == "resolution")
    many = {"block": SELDOM * 5, "drug": OFTEN * 5}
    found = describe(cohort(many))
    assert section.warnings(release(found, cohort(many).study.disclosure)) == [found.frame["note"].iloc[-1]]
    few = describe(cohort({"block": SELDOM, "drug": OFTEN}))
    assert section.warnings(release(few, cohort(many).study.disclosure)) == []
    assert section.warnings(describe(cohort({"block": OFTEN, "drug": OFTEN}))) == []
