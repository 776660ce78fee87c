"""The methods section in words, made from the study file: what it declares is what is said, with its sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.cohort.endpoints import CONVENTION
from cgh_analysis.study import Analysis, Arm, Response, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A headed paragraph and the keys of the references that it rests on."""

    title: str
    text: str
    cites: tuple[str, ...] = ()


def methods(study: Study) -> list[Paragraph]:
    """Return the paragraphs of the methods section, in the order of STROBE's items."""
    parts = [_design(study), _people(study), _visits(study)]
    parts += [_resolution(study)] if study.resolution is not None else []
    parts += [ESTIMATOR_WORDS[name](study, lines) for name, lines in _by_estimator(study).items()]
    return [*parts, _subgroups(study), _missing(study), _disclosure(study)]


def limits(study: Study) -> list[str]:
    """Return what the reader must hold against the numbers: what follows of the design, then the study's own words."""
    found = []
    if study.design == "cohort":
        found.append(
            "The arms were not randomised. Differences are adjusted only for the covariates named in each analysis; "
            "whatever else decided who got which treatment is still in them."
        )
    found += [
        f"The criterion \N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK} depends on "
        f"{CRITERIA[name].depends_on}: it selects on what came after the start of treatment."
        for name in study.population.criteria
        if name in CRITERIA and CRITERIA[name].depends_on
    ]
    if study.resolution is not None:
        found.append(
            "Nobody saw the day on which a headache resolved, only the visits around it. Arms that are seen more often "
            f"look faster by the convention used here ({CONVENTION})."
        )
    if any(a.estimator in {"ancova", "responder", "gee"} for a in study.analyses):
        found.append(
            "Analyses use the people whose outcome and covariates are known. Where drop-out depends on more than the "
            "covariates, the differences are biased."
        )
    return [*found, *study.limits]


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
    return f"{arm.label} ({content[0].lower()}{content[1:]})" if content else arm.label


def _people(study: Study) -> Paragraph:
    names = study.population.criteria
    reasons = "; ".join(f"{CRITERIA[n].reason[0].lower()}{CRITERIA[n].reason[1:]}" for n in names)
    sources = {CRITERIA[n].source for n in names}
    cites = (
        *(("ichd",) if any("ICHD" in s for s in sources) else ()),
        *(("chisg",) if any("CHISG" in s for s in sources) else ()),
    )
    return Paragraph(title="People", text=f"Excluded, in this order: {reasons}.", cites=cites)


def _visits(study: Study) -> Paragraph:
    text = "; ".join(
        f"{v.title} (day {v.day}{f', window {v.window[0]} to {v.window[1]}' if v.window else ''})" for v in study.visits
    )
    return Paragraph(
        title="Visits", text=f"{text}. A visit outside of its window is kept, but does not count as that visit."
    )


def _resolution(study: Study) -> Paragraph:
    rule = study.resolution
    if rule is None:
        raise AssertionError("called only where a resolution is declared")
    outcome = study.label(rule.outcome)
    sustained = f" at {rule.sustained_visits} visits in a row" if rule.sustained_visits > 1 else ""
    competing = ", ".join(c.replace("_", " ") for c in rule.competing)
    ends = f" Follow-up of the headache ends with {competing}, which censors it here." if competing else ""
    return Paragraph(
        title="Time to resolution",
        text=f"Resolved means {outcome.lower()} of at most {rule.at_most:g}{sustained}. The data hold the interval "
        "from the last visit with headache to the first without. The estimates here use a convention: "
        f"{CONVENTION}.{ends} The milestone is day {rule.milestone_days}.",
        cites=("ichd",),
    )


def _by_estimator(study: Study) -> dict[str, list[Analysis]]:
    found: dict[str, list[Analysis]] = {}
    for analysis in study.analyses:
        found.setdefault(analysis.estimator, []).append(analysis)
    return {name: lines for name, lines in found.items() if name in ESTIMATOR_WORDS}


def _line(study: Study, a: Analysis) -> str:
    outcomes = ", ".join(study.instruments[o].short for o in a.outcomes) or "time to resolution"
    at = f" at {study.visit(a.at).title.lower()}" if a.at else ""
    covariates = [study.label(c).lower() for c in a.covariates]
    if a.baseline and a.outcomes:
        covariates.insert(0, "the outcome at baseline")
    adjusted = f", adjusted for {', '.join(covariates)}" if covariates else ", unadjusted"
    return f"{outcomes}{at}{adjusted}{' (primary)' if a.primary else ''}"


def _lines(study: Study, lines: list[Analysis]) -> str:
    return "; ".join(_line(study, a) for a in lines)


def _multiplicity(lines: list[Analysis]) -> str:
    ways = sorted({a.multiplicity for a in lines if a.multiplicity != "none"})
    return (
        f" p-values of the comparisons within an outcome are adjusted by {', '.join(w.title() for w in ways)}."
        * bool(ways)
    )


def _ancova(study: Study, lines: list[Analysis]) -> Paragraph:
    return Paragraph(
        title="Means at a visit",
        text=f"Analysis of covariance with standard errors that allow for unequal variances (HC3), and marginal means "
        f"at the average covariates: {_lines(study, lines)}.{_multiplicity(lines)}",
        cites=("baseline_covariates", "hc3", "marginal_means", "holm"),
    )


def _response(study: Study, outcome: str, response: Response | None) -> str:
    if response is None:
        return ""
    instrument = study.instruments[outcome]
    if response.percent is not None:
        return f"{instrument.short}: better by at least {response.percent:g}%"
    by = instrument.mcid if response.by == "mcid" else response.by
    source = f" (MCID, {instrument.source})" if response.by == "mcid" else ""
    return f"{instrument.short}: better by at least {by:g} {instrument.unit}{source}"


def _responder(study: Study, lines: list[Analysis]) -> Paragraph:
    rules = "; ".join(_response(study, o, a.response) for a in lines for o in a.outcomes)
    adjusted = any(a.covariates for a in lines)
    how = (
        "Logistic regression, standardised over everybody's covariates, with delta-method intervals"
        if adjusted
        else "Proportions, with Newcombe's intervals for their difference"
    )
    return Paragraph(
        title="Responders",
        text=f"{rules}. {how}: {_lines(study, lines)}. The number needed to treat is the inverse of the risk "
        f"difference.{_multiplicity(lines)}",
        cites=() if adjusted else ("newcombe",),
    )


def _gee(study: Study, lines: list[Analysis]) -> Paragraph:
    return Paragraph(
        title="Outcomes over all visits",
        text=f"Generalised estimating equations with robust standard errors, arm by visit: {_lines(study, lines)}."
        f"{_multiplicity(lines)}",
        cites=("gee",),
    )


def _age_response(study: Study, lines: list[Analysis]) -> Paragraph:
    return Paragraph(
        title="Age",
        text=f"A spline of age in each arm, drawn over the ages at which that arm has people: {_lines(study, lines)}.",
    )


def _kaplan_meier(_study: Study, _planned: list[Analysis]) -> Paragraph:
    return Paragraph(
        title="Resolution curves",
        text="Kaplan-Meier with log-log intervals; the median's interval is read off the curve's.",
        cites=("kaplan_meier", "median"),
    )


def _logrank(_study: Study, lines: list[Analysis]) -> Paragraph:
    return Paragraph(
        title="Comparing curves", text=f"Log-rank test over all arms, then by pairs.{_multiplicity(lines)}"
    )


def _cox(study: Study, lines: list[Analysis]) -> Paragraph:
    return Paragraph(
        title="Hazard ratios",
        text=f"Cox regression with Efron's handling of ties: {_lines(study, lines)}. Above 1 means faster resolution. "
        f"Proportional hazards are tested by the weighted residuals.{_multiplicity(lines)}",
        cites=("cox", "ph_test"),
    )


def _subgroups(study: Study) -> Paragraph:
    used = [study.label(c).lower() for a in study.analyses for c in a.subgroups]
    text = (
        f"Declared subgroups: {', '.join(dict.fromkeys(used))}. The analysis is repeated within each level; "
        "Cochran's Q tests whether a comparison differs between levels."
        if used
        else "None are declared."
    )
    return Paragraph(title="Subgroups", text=text)


def _missing(study: Study) -> Paragraph:
    return Paragraph(
        title="Description and missing data",
        text="The baseline table gives the largest standardised difference over the pairs of arms. "
        "Nothing was imputed: each analysis says how many people it rests on. "
        f"Intervals are {100 * study.conf_level:g}%.",
        cites=("smd", "smd_category"),
    )


def _disclosure(study: Study) -> Paragraph:
    rule = study.disclosure
    text = (
        f"Numbers that rest on fewer than {rule.threshold} people are not shown, counts are rounded to the nearest "
        f"{rule.round_to}, and curves move in steps of at least {rule.threshold} events."
        if rule.threshold
        else "No number is withheld."
    )
    return Paragraph(title="Disclosure control", text=f"{text} {rule.reason}".strip())


ESTIMATOR_WORDS: Final[dict[str, Callable[[Study, list[Analysis]], Paragraph]]] = {
    "ancova": _ancova,
    "responder": _responder,
    "gee": _gee,
    "age_response": _age_response,
    "kaplan_meier": _kaplan_meier,
    "logrank": _logrank,
    "cox": _cox,
}
