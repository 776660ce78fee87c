"""The hypotheses that a study tests together, in words: how, for the methods section, and what came of it."""

from __future__ import annotations

from typing import Final

from cgh_analysis.labels import comparison_label, hypothesis_name
from cgh_analysis.models.words import Paragraph
from cgh_analysis.multiplicity import place_of
from cgh_analysis.results import SUPPRESSED, Result
from cgh_analysis.study import MultiplicityPlan, Study
from cgh_analysis.tables.cells import all_records

CITES: Final = {
    "graph": ("graphs",),
    "fixed_sequence": ("graphs",),
    "holm": ("holm",),
    "hochberg": ("hochberg",),
    "bonferroni": (),
}
KEPT: Final = "The chance that any of them is rejected although it is true is at most {level}"
HOW: Final = {
    "graph": f"{KEPT}, by sequentially rejective Bonferroni tests on a graph: each starts with a share of that level, "
    "and one that is rejected hands its share on.",
    "fixed_sequence": f"{KEPT}: they are tested in this order at {{level}} each, up to the first that is not rejected.",
    "holm": f"{KEPT}, by Holm's procedure.",
    "hochberg": f"{KEPT}, by Hochberg's procedure, which takes it that the tests are independent or depend on each "
    "other positively.",
    "bonferroni": f"{KEPT}: each is tested at {{level}} divided by their number.",
}


def hypotheses_in_words(study: Study, plan: MultiplicityPlan) -> Paragraph:
    """Say in the methods section which hypotheses are tested together, and how."""
    places = {h.id: place_of(h, study) for h in plan.hypotheses}
    called = {name: hypothesis_name(place, study) for name, place in places.items()}
    listed = "; ".join(
        f"{called[name]} ({comparison_label(place, study)}{_share(plan, name)})" for name, place in places.items()
    )
    moves = ", ".join(f"{weight:.4g} from {called[a]} to {called[b]}" for (a, b), weight in plan.arrows.items())
    handed_on = f" On rejection go, as parts of the share: {moves}." if plan.procedure == "graph" and moves else ""
    return Paragraph(
        title="Hypotheses tested together",
        text=f"{listed}. {HOW[plan.procedure].format(level=f'{plan.alpha:g}')}{handed_on} p-values are two-sided. A "
        "comparison that cannot be estimated is not rejected, and its share of the level goes to no other. All other "
        "p-values of this report describe, and decide nothing.",
        cites=CITES[plan.procedure],
    )


def decisions_in_words(released: Result, study: Study) -> list[str]:
    """Return what was rejected and what was not, in a sentence each, as far as it may be published."""
    if study.multiplicity is None:
        return []
    frame = released.frame.loc[released.frame["statistic"] == "gate"]
    shown = all_records(Result(frame.loc[~frame["note"].str.startswith(SUPPRESSED)]))
    rejected = [row for row in shown if row["note"].startswith("rejected")]
    others = [row for row in shown if not row["note"].startswith("rejected")]
    together = f"tested together at {study.multiplicity.alpha:g}"
    return [
        f"Of the hypotheses {together}, {what}: {'; '.join(comparison_label(row, study) for row in part)}."
        for what, part in (("rejected", rejected), ("not rejected", others))
        if part
    ]


def _share(plan: MultiplicityPlan, name: str) -> str:
    return f", starting with {plan.shares[name]:.4g}" if plan.procedure == "graph" else ""
