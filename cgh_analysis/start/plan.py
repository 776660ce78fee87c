"""The question and its plan, as lines of the study file: arms, visits, people, and what is left to be planned."""

from __future__ import annotations

from typing import Final

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.instruments import FLEXION_ROTATION, INSTRUMENTS, ROM_DIRECTIONS
from cgh_analysis.start import toml
from cgh_analysis.start.arms import ArmDraft
from cgh_analysis.start.draft import Draft
from cgh_analysis.start.tables import MOST_NEW, NewOutcome
from cgh_analysis.start.visits import VisitDraft

NO_ARMS: Final = (
    ArmDraft(id="TODO", label="TODO", named=False),
    ArmDraft(id="TODO_2", label="TODO 2", named=False),
)
OFFERED: Final = (
    *("adult", "no_red_flags", "no_medication_overuse", "no_migraine"),
    *("ichd3_11_2_1", "ichd3_at_baseline", "ichd2_11_2_1", "chisg"),
)
SINCE_START: Final = "since start"
DESCRIBED: Final = (
    *("age_years", "sex", "symptom_duration_months", "chronicity", "onset", "migraine", "medication_overuse"),
)
ADJUSTED: Final = ("age_years", "symptom_duration_months")
SKEWED: Final = ("symptom_duration_months", "headache_days_28d_baseline")
ALWAYS: Final = {"has_baseline"}
MOST: Final = 6
OWN_RANGE: Final = "what the instrument can give, not what the file has"


def arm_blocks(draft: Draft) -> list[list[str]]:
    """Return a block for each arm; which one the others are compared with is asked."""
    blocks = [_arm(arm, draft.arms.title, first=i == 0) for i, arm in enumerate(draft.arms.arms or NO_ARMS)]
    if draft.arms.rare:
        names = ", ".join(map(toml.text, draft.arms.rare))
        blocks.append(toml.said(f"TODO: few records have {names}: put each into `synonyms` of the arm that it means."))
    if draft.arms.untold:
        blocks.append(toml.said("Names that fewer than 3 records have are not told here; `cgh check` lists them."))
    return blocks


def _arm(arm: ArmDraft, title: str, *, first: bool) -> list[str]:
    name = "TODO: what is this treatment called, in the data and in print?"
    name += f" The label of the column says '{title}'." if title else ""
    lines = ["[[arms]]", toml.line("id", toml.text(arm.id))]
    lines.append(toml.line("label", toml.text(arm.label), "" if arm.named else name))
    if first:
        lines.append(toml.line("reference", "true", "TODO: are the others compared with this one?"))
    if arm.synonyms:
        lines.append(toml.line("synonyms", toml.array(arm.synonyms)))
    return [*lines, "# content = " + toml.text("What people were given, in a sentence or two.")] if first else lines


def visit_blocks(draft: Draft) -> list[list[str]]:
    """Return a block for each visit, by its day."""
    window = "Days count from baseline, which is day 0. `window = [70, 98]` would be the days that count as a visit."
    return [toml.said(window), *(_visit(visit) for visit in draft.planned)]


def _visit(visit: VisitDraft) -> list[str]:
    label = [toml.line("label", toml.text(visit.label))] if visit.label else []
    day = toml.line("day", str(visit.day), f"TODO: {visit.todo}" if visit.todo else "")
    return ["[[visits]]", toml.line("id", toml.text(visit.id)), day, *label]


def outcome_blocks(draft: Draft) -> list[list[str]]:
    """Return what may be outcomes of the study's own, commented: their ranges are not the file's to say."""
    blocks = [_outcome(outcome) for outcome in draft.outcomes[:MOST_NEW]]
    if len(draft.outcomes) > MOST_NEW:
        more = ", ".join(outcome.look.name for outcome in draft.outcomes[MOST_NEW:])
        blocks.append(toml.said(f"Measured several times as well, and no column of the toolkit's: {more}."))
    return blocks


def _outcome(outcome: NewOutcome) -> list[str]:
    look = outcome.look
    lines = [
        "[[outcomes]]",
        toml.line("id", toml.text(outcome.id)),
        toml.line("label", toml.text(toml.one_line(look.title or look.name))),
        toml.line("unit", toml.text("points")),
        toml.line("low", "0", OWN_RANGE),
        toml.line("high", "100"),
        toml.line("better", toml.text("lower")),
    ]
    todo = f"TODO: {look.name} is measured several times, and is no column of the toolkit's: is it an outcome?"
    how = "Then take the '#' away, here and under [sources.visits], and mend what follows."
    return [*toml.said(f"{todo} {how}"), *(f"# {text}" for text in lines)]


def population(draft: Draft) -> list[str]:
    """Return who belongs in: those with a baseline visit, and what else the data could tell."""
    known = {*draft.cases.taken, *ALWAYS}
    others = [name for name in OFFERED if set(CRITERIA[name].needs) <= known]
    offer = f" The data could tell: {', '.join(map(toml.text, others))}." if others else ""
    return [
        "[population]",
        *toml.said(f"TODO: who belongs in?{offer}"),
        toml.line("criteria", toml.array(["baseline_visit"])),
    ]


def resolution(draft: Draft) -> list[str]:
    """Return when a headache counts as resolved, commented, where days with headache come in."""
    if "headache_days_28d" not in draft.visits.taken:
        return []
    lines = ["[resolution]", 'outcome = "headache_days_28d"', "at_most = 0", "milestone_days = 91"]
    todo = "TODO: shall the time to resolution be looked at? Then take the '#' away and say when a headache is gone."
    return [*toml.said(todo), *(f"# {text}" for text in lines)]


def description(draft: Draft) -> list[str]:
    """Return what is described: the people, and the course of the outcomes that come in."""
    first, angles = _outcomes(draft)
    measured = [name for name in (*first, *angles) if INSTRUMENTS[name].window != SINCE_START]
    rows = [name for name in DESCRIBED if name in draft.cases.taken] + [f"{name}_baseline" for name in measured]
    return [
        "[describe]",
        *toml.listed("baseline", rows),
        *toml.listed("median", [name for name in SKEWED if name in rows]),
        *toml.listed("courses", (first or angles)[:MOST]),
    ]


def analyses(draft: Draft) -> list[str]:
    """Return the plan, commented: a line for each outcome that comes in, at the last visit."""
    first, angles = _outcomes(draft)
    at = draft.planned[-1].id
    todo = (
        "TODO: the plan, which is written before the results are seen. What is above is described without it. Choose "
        "one primary outcome and visit, and what the comparison is adjusted for; then take the '#' away."
    )
    adjusted: list[str] = [name for name in ADJUSTED if name in draft.cases.taken]
    planned = [(name.replace("_", "-"), [name]) for name in first[:MOST]] + [("range-of-motion", angles)]
    lines = [text for name, outcomes in planned if outcomes for text in _analysis(name, outcomes, at, adjusted)]
    return [*toml.said(todo), *lines]


def _outcomes(draft: Draft) -> tuple[list[str], list[str]]:
    """The instruments that come in, angles apart."""
    known = [name for name in draft.visits.taken if name in INSTRUMENTS]
    angles = [name for name in known if name in (*ROM_DIRECTIONS, *FLEXION_ROTATION)]
    return [name for name in known if name not in angles], angles


def _analysis(name: str, outcomes: list[str], at: str, adjusted: list[str]) -> list[str]:
    lines = [
        "[[analyses]]",
        toml.line("id", toml.text(f"{name}-{at}")),
        toml.line("estimator", toml.text("ancova")),
        *(toml.listed("outcome", outcomes) if len(outcomes) > 1 else [toml.line("outcome", toml.text(outcomes[0]))]),
        toml.line("at", toml.text(at)),
        toml.line("covariates", toml.array(adjusted)),
    ]
    return [*(f"# {text}" for text in lines), "#"]
