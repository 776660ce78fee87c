"""What things are called in print: by the study where there is one, else by the instruments, else by their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cgh_analysis.format import MINUS
from cgh_analysis.instruments import INSTRUMENTS, Instrument
from cgh_analysis.results import HYPOTHESIS
from cgh_analysis.schema import LABELS, TABLES
from cgh_analysis.study import Hypothesis, Study

# codes of two nouns, which an underscore alone does not make readable
LEVELS = {"posture_work": "Posture or work", "spondylosis_arthritis": "Spondylosis or arthritis"}
# how a plan adjusts for several comparisons, as it is said in print
PROCEDURES = {
    "bonferroni": "Bonferroni",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "tukey": "Tukey",
    "dunnett": "Dunnett",
    "mvt": "multivariate t",
}
UNITS = {c.name: c.unit for table in TABLES.values() for c in table}


def words(name: str) -> str:
    """Return an id as words: 'manual_exercise' becomes 'Manual exercise'."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def level_words(level: str) -> str:
    """Return a level of a category as words: 'other_trauma' becomes 'Other trauma'."""
    return LEVELS.get(level) or words(level)


def arm_label(arm: str, study: Study | None = None) -> str:
    """Return an arm's label."""
    return (study.arm_labels if study else {}).get(arm) or words(arm)


def instrument(outcome: str, study: Study | None = None) -> Instrument | None:
    """Return what is known of an outcome, or None."""
    return (study.instruments if study else INSTRUMENTS).get(outcome)


def short_label(outcome: str, study: Study | None = None) -> str:
    """Return an outcome's short name."""
    known = instrument(outcome, study)
    return known.short if known else column_label(outcome, study)


def column_label(name: str, study: Study | None = None) -> str:
    """Return what a column is called; '... at baseline' for a baseline value."""
    own = {o.id: o.label for o in study.outcomes} | {c.id: c.label for c in study.covariates} if study else {}
    base = name.removesuffix("_baseline")
    label = (own.get(base) or LABELS.get(base) or words(base)) + (" at baseline" if base != name else "")
    return label[:1].upper() + label[1:]


def unit(name: str, study: Study | None = None) -> str:
    """Return a column's unit with ranges set in en dashes, or empty text."""
    known = instrument(name, study)
    if known:
        return re.sub(r"^-(?=\d)", MINUS, re.sub(r"(?<=\d)-(?=\d)", "–", known.unit))
    declared = {c.id: c.unit for c in study.covariates} if study else {}
    return declared.get(name) or UNITS.get(name, "")


def with_unit(label: str, unit_text: str) -> str:
    """Return 'label (unit)', or the label alone where there is no unit."""
    return f"{label} ({unit_text})" if unit_text else label


def level_label(subgroup: str, study: Study | None = None) -> str:
    """Return 'Chronicity: acute' of 'chronicity=acute', the column alone of 'column=' and empty text of empty text."""
    name, _, level = subgroup.partition("=")
    column = column_label(name, study) if name else ""
    return f"{column}: {level.replace('_', ' ')}" if level else column


def day_label(day: float, study: Study | None = None) -> str:
    """Return a day in words: a planned visit's title, else 'Week 12' where it is whole weeks, else 'Day 33'."""
    planned = [visit.title for visit in study.visits if visit.day == day] if study else []
    if planned:
        return planned[0]
    if day == 0:
        return "Baseline"
    return f"Week {day / 7:.0f}" if day % 7 == 0 else f"Day {day:g}"


def milestone_label(day: float) -> str:
    """Return a milestone in months where it is (nearly) whole ones, else in days."""
    months = day / 30.4375
    near = abs(months - round(months)) < 0.05 and round(months) > 0
    return f"{round(months)} month{'s' if round(months) > 1 else ''}" if near else f"{day:g} days"


def short_method(method: str) -> str:
    """Return a method of times to resolution in a word or two, where methods stand under each other.

    >>> short_method("Weibull accelerated failure time regression of intervals"), short_method("NPMLE (Turnbull)")
    ('Weibull AFT', 'NPMLE')
    """
    name, lower = method.split(",")[0], method.lower()
    if "pseudo-values" in lower:
        return "Pseudo-values, adjusted" if "adjusted" in lower else "Pseudo-values"
    if "accelerated failure time" in lower:
        return f"{method.split(maxsplit=1)[0]} AFT"
    known = (("kaplan-meier", "Kaplan-Meier"), ("npmle", "NPMLE"), ("constant between", "Constant hazards"))
    return next((short for word, short in known if word in lower), name)


def parallel_bound(method: str) -> str:
    """Return which share in parallel a row's method names: 'certain', 'possible' or 'estimate'.

    Of a difference, 'certain' is the least and 'possible' the most that it can be.

    >>> parallel_bound("Share of whom it is certain or possible"), parallel_bound("NPMLE of the lag")
    ('possible', 'estimate')
    """
    bounds = {"least": "certain", "most": "possible", "possible": "possible", "certain": "certain"}
    return next((bound for word, bound in bounds.items() if word in method.lower()), "estimate")


def hypothesis_name(row: Mapping[str, Any], study: Study | None = None) -> str:
    """Return what the hypothesis of a row is called: its title, or its id."""
    declared, name = _declared(row, study), str(row["subgroup"]).removeprefix(HYPOTHESIS)
    return (declared.title if declared else "") or name


def comparison_label(row: Mapping[str, Any], study: Study | None = None) -> str:
    """Return which comparison the hypothesis of a row is about: 'NDI, week 12: Nerve block vs Medication'."""
    declared, outcome = _declared(row, study), str(row["outcome"])
    line = next((a for a in study.analyses if declared and a.id == declared.analysis), None) if study else None
    timed = line is not None and not line.outcomes
    what = "Time to resolution" if timed else short_label(outcome or "comparison", study)
    if line is not None and line.response is not None:
        what = line.title or f"{what} responders"
    day = f", {day_label(row['time'], study).lower()}" if row["time"] == row["time"] else ""
    return f"{what}{day}: {arm_label(str(row['group']), study)} vs {arm_label(str(row['reference']), study)}"


def _declared(row: Mapping[str, Any], study: Study | None) -> Hypothesis | None:
    plan = study.multiplicity if study else None
    return next((h for h in plan.hypotheses if f"{HYPOTHESIS}{h.id}" == row["subgroup"]), None) if plan else None
