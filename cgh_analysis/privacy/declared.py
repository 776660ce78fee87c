"""The risk of a study's own people, held against what its study file demands."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from cgh_analysis.errors import DataError, Problem
from cgh_analysis.privacy.generalise import BAND
from cgh_analysis.privacy.risk import AGE, KAnonymity, k_anonymity
from cgh_analysis.study import Study

RULE: Final = "reidentification"


def reidentification(cases: pd.DataFrame, study: Study) -> KAnonymity | None:
    """Return how easily the patients could be found out; None where the data have nothing that they are known by."""
    declared = study.privacy
    known = [n for n in declared.quasi_identifiers if n in cases or (n == BAND and AGE in cases)]
    if not known or cases.empty:
        return None
    return k_anonymity(
        cases,
        known,
        [name for name in declared.sensitive if name in cases],
        k=declared.k,
        threshold=declared.risk_threshold,
        sampling_fraction=declared.sampling_fraction,
    )


def risk_problems(found: KAnonymity | None, study: Study) -> tuple[Problem, ...]:
    """Return the error of a study that must hide its people better than it does."""
    if found is None or found.met or not study.privacy.required:
        return ()
    remedy = "Generalise the columns at the source, or take `required` out of [privacy]."
    return (Problem(severity="error", rule=RULE, message=found.words, remedy=remedy, file=study.sources.cases.path),)


def refuse_at_risk(cases: pd.DataFrame, study: Study) -> None:
    """Raise DataError where the study file requires that people are hidden, and they are not."""
    if not study.privacy.required:
        return
    problems = risk_problems(reidentification(cases, study), study)
    if problems:
        raise DataError(problems[0].message, remedy=problems[0].remedy, problems=problems)


def risk_as_json(found: KAnonymity | None) -> dict[str, Any] | None:
    """Return the result as it is written in JSON: measures, and no row."""
    if found is None:
        return None
    mend = found.mend
    return {
        "quasi_identifiers": list(found.quasi_identifiers),
        "people": found.n,
        "classes": found.classes,
        "smallest_class": found.smallest,
        "at_risk": found.at_risk,
        "at_risk_below": found.needed,
        "maximum_risk": found.maximum_risk,
        "global_risk": found.global_risk,
        "threshold": found.threshold,
        "k": found.k,
        "met": found.met,
        "diversity": {name: {"distinct": d, "entropy": e} for name, (d, e) in found.diversity.items()},
        "mend": None if mend is None else {"steps": list(mend.steps), "left_out": mend.left_out, "loss": mend.loss},
    }
