"""What the reader must hold against the numbers, made from the study file."""

from __future__ import annotations

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.labels import column_label
from cgh_analysis.report.convention import seen_faster
from cgh_analysis.study import Resolution, Study

COMPLETE_CASES = ("ancova", "responder", "gee", "age_response")
MISSING_AT_RANDOM = (
    "Models of repeated outcomes take people who dropped out to have gone on like those of their arm with the same "
    "outcomes until then. Nothing in the data can show that they did.",
)
# lines of the plan that take competing events for what they are
WITH_EVENTS = ("cumulative_incidence", "fine_gray", "state_occupation")
# windows of an outcome that say nothing about the days before the visit
NO_LOOK_BACK = ("", "now", "since start")


def limits(study: Study) -> list[str]:
    """Return what the reader must hold against the numbers: what follows of the design, then the study's own words."""
    estimators = {a.estimator for a in study.analyses}
    return [
        *_not_randomised(study),
        *_selected(study),
        *(_resolution(study, study.resolution) if study.resolution is not None else ()),
        *_complete_cases(estimators),
        *(MISSING_AT_RANDOM if "mmrm" in estimators else ()),
        *_many_tests(study),
        *study.limits,
    ]


def _not_randomised(study: Study) -> list[str]:
    if study.design != "cohort":
        return []
    return [
        "The arms were not randomised. Differences are adjusted only for the covariates named in each analysis; "
        "whatever else decided who got which treatment is still in them.",
        "A difference between arms is one number for everybody. Where an arm works better in some people than in "
        "others, it leans to those whom both arms have, and need not be the mean over all.",
    ]


def _selected(study: Study) -> list[str]:
    return [
        f"The criterion \N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK} depends on "
        f"{CRITERIA[name].depends_on}: it selects on what came after the start of treatment."
        for name in study.population.criteria
        if name in CRITERIA and CRITERIA[name].depends_on
    ]


def _resolution(study: Study, rule: Resolution) -> list[str]:
    found = [seen_faster(study)]
    if rule.competing:
        events = " or ".join(kind.replace("_", " ") for kind in rule.competing)
        apart = any(a.estimator in WITH_EVENTS for a in study.analyses)
        but = " Cumulative incidences and states do not: there they are events of their own." if apart else ""
        found.append(
            f"Curves and hazard ratios take it that those who had {events} would have resolved like the others. Where "
            "it comes to those who do badly, they show more resolution than there is, and more so in the arm in which "
            f"it is commoner.{but}"
        )
    window = study.instruments[rule.outcome].window
    if window not in NO_LOOK_BACK:
        found.append(
            f"{column_label(rule.outcome, study)} looks back ({window}): a headache seen to be gone may have gone that "
            "long before the visit."
        )
    return found


def _complete_cases(estimators: set[str]) -> list[str]:
    if not estimators & set(COMPLETE_CASES):
        return []
    return [
        "Analyses use the people whose outcome and covariates are known. Where drop-out depends on more than the "
        "covariates, the differences are biased."
    ]


def _many_tests(study: Study) -> list[str]:
    planned = sum(max(len(a.outcomes), 1) for a in study.analyses)
    if planned < 2:
        return []
    if study.multiplicity is not None:
        return [
            "Only the hypotheses that are tested together keep a familywise level. All other p-values are not adjusted "
            "across outcomes, visits, subgroups and analyses: some would be small if nothing differed."
        ]
    return [
        "p-values are not adjusted across outcomes, visits, subgroups and analyses: some would be "
        "small if nothing differed."
    ]
