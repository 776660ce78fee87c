"""The methods section in words, made from the study file: what it declares is what is said, with its sources."""

from __future__ import annotations

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.labels import column_label
from cgh_analysis.models import in_words
from cgh_analysis.models.words import Paragraph, begin_small, small
from cgh_analysis.report.convention import day_taken
from cgh_analysis.report.hypotheses import hypotheses_in_words
from cgh_analysis.study import Analysis, Arm, Resolution, Study


def methods(study: Study) -> list[Paragraph]:
    """Return the paragraphs of the methods section, in the order of STROBE's items."""
    parts = [_design(study), _people(study), _visits(study)]
    parts += [_resolution(study, study.resolution)] if study.resolution is not None else []
    parts += [in_words(name)(study, lines) for name, lines in _by_estimator(study).items()]
    parts += [hypotheses_in_words(study, study.multiplicity)] if study.multiplicity is not None else []
    return [*parts, _subgroups(study), _missing(study), _disclosure(study)]


def _design(study: Study) -> Paragraph:
    kind = "A cohort study; arms were not randomised" if study.design == "cohort" else "A randomised trial"
    arms = "; ".join(_arm(arm) for arm in study.arms)
    return Paragraph(
        title="Design",
        text=f"{kind}. Arms: {arms}. The reference arm is {study.arm_labels[study.reference]}. {study.about}".strip(),
        cites=("strobe", "target_trial") if study.design == "cohort" else (),
    )


def _arm(arm: Arm) -> str:
    content = arm.content.rstrip(". ")
    return f"{arm.label} ({begin_small(content)})" if content else arm.label


def _people(study: Study) -> Paragraph:
    names = study.population.criteria
    if not names:
        return Paragraph(title="People", text="No criterion of eligibility was applied.")
    reasons = "; ".join(begin_small(CRITERIA[n].reason) for n in names)
    sources = {CRITERIA[n].source for n in names}
    cites = (
        *(("ichd",) if any("ICHD" in s for s in sources) else ()),
        *(("chisg",) if any("CHISG" in s for s in sources) else ()),
    )
    unknown = "Whoever's record leaves one of these open is excluded too, in a step of its own."
    return Paragraph(title="People", text=f"Excluded, in this order: {reasons}. {unknown}", cites=cites)


def _visits(study: Study) -> Paragraph:
    text = "; ".join(
        f"{v.title} (day {v.day}{f', window {v.window[0]} to {v.window[1]}' if v.window else ''})" for v in study.visits
    )
    windows = (
        " A visit outside of its window does not count as that visit." if any(v.window for v in study.visits) else ""
    )
    own_day = " For the time to resolution every visit counts, on its own day." if study.resolution is not None else ""
    return Paragraph(title="Visits", text=f"{text}.{windows}{own_day}")


def _by_estimator(study: Study) -> dict[str, list[Analysis]]:
    found: dict[str, list[Analysis]] = {}
    for analysis in study.analyses:
        found.setdefault(analysis.estimator, []).append(analysis)
    return found


def _resolution(study: Study, rule: Resolution) -> Paragraph:
    outcome, often = small(column_label(rule.outcome, study)), rule.sustained_visits
    sustained = f" at {often} visits in a row, of which the first counts" if often > 1 else ""
    competing = " or ".join(c.replace("_", " ") for c in rule.competing)
    ends = f" Follow-up of the headache ends with {competing}, which censors it here." if competing else ""
    taken = day_taken(study)
    used = f" {taken}" if taken else ""
    later = "; by the convention, what a later visit shows does not count towards it" if taken else ""
    return Paragraph(
        title="Time to resolution",
        text=f"Resolved means {outcome} of at most {rule.at_most:g}{sustained}; a later recurrence "
        "does not undo it. Whoever has no headache at baseline has nothing to resolve and is not in these "
        "analyses; whoever was not seen again is censored on day 0. The data hold the interval from the last visit "
        f"with headache to the first without.{used}{ends} The milestone is day {rule.milestone_days}{later}.",
        cites=("ichd",),
    )


def _subgroups(study: Study) -> Paragraph:
    used = [small(column_label(c, study)) for a in study.analyses for c in a.subgroups]
    text = (
        f"Declared subgroups: {', '.join(dict.fromkeys(used))}. The analysis is repeated within each level. "
        "Cochran's Q tests whether a comparison differs between the levels in which it could be estimated; it takes "
        "their standard errors as known, and its p-values are not adjusted for the number of tests."
        if used
        else "None are declared."
    )
    return Paragraph(title="Subgroups", text=text)


def _missing(study: Study) -> Paragraph:
    return Paragraph(
        title="Description and missing data",
        text="The baseline table gives the largest standardised difference over the pairs of arms. "
        "Nothing was imputed: each analysis uses those of whom all that it needs is known, and says how many they are. "
        f"Intervals are {100 * study.conf_level:g}%.",
        cites=("smd", "smd_category"),
    )


def _disclosure(study: Study) -> Paragraph:
    rule = study.disclosure
    text = (
        f"Numbers that rest on fewer than {rule.threshold} people are not shown, counts of people are rounded to the "
        f"nearest {rule.round_to}, percentages and their intervals are made of the rounded counts, and curves move in "
        f"steps of at least {rule.threshold} events. The same holds for the counts of records under Data quality. "
        "quarantine.csv and manifest.json hold single records' faults and exact counts: they stay with the owner of "
        "the data."
        if rule.threshold
        else "No number is withheld."
    )
    return Paragraph(title="Disclosure control", text=f"{text} {rule.reason}".strip())
