"""The methods section and the limits say what the code does with a study file, and no more."""

from typing import Any

import pytest

from cgh_analysis import results
from cgh_analysis.report.limits import limits
from cgh_analysis.report.methods import methods
from cgh_analysis.report.sections import SECTIONS
from cgh_analysis.report.summary import summary
from cgh_analysis.study import Study
from tests.builders import study

THREE = [
    {"id": "drug", "label": "Drug", "reference": True, "content": "NSAIDs as needed."},
    {"id": "block", "label": "Block"},
    {"id": "manual", "label": "Manual"},
]


def ancova(**parts: Any) -> dict[str, Any]:
    return {"id": "a", "estimator": "ancova", "outcome": "ndi", "at": "week12", **parts}


def said(title: str, plan: Study) -> str:
    return next(p.text for p in methods(plan) if p.title == title)


def test_errors_are_called_what_they_are() -> None:
    classical = study(analyses=[ancova(covariance="classical")])
    assert "(HC3)" not in said("Means at a visit", classical)
    assert "one variance" in said("Means at a visit", classical)
    both = said("Means at a visit", study(analyses=[ancova(), ancova(id="b", outcome="hit6", covariance="classical")]))
    assert "(HC3): NDI at week 12" in both
    assert "one variance: HIT-6 at week 12" in both
    assert "hc3" not in next(p.cites for p in methods(classical) if p.title == "Means at a visit")


def test_crude_responders_are_not_said_to_be_adjusted() -> None:
    line = {"id": "r", "estimator": "responder", "outcome": "ndi", "at": "week12", "response": {"by": "mcid"}}
    crude = said("Responders", study(analyses=[line]))
    assert "NDI at week 12, unadjusted" in crude
    assert "Newcombe" in crude
    adjusted = said("Responders", study(analyses=[{**line, "covariates": ["age_years"]}]))
    assert "adjusted for the outcome at baseline, age" in adjusted
    assert "Newcombe" not in adjusted
    # Young 2019: the MCID is 5.5, the MDC 5.9
    assert "within the measurement's error (minimal detectable change 5.9)" in crude


def test_two_arms_make_one_comparison_and_nothing_to_adjust() -> None:
    assert "Holm" not in said("Means at a visit", study(analyses=[ancova()]))
    three = said("Means at a visit", study(arms=THREE, analyses=[ancova()]))
    assert "adjusted by Holm; intervals are not" in three
    assert "Holm" not in said("Means at a visit", study(arms=THREE, analyses=[ancova(multiplicity="none")]))


def test_repeated_outcomes_name_their_correlation_and_their_families() -> None:
    line = {"id": "g", "estimator": "gee", "outcome": "ndi", "correlation": "ar1", "covariance": "naive"}
    text = said("Outcomes over all visits", study(arms=THREE, analyses=[line]))
    assert "a working correlation that is AR(1) and standard errors that trust it" in text
    assert "within a visit of an outcome" in text


def test_words_with_capitals_keep_them() -> None:
    plan = study(
        arms=THREE,
        population={"criteria": ["adult", "ichd3_b", "ichd3_11_2_1"]},
        analyses=[ancova(covariates=["hit6_baseline"])],
    )
    assert "ICHD-3 11.2.1 not fulfilled" in said("People", plan)
    assert "NSAIDs as needed" in said("Design", plan)
    assert "headache impact test (HIT-6) at baseline" in said("Means at a visit", plan)


def test_curves_of_a_cohort_are_said_to_be_unadjusted() -> None:
    lines = [{"id": "km", "estimator": "kaplan_meier"}, {"id": "lr", "estimator": "logrank"}]
    for title in ("Resolution curves", "Comparing curves"):
        assert "not adjusted for" in said(title, study(analyses=lines))
        assert "not adjusted for" not in said(title, study(analyses=lines, design="trial"))


RULE = {"outcome": "headache_days_28d", "competing": ["crossover"]}
BY_VISIT = [{"id": "km", "estimator": "kaplan_meier"}, {"id": "cx", "estimator": "cox"}]
BY_INTERVAL = [{"id": "np", "estimator": "turnbull"}]


def test_the_convention_is_that_of_the_lines_that_use_it() -> None:
    only_visits, both, only_intervals = (
        study(resolution=RULE, analyses=lines) for lines in (BY_VISIT, [*BY_VISIT, *BY_INTERVAL], BY_INTERVAL)
    )
    assert "The estimates here use a convention" in said("Time to resolution", only_visits)
    assert "Kaplan-Meier curves and Cox regression take a day for it" in said("Time to resolution", both)
    assert "convention" not in said("Time to resolution", only_intervals)
    told = [" ".join(limits(plan)) for plan in (only_visits, both, only_intervals)]
    assert ["Interval-censored methods carry the main analysis" in text for text in told] == [False, True, True]
    assert ["more often look" in text for text in told] == [True, True, False]


def test_the_section_of_resolution_begins_with_what_its_lines_know() -> None:
    section = next(s for s in SECTIONS if s.id == "resolution")
    plans = [study(resolution=RULE, analyses=lines) for lines in (BY_VISIT, [*BY_VISIT, *BY_INTERVAL], BY_INTERVAL)]
    visits, both, intervals = map(section.introduction, plans)
    assert visits.startswith("The convention of these curves: ")
    assert both.startswith("Nobody sees the day") and "Kaplan-Meier curves and Cox regression take a day" in both
    assert intervals.endswith("come first.")


def test_events_of_their_own_are_said_to_be_such() -> None:
    events = study(resolution=RULE, analyses=[*BY_VISIT, {"id": "ci", "estimator": "cumulative_incidence"}])
    assert "there they are events of their own" in " ".join(limits(events))
    assert "there they are events of their own" not in " ".join(limits(study(resolution=RULE, analyses=BY_VISIT)))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"resolution": {"outcome": "headache_days_28d", "competing": ["crossover"]}}, "would have resolved like"),
        ({"resolution": {"outcome": "headache_days_28d"}}, "looks back (28 days)"),
        ({"population": {"criteria": ["ichd3_c2"]}}, "depends on the outcome"),
        ({"analyses": [ancova()]}, "whose outcome and covariates are known"),
        ({"analyses": [ancova(outcome=["ndi", "hit6"])]}, "not adjusted across outcomes"),
        ({"limits": ["One clinic."]}, "One clinic."),
    ],
)
def test_a_limit_is_told_where_it_holds_and_only_there(parts: dict[str, Any], words: str) -> None:
    assert words in " ".join(limits(study(**parts)))
    assert words not in " ".join(limits(study()))


def test_the_head_says_that_a_p_value_is_adjusted_where_its_interval_is_not() -> None:
    row = {"analysis": "a", "outcome": "ndi", "group": "block", "reference": "drug", "statistic": "mean_difference"}
    numbers = {"estimate": -2.6, "conf_low": -3.9, "conf_high": -1.4, "p_value": 0.9995, "p_adjusted": 0.032}
    found = results.rows([{**row, **numbers}])
    plan = {"analyses": [ancova(primary=True)]}
    assert "p = 0.032 (Holm)." in summary(found, study(arms=THREE, **plan))[0]
    # two arms: nothing to adjust, and '>0.999' takes no equals sign
    assert "p > 0.999." in summary(found, study(**plan))[0]
