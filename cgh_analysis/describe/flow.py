"""The flow of patients as rows: who was left after each step, and who was excluded at it."""

from __future__ import annotations

from cgh_analysis import results
from cgh_analysis.cohort import Cohort, FlowStep
from cgh_analysis.results import ANALYSED, Result

Record = dict[str, object]


def describe(cohort: Cohort) -> Result:
    """Return people left and excluded at each step, by arm where arms are known, and of all (an empty group).

    A step is compared with the one before it; the analysed steps, which branch, each with the last step before them.
    """
    records: list[Record] = []
    trunk: FlowStep | None = None
    for step in cohort.flow:
        records += _step(step, trunk)
        if trunk is None or not step.id.startswith(ANALYSED):
            trunk = step
    return results.rows(records, analysis="flow", method="description")


def _step(step: FlowStep, before: FlowStep | None) -> list[Record]:
    place: Record = {
        "outcome": step.id,
        "subgroup": step.label,
        "note": f"depends on {step.depends_on}" if step.depends_on else "",
    }
    left = _with_total(step)
    lost = {} if before is None else {arm: n - left[arm] for arm, n in _with_total(before).items() if arm in left}
    return [
        {**place, "group": arm, "statistic": statistic, "estimate": float(n), "n": float(n)}
        for statistic, counts in (("excluded", lost), ("count", left))
        for arm, n in counts.items()
    ]


def _with_total(step: FlowStep) -> dict[str, int]:
    return {**{arm: n for arm, n in step.left.items() if arm}, "": sum(step.left.values())}
