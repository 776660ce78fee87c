"""What the hypotheses of a study file say that cannot be meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from cgh_analysis.study.multiplicity import Hypothesis, MultiplicityPlan
from cgh_analysis.study.names import Fault, nearest
from cgh_analysis.study.parts import Analysis
from cgh_analysis.study.study import Study

# sums of decimals: 0.7 + 0.2 + 0.1 is a little more than 1
ROUNDING: Final = 1e-9


def hypothesis_faults(study: Study) -> Iterator[Fault]:
    """Find names that are not there, comparisons that are none or several, and graphs that give away too much."""
    plan = study.multiplicity
    if plan is None:
        return
    if "multiplicity" in (a.id for a in study.analyses):
        yield "An analysis has the id 'multiplicity', which its decisions have in results.", "Give it another id."
    for hypothesis in plan.hypotheses:
        yield from _names(study, hypothesis)
        yield from _comparison(study, hypothesis)
    yield from _twice(study, plan)
    yield from (_graph(plan) if plan.procedure == "graph" else _no_graph(plan))


def _names(study: Study, h: Hypothesis) -> Iterator[Fault]:
    named = {
        "analysis": ([h.analysis], [a.id for a in study.analyses]),
        "arm": (list(dict.fromkeys(h.contrast)), list(study.arm_ids)),
        "visit": ([h.at] if h.at else [], [v.id for v in study.visits]),
    }
    for what, (names, known) in named.items():
        for name in names:
            if name not in known:
                remedy = f"Declare it{nearest(name, set(known))}."
                yield f"hypothesis {h.id!r} names the {what} {name!r}, which is not known.", remedy
    if h.contrast[0] == h.contrast[1]:
        yield f"hypothesis {h.id!r} compares {h.contrast[0]!r} with itself.", "Name two arms."


def _comparison(study: Study, h: Hypothesis) -> Iterator[Fault]:
    """Whether the analysis makes one comparison of these arms, and not several or none."""
    line = _line(study, h)
    if line is None:
        return
    if h.outcome and h.outcome not in line.outcomes:
        known = f"It has {', '.join(line.outcomes)}." if line.outcomes else "Take the outcome out."
        yield f"hypothesis {h.id!r} is about {h.outcome!r}, which analysis {line.id!r} is not about.", known
    if not h.outcome and len(line.outcomes) > 1:
        yield f"hypothesis {h.id!r} does not say which outcome of {line.id!r} it is about.", "Add `outcome`."
    if line.at is not None and h.at not in (None, line.at):
        yield f"hypothesis {h.id!r} is at {h.at!r}, analysis {line.id!r} at {line.at!r}.", "Mend one of them."
    if line.at is None and line.outcomes and h.at is None:
        yield f"hypothesis {h.id!r} does not say which visit of {line.id!r} it is about.", "Add `at`."
    if line.multiplicity == "dunnett" and study.reference not in h.contrast:
        yield (
            f"hypothesis {h.id!r} compares two arms that Dunnett's procedure of {line.id!r} does not compare.",
            "Let one of them be the reference arm.",
        )
    if not line.outcomes and h.at is not None:
        yield f"hypothesis {h.id!r} is at {h.at!r}, and {line.id!r} is about all of the follow-up.", "Take `at` out."


def _line(study: Study, h: Hypothesis) -> Analysis | None:
    return next((a for a in study.analyses if a.id == h.analysis), None)


def _twice(study: Study, plan: MultiplicityPlan) -> Iterator[Fault]:
    """Comparisons that are tested twice under two names."""
    places: dict[tuple[object, ...], str] = {}
    for h in plan.hypotheses:
        line = _line(study, h)
        outcome = h.outcome or (line.outcomes[0] if line and line.outcomes else "")
        place = (h.analysis, outcome, frozenset(h.contrast), h.at or (line.at if line else None))
        if place in places and places[place] != h.id:
            yield f"The hypotheses {places[place]!r} and {h.id!r} are the same comparison.", "Take one out."
        places.setdefault(place, h.id)


def _no_graph(plan: MultiplicityPlan) -> Iterator[Fault]:
    weighted = [h.id for h in plan.hypotheses if h.weight is not None]
    if weighted or plan.transitions:
        what = "transitions" if plan.transitions else f"a weight of {weighted[0]!r}"
        yield (
            f"multiplicity has {what}, which the procedure {plan.procedure!r} does not take.",
            "Write procedure = 'graph', or take them out.",
        )


def _graph(plan: MultiplicityPlan) -> Iterator[Fault]:
    total = sum(plan.shares.values())
    if total > 1 + ROUNDING:
        yield f"The weights of the hypotheses add up to {total:g}.", "Let them add up to 1 at most."
    for name in plan.ids:
        leaving = sum(weight for (start, _), weight in plan.arrows.items() if start == name)
        if leaving > 1 + ROUNDING:
            yield f"The transitions from {name!r} add up to {leaving:g}.", "Let them add up to 1 at most."
    for name in sorted(set(plan.ids) - _reached(plan)):
        yield f"hypothesis {name!r} has no weight, and no transition brings it any.", "Give it one or the other."
    yield from _arrows(plan)


def _arrows(plan: MultiplicityPlan) -> Iterator[Fault]:
    for (start, end), count in Counter((t.from_, t.to) for t in plan.transitions).items():
        for name in sorted({start, end} - set(plan.ids)):
            yield f"A transition names the hypothesis {name!r}, which is not there.", f"Known: {', '.join(plan.ids)}."
        if start == end:
            yield f"A transition leads from {start!r} to itself.", "Let it lead to another hypothesis."
        if count > 1:
            yield f"{count} transitions lead from {start!r} to {end!r}.", "Write one, with the sum of the weights."


def _reached(plan: MultiplicityPlan) -> set[str]:
    """Hypotheses that have a share of alpha, or could come by one."""
    reached = {name for name, share in plan.shares.items() if share > 0}
    while more := {end for start, end in plan.arrows if start in reached} - reached:
        reached |= more
    return reached
